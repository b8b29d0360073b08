"""Choose what to say about each product of a list, check it, and have it said.

Strongest first, but what is specific before what holds for everybody, and not the same past
product all down the list. A claim is checked before it is shown, cheapest check first; one that
fails is dropped and counted. Where nothing specific is left, popularity is stated as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from youli.data.state import ShopperState
from youli.explain.checks import (
    check_cause,
    check_completeness,
    check_deletion,
    check_fresh,
    check_rule,
    check_sufficiency,
    check_support,
)
from youli.explain.claims import Candidate, candidates, last_resort
from youli.explain.facts import FactFinder
from youli.explain.rescore import Rescorer, Served
from youli.explain.support import SupportIndex
from youli.explain.types import Check, Claim, ClaimKind, Fact, Reason, Recommendation, Voice
from youli.rank.ranker import Ranker, Ranking
from youli.types import Ledger

__all__ = ["GENERAL", "Choose", "ReasonDesk", "explain_ranking"]

#: Chooses what to show of a product's checked reasons, strongest first, one a kind.
Choose = Callable[[Ledger, Sequence[Reason]], Sequence[Reason]]

#: How much a kind says about *this* shopper and product, as a factor on its amount.
_SPECIFIC = {
    ClaimKind.PROMOTED: 1e9,  # a paid or pinned place is always said, and first
    ClaimKind.BUY_AGAIN: 1.0,
    ClaimKind.WENT_ON: 1.0,
    ClaimKind.TOGETHER: 1.0,
    ClaimKind.SHARED_ATTRIBUTE: 0.8,
    ClaimKind.SIMILAR_TEXT: 0.8,
    ClaimKind.LOOKS_LIKE: 0.8,
    ClaimKind.CHOSEN_ALIKE: 0.8,
    ClaimKind.GROUP: 0.2,
    ClaimKind.TRENDING: 0.1,
    ClaimKind.POPULAR: 0.05,
}
#: Kinds of reason that would fit any shopper.
GENERAL = frozenset({ClaimKind.TRENDING, ClaimKind.POPULAR, ClaimKind.PROMOTED})
#: A past product already cited in this list counts this much less each time.
_REPEATED = 0.6
#: A second reason must weigh this share of the first.
_SECOND = 0.5
_MOST_REASONS = 2
#: Claims of one kind that are checked for one product where all kinds are wanted.
_TRIED_OF_KIND = 2


def explain_ranking(
    ranker: Ranker,
    support: SupportIndex,
    state: ShopperState,
    ranking: Ranking,
    voice: Voice,
    *,
    k_anonymity: int = 5,
    beside: bool = False,
    choose: Choose | None = None,
) -> tuple[Recommendation, ...]:
    """Give every product of a list its ledger and one or two checked reasons in words.

    `beside` is for lists on a product's page: the state's one event stands for that product, and
    nothing is said of what the shopper did. `choose` decides which of a product's checked reasons
    are shown; without it the strongest are.
    """
    served = Served(ranking.listed_scores, ranking.ledgers, of_ledgers=True)
    rescorer = Rescorer(ranker, state, ranking.item_nums, served=served)
    desk = ReasonDesk(support, rescorer, voice, k_anonymity=k_anonymity, beside=beside)
    found = []
    for rank, ledger in enumerate(ranking.ledgers, start=1):
        reasons, n_dropped = desk.reasons(ledger) if choose is None else desk.chosen(ledger, choose)
        found.append(Recommendation(rank, ledger.item_num, ledger, reasons, n_dropped))
    return tuple(found)


class ReasonDesk:
    """Chooses, checks and words the reasons of one list; it remembers what it has cited."""

    def __init__(
        self,
        support: SupportIndex,
        rescorer: Rescorer,
        voice: Voice,
        *,
        k_anonymity: int,
        beside: bool = False,
    ) -> None:
        self.rescorer = rescorer
        self.voice = voice
        self.k_anonymity = k_anonymity
        channels = rescorer.ranker.channels
        self.finder = FactFinder(support, rescorer.state, channels, beside=beside)
        self.fresh = check_fresh(rescorer.ranker, support)
        self._cited: Counter[int] = Counter()

    def reasons(self, ledger: Ledger) -> tuple[tuple[Reason, ...], int]:
        """One or two checked reasons for a product, and how many claims failed a check."""
        whole = check_completeness(ledger, self.rescorer)
        found: list[tuple[float, Reason]] = []
        n_dropped = 0
        weighted = self._by_weight(ledger)
        for weight, candidate in weighted:
            if not _worth_saying(weight, candidate, found):
                continue
            reason = self.reason(candidate, ledger, whole)
            if reason is None:
                n_dropped += 1
                continue
            found.append((weight, reason))
            self._cited[candidate.evidence.source_item] += 1
            if len(_by_merit(found)) == _MOST_REASONS:
                break
        said = tuple(reason for _, reason in found)
        if _by_merit(found):
            if all(reason.claim.kind in GENERAL for reason in said):
                deciding, n_more = self._deciding(weighted, ledger, whole)
                n_dropped += n_more
                if deciding is not None:  # instead of what holds for everybody twice
                    n_kept = len(said) - len(_by_merit(found)) + _MOST_REASONS - 1
                    said = (*said[:n_kept], deciding)
            return said, n_dropped
        return said + self._fallback(ledger, whole), n_dropped

    def _deciding(
        self, weighted: Sequence[tuple[float, Candidate]], ledger: Ledger, whole: Check
    ) -> tuple[Reason | None, int]:
        """The strongest claim about this shopper that decides the product's place in the list.

        Where what holds for everybody gives most of a score, little else decides who stands above
        whom; without that little the product would stand lower. What changes no place is not said.
        Also how many claims failed a check.
        """
        n_dropped = 0
        for _, candidate in weighted:
            if candidate.kind in GENERAL:
                continue
            numbers = check_deletion(candidate, ledger.item_num, self.rescorer).numbers
            if numbers["place_after"] <= numbers["place_before"]:
                continue
            reason = self.reason(candidate, ledger, whole)
            if reason is not None:
                self._cited[candidate.evidence.source_item] += 1
                return reason, n_dropped
            n_dropped += 1
        return None, n_dropped

    def chosen(self, ledger: Ledger, choose: Choose) -> tuple[tuple[Reason, ...], int]:
        """What `choose` takes of the checked reasons, and how many claims failed a check.

        That the shop put the product here is said whatever is chosen. Where no reason passed its
        checks, there is nothing to choose.
        """
        whole = check_completeness(ledger, self.rescorer)
        found: dict[ClaimKind, Reason] = {}
        tried: Counter[ClaimKind] = Counter()
        n_dropped = 0
        for _, candidate in self._by_weight(ledger):
            if candidate.kind in found or tried[candidate.kind] == _TRIED_OF_KIND:
                continue
            tried[candidate.kind] += 1
            reason = self.reason(candidate, ledger, whole)
            if reason is None:
                n_dropped += 1
            else:
                found[candidate.kind] = reason
        promoted = tuple(filter(None, [found.pop(ClaimKind.PROMOTED, None)]))
        if not found:
            return promoted + self._fallback(ledger, whole), n_dropped
        options = tuple(found.values())
        said = tuple(choose(ledger, options))
        assert said, "something is said of every product"
        assert all(any(one is option for option in options) for one in said), "and it was checked"
        self._cited.update(one.claim.evidence.source_item for one in said)
        return promoted + said, n_dropped

    def reason(self, candidate: Candidate, ledger: Ledger, whole: Check) -> Reason | None:
        """The candidate as a checked reason in words; None where a check fails."""
        item_num = ledger.item_num
        cause = check_cause(candidate)
        if not (whole.passed and self.fresh.passed and cause.passed):
            return None
        claim = self._claim(candidate, item_num)
        support = check_support(claim, self.k_anonymity)
        if not support.passed:
            return None
        checks = [whole, cause, support, self.fresh]
        if candidate.kind is ClaimKind.PROMOTED:  # a rule is no evidence to be taken out
            checks.append(check_rule(candidate, ledger, self.rescorer))
        else:
            checks.append(check_deletion(candidate, item_num, self.rescorer))
            checks.append(check_sufficiency(candidate, item_num, self.rescorer))
        return self._said(claim, item_num, checks)

    def _by_weight(self, ledger: Ledger) -> list[tuple[float, Candidate]]:
        weighted = []
        for one in candidates(ledger, self.rescorer.state):
            weight, source = one.own * _SPECIFIC[one.kind], one.evidence.source_item
            if source >= 0 and source in self._cited:
                weight *= _REPEATED ** self._cited[source]
            weighted.append((weight, one))
        return sorted(weighted, key=lambda pair: -pair[0])

    def _claim(self, candidate: Candidate, item_num: int) -> Claim:
        facts = self.finder.facts(candidate.kind, item_num, candidate.evidence, candidate.sources)
        return Claim(
            candidate.kind,
            candidate.channels,
            candidate.evidence,
            candidate.amount,
            _without_small_counts(candidate.kind, facts, self.k_anonymity),
        )

    def _said(self, claim: Claim, item_num: int, checks: Sequence[Check]) -> Reason | None:
        """Put a claim into words and read them back."""
        if not all(check.passed for check in checks):
            return None
        words = self.voice.say(claim, item_num)
        facts = self.voice.check(words, claim, item_num)
        if not facts.passed:
            return None
        return Reason(claim, (*checks, facts), words.chip, words.text)

    def _fallback(self, ledger: Ledger, whole: Check) -> tuple[Reason, ...]:
        """State how many chose it, or that few or none did; no cause is claimed."""
        candidate = last_resort(ledger)
        claim = self._claim(candidate, ledger.item_num)
        if "n_shoppers" not in claim.facts:
            claim = replace(claim, facts={**claim.facts, "few": 1})
        elif not claim.facts["n_shoppers"]:
            claim = replace(claim, facts={**claim.facts, "new": 1})
        deletion = check_deletion(candidate, ledger.item_num, self.rescorer)
        support = check_support(claim, self.k_anonymity)
        said = self._said(claim, ledger.item_num, (whole, deletion, support, self.fresh))
        return () if said is None else (said,)


def _by_merit(found: Sequence[tuple[float, Reason]]) -> list[tuple[float, Reason]]:
    """The reasons without that the shop put the product here."""
    return [one for one in found if one[1].claim.kind is not ClaimKind.PROMOTED]


def _worth_saying(
    weight: float, candidate: Candidate, found: Sequence[tuple[float, Reason]]
) -> bool:
    """Whether a further claim adds to what is already said; a promotion takes no claim's place."""
    if candidate.kind is ClaimKind.PROMOTED:
        return not found
    found = _by_merit(found)
    if not found:
        return True
    first_weight, first = found[0]
    if candidate.kind is first.claim.kind:
        return False
    source = candidate.evidence.source_item
    if source >= 0 and source == first.claim.evidence.source_item:
        return False
    return weight >= _SECOND * first_weight or candidate.own > first.claim.amount


def _without_small_counts(
    kind: ClaimKind, facts: dict[str, Fact], k_anonymity: int
) -> dict[str, Fact]:
    """Leave out counts of fewer than `k_anonymity` other shoppers; nought may be said."""
    names = {ClaimKind.TRENDING: ("n_before",), ClaimKind.POPULAR: ("n_shoppers",)}.get(kind, ())
    return {
        name: fact
        for name, fact in facts.items()
        if name not in names or not isinstance(fact, int) or fact == 0 or fact >= k_anonymity
    }
