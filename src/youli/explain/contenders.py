"""The products that could take a listed product's place, and what each past product gives them.

The score is a sum, so what any set of past products takes from any score is a sum, too: one table
(past product × contender) answers for every set. Diversity is played through on the table as the
ranker would; what it could at most take from the target bounds what must be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from youli.data.state import ShopperState
from youli.explain.floors import lowest_amounts
from youli.rank.diversity import diversify
from youli.rank.ranker import Ranker, top
from youli.types import BoolArray, EvidenceKind, FloatArray, IntArray

__all__ = ["Contenders"]

#: Contenders: the candidates among which diversity chooses, and some more.
_PER_PLACE = 5
_N_SPARE = 50
#: Of max(1, |score|): scores that are closer are a doubt, since ranking sums in another order.
_CLOSE = 1e-9


@dataclass(frozen=True)
class Contenders:
    """A listed product (the target) against the others that may be listed.

    ``lead`` is how far the target is ahead of each contender; ``gain`` is what removing a past
    product takes from that lead; ``outside`` is the most it can take from the lead over any
    product that is no contender, and ``tail`` is that lead. Past products are numbered as in
    `ShopperState.distinct_items`.
    """

    ranker: Ranker
    state: ShopperState
    item_num: int
    k: int
    item_nums: IntArray  # int32 [n_contenders]
    lead: FloatArray  # float64 [n_contenders]
    gain: FloatArray  # float64 [n_past, n_contenders]
    amount: FloatArray  # float64 [n_past], what each gives the target
    outside: FloatArray  # float64 [n_past]
    tail: float
    close: float
    group: IntArray  # int32 [n_contenders + 1], of the contenders and the target
    mates: BoolArray  # bool [n_contenders], in the target's group

    @classmethod
    def of(
        cls,
        ranker: Ranker,
        state: ShopperState,
        item_num: int,
        k: int,
        *,
        scores: FloatArray,
        eligible: BoolArray,
    ) -> Contenders:
        """Collect the head of the ranking and what its own events hold back."""
        past = state.distinct_items[0]
        head = top(scores, eligible, _PER_PLACE * k + _N_SPARE)
        named = np.union1d(head, _held_back(ranker, state, eligible)).astype(np.int32)
        others = named[named != item_num]
        amounts = ranker.amounts_by_past(state, np.append(others, item_num))
        lowest = lowest_amounts(ranker, state)
        rest = eligible.copy()
        rest[named] = False
        group = _groups(ranker)[np.append(others, item_num)]
        return cls(
            ranker=ranker,
            state=state,
            item_num=item_num,
            k=k,
            item_nums=others,
            lead=scores[item_num] - scores[others],
            gain=amounts[:, -1:] - amounts[:, :-1],
            amount=amounts[:, -1],
            outside=np.full(len(past), np.inf) if lowest is None else amounts[:, -1] - lowest,
            tail=float(scores[item_num] - scores[rest].max(initial=-np.inf)),
            close=_CLOSE * max(1.0, abs(float(scores[item_num]))),
            group=group,
            mates=(group[:-1] == group[-1]) & (group[:-1] >= 0),
        )

    @property
    def n_past(self) -> int:
        """How many past products there are."""
        return len(self.gain)

    @property
    def least_gain(self) -> float:
        """No set works unless its members' largest gains together reach this.

        The k-th nearest contender, or a product outside, must get ahead of the target, or near
        enough for diversity to put it ahead.
        """
        kth = np.inf
        if len(self.lead) >= self.k:
            kth = np.partition(self.lead, self.k - 1)[self.k - 1]
        most_mates = min(self.k - 1, int(self.mates.sum()))
        penalty = self.ranker.config.diversity * most_mates
        return float(min(kth, self.tail) - penalty - self.close)

    @property
    def largest_gain(self) -> FloatArray:
        """The most that removing each past product takes from any lead, float64 [n_past]."""
        inside: FloatArray = self.gain.max(axis=1, initial=-np.inf)
        return np.maximum(inside, self.outside)

    def lead_without(self, sets: IntArray) -> FloatArray:
        """The target's lead over each contender without each set, float64 [n_sets, n]."""
        lead: FloatArray = np.tile(self.lead, (len(sets), 1))
        for column in sets.T:
            lead -= self.gain[column]
        return lead

    def doubtful(self, sets: IntArray, lead: FloatArray) -> tuple[BoolArray, BoolArray]:
        """Which sets might work by contenders, and which by products outside; bool [n_sets].

        The others are proven not to: fewer than k products get ahead of the target even after
        all that its group's members before it can take from it.
        """
        n_before = np.minimum((lead[:, self.mates] <= self.close).sum(axis=1), self.k - 1)
        penalty = self.ranker.config.diversity * n_before
        inside = (lead <= (penalty + self.close)[:, None]).sum(axis=1) >= self.k
        beyond = self.outside[sets].sum(axis=1) >= self.tail - penalty - self.close
        return inside, beyond

    def may_be_tied(self, lead: FloatArray) -> bool:
        """Whether rounding may decide between the target and a contender, diversity counted."""
        penalties = self.ranker.config.diversity * np.arange(self.k)
        return bool((np.abs(lead[:, None] - penalties).min(axis=1) <= self.close).any())

    def listed(self, lead: FloatArray) -> bool:
        """Play the ranker's list through for one set's leads, float64 [n]: is the target in it?"""
        scores = np.append(-lead, 0.0)
        target = len(lead)
        order = np.lexsort((np.append(self.item_nums, self.item_num), -scores))
        order = order[: _PER_PLACE * self.k]
        strength = self.ranker.config.diversity
        chosen, _ = diversify(scores[order], self.group[order], k=self.k, strength=strength)
        return bool((order[chosen] == target).any())

    def rows(self, past: Iterable[int]) -> list[int]:
        """The counted rows about some past products."""
        return sorted(row for one in past for row in self.state.rows_of_distinct[one])

    def leaves(self, past: Sequence[int] | IntArray) -> bool:
        """Rank again without some past products, through everything: is the target gone?"""
        state = self.state.without(self.rows(int(one) for one in past))
        return self.item_num not in self.ranker.listed(state, k=self.k)


def _held_back(ranker: Ranker, state: ShopperState, eligible: BoolArray) -> IntArray:
    """Products that may be listed and that their own earlier events speak against."""
    past = state.distinct_items[0]
    own = np.zeros(len(past))
    for name, channel in ranker.channels.items():
        if channel.evidence is EvidenceKind.REPURCHASE:
            own += ranker.coefficients[name] @ channel.bases(state, past)
    return past[(own < 0.0) & eligible[past]]


def _groups(ranker: Ranker) -> IntArray:
    """What the ranker keeps from repeating: the finest category; -1 where unknown."""
    levels = ranker.shop.catalogue.attributes_of_category
    if not levels:
        return np.full(ranker.shop.interactions.n_items, -1, dtype=np.int32)
    return levels[-1].first_code
