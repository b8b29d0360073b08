"""Counts of pairs over a whole log at once, by sparse products: how many orders, how many shoppers.

`youli.explain.support` counts one pair when it is asked; this counts all pairs that can matter. The
two take different roads to the same numbers, and each rule that is shown is counted by both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from youli.channels.kernel import blocks_of_product
from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import EVENT_STRENGTH
from youli.types import IntArray

__all__ = ["Baskets", "Walks", "baskets_of", "co_counts", "counted_rows", "walks_of"]

_PURCHASE = EVENT_NAMES.index("purchase")
#: Pairs looked at together; bounds the memory, not the result.
_BATCH = 2_048


def counted_rows(shop: Shop) -> IntArray:
    """Rows of the log that count: purchases where there are any, else all that speak for a product.

    int64 [n_counted].
    """
    codes = shop.interactions.event
    bought = np.flatnonzero(codes == _PURCHASE)
    return bought if len(bought) else np.flatnonzero(EVENT_STRENGTH[codes] > 0)


@dataclass(frozen=True)
class Baskets:
    """Which products each order holds; ``orders`` CSC of ones [n_orders, n_items]."""

    orders: sparse.csc_matrix
    #: Who placed each order, int32 [n_orders].
    shopper: IntArray

    @property
    def n_orders(self) -> int:
        """How many orders there are."""
        return int(self.orders.shape[0])

    @property
    def n_with(self) -> IntArray:
        """How many orders hold each product, int64 [n_items]."""
        return np.asarray(np.diff(self.orders.indptr))

    def holding(self, a: IntArray, b: IntArray) -> sparse.csc_matrix:
        """1 where an order holds both products of a pair, CSC [n_orders, len(a)]."""
        return self.orders[:, a].multiply(self.orders[:, b]).tocsc()

    def n_shoppers(self, holding: sparse.csc_matrix) -> IntArray:
        """How many shoppers placed the orders of each column, int64 [n_columns]."""
        cells = holding.tocoo()
        n_columns = int(holding.shape[1])
        pairs = np.unique(self.shopper[cells.row].astype(np.int64) * n_columns + cells.col)
        return np.bincount(pairs % max(n_columns, 1), minlength=n_columns)

    def n_shoppers_of(self, a: IntArray, b: IntArray) -> IntArray:
        """How many shoppers placed an order with both products of each pair, int64 [len(a)]."""
        parts = [
            self.n_shoppers(self.holding(a[start : start + _BATCH], b[start : start + _BATCH]))
            for start in range(0, len(a), _BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def baskets_of(shop: Shop) -> Baskets:
    """The orders of a shop, without those that hold nothing that counts."""
    events, rows = shop.interactions, counted_rows(shop)
    rows = rows[events.order_num[rows] >= 0]
    order, row = np.unique(events.order_num[rows], return_inverse=True)
    shopper = np.zeros(len(order), dtype=np.int32)
    shopper[row] = events.user_num[rows]
    return Baskets(_ones(row, events.item_num[rows], (len(order), events.n_items)), shopper)


@dataclass(frozen=True)
class Walks:
    """When each shopper first and last had each product, as step + 1.

    ``first`` and ``last`` CSC float64 [n_users, n_items]; nothing stands where there was nothing.
    """

    first: sparse.csc_matrix
    last: sparse.csc_matrix

    @property
    def n_with(self) -> IntArray:
        """How many shoppers had each product, int64 [n_items]."""
        return np.asarray(np.diff(self.first.indptr))

    def n_later(self, a: IntArray, b: IntArray) -> IntArray:
        """How many shoppers of each `a` had its `b` at a later step, int64 [len(a)]."""
        found = np.zeros(len(a), dtype=np.int64)
        for start in range(0, len(a), _BATCH):
            first = self.first[:, a[start : start + _BATCH]]
            last = self.last[:, b[start : start + _BATCH]]
            gap = last.multiply(first.sign()) - first.multiply(last.sign())
            cells = gap.tocoo()
            later = cells.col[cells.data > 0]
            found[start : start + _BATCH] = np.bincount(later, minlength=first.shape[1])
        return found


def walks_of(shop: Shop) -> Walks:
    """The first and last steps of a shop's shoppers with its products."""
    events, rows = shop.interactions, counted_rows(shop)
    n_users, n_items = events.n_users, events.n_items
    key = events.user_num[rows].astype(np.int64) * n_items + events.item_num[rows]
    order = np.lexsort((events.step[rows], key))
    key, step = key[order], events.step[rows][order].astype(np.float64) + 1.0
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else key
    ends = np.append(starts[1:], len(key)) - 1 if len(key) else key
    cells = (key[starts] // n_items, key[starts] % n_items)
    shape = (n_users, n_items)
    return Walks(
        sparse.csr_matrix((step[starts], cells), shape=shape).tocsc(),
        sparse.csr_matrix((step[ends], cells), shape=shape).tocsc(),
    )


def co_counts(table: sparse.csc_matrix, least: int) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs a < b that at least `least` rows of a table of ones share, and how many rows do.

    Three int64 arrays [n_pairs], by a, then b.
    """

    def frequent(block: sparse.csr_matrix, start: int) -> sparse.csr_matrix:
        row = np.repeat(np.arange(block.shape[0]) + start, np.diff(block.indptr))
        block.data[(block.data < least) | (block.indices <= row)] = 0
        block.eliminate_zeros()
        return block

    ones = table.astype(np.float32)  # counts are exact up to 2^24
    if not ones.shape[1]:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    pairs = blocks_of_product(ones.T.tocsr(), ones.tocsr(), frequent).tocoo()
    order = np.lexsort((pairs.col, pairs.row))
    return (
        pairs.row[order].astype(np.int64),
        pairs.col[order].astype(np.int64),
        np.rint(pairs.data[order]).astype(np.int64),
    )


def _ones(row: IntArray, column: IntArray, shape: tuple[int, int]) -> sparse.csc_matrix:
    table = sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=shape)
    table.sum_duplicates()
    table.data[:] = 1.0
    return table.tocsc()
