"""The checks that a claim passes before anybody sees it, each with the numbers that decided.

=============  ==============================================================================
completeness   the entries add up to the score that another route gives
deletion       scoring again without the evidence takes away what the claim says
sufficiency    the evidence alone lifts the product above its score for a blank shopper
cause          the channel that the words name gives a good part of the amount
support        at least k other shoppers stand behind what is said about others; behind a likeness
               of texts, shared words or a topic that both are near; behind one of photos, its map
facts          everything the words say is a fact of the claim (the voice checks it)
rule           without the merchant's rule the product loses what the claim says
fresh          counts and model come from the same data
=============  ==============================================================================
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from youli.explain.claims import LEAST_CAUSE, Candidate
from youli.explain.facts import SUPPORT_COUNT
from youli.explain.rescore import Rescorer
from youli.explain.support import SupportIndex
from youli.explain.types import Check, Claim, ClaimKind
from youli.rank.book import Page
from youli.rank.ranker import Ranker
from youli.rank.rules import PINNED
from youli.types import EvidenceKind, Ledger

__all__ = [
    "TOLERANCE",
    "check_cause",
    "check_completeness",
    "check_deletion",
    "check_fresh",
    "check_rule",
    "check_sufficiency",
    "check_support",
]

_TOPIC_NUMBERS = ("topic_cosine_source", "topic_cosine_item", "least_topic_cosine")
#: Of max(1, |score|): float32 tables summed along two routes.
TOLERANCE = 1e-5
#: Of a cosine: a kernel in float32 against sums in float64.
_LOOKS_TOLERANCE = 1e-5


def check_completeness(ledger: Ledger, rescorer: Rescorer) -> Check:
    """Compare the sum of a ledger with the score, what the place brought left out of both."""
    served = float(rescorer.before()[rescorer.place(ledger.item_num)])
    if isinstance(ledger.made_by, Page):
        total = ledger.made_by.total
    else:
        total = math.fsum(entry.amount for entry in ledger.entries if not entry.of_place)
    residual = abs(served - total) / max(1.0, abs(served))
    return Check("completeness", residual <= TOLERANCE, {"score": served, "residual": residual})


def check_deletion(candidate: Candidate, item_num: int, rescorer: Rescorer) -> Check:
    """Take the evidence out, score the product again, and compare the fall with the claim.

    Places are 1-based and among the products that are scored together, before rules.
    """
    before = rescorer.before().tolist()
    after = rescorer.without(candidate.evidence, candidate.channels[0]).tolist()
    place = rescorer.place(item_num)
    measured = before[place] - after[place]
    tolerance = TOLERANCE * max(1.0, abs(before[place]))
    return Check(
        "deletion",
        abs(measured - candidate.amount) <= tolerance,
        {
            "claimed": candidate.amount,
            "measured": measured,
            "score_before": before[place],
            "score_after": after[place],
            "place_before": _place_of(before, place),
            "place_after": _place_of(after, place),
            "n_compared": len(before),
        },
    )


def check_rule(candidate: Candidate, ledger: Ledger, rescorer: Rescorer) -> Check:
    """Leave the merchant's rule out, and compare what the product loses with the claim.

    Without its pin a product has its score; without a boost it has what the other boosts give.
    """
    assert candidate.evidence.attribute is not None, "a rule's entry names the rule"
    rule_id = candidate.evidence.attribute[1]
    before = ledger.score
    if candidate.channels[0] == PINNED:
        after = float(rescorer.before()[rescorer.place(ledger.item_num)])
    else:
        rules, item_nums = rescorer.ranker.config.rules, np.array([ledger.item_num])
        lost = rules.shift_of(item_nums) - rules.without(rule_id).shift_of(item_nums)
        after = before - float(lost[0])
    tolerance = TOLERANCE * max(1.0, abs(before), abs(after))
    return Check(
        "rule",
        abs(before - after - candidate.amount) <= tolerance,
        {"claimed": candidate.amount, "with": before, "without": after},
    )


def check_sufficiency(candidate: Candidate, item_num: int, rescorer: Rescorer) -> Check:
    """Keep only the evidence: does the product score above what a blank shopper would get?

    A blank shopper has no counted history and no attributes. A fact about the product alone is
    there for everybody, so for it the question is whether its channel lifts the blank score.
    """
    place = rescorer.place(item_num)
    blank = float(rescorer.nothing()[place])
    alone = float(rescorer.only(candidate.evidence, candidate.channels[0])[place])
    if candidate.evidence.kind is EvidenceKind.ITEM:
        alone, blank = blank, blank - rescorer.of_channel(candidate.channels[0], place)
    return Check("sufficiency", alone > blank, {"score_alone": alone, "score_blank": blank})


def check_cause(candidate: Candidate) -> Check:
    """Test that the words name a channel that gives a good part of the amount."""
    share = candidate.own / candidate.amount if candidate.amount > 0 else 0.0
    return Check("cause", share >= LEAST_CAUSE, {"own": candidate.own, "share": share})


def check_support(claim: Claim, k_anonymity: int) -> Check:
    """Test that at least `k_anonymity` others stand behind a claim, and more than chance gives.

    "31 of 120 went on to B" supports nothing where a larger share of all shoppers has B.
    """
    if claim.kind is ClaimKind.SIMILAR_TEXT:
        return _check_likeness(claim)
    if claim.kind is ClaimKind.LOOKS_LIKE:
        return _check_looks(claim)
    name = SUPPORT_COUNT.get(claim.kind)
    if name is None:
        return Check("support", passed=True, numbers={"k": k_anonymity})
    if claim.kind is ClaimKind.POPULAR and (claim.facts.get("few") or claim.facts.get("new")):
        return Check("support", passed=True, numbers={"k": k_anonymity})
    n = _number(claim, name)
    lift = _lift(claim)
    enough = n >= k_anonymity and (lift is None or lift > 1.0)
    numbers = {"n": n, "k": float(k_anonymity)}
    return Check("support", enough, numbers if lift is None else {**numbers, "lift": lift})


def _check_likeness(claim: Claim) -> Check:
    """Test that two texts are alike and that what they share is named: words, or a topic of both.

    No count of shoppers stands behind it; the numbers are cosines.
    """
    numbers = {
        name: _number(claim, name)
        for name in ("cosine", "least_cosine", *_TOPIC_NUMBERS)
        if name in claim.facts
    }
    numbers["n_words"] = sum(name.startswith("word") for name in claim.facts)
    source, item, least = (numbers.get(name, 0.0) for name in _TOPIC_NUMBERS)
    named = numbers["n_words"] > 0 or ("topic" in claim.facts and min(source, item) >= least > 0.0)
    alike = numbers.get("cosine", 0.0) >= numbers.get("least_cosine", 1.0)
    return Check("support", named and alike, numbers)


def _check_looks(claim: Claim) -> Check:
    """Test that two photos are as alike as they ranked, and enough for saying so.

    The likeness comes from the photos' own cells, summed over the map that is shown; what ranked
    comes from the channel's kernel.
    """
    likeness, ranked = _number(claim, "likeness"), _number(claim, "ranked_likeness")
    least = float(claim.facts.get("least_likeness", 1.0))
    same = abs(likeness - ranked) <= _LOOKS_TOLERANCE
    numbers = {"likeness": likeness, "ranked_likeness": ranked, "least_likeness": least}
    return Check("support", same and likeness >= least, numbers)


def _lift(claim: Claim) -> float | None:
    """Share of those named who chose it against the share of everybody; None where none is said."""
    match claim.kind:
        case ClaimKind.WENT_ON | ClaimKind.CHOSEN_ALIKE:
            named = _ratio(_number(claim, "n_both"), _number(claim, "n_source"))
            return _ratio(named, _ratio(_number(claim, "n_item"), _number(claim, "n_all")))
        case ClaimKind.TOGETHER:
            return _number(claim, "lift")
        case ClaimKind.GROUP:
            named = _ratio(_number(claim, "n_chose"), _number(claim, "n_group"))
            return _ratio(named, _ratio(_number(claim, "n_item"), _number(claim, "n_all")))
        case _:
            return None


def _number(claim: Claim, name: str) -> float:
    return float(claim.facts.get(name, 0))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def check_fresh(ranker: Ranker, support: SupportIndex) -> Check:
    """Test that the counts come from the log that the ranker was fitted on."""
    model, counts = ranker.shop, support.shop
    same = model is counts or (
        model.data_hash == counts.data_hash
        and model.data_until == counts.data_until
        and len(model.interactions) == len(counts.interactions)
    )
    numbers = {
        "model_until": model.data_until.timestamp(),
        "counts_until": counts.data_until.timestamp(),
    }
    return Check("fresh", same, numbers)


def _place_of(scores: Sequence[float], at: int) -> int:
    """1-based place of one score, ties before it: pessimistic."""
    mine = scores[at]
    return sum([one >= mine for one in scores])
