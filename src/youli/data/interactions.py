"""Events as arrays: who, which product, when, and on which tick of the shopper's own clock.

Design choices:

- ``user_num`` and ``item_num`` are rows of the vocabularies; the shop's strings stay outside.
- Events are sorted by shopper, then time. ``step`` is the shopper's own clock: it ticks once per
  order, and once per event where there is no order. A decay depends on steps and on nothing else,
  so that taking an event out leaves every other weight as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from youli.data.schema import EVENTS
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["EVENT_NAMES", "Interactions", "Vocabulary", "encode"]

#: `event` codes index this tuple.
EVENT_NAMES: tuple[str, ...] = tuple(EVENTS)

_SECOND_US = 1_000_000


@dataclass(frozen=True)
class Vocabulary:
    """The shop's string ids and their rows; ids are kept in sorted order."""

    ids: tuple[str, ...]

    @cached_property
    def _num_of(self) -> dict[str, int]:
        return {one: num for num, one in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def num(self, one: str) -> int | None:
        """Row of an id, or None where the shop has no such id."""
        return self._num_of.get(one)

    def nums(self, many: Sequence[str]) -> IntArray:
        """Rows of ids, int32 [len(many)]; -1 where the shop has no such id."""
        get = self._num_of.get
        return np.fromiter((get(one, -1) for one in many), dtype=np.int32, count=len(many))


@dataclass(frozen=True)
class Interactions:
    """Events of all shoppers, sorted by shopper and time.

    All arrays but ``indptr`` have one entry an event. ``timestamp`` is in seconds since 1970, UTC;
    ``order_num`` is -1 where there was no order. ``timed`` is false where the source had only an
    order of events and no clock: what needs days must not be learned from it. ``weight`` is how
    much each event counts for the channels that are fitted, where that was corrected; it is not
    saved with a shop, for nothing is served from it.
    """

    users: Vocabulary
    items: Vocabulary
    indptr: IntArray  # int64 [n_users + 1]
    item_num: IntArray  # int32 [n_events]
    step: IntArray  # int32 [n_events]
    timestamp: IntArray  # int64 [n_events]
    event: IntArray  # uint8 [n_events]
    order_num: IntArray  # int32 [n_events]
    timed: bool = True
    weight: FloatArray | None = None  # float64 [n_events]; None: all alike

    def __len__(self) -> int:
        return len(self.item_num)

    @property
    def n_users(self) -> int:
        """How many shoppers the vocabulary has."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """How many products the vocabulary has, with events or without."""
        return len(self.items)

    @cached_property
    def user_num(self) -> IntArray:
        """The shopper of every event, int32 [n_events]."""
        return np.repeat(np.arange(self.n_users, dtype=np.int32), np.diff(self.indptr))

    @property
    def has_orders(self) -> bool:
        """Whether any two events share an order."""
        orders = self.order_num[self.order_num >= 0]
        return len(orders) > len(np.unique(orders))

    @property
    def has_sequences(self) -> bool:
        """Whether any shopper has more than one tick."""
        same = self.user_num[1:] == self.user_num[:-1]
        return bool((same & (self.step[1:] > self.step[:-1])).any())

    def rows_of(self, user_num: int) -> slice:
        """Where a shopper's events lie."""
        return slice(int(self.indptr[user_num]), int(self.indptr[user_num + 1]))

    def select(self, keep: BoolArray) -> Interactions:
        """Only the events where `keep` is true; vocabularies and steps stay as they are."""
        counts = np.add.reduceat(np.append(keep, False).astype(np.int64), self.indptr[:-1]) * (
            np.diff(self.indptr) > 0
        )
        return Interactions(
            users=self.users,
            items=self.items,
            indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            item_num=self.item_num[keep],
            step=self.step[keep],
            timestamp=self.timestamp[keep],
            event=self.event[keep],
            order_num=self.order_num[keep],
            timed=self.timed,
            weight=None if self.weight is None else self.weight[keep],
        )

    def batches(self, size: int) -> Iterator[IntArray]:
        """Cut the shoppers into runs of at most `size`."""
        for start in range(0, self.n_users, size):
            yield np.arange(start, min(start + size, self.n_users), dtype=np.int32)


def encode(
    events: pa.Table, *, extra_items: Sequence[str] = (), timed: bool = True
) -> Interactions:
    """Turn the canonical event table into arrays.

    `extra_items` are products of the catalogue that may have no event. `events` needs the columns
    ``user_id item_id timestamp`` and may have ``event order_id``; rows are stably sorted by
    shopper and time, so that the source's order settles ties.
    """
    users = Vocabulary(tuple(sorted(pc.unique(events["user_id"]).to_pylist())))
    seen = pc.unique(events["item_id"]).to_pylist()
    items = Vocabulary(tuple(sorted({*seen, *extra_items})))
    user_num = _codes(events["user_id"], users)
    timestamp = (
        events["timestamp"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
        // _SECOND_US
    )
    order = np.lexsort((timestamp, user_num))
    user_num = user_num[order]
    order_num = _order_codes(events)[order]
    indptr = np.searchsorted(user_num, np.arange(len(users) + 1)).astype(np.int64)
    return Interactions(
        users=users,
        items=items,
        indptr=indptr,
        item_num=_codes(events["item_id"], items)[order],
        step=_steps(user_num, order_num, indptr),
        timestamp=timestamp[order].astype(np.int64),
        event=_event_codes(events)[order],
        order_num=order_num,
        timed=timed,
    )


def _codes(column: pa.ChunkedArray, vocabulary: Vocabulary) -> IntArray:
    dictionary = pa.array(vocabulary.ids, type=pa.string())
    codes = pc.index_in(column.cast(pa.string()), value_set=dictionary)
    return np.asarray(codes.to_numpy(), dtype=np.int32)


def _order_codes(events: pa.Table) -> IntArray:
    if "order_id" not in events.column_names:
        return np.full(len(events), -1, dtype=np.int32)
    encoded = pc.dictionary_encode(events["order_id"].combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = pc.fill_null(encoded.indices, -1)
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int32)


def _event_codes(events: pa.Table) -> IntArray:
    if "event" not in events.column_names:
        return np.zeros(len(events), dtype=np.uint8)
    value_set = pa.array(EVENT_NAMES, type=pa.string())
    codes = pc.index_in(events["event"], value_set=value_set)
    return np.asarray(codes.to_numpy(), dtype=np.uint8)


def _steps(user_num: IntArray, order_num: IntArray, indptr: IntArray) -> IntArray:
    """Count ticks within each shopper: a new one unless the event continues the last order."""
    if len(user_num) == 0:
        return np.zeros(0, dtype=np.int32)
    same_user = np.append(False, user_num[1:] == user_num[:-1])
    same_order = np.append(False, (order_num[1:] == order_num[:-1]) & (order_num[1:] >= 0))
    ticks = np.cumsum(~(same_user & same_order))
    first = np.minimum(indptr[:-1], len(ticks) - 1)
    return np.asarray(ticks - np.repeat(ticks[first], np.diff(indptr)), dtype=np.int32)
