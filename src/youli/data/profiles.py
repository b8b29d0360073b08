"""Profiles of shoppers and products: what was observed, each value with the evidence behind it.

Everything is counted from the events and the catalogue; nothing is guessed about a person. What is
said of a product's buyers as a group is said only where at least `k` of them support it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from youli.data.catalogue import CATEGORY_SEPARATOR
from youli.data.prepare import PreparedShop
from youli.data.schema import ITEM_COLUMNS
from youli.errors import UnknownEntityError
from youli.types import FloatArray, IntArray

__all__ = [
    "Audience",
    "Momentum",
    "PricePosition",
    "ProductProfile",
    "Profiles",
    "Share",
    "ShopperProfile",
    "Value",
]

_DAY_S: Final = 86_400.0
#: A category with fewer priced products than this says nothing about a price's position.
_MIN_PRICED: Final = 5


@dataclass(frozen=True)
class Value:
    """A number and the events it rests on."""

    value: float
    n_events: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Share:
    """How much of a shopper's events goes to one category or brand."""

    name: str
    share: float
    n_events: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class ShopperProfile:
    """What one shopper did."""

    user_id: str
    n_events: int
    n_orders: int
    #: Shares of the first category level, largest first; they sum to 1 over known categories.
    categories: tuple[Share, ...]
    brands: tuple[Share, ...]
    #: Mean position (0 cheapest, 1 dearest) of the products' prices inside their categories.
    price_level: Value | None
    #: Median days between days with an order; `n_events` counts the gaps.
    rhythm_days: Value | None
    #: Days from the last event to the shop's last event.
    recency_days: Value | None
    attributes: dict[str, str]


@dataclass(frozen=True)
class PricePosition:
    """Where a price stands among the products of its category: 0 cheapest, 1 dearest."""

    position: float
    category: str
    n_products: int


@dataclass(frozen=True)
class Audience:
    """A group among a product's buyers, never fewer than k of them."""

    attribute: str
    value: str
    n_shoppers: int
    share: float
    #: Share of the same group among all shoppers of whom the attribute is known.
    share_of_all: float


@dataclass(frozen=True)
class Momentum:
    """Events in the latest window against the window before it."""

    now: int
    before: int
    window_days: int
    since: datetime
    until: datetime

    @property
    def ratio(self) -> float:
        """Now against before, one added to both so that nothing is divided by zero."""
        return (self.now + 1) / (self.before + 1)


@dataclass(frozen=True)
class ProductProfile:
    """What is known of one product and happened with it."""

    item_id: str
    title: str | None
    attributes: dict[str, str]
    n_events: int
    #: How many different shoppers; None where fewer than k.
    n_shoppers: int | None
    price_position: PricePosition | None
    audience: tuple[Audience, ...]
    momentum: Momentum | None


