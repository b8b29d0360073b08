"""Facts about other shoppers, counted from the log when an explanation needs them.

Design choices:

- Counts are exact and belong to the log that the ranker was fitted on; nothing is estimated.
- Totals are memoised over all shoppers; the shopper who asks is then taken out, so that every
  count is about *other* people and the memory is shared by everybody. A trend is counted anew for
  the few who are in it.
- A pair of products is counted by marking one side in a scratch array and looking the other side
  up: microseconds, without an item × item table.
- Where the shop has purchases, only purchases count; elsewhere every event that speaks for a
  product does, and `verb` says so.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import EVENT_STRENGTH
from youli.explain.pairs import Pairs, common, distinct_pairs
from youli.features.product_text import ProductTexts
from youli.types import BoolArray, IntArray

__all__ = ["Group", "SupportIndex", "Together", "Trend", "WentOn"]

_SECONDS_A_DAY = 86_400
_PURCHASE = EVENT_NAMES.index("purchase")
#: Groups of shoppers whose members are kept at hand: one bool a shopper each.
_N_GROUPS = 256


class WentOn(NamedTuple):
    """How many shoppers of A had B later, of how many shoppers of A."""

    n_both: int
    n_source: int


class Together(NamedTuple):
    """Two products in one order, in orders of others; `n_shoppers` placed the `n_both` orders."""

    n_both: int
    n_source: int
    n_item: int
    n_orders: int
    n_shoppers: int

    @property
    def support(self) -> float:
        """Share of all orders that hold both."""
        return self.n_both / self.n_orders if self.n_orders else 0.0

    @property
    def confidence(self) -> float:
        """Share of the orders with A that hold B, too."""
        return self.n_both / self.n_source if self.n_source else 0.0

    @property
    def lift(self) -> float:
        """Confidence against the share of all orders that hold B (Brin et al. 1997)."""
        expected = self.n_item / self.n_orders if self.n_orders else 0.0
        return self.confidence / expected if expected else 0.0


class Group(NamedTuple):
    """How many shoppers of a group chose a product, of how many in the group."""

    n_chose: int
    n_group: int


class Trend(NamedTuple):
    """How many shoppers chose a product in the last `days`, and in as many days before."""

    n_recent: int
    n_before: int
    days: int


class _Scratch(threading.local):
    """An array of -1 for each thread, for marking; whoever marks it, clears it."""

    def __init__(self, size: int) -> None:
        self.marks = np.full(size, -1, dtype=np.int32)


class SupportIndex:
    """Counts over the log of one shop; every method leaves out the shopper `excluding`.

    `excluding` is a `user_num`, or -1 for nobody. Lists of orders and dates are built when first
    asked for. Totals of the latest `n_memoised` questions of each kind are kept.
    """

    def __init__(self, shop: Shop, *, n_memoised: int = 65_536, trend_days: int = 28) -> None:
        self.shop = shop
        self.trend_days = trend_days
        events = shop.interactions
        codes = events.event
        self.verb = "bought" if bool((codes == _PURCHASE).any()) else "chose"
        self._event_counts = EVENT_STRENGTH > 0  # bool [n_event_names]
        if self.verb == "bought":
            self._event_counts = np.arange(len(EVENT_NAMES)) == _PURCHASE
        self._rows = np.flatnonzero(self._event_counts[codes])
        self._user_marks = _Scratch(events.n_users)
        memo = lru_cache(maxsize=n_memoised)
        self._count_went_on = memo(self._count_went_on_all)
        self._count_together = memo(self._count_together_all)
        self._count_both = memo(self._count_both_all)
        self._count_group = memo(self._count_group_all)
        self._count_trend = memo(self._count_trend_of)
        self._group_members = lru_cache(maxsize=_N_GROUPS)(self._members)

    # -- what can be asked ---------------------------------------------------------------

    def n_shoppers(self, *, excluding: int = -1) -> int:
        """How many shoppers there are."""
        known = 0 <= excluding < self.shop.interactions.n_users
        return self.shop.interactions.n_users - int(known)

    def popularity(self, item_num: int, *, excluding: int = -1) -> int:
        """How many shoppers chose a product."""
        mine = self._by_shopper.of(item_num)
        n_all: int = mine.stop - mine.start
        return n_all - int(self._place(item_num, excluding) >= 0)

    def went_on(self, source: int, item_num: int, *, excluding: int = -1) -> WentOn:
        """Shoppers who had `source` and, at a later step, `item_num`; of those who had `source`."""
        n_both = self._count_went_on(source, item_num)
        a, b = self._place(source, excluding), self._place(item_num, excluding)
        pairs = self._by_shopper
        if a >= 0 and b >= 0 and pairs.first[a] < pairs.last[b]:
            n_both -= 1
        return WentOn(n_both, self.popularity(source, excluding=excluding))

    def both(self, source: int, item_num: int, *, excluding: int = -1) -> int:
        """How many shoppers had both products, in any order."""
        mine = self._place(source, excluding) >= 0 and self._place(item_num, excluding) >= 0
        return self._count_both(source, item_num) - int(mine)

    def together(self, source: int, item_num: int, *, excluding: int = -1) -> Together:
        """Orders with both products, with each of them, and how many shoppers placed them."""
        found = self._count_together(source, item_num)
        if not 0 <= excluding < self.shop.interactions.n_users:
            return found
        a, b = (self._orders_of(one, excluding) for one in (source, item_num))
        n_mine = len(np.intersect1d(a, b, assume_unique=True)) if len(a) and len(b) else 0
        return Together(
            found.n_both - n_mine,
            found.n_source - len(a),
            found.n_item - len(b),
            found.n_orders - int(self._n_orders_of_shopper[excluding]),
            found.n_shoppers - int(n_mine > 0),
        )

    def group(self, attribute: str, value: str, item_num: int, *, excluding: int = -1) -> Group:
        """Shoppers whose `attribute` is `value` who chose a product, of all of them."""
        n_chose, n_group = self._count_group(attribute, value, item_num)
        members = self._group_members(attribute, value)
        if members is not None and 0 <= excluding < len(members) and members[excluding]:
            n_group -= 1
            n_chose -= int(self._place(item_num, excluding) >= 0)
        return Group(n_chose, n_group)

    def trend(self, item_num: int, *, excluding: int = -1) -> Trend:
        """Shoppers of the last days and of as many days before, up to the shop's present."""
        indptr, user_num, _ = self._by_time
        mine = user_num[int(indptr[item_num]) : int(indptr[item_num + 1])]
        left_out = excluding if (mine == excluding).any() else -1
        return Trend(*self._count_trend(item_num, left_out), self.trend_days)

    # -- counting ------------------------------------------------------------------------

    def _count_went_on_all(self, source: int, item_num: int) -> int:
        pairs, marks = self._by_shopper, self._user_marks.marks
        a, b = pairs.of(source), pairs.of(item_num)
        shoppers = pairs.key[a]
        marks[shoppers] = pairs.first[a]
        first = marks[pairs.key[b]]
        n_both = int(np.count_nonzero((first >= 0) & (first < pairs.last[b])))
        marks[shoppers] = -1
        return n_both

    def _count_both_all(self, source: int, item_num: int) -> int:
        pairs = self._by_shopper
        return len(common(pairs.key[pairs.of(source)], pairs.key[pairs.of(item_num)]))

    def _count_together_all(self, source: int, item_num: int) -> Together:
        pairs = self._by_order
        a, b = pairs.key[pairs.of(source)], pairs.key[pairs.of(item_num)]
        shared = common(a, b)
        n_shoppers = len(np.unique(self._shopper_of_order[shared]))
        return Together(len(shared), len(a), len(b), self._n_orders, n_shoppers)

    def _count_trend_of(self, item_num: int, excluding: int) -> tuple[int, int]:
        indptr, user_num, timestamp = self._by_time
        mine = slice(int(indptr[item_num]), int(indptr[item_num + 1]))
        span = self.trend_days * _SECONDS_A_DAY
        age = int(self.shop.data_until.timestamp()) - timestamp[mine]
        other = user_num[mine] != excluding
        recent = user_num[mine][other & (age < span)]
        before = user_num[mine][other & (age >= span) & (age < 2 * span)]
        return len(np.unique(recent)), len(np.unique(before))

    def _count_group_all(self, attribute: str, value: str, item_num: int) -> Group:
        members = self._group_members(attribute, value)
        if members is None:
            return Group(0, 0)
        shoppers = self._by_shopper.key[self._by_shopper.of(item_num)]
        return Group(int(np.count_nonzero(members[shoppers])), int(np.count_nonzero(members)))

    # -- tables, built when first needed -------------------------------------------------

    @cached_property
    def texts(self) -> ProductTexts:
        """What the catalogue says of the products in words."""
        return ProductTexts(self.shop.catalogue)

    @cached_property
    def _by_shopper(self) -> Pairs:
        """Shoppers of each product, with their first and last step with it."""
        events = self.shop.interactions
        return distinct_pairs(
            events.item_num[self._rows],
            events.user_num[self._rows],
            events.step[self._rows],
            events.n_items,
        )

    @cached_property
    def _by_order(self) -> Pairs:
        """Orders of each product."""
        events = self.shop.interactions
        rows = self._rows[events.order_num[self._rows] >= 0]
        orders = events.order_num[rows]
        return distinct_pairs(events.item_num[rows], orders, events.step[rows], events.n_items)

    @cached_property
    def _shopper_of_order(self) -> IntArray:
        """Who placed each order, int32 [n_orders]; -1 where no counted event belongs to it."""
        events = self.shop.interactions
        rows = self._rows[events.order_num[self._rows] >= 0]
        n_orders = int(events.order_num[rows].max()) + 1 if len(rows) else 0
        shopper = np.full(n_orders, -1, dtype=np.int32)
        shopper[events.order_num[rows]] = events.user_num[rows]
        return shopper

    @cached_property
    def _n_orders(self) -> int:
        return int(np.count_nonzero(self._shopper_of_order >= 0))

    @cached_property
    def _n_orders_of_shopper(self) -> IntArray:
        placed = self._shopper_of_order[self._shopper_of_order >= 0]
        return np.bincount(placed, minlength=self.shop.interactions.n_users)

    @cached_property
    def _by_time(self) -> tuple[IntArray, IntArray, IntArray]:
        """Rows by product: indptr, shopper and timestamp; only the days that a trend looks at."""
        events = self.shop.interactions
        since = int(self.shop.data_until.timestamp()) - 2 * self.trend_days * _SECONDS_A_DAY
        rows = self._rows[events.timestamp[self._rows] > since]
        rows = rows[np.argsort(events.item_num[rows], kind="stable")]
        indptr = np.searchsorted(events.item_num[rows], np.arange(events.n_items + 1))
        return indptr, events.user_num[rows], events.timestamp[rows]

    def _place(self, item_num: int, user_num: int) -> int:
        """Where the pair of product and shopper lies, or -1."""
        if user_num < 0:
            return -1
        pairs = self._by_shopper
        start, stop = int(pairs.indptr[item_num]), int(pairs.indptr[item_num + 1])
        # `bisect` looks at a dozen numbers, which costs less than one call to NumPy.
        place = bisect_left(pairs.key, user_num, start, stop)
        return place if place < stop and pairs.key[place] == user_num else -1

    def _orders_of(self, item_num: int, user_num: int) -> IntArray:
        """One shopper's orders with a product."""
        events = self.shop.interactions
        mine = events.rows_of(user_num)
        orders = events.order_num[mine]
        counts = self._event_counts[events.event[mine]]
        return np.unique(orders[(events.item_num[mine] == item_num) & (orders >= 0) & counts])

    def _members(self, attribute: str, value: str) -> BoolArray | None:
        """Which shoppers have a label, bool [n_users]; None where nobody can."""
        found = next((a for a in self.shop.shoppers.attributes if a.name == attribute), None)
        if found is None or value not in found.values:
            return None
        has = found.codes == found.values.index(value)
        row = np.repeat(np.arange(len(found.indptr) - 1), np.diff(found.indptr))
        members = np.zeros(len(found.indptr) - 1, dtype=bool)
        members[row[has]] = True
        return members
