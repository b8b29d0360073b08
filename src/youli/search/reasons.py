"""Why a product was found: which words it says, or what it means; then what the shopper did.

What is said of the query is checked like all claims: the entries add up to the score that ranked,
scoring again without the words takes away what the claim says, the words alone lift the product,
and every quoted phrase stands in the product's own text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from youli.data.state import ShopperState
from youli.explain.checks import TOLERANCE, check_completeness, check_fresh
from youli.explain.claims import LEAST_CAUSE
from youli.explain.reasons import ReasonDesk
from youli.explain.rescore import Rescorer, Served
from youli.explain.support import SupportIndex
from youli.explain.types import Check, Claim, ClaimKind, Fact, Reason, Recommendation, Voice
from youli.features.field_texts import FieldTexts
from youli.search.channels import MatchChannel, MeaningChannel
from youli.search.ranking import QueryRanker
from youli.search.words import segment, spots, stem
from youli.types import Evidence, EvidenceKind, FloatArray, Ledger

__all__ = ["explain_found", "phrases"]

_MOST_PHRASES = 3
#: What may stand between two words that are quoted as one phrase.
_GAP = re.compile(r"[ \-/.,&'’]{1,2}")


def explain_found(
    made: QueryRanker,
    support: SupportIndex,
    state: ShopperState,
    scores: FloatArray,
    ledgers: Sequence[Ledger],
    voice: Voice,
    *,
    first_rank: int = 1,
    least_cosine: float,
) -> tuple[Recommendation, ...]:
    """Every product of a page with its checked reasons: one of the query, one of the shopper."""
    item_nums = np.array([one.item_num for one in ledgers], dtype=np.int32)
    rescorer = Rescorer(made.ranker, state, item_nums, served=Served(scores, ledgers))
    personal = ReasonDesk(support, rescorer, voice, k_anonymity=5) if made.knows_shopper else None
    query = _QueryReasons(made, rescorer, voice, least_cosine)
    fresh = check_fresh(made.ranker, support)
    found = []
    for place, ledger in enumerate(ledgers):
        whole = check_completeness(ledger, rescorer)
        mine, n_dropped = query.of(ledger, (whole, fresh))
        if personal is not None:
            theirs, n_more = personal.reasons(ledger)
            mine += [one for one in theirs if one.claim.kind is not ClaimKind.POPULAR][:1]
            n_dropped += n_more
        found.append(
            Recommendation(first_rank + place, ledger.item_num, ledger, tuple(mine), n_dropped)
        )
    return tuple(found)


class _QueryReasons:
    """What may be said of the query and the products of one page."""

    def __init__(
        self,
        made: QueryRanker,
        rescorer: Rescorer,
        voice: Voice,
        least_cosine: float,
    ) -> None:
        self._made, self._voice, self._rescorer = made, voice, rescorer
        self._texts = FieldTexts(made.ranker.shop.catalogue)
        self._least_cosine = least_cosine

    def of(self, ledger: Ledger, given: tuple[Check, ...]) -> tuple[list[Reason], int]:
        """At most one reason, and how many claims failed a check."""
        n_dropped = 0
        for claim, own in self._claims(ledger):
            checks = (*given, _check_cause(claim, own), *self._checks(claim, ledger.item_num))
            if all(check.passed for check in checks):
                words = self._voice.say(claim, ledger.item_num)
                read_back = self._voice.check(words, claim, ledger.item_num)
                if read_back.passed:
                    return [Reason(claim, (*checks, read_back), words.chip, words.text)], n_dropped
            n_dropped += 1
        return [], n_dropped

    def _claims(self, ledger: Ledger) -> list[tuple[Claim, float]]:
        """What could be said, and what the field that it names gives; words before meaning."""
        by_field: defaultdict[str, dict[str, float]] = defaultdict(dict)
        by_word: defaultdict[str, float] = defaultdict(float)
        meaning = 0.0
        for entry in ledger.entries:
            if entry.channel == MatchChannel.name and entry.evidence.attribute is not None:
                field, word = entry.evidence.attribute
                by_field[field][word] = entry.amount
                by_word[word] += entry.amount
            elif entry.channel == MeaningChannel.name:
                meaning += entry.amount
        found: list[tuple[Claim, float]] = []
        for field in sorted(by_field, key=lambda one: -sum(by_field[one].values())):
            words = by_field[field]
            quoted = phrases(self._texts.of(ledger.item_num, field), words)
            if not quoted:
                continue
            facts: dict[str, Fact] = {"field": field}
            for number, phrase in enumerate(quoted, start=1):
                facts["phrase" if number == 1 else f"phrase_{number}"] = phrase
            evidence = Evidence(EvidenceKind.QUERY, attribute=(field, " ".join(words)))
            amount = sum(by_word[word] for word in words)
            claim = Claim(ClaimKind.MATCHES, (MatchChannel.name,), evidence, amount, facts)
            found.append((claim, sum(words.values())))
        if meaning > 0.0:
            facts = {"phrase": self._made.query.text, "cosine": self._made.cosine(ledger.item_num)}
            evidence = Evidence(EvidenceKind.QUERY)
            claim = Claim(ClaimKind.MEANS, (MeaningChannel.name,), evidence, meaning, facts)
            found.append((claim, meaning))
        return found

    def _checks(self, claim: Claim, item_num: int) -> tuple[Check, ...]:
        """Score again without what the claim rests on, and with nothing else."""
        before = float(self._rescorer.before()[self._rescorer.place(item_num)])
        if claim.kind is ClaimKind.MATCHES:
            assert claim.evidence.attribute is not None
            words = frozenset(claim.evidence.attribute[1].split(" "))
            all_words = frozenset(one.word for one in self._made.query.words)
            by_itself = self._made.words_give(words, item_num)
            rest = self._made.words_give(all_words - words, item_num)
            measured = self._made.words_give(all_words, item_num) - rest
        else:
            measured = by_itself = self._made.meaning_gives(item_num)
        after = before - measured
        same = abs(measured - claim.amount) <= TOLERANCE * max(1.0, abs(before))
        numbers = {"claimed": claim.amount, "measured": measured, "score_before": before,
                   "score_after": after}  # fmt: skip
        cosine = float(claim.facts.get("cosine", 1.0))
        return (
            Check("support", cosine >= self._least_cosine, {"cosine": cosine}),
            Check("deletion", same, numbers),
            Check("sufficiency", by_itself > 0.0, {"score_alone": by_itself, "score_blank": 0.0}),
        )


def _check_cause(claim: Claim, own: float) -> Check:
    """Test that the field that is named gives a good part of what the words give."""
    share = own / claim.amount if claim.amount > 0 else 0.0
    return Check("cause", share >= LEAST_CAUSE, {"own": own, "share": share})


def phrases(text: str, words: Mapping[str, float]) -> list[str]:
    """The words as the text itself writes them, neighbours as one phrase, at most three.

    The phrases whose words give most come first; each word is quoted once.
    """
    amounts = {stem(word): amount for word, amount in words.items()}
    found: list[tuple[float, str]] = []
    start, end, given, terms = 0, -1, 0.0, frozenset[str]()
    for spot in spots(text, lambda run: segment(run, words.__contains__)):
        term = stem(spot.word)
        if term not in amounts:
            continue
        joins = end >= 0 and (spot.start == end or _GAP.fullmatch(text[end : spot.start]))
        if joins and term not in terms:
            end, given, terms = spot.end, given + amounts[term], terms | {term}
        else:
            if end >= 0:
                found.append((given, text[start:end]))
            start, end, given, terms = spot.start, spot.end, amounts[term], frozenset({term})
    if end >= 0:
        found.append((given, text[start:end]))
    chosen: list[str] = []
    said: set[str] = set()
    for _, phrase in sorted(found, key=lambda one: -one[0]):
        mine = {
            stem(spot.word) for spot in spots(phrase, lambda run: segment(run, words.__contains__))
        }
        if not mine & amounts.keys() <= said and len(chosen) < _MOST_PHRASES:
            chosen.append(phrase)
            said |= mine
    return chosen
