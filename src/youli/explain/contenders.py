"""The products that could take a listed product's place, and what each unit of evidence gives them.

The score is a sum, so what any set of units (past products, events, interests, attributes) takes
from any score is a sum, too: one table (unit × contender) answers for every set. Diversity is
played through on the table as the ranker would; what it could at most take from the target bounds
what must be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from youli.data.state import ShopperState
from youli.explain.types import By
from youli.explain.units import Units, held_back, units_of
from youli.explain.worlds import changed
from youli.rank.diversity import diversify
from youli.rank.ranker import Ranker, Ranking
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["Contenders"]

#: Contenders: the candidates among which diversity chooses, and some more.
_PER_PLACE = 5
_N_SPARE = 50
#: Of max(1, |score|): scores that are closer are a doubt, since ranking sums in another order.
_CLOSE = 1e-9


@dataclass(frozen=True)
class Contenders:
    """A listed product (the target) against the others that may be listed.

    ``lead`` is how far the target is ahead of each contender; ``gain`` is what removing a unit
    takes from that lead; ``outside`` is the most it can take from the lead over any product that is
    no contender, and ``tail`` is that lead. For interests, which may overlap, `gain` and `outside`
    are those of the past products that `units.members` puts together.
    """

    ranker: Ranker
    state: ShopperState
    item_num: int
    k: int
    #: Places that products compete for; pins hold the others.
    n_free: int
    units: Units
    item_nums: IntArray  # int32 [n_contenders]
    lead: FloatArray  # float64 [n_contenders]
    gain: FloatArray  # float64 [n_units or n_past, n_contenders]
    amount: FloatArray  # float64 [n_units or n_past], what each gives the target
    outside: FloatArray  # float64 [n_units or n_past]
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
        served: Ranking,
        by: By = By.PRODUCTS,
    ) -> Contenders:
        """Collect the head of the ranking and what its own events hold back."""
        free, n_free = ranker.contested(served.eligible, k)
        n_head = _PER_PLACE * k + _N_SPARE
        # One more: no product that is left out scores higher than it.
        head, best = served.workings.best(free, n_head + 1)
        rest = float(best[n_head]) if len(best) > n_head else -np.inf
        held = held_back(ranker, state, by)
        named = np.union1d(head[:n_head], held[free[held]]).astype(np.int32)
        others = named[named != item_num]
        targets = np.append(others, item_num)
        units = units_of(by, ranker, state, targets, workings=served.workings)
        amounts, lowest = units.amounts, units.lowest
        scores = served.workings.scores_of(targets)
        group = ranker.group[targets]
        return cls(
            ranker=ranker,
            state=state,
            item_num=item_num,
            k=k,
            n_free=n_free,
            units=units,
            item_nums=others,
            lead=scores[-1] - scores[:-1],
            gain=amounts[:, -1:] - amounts[:, :-1],
            amount=amounts[:, -1],
            outside=np.full(len(amounts), np.inf) if lowest is None else amounts[:, -1] - lowest,
            tail=float(scores[-1]) - rest,
            close=_CLOSE * max(1.0, abs(float(scores[-1]))),
            group=group,
            mates=(group[:-1] == group[-1]) & (group[:-1] >= 0),
        )

    @property
    def n_units(self) -> int:
        """How many units there are."""
        return len(self.units)

    @property
    def least_gain(self) -> float:
        """No set works unless its members' largest gains together reach this.

        The k-th nearest contender, or a product outside, must get ahead of the target, or near
        enough for diversity to put it ahead.
        """
        kth = np.inf
        if len(self.lead) >= self.n_free:
            kth = np.partition(self.lead, self.n_free - 1)[self.n_free - 1]
        most_mates = min(self.n_free - 1, int(self.mates.sum()))
        penalty = self.ranker.config.diversity * most_mates
        return float(min(kth, self.tail) - penalty - self.close)

    @cached_property
    def largest_gain(self) -> FloatArray:
        """The most that removing each unit takes from any lead, float64 [n_units].

        Of a set of units no lead loses more than the sum of these.
        """
        members = self.units.members
        if members is None:
            inside: FloatArray = self.gain.max(axis=1, initial=-np.inf)
            return np.maximum(inside, self.outside)
        # Overlapping units: what speaks the other way may be counted once only, so not at all.
        inside = (members @ np.maximum(self.gain, 0.0)).max(axis=1, initial=0.0)
        most: FloatArray = np.maximum(inside, _sums(members, np.maximum(self.outside, 0.0)))
        return most

    def taken(self, sets: IntArray) -> FloatArray:
        """What each set takes from each lead, float64 [n_sets, n]."""
        members = self.units.members
        if members is not None:
            together: FloatArray = _union(members, sets) @ self.gain
            return together
        total = np.zeros((len(sets), len(self.lead)))
        for column in sets.T:
            total += self.gain[column]
        return total

    def lead_without(self, sets: IntArray) -> FloatArray:
        """The target's lead over each contender without each set, float64 [n_sets, n]."""
        return self.lead - self.taken(sets)

    def given_by(self, unit: int) -> float:
        """What one unit gives the target."""
        members = self.units.members
        return float(self.amount[unit] if members is None else self.amount[members[unit]].sum())

    def doubtful(self, sets: IntArray, lead: FloatArray) -> tuple[BoolArray, BoolArray]:
        """Which sets might work by contenders, and which by products outside; bool [n_sets].

        The others are proven not to: fewer than k products get ahead of the target even after
        all that its group's members before it can take from it.
        """
        n_before = np.minimum((lead[:, self.mates] <= self.close).sum(axis=1), self.n_free - 1)
        penalty = self.ranker.config.diversity * n_before
        inside = (lead <= (penalty + self.close)[:, None]).sum(axis=1) >= self.n_free
        members = self.units.members
        if members is None:
            outside = self.outside[sets].sum(axis=1)
        else:
            outside = _sums(_union(members, sets), self.outside)
        beyond = outside >= self.tail - penalty - self.close
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
        # With pins, the ranker looks for one product more than there is room for.
        order = order[: _PER_PLACE * (self.n_free + (self.n_free < self.k))]
        strength = self.ranker.config.diversity
        chosen, _ = diversify(scores[order], self.group[order], k=self.n_free, strength=strength)
        return bool((order[chosen] == target).any())

    def leaves(self, chosen: Sequence[int] | IntArray) -> bool:
        """Rank again without some units, through everything: is the target gone?"""
        change = self.units.change(int(one) for one in chosen)
        ranker, state = changed(self.ranker, self.state, change)
        return self.item_num not in ranker.listed(state, k=self.k)


def _union(members: BoolArray, sets: IntArray) -> BoolArray:
    """The members of any unit of each set, bool [n_sets, n_past]."""
    return np.asarray(members[sets].any(axis=1), dtype=bool)


def _sums(members: BoolArray, value: FloatArray) -> FloatArray:
    """Sum the values of each row's members; an infinite value counts only where it is one."""
    finite = members @ np.where(np.isfinite(value), value, 0.0)
    boundless = (members & (value == np.inf)).any(axis=1)
    return np.asarray(np.where(boundless, np.inf, finite), dtype=np.float64)
