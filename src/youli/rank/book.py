"""The ledgers of a list, kept as arrays until somebody wants to read one.

A list of ten has a few hundred entries. To choose and check a reason the sums are enough, so the
entries themselves are made product by product when they are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from youli.channels.base import Addends, Channel
from youli.data.state import ShopperState
from youli.types import BoolArray, Entry, Evidence, EvidenceKind, FloatArray, IntArray, Ledger

__all__ = ["Book", "Page", "Row", "open_book"]

#: One entry before it is made: channel, past product, label, amount, how many were summed (0: one).
Row = tuple[int, int, int, float, int]


@dataclass(frozen=True)
class Book:
    """Rows of some products' ledgers, each product's rows together, largest amounts first.

    ``start`` int [n_targets + 1] says where each product's rows lie. ``past`` and ``label`` are
    those of `Addends`. `extra` has the entries of rules, by product.
    """

    state: ShopperState
    item_nums: IntArray
    channels: tuple[Channel, ...]
    start: list[int]
    rows: list[Row]
    extra: tuple[tuple[Entry, ...], ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each channel is called."""
        return tuple(channel.name for channel in self.channels)

    @cached_property
    def past_items(self) -> list[int]:
        """The state's distinct past products."""
        items: list[int] = self.state.distinct_items[0].tolist()
        return items

    def rows_of(self, at: int) -> list[Row]:
        """The rows of one product, by its place."""
        return self.rows[self.start[at] : self.start[at + 1]]

    def ledger(self, at: int, placed: tuple[Entry, ...] = ()) -> Ledger:
        """One product's ledger; `placed` are the entries that its place in a list brings."""
        return Ledger(int(self.item_nums[at]), Page(self, at, placed))

    def entry(self, row: Row) -> Entry:
        """The row as an entry."""
        number, past, label, amount, n_merged = row
        channel = self.channels[number]
        if n_merged:
            return Entry(channel.name, Evidence(EvidenceKind.REMAINDER, n_merged=n_merged), amount)
        evidence = Evidence(
            channel.evidence,
            source_item=self.past_items[past] if past >= 0 else -1,
            events=self.state.rows_of_distinct[past] if past >= 0 else (),
            attribute=channel.label(label) if label >= 0 else None,
        )
        return Entry(channel.name, evidence, amount)


@dataclass(frozen=True, slots=True)
class Page:
    """One product's part of a book: makes the entries of its ledger when they are asked for."""

    book: Book
    at: int
    placed: tuple[Entry, ...]

    def __call__(self) -> tuple[Entry, ...]:
        """All entries, largest first."""
        found = [self.book.entry(row) for row in self.rows]
        for more in (self.book.extra[self.at], self.placed):
            if more:
                found = sorted([*found, *more], key=_largest_first)
        return tuple(found)

    @property
    def rows(self) -> list[Row]:
        """The rows, without rules."""
        return self.book.rows_of(self.at)

    @property
    def total(self) -> float:
        """The sum of the entries without what the place brought, exactly rounded."""
        extra = [entry.amount for entry in self.book.extra[self.at]]
        return math.fsum([row[3] for row in self.rows] + extra)


def open_book(
    state: ShopperState,
    item_nums: IntArray,
    channels: Mapping[str, Channel],
    parts: Mapping[str, Addends],
    extra: tuple[tuple[Entry, ...], ...],
    n_sources: int | None,
) -> Book:
    """Itemise the `n_sources` past products with the largest total for each product.

    All others are summed into one remainder a channel. None itemises everything.
    """
    n_targets, n_past = len(item_nums), len(state.distinct_items[0])
    target, past, label, amount = (
        np.concatenate([getattr(one, name) for one in parts.values()] or [np.zeros(0)])
        for name in ("target", "past", "label", "amount")
    )
    target, past, label = (one.astype(np.int64, copy=False) for one in (target, past, label))
    channel = np.repeat(np.arange(len(parts)), [len(one.target) for one in parts.values()])
    single = past < 0
    on_past = np.flatnonzero(~single)
    cell = target[on_past] * n_past + past[on_past]
    itemised = _itemised(cell, amount[on_past], n_targets, n_past, n_sources)
    single[on_past] = itemised.ravel()[cell]
    speaks = amount != 0
    merged = np.flatnonzero(speaks & ~single)
    key = target[merged] * len(parts) + channel[merged]
    sums = np.bincount(key, amount[merged], minlength=1)
    counts = np.bincount(key, minlength=1)
    rest = np.flatnonzero(counts)
    kept = np.flatnonzero(speaks & single)
    none = np.full(len(rest), -1)
    target = np.concatenate([target[kept], rest // max(len(parts), 1)])
    channel = np.concatenate([channel[kept], rest % max(len(parts), 1)])
    amount = np.concatenate([amount[kept], sums[rest]])
    n_merged = np.concatenate([np.zeros(len(kept), dtype=np.int64), counts[rest]])
    # Largest first; of equal ones by channel, what is itemised before the remainder.
    order = np.lexsort((n_merged > 0, channel, -np.abs(amount), target))
    columns = (channel, np.append(past[kept], none), np.append(label[kept], none), amount, n_merged)
    rows = list(zip(*(one[order].tolist() for one in columns), strict=True))
    start = np.searchsorted(target[order], np.arange(n_targets + 1)).tolist()
    return Book(state, item_nums, tuple(channels.values()), start, rows, extra)


def _itemised(
    cell: IntArray, amount: FloatArray, n_targets: int, n_past: int, n_sources: int | None
) -> BoolArray:
    """Which past products are itemised for which target, bool [n_targets, n_past]."""
    if n_sources is None or n_past <= n_sources:
        return np.ones((n_targets, n_past), dtype=bool)
    total = np.bincount(cell, amount, minlength=n_targets * n_past)
    size = np.abs(total).reshape(n_targets, n_past)
    largest = np.argpartition(-size, n_sources - 1, axis=1)[:, :n_sources]
    itemised = np.zeros((n_targets, n_past), dtype=bool)
    np.put_along_axis(itemised, largest, True, axis=1)
    return itemised


def _largest_first(entry: Entry) -> float:
    return -abs(entry.amount)
