"""Distinct (product, shopper) and (product, order) pairs of a log, for counting what two share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.types import IntArray

__all__ = ["Pairs", "common", "distinct_pairs"]


@dataclass(frozen=True)
class Pairs:
    """Distinct (product, key) pairs by product, keys in ascending order."""

    indptr: IntArray  # int64 [n_items + 1]
    key: IntArray  # int32 [n_pairs]
    first: IntArray  # int32 [n_pairs], first step of that shopper with it
    last: IntArray  # int32 [n_pairs], last step

    def of(self, item_num: int) -> slice:
        """Where the pairs of a product lie."""
        return slice(int(self.indptr[item_num]), int(self.indptr[item_num + 1]))


def distinct_pairs(item_num: IntArray, key: IntArray, step: IntArray, n_items: int) -> Pairs:
    """Group rows by product and key; `first` and `last` are the smallest and largest step."""
    order = np.lexsort((step, key, item_num))
    item_num, key, step = item_num[order], key[order], step[order]
    if len(order) == 0:
        return Pairs(np.zeros(n_items + 1, dtype=np.int64), key, step, step)
    starts = np.append(True, (item_num[1:] != item_num[:-1]) | (key[1:] != key[:-1]))
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(order)) - 1
    indptr = np.searchsorted(item_num[first], np.arange(n_items + 1)).astype(np.int64)
    return Pairs(indptr, key[first], step[first], step[last])


def common(a: IntArray, b: IntArray) -> IntArray:
    """What two ascending arrays share, by looking the shorter up in the longer."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) == 0:
        return short
    places = np.minimum(np.searchsorted(long, short), len(long) - 1)
    shared: IntArray = short[long[places] == short]
    return shared