class Profiles:
    """Profiles over one prepared shop; columns are coded once, a profile is then a few lookups.

    `k` is the least number of shoppers that a statement about buyers rests on.
    """

    def __init__(self, shop: PreparedShop, *, k: int = 5, window_days: int = 28) -> None:
        self.shop = shop
        self.k = k
        self.window_days = window_days

    def shopper(self, user_id: str) -> ShopperProfile:
        """Profile of one shopper; raises `UnknownEntityError`."""
        user = self._users.get(user_id)
        if user is None:
            raise UnknownEntityError(
                f"there is no shopper “{user_id}”", value=user_id, hint="check the id"
            )
        # Events are sorted by shopper, so a shopper is a slice.
        rows = np.flatnonzero(self._event_user == user)
        times, items = self._times[rows], self._event_item[rows]
        timed = not self.shop.time_is_order and len(rows) > 0
        orders, gaps = self._orders(rows)
        return ShopperProfile(
            user_id=user_id,
            n_events=len(rows),
            n_orders=len(orders),
            categories=_shares(self._top_category, items, times),
            brands=_shares(self._brand, items, times),
            price_level=self._price_level(items, times),
            rhythm_days=_value(float(np.median(gaps)), len(gaps), orders) if len(gaps) else None,
            recency_days=_value(float(self._end - times.max()) / _DAY_S, 1, times[-1:])
            if timed
            else None,
            attributes=_known(self.shop.users, user, skip=("user_id",)),
        )

    def product(self, item_id: str) -> ProductProfile:
        """Profile of one product; raises `UnknownEntityError`."""
        item = self._items.get(item_id)
        if item is None:
            raise UnknownEntityError(
                f"there is no product “{item_id}”", value=item_id, hint="check the id"
            )
        rows = np.flatnonzero(self._event_item == item)
        buyers = np.unique(self._event_user[rows])
        known = _known(self.shop.items, item, skip=())
        skip = {*ITEM_COLUMNS} - {"category", "brand"}
        return ProductProfile(
            item_id=item_id,
            title=known.get("title"),
            attributes={name: text for name, text in known.items() if name not in skip},
            n_events=len(rows),
            n_shoppers=len(buyers) if len(buyers) >= self.k else None,
            price_position=self._price_position(item),
            audience=tuple(self._audience(buyers)),
            momentum=self._momentum(rows),
        )

    @cached_property
    def _users(self) -> dict[str, int]:
        ids = self.shop.users["user_id"].to_pylist()
        return {name: at for at, name in enumerate(ids)}

    @cached_property
    def _items(self) -> dict[str, int]:
        ids = self.shop.items["item_id"].to_pylist()
        return {name: at for at, name in enumerate(ids)}

    @cached_property
    def _event_user(self) -> IntArray:
        return _rows_of(self.shop.events["user_id"], self.shop.users["user_id"])

    @cached_property
    def _event_item(self) -> IntArray:
        return _rows_of(self.shop.events["item_id"], self.shop.items["item_id"])

    @cached_property
    def _times(self) -> FloatArray:
        micros = self.shop.events["timestamp"].cast(pa.int64()).to_numpy()
        return np.asarray(micros / 1e6)

    @cached_property
    def _end(self) -> float:
        return self.shop.data_until.timestamp()

    @cached_property
    def _brand(self) -> list[str | None]:
        return _column(self.shop.items, "brand")

    @cached_property
    def _category(self) -> list[str | None]:
        return _column(self.shop.items, "category")

    @cached_property
    def _top_category(self) -> list[str | None]:
        return [c and c.split(CATEGORY_SEPARATOR)[0] for c in self._category]

    @cached_property
    def _positions(self) -> dict[int, PricePosition]:
        """Price position of every priced product inside its finest category that is large enough.

        A tie takes the middle of its places.
        """
        prices = _column(self.shop.items, "price_minor")
        found: dict[int, PricePosition] = {}
        groups: dict[str, list[int]] = {}
        for item, price in enumerate(prices):
            if price is not None:
                for name in _levels(self._category[item]):
                    groups.setdefault(name, []).append(item)
        ordered = sorted(groups.items(), key=lambda entry: entry[0].count(CATEGORY_SEPARATOR))
        everything = groups.get("", [])
        for name, members in [("", everything), *(e for e in ordered if e[0])]:
            if len(members) < _MIN_PRICED:
                continue
            amounts = np.array([prices[m] for m in members], dtype=np.float64)
            ranked = np.sort(amounts)
            low = np.searchsorted(ranked, amounts, side="left")
            high = np.searchsorted(ranked, amounts, side="right")
            middle = (low + high - 1) / 2 / max(len(members) - 1, 1)
            for member, position in zip(members, middle, strict=True):
                found[member] = PricePosition(float(position), name, len(members))
        return found

    def _price_position(self, item: int) -> PricePosition | None:
        return self._positions.get(item)

    def _price_level(self, items: IntArray, times: FloatArray) -> Value | None:
        placed = [at for at, item in enumerate(items) if int(item) in self._positions]
        if not placed:
            return None
        levels = [self._positions[int(items[at])].position for at in placed]
        return _value(float(np.mean(levels)), len(placed), times[placed])

    def _orders(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Times of a shopper's orders, a day standing in for a missing id, and gaps in days.

        Two orders on one day are one occasion.
        """
        if self.shop.time_is_order:
            return np.empty(0), np.empty(0)
        taken = self.shop.events.select(["order_id", "event"]).take(pa.array(rows))
        first: dict[str, float] = {}
        for row, order, event in zip(
            rows, taken["order_id"].to_pylist(), taken["event"].to_pylist(), strict=True
        ):
            if event == "purchase":
                at = float(self._times[row])
                first.setdefault(order if order is not None else f"day {at // _DAY_S}", at)
        orders = np.array(sorted(first.values()))
        return orders, np.diff(np.unique(orders // _DAY_S))

    def _audience(self, buyers: IntArray) -> Iterator[Audience]:
        if len(buyers) < self.k:
            return
        for name in self.shop.users.column_names[1:]:
            column = self.shop.users[name]
            theirs = pc.value_counts(column.take(pa.array(buyers)).drop_null())
            everyone = {
                str(e["values"]): e["counts"]
                for e in pc.value_counts(column.drop_null()).to_pylist()
            }
            total = sum(e["counts"].as_py() for e in theirs)
            for entry in sorted(theirs.to_pylist(), key=lambda e: (-e["counts"], str(e["values"]))):
                if entry["counts"] >= self.k:
                    value = str(entry["values"])
                    share_of_all = everyone[value] / sum(everyone.values())
                    yield Audience(
                        name, value, entry["counts"], entry["counts"] / total, share_of_all
                    )

    def _momentum(self, rows: IntArray) -> Momentum | None:
        if self.shop.time_is_order:
            return None
        age_days = (self._end - self._times[rows]) / _DAY_S
        now = int((age_days < self.window_days).sum())
        before = int(((age_days >= self.window_days) & (age_days < 2 * self.window_days)).sum())
        until = self.shop.data_until
        since = until - timedelta(days=2 * self.window_days)
        return Momentum(now, before, self.window_days, since, until)


def _levels(category: str | None) -> list[str]:
    """The paths a product belongs to, from everything ("") to its finest category."""
    parts = category.split(CATEGORY_SEPARATOR) if category else []
    return ["", *(CATEGORY_SEPARATOR.join(parts[:n]) for n in range(1, len(parts) + 1))]


def _shares(names: list[Any], items: IntArray, times: FloatArray) -> tuple[Share, ...]:
    seen: dict[str, list[float]] = {}
    for item, time in zip(items, times, strict=True):
        if (name := names[int(item)]) is not None:
            seen.setdefault(name, []).append(float(time))
    total = sum(len(found) for found in seen.values())
    shares = [
        Share(name, len(found) / total, len(found), _time(min(found)), _time(max(found)))
        for name, found in seen.items()
    ]
    return tuple(sorted(shares, key=lambda one: (-one.n_events, one.name)))


def _value(value: float, n_events: int, times: FloatArray) -> Value:
    return Value(value, n_events, _time(float(times.min())), _time(float(times.max())))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _rows_of(column: pa.ChunkedArray, ids: pa.ChunkedArray) -> IntArray:
    """The row in `ids` of each value, int32."""
    found = pc.index_in(column, value_set=ids.combine_chunks())
    return np.asarray(found.to_numpy(), dtype=np.int32)


def _column(table: pa.Table, name: str) -> list[Any]:
    if name not in table.column_names:
        return [None] * len(table)
    return list(table[name].to_pylist())


def _known(table: pa.Table, row: int, skip: tuple[str, ...]) -> dict[str, str]:
    values = table.slice(row, 1).to_pylist()[0]
    return {n: str(v) for n, v in values.items() if v is not None and n not in skip}
