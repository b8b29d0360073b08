"""What the shopper had before, and whether it is time again.

    amount(u, i) = Σ over own events j with i of strength_j · (Σ_b c_b exp(-ticks_j / τ_b)
                    + c_due · exp(-½ (log(age_j / g_i) / σ)²))

g_i is the usual gap between two purchases of i by one shopper (its median over all shoppers,
shrunk towards the shop's), so that the part of an event depends on its own age alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from youli.channels.base import Addends, Arrays, Cells, Coefficients
from youli.channels.kernel import decayed, decays
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["RepurchaseChannel"]

_DAY_S = 86_400.0
#: Width of "about time" in log days: e^0.5 covers from three fifths to five thirds of the gap.
_SIGMA = 0.5
#: Gaps that the shop's median counts as much as, when a product has few of its own.
_SHRINKAGE = 5.0


class RepurchaseChannel:
    """The shopper had B before."""

    name: ClassVar[str] = "repurchase"
    needs: ClassVar[frozenset[str]] = frozenset()
    evidence: ClassVar[EvidenceKind] = EvidenceKind.REPURCHASE
    signed: ClassVar[bool] = True
    taus: ClassVar[tuple[float, ...]] = (1.0, 4.0, 16.0, float("inf"))

    def __init__(self, gap_days: FloatArray) -> None:
        self.gap_days = gap_days  # float32 [n_items]; 0 where the shop has no clock

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return len(self.gap_days)

    @property
    def basis_names(self) -> tuple[str, ...]:
        """The time constants, and whether it is due."""
        return (*(f"tau={tau:g}" for tau in self.taus), "due")

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Take each product's median gap between two of one shopper's days with it."""
        del coefficients
        events = shop.interactions
        gaps = np.zeros(events.n_items, dtype=np.float32)
        if not events.timed or len(events) == 0:
            return cls(gaps)
        item, gap = _gaps(events.user_num, events.item_num, events.timestamp)
        overall = float(np.median(gap)) if len(gap) else 30.0
        median, count = _median_by(item, gap, events.n_items)
        gaps[:] = (count * median + _SHRINKAGE * overall) / (count + _SHRINKAGE)
        return cls(gaps)

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None without a history."""
        found = self.cells(state, coefficients)
        return None if found is None else found.summed(found.item, self.n_items)

    def cells(self, state: ShopperState, coefficients: Coefficients) -> Cells | None:
        """One for each past product: what it had, it is given."""
        if state.n_rows == 0 or not coefficients.any():
            return None
        items = state.distinct_items[0]
        past = np.arange(len(items))
        return Cells(items, self._by_distinct(state, coefficients), past, past + 1)

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each basis for some products, float64 [n_bases, len(item_nums)]."""
        found = np.zeros((len(self.basis_names), len(item_nums)))
        if state.n_rows == 0:
            return found
        summed = self._bases_of_rows(state) @ state.by_distinct
        past, target = self._own(state, item_nums)
        found[:, target] = np.asarray(summed)[:, past]
        return found

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each candidate that the shopper had before."""
        if state.n_rows == 0 or not coefficients.any():
            return Addends.none()
        past, target = self._own(state, item_nums)
        amount = self._by_distinct(state, coefficients)[past]
        return Addends(target, past, np.full(len(past), -1), amount)

    def label(self, number: int) -> tuple[str, str]:
        """Own events name no attributes."""
        raise KeyError(number)

    def _bases_of_rows(self, state: ShopperState) -> FloatArray:
        """Each basis of each history row, float64 [n_bases, n_rows]."""
        return np.vstack([decays(state, self.taus), self._due(state)])

    def _due(self, state: ShopperState) -> FloatArray:
        """How near each history row is to its product's gap, float64 [n_rows]."""
        gap = self.gap_days[state.item_num]
        age = np.maximum(state.seconds_ago, 1) / _DAY_S
        with np.errstate(divide="ignore"):  # no clock: gap 0, log(age / 0) = inf, never due
            off = np.log(age / gap) / _SIGMA
        return np.asarray(np.exp(-0.5 * off**2) * state.strength)

    def _by_distinct(self, state: ShopperState, coefficients: Coefficients) -> FloatArray:
        """What each past product is given, float64 [n_distinct]."""
        total: FloatArray = coefficients[:-1] @ decayed(state, self.taus)
        if coefficients[-1]:
            items, row_of = state.distinct_items
            due = np.bincount(row_of, self._due(state), minlength=len(items))
            total = total + coefficients[-1] * due
        return total

    def _own(self, state: ShopperState, item_nums: IntArray) -> tuple[IntArray, IntArray]:
        """Places of the candidates among the past products, and which candidates they are."""
        items, _ = state.distinct_items
        place = np.minimum(np.searchsorted(items, item_nums), len(items) - 1)
        target = np.flatnonzero(items[place] == item_nums)
        return place[target], target

    def to_arrays(self) -> Arrays:
        """The gaps."""
        return {"gap_days": self.gap_days}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where the gaps are missing."""
        return cls(np.asarray(arrays["gap_days"], np.float32))


def _gaps(
    user_num: IntArray, item_num: IntArray, timestamp: IntArray
) -> tuple[IntArray, FloatArray]:
    """Days between one shopper's consecutive events with one product, if at least one day."""
    order = np.lexsort((timestamp, item_num, user_num))
    same = (np.diff(user_num[order]) == 0) & (np.diff(item_num[order]) == 0)
    days = np.diff(timestamp[order]) / _DAY_S
    kept = same & (days >= 1.0)
    return item_num[order][1:][kept], days[kept]


def _median_by(key: IntArray, value: FloatArray, n_keys: int) -> tuple[FloatArray, IntArray]:
    """Median (lower of two) of the values of each key, 0 where there is none; and their number."""
    count = np.bincount(key, minlength=n_keys)
    order = np.lexsort((value, key))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    median = np.zeros(n_keys)
    has = count > 0
    median[has] = value[order][(first + (count - 1) // 2)[has]]
    return median, count
