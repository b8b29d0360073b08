"""What a person could know of a shopper and a product, as columns for a tree."""

from __future__ import annotations

import numpy as np

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.explain.overview.tree import NEVER, Feature
from youli.explain.support import SupportIndex
from youli.types import FloatArray, IntArray

__all__ = ["ReadableTable"]

_SECONDS_A_DAY = 86_400
_N_BANDS = 5


class ReadableTable:
    """Turns a shopper's state and some products into rows of readable numbers.

    Counts of other shoppers leave the shopper out, as the reasons do.
    """

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._support = SupportIndex(shop)
        self._timed = shop.interactions.timed
        levels = shop.catalogue.attributes_of_category
        self._category = levels[-1].first_code if levels else None
        brand = shop.catalogue.attribute("brand")
        self._brand = None if brand is None else brand.first_code
        self._popularity = self._bands()
        price = shop.catalogue.attribute("price band")
        self._price = None if price is None else price.first_code

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns in their order; a shop has those that its data allow."""
        found = [
            Feature("times had before", "count"),
            Feature("days since it was had" if self._timed else "steps since it was had", "since"),
            Feature("others who went from the last product to it", "count"),
            Feature("popularity band (5 = most)", "count"),
        ]
        if self._category is not None:
            found.append(Feature("category of the last product", "flag"))
            found.append(Feature("share of the history in its category", "number"))
        if self._brand is not None:
            found.append(Feature("brand of the last product", "flag"))
        if self._price is not None:
            found.append(Feature("price band (5 = highest, 0 = unknown)", "count"))
        return tuple(found)

    def rows(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """One row a product, float64 [len(item_nums), n_features]."""
        counted = np.flatnonzero(state.counted)
        past = state.item_num[counted]
        last = int(past[-1]) if len(past) else -1
        age = state.seconds_ago / _SECONDS_A_DAY if self._timed else state.steps_ago
        same = past[None, :] == np.asarray(item_nums)[:, None]  # [n_items, n_counted]
        since = np.where(same, age[counted][None, :], NEVER).min(axis=1, initial=NEVER)
        columns = [same.sum(axis=1), since, self._went_on(state, last, item_nums)]
        columns.append(self._popularity[item_nums])
        if self._category is not None:
            columns.append(_shared(self._category, last, item_nums))
            columns.append(_share(self._category, past, item_nums))
        if self._brand is not None:
            columns.append(_shared(self._brand, last, item_nums))
        if self._price is not None:
            columns.append(self._price[item_nums] + 1)
        return np.column_stack(columns).astype(np.float64)

    def _went_on(self, state: ShopperState, last: int, item_nums: IntArray) -> IntArray:
        if last < 0:
            return np.zeros(len(item_nums), dtype=np.int64)
        me = state.user_num
        counts = [
            self._support.went_on(last, one, excluding=me).n_both for one in item_nums.tolist()
        ]
        return np.array(counts, dtype=np.int64)

    def _bands(self) -> IntArray:
        """Fifths of the products by how many shoppers had them, 1 to 5; int64 [n_items]."""
        n_items = self.shop.interactions.n_items
        counts = np.array([self._support.popularity(one) for one in range(n_items)])
        place = np.searchsorted(np.sort(counts), counts)  # equals stand together
        return np.minimum(place * _N_BANDS // max(n_items, 1) + 1, _N_BANDS).astype(np.int64)


def _shared(codes: IntArray, last: int, item_nums: IntArray) -> IntArray:
    if last < 0 or codes[last] < 0:
        return np.zeros(len(item_nums), dtype=np.int64)
    return np.asarray(codes[item_nums] == codes[last], dtype=np.int64)


def _share(codes: IntArray, past: IntArray, item_nums: IntArray) -> FloatArray:
    """Share of the past events in each product's category; 0 where it is unknown."""
    if not len(past):
        return np.zeros(len(item_nums))
    same = codes[past][None, :] == codes[item_nums][:, None]
    return np.asarray((same & (codes[item_nums] >= 0)[:, None]).mean(axis=1))
