"""What the shopper had before them last.

    amount(u, i) = Σ over own events j with i of 2^-(1 + ticks since j)

One event outweighs all that came before it together, so the order is that of the last event with
each product, and still every event has a part of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from youli.channels.base import Addends, Arrays, Coefficients
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["RecentChannel"]

#: Below 2^-1000 a part is nought; so many ticks back nobody remembers.
_MOST_TICKS = 1_000


class RecentChannel:
    """The shopper had it before them lately; it ranks what was seen, and learns nothing."""

    name: ClassVar[str] = "recent"
    needs: ClassVar[frozenset[str]] = frozenset()
    evidence: ClassVar[EvidenceKind] = EvidenceKind.REPURCHASE
    signed: ClassVar[bool] = False
    basis_names: tuple[str, ...] = ("ticks",)

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Only count the products."""
        del coefficients
        return cls(shop.interactions.n_items)

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None without a history."""
        if state.n_rows == 0:
            return None
        total = np.bincount(state.item_num, weights=_parts(state), minlength=self.n_items)
        return np.asarray(coefficients[0] * total)

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each basis for some products, float64 [1, len(item_nums)]."""
        found = np.zeros((1, len(item_nums)))
        for place, item_num in enumerate(item_nums.tolist()):
            rows = state.item_num == item_num
            found[0, place] = _parts(state)[rows].sum() if state.n_rows else 0.0
        return found

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each candidate that the shopper had before them."""
        if state.n_rows == 0:
            return Addends.none()
        items, row_of = state.distinct_items
        total = coefficients[0] * np.bincount(row_of, weights=_parts(state), minlength=len(items))
        place = np.minimum(np.searchsorted(items, item_nums), len(items) - 1)
        target = np.flatnonzero((items[place] == item_nums) & (total[place] > 0.0))
        past = place[target]
        return Addends(target, past, np.full(len(past), -1), total[past])

    def label(self, number: int) -> tuple[str, str]:
        """Own events name no attributes."""
        raise KeyError(number)

    def to_arrays(self) -> Arrays:
        """How many products there are."""
        return {"n_items": np.array([self.n_items])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where the number is missing."""
        return cls(int(np.asarray(arrays["n_items"], np.int64)[0]))


def _parts(state: ShopperState) -> FloatArray:
    """What each history row gives its product, float64 [n_rows]; nought where it does not count."""
    ago = np.minimum(state.steps_ago, _MOST_TICKS)
    counts = state.counted & (state.steps_ago < _MOST_TICKS)
    return np.asarray(np.exp2(-1.0 - ago) * counts)
