"""What is known of one shopper at this moment, and what an event changes.

Recording an event appends one row: O(1), nothing is recomputed. Leaving events out sets a flag and
moves no step, so every other event keeps its weight: that is what makes a removal exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.data.interactions import EVENT_NAMES, Interactions
from youli.data.schema import EVENTS
from youli.data.shop import Shop
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["EVENT_STRENGTH", "ShopperState", "learning_strength"]

#: How strongly each event code speaks, float64 [n_event_names].
EVENT_STRENGTH: FloatArray = np.array([EVENTS[name] for name in EVENT_NAMES])

_HISTORY_DTYPE = np.dtype(
    [("item_num", "<i4"), ("step", "<i4"), ("timestamp", "<i8"), ("event", "u1"), ("order", "<i4")]
)
_FIRST_CAPACITY = 16
_PURCHASE = EVENT_NAMES.index("purchase")


class _Rows:
    """History rows that several states share; only the state that reaches their end may append."""

    __slots__ = ("array", "n_filled")

    def __init__(self, array: npt.NDArray[np.void]) -> None:
        self.array = array
        self.n_filled = len(array)

    def append(self, row: tuple[int, ...], n_rows: int) -> _Rows:
        """Write `row` at `n_rows`; into a copy where another state already went on from there."""
        rows = self if self.n_filled == n_rows else _Rows(self.array[:n_rows].copy())
        if n_rows == len(rows.array):
            grown = np.empty(max(_FIRST_CAPACITY, 2 * n_rows), _HISTORY_DTYPE)
            grown[:n_rows] = rows.array
            rows.array = grown
        rows.array[n_rows] = row
        rows.n_filled = n_rows + 1
        return rows


@dataclass(frozen=True)
class ShopperState:
    """A shopper's history and attributes, as the ranker sees them.

    `now` is the moment of the request in seconds since 1970, UTC. `ignored` holds the rows that do
    not count. A state is a value: `record` and `without` give a new one that shares the old rows.
    """

    user_id: str
    user_num: int = -1
    attributes: Mapping[str, str] = field(default_factory=dict)
    now: int = 0
    n_rows: int = 0
    ignored: frozenset[int] = frozenset()
    shared_rows: _Rows = field(
        default_factory=lambda: _Rows(np.empty(0, _HISTORY_DTYPE)), repr=False, compare=False
    )

    @classmethod
    def of(cls, shop: Shop, user_id: str) -> ShopperState:
        """The state after all of the shop's events; empty for somebody never seen."""
        now = int(shop.data_until.timestamp())
        user_num = shop.interactions.users.num(user_id)
        if user_num is None:
            return cls(user_id=user_id, now=now)
        return cls.before(shop, user_num, shop.interactions.rows_of(user_num).stop, now)

    @classmethod
    def before(cls, shop: Shop, user_num: int, row: int, now: int) -> ShopperState:
        """The state of a known shopper just before one of their rows in the log, at `now`."""
        mine = slice(shop.interactions.rows_of(user_num).start, row)
        rows = np.empty(mine.stop - mine.start, _HISTORY_DTYPE)
        for name, column in (
            ("item_num", shop.interactions.item_num),
            ("step", shop.interactions.step),
            ("timestamp", shop.interactions.timestamp),
            ("event", shop.interactions.event),
            ("order", shop.interactions.order_num),
        ):
            rows[name] = column[mine]
        return cls(
            user_id=shop.interactions.users.ids[user_num],
            user_num=user_num,
            attributes=shop.shoppers.of(user_num),
            now=now,
            n_rows=len(rows),
            shared_rows=_Rows(rows),
        )

    @classmethod
    def from_rows(
        cls,
        user_id: str,
        rows: Sequence[tuple[int, int, int, int, int]],
        *,
        user_num: int = -1,
        attributes: Mapping[str, str] | None = None,
        now: int = 0,
        ignored: frozenset[int] = frozenset(),
    ) -> ShopperState:
        """A state from rows as they stand: item_num, step, timestamp, event code, order."""
        return cls(
            user_id=user_id,
            user_num=user_num,
            attributes=dict(attributes or {}),
            now=now,
            n_rows=len(rows),
            ignored=ignored,
            shared_rows=_Rows(np.array(rows, dtype=_HISTORY_DTYPE)),
        )

    @classmethod
    def of_order(cls, item_nums: IntArray, event: str, now: int) -> ShopperState:
        """Somebody unknown who did one thing with some products, all on one tick, at `now`.

        What `record` gives one by one, without a step a product.
        """
        rows = np.zeros(len(item_nums), _HISTORY_DTYPE)
        rows["item_num"], rows["timestamp"] = item_nums, now
        rows["event"] = EVENT_NAMES.index(event)
        return cls(user_id="", now=now, n_rows=len(rows), shared_rows=_Rows(rows))

    def record(
        self, item_num: int, event: str, timestamp: int, *, order_num: int = -1
    ) -> ShopperState:
        """The state after one more event, in O(1) (amortised, as for a growing list).

        The old state stays as it was. The shopper's clock ticks, unless the event belongs to the
        order of the event before it.
        """
        last_order = self.rows["order"][-1] if self.n_rows else -1
        same_order = order_num >= 0 and last_order == order_num
        row = (
            item_num,
            self.next_step - int(same_order),
            timestamp,
            EVENT_NAMES.index(event),
            order_num,
        )
        return replace(
            self,
            shared_rows=self.shared_rows.append(row, self.n_rows),
            n_rows=self.n_rows + 1,
            now=max(self.now, timestamp),
        )

    @property
    def rows(self) -> npt.NDArray[np.void]:
        """This state's rows: item_num, step, timestamp, event, order."""
        return self.shared_rows.array[: self.n_rows]

    def without(self, events: Iterable[int]) -> ShopperState:
        """The state in which the given history rows do not count; steps stay as they are."""
        return replace(self, ignored=self.ignored | frozenset(events))

    def only(self, events: Iterable[int]) -> ShopperState:
        """The state in which no other history rows count than the given ones."""
        kept = frozenset(events)
        return replace(self, ignored=frozenset(set(range(self.n_rows)) - kept))

    @property
    def next_step(self) -> int:
        """The tick that the next event would get."""
        return int(self.rows["step"][-1]) + 1 if self.n_rows else 0

    @cached_property
    def counted(self) -> BoolArray:
        """Which rows count, bool [n_rows]."""
        counted = np.ones(self.n_rows, dtype=bool)
        counted[list(self.ignored)] = False
        return counted

    @cached_property
    def item_num(self) -> IntArray:
        """Product of each row, int32 [n_rows]."""
        return self.rows["item_num"]

    @cached_property
    def steps_ago(self) -> IntArray:
        """Ticks since each row, 0 for the latest, int32 [n_rows]."""
        return (self.next_step - 1) - self.rows["step"]

    @cached_property
    def seconds_ago(self) -> IntArray:
        """Seconds from each row until `now`, int64 [n_rows]."""
        return self.now - self.rows["timestamp"]

    @cached_property
    def strength(self) -> FloatArray:
        """How strongly each row speaks: that of its event, 0 where it does not count."""
        return np.asarray(EVENT_STRENGTH[self.rows["event"]] * self.counted)

    @cached_property
    def distinct_items(self) -> tuple[IntArray, IntArray]:
        """The past products and, for each row, which of them it is about.

        int32 [n_distinct] sorted, int64 [n_rows].
        """
        items, inverse = np.unique(self.item_num, return_inverse=True)
        return items, inverse

    def rows_about(self, item_num: int) -> tuple[int, ...]:
        """The counted rows about one product."""
        return tuple(np.flatnonzero((self.item_num == item_num) & self.counted).tolist())

    @cached_property
    def rows_of_distinct(self) -> list[tuple[int, ...]]:
        """The counted rows about each of the `distinct_items`."""
        items, inverse = self.distinct_items
        rows: list[list[int]] = [[] for _ in items]
        for row in np.flatnonzero(self.counted).tolist():
            rows[inverse[row]].append(row)
        return [tuple(one) for one in rows]

    @cached_property
    def weights_by_tau(self) -> dict[float, FloatArray]:
        """Weight of each past product by time constant, float64 [n_distinct]; filled when asked."""
        return {}

    @cached_property
    def by_distinct(self) -> sparse.csr_matrix:
        """1 where a row is about a past product, float64 CSR [n_rows, n_distinct]."""
        items, inverse = self.distinct_items
        parts = (np.ones(self.n_rows), inverse, np.arange(self.n_rows + 1))
        return sparse.csr_matrix(parts, shape=(self.n_rows, len(items)))

    @cached_property
    def bought(self) -> IntArray:
        """The products that were bought, ignored or not, int32 [n_bought]."""
        return np.unique(self.item_num[self.rows["event"] == _PURCHASE])


def learning_strength(events: Interactions) -> FloatArray:
    """How strongly each event of a log counts when channels are fitted, float64 [n_events].

    That of its event, times its weight where the log has weights; a shopper's own history is
    always read at the full strength.
    """
    strength: FloatArray = EVENT_STRENGTH[events.event]
    return strength if events.weight is None else strength * events.weight
