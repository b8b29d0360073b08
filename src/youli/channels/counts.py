"""Counting "A, then B" over all shoppers.

    C[a, b] = Σ over positions p of  v(p) · Σ_g γ^(g-1) · [a at p - g] · [b at p],   g = 1 … W

v(p) = n^-¼ with n the shopper's events: somebody with a thousand events says less with each pair
than somebody with ten.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from youli.channels.kernel import blocks_of_product
from youli.channels.sequence import Positions
from youli.data.state import learning_strength
from youli.types import FloatArray

__all__ = ["column_scaled", "count_following", "log_scaled", "row_scaled"]

_LENGTH_POWER = -0.25
#: Up to so many cells the counts are summed in one dense table, which is quicker.
_MOST_DENSE_CELLS = 16_000_000

Finish = Callable[[sparse.csr_matrix, int], sparse.csr_matrix]


def count_following(
    places: Positions, decay: FloatArray, prune: Finish | None = None
) -> sparse.csr_matrix:
    """The counts C, float32 CSR [n_items, n_items]; `decay[g - 1]` is γ^(g-1).

    `prune` is applied to blocks of rows as they are made, where a shop is too large to hold all.
    """
    weight = _shopper_weight(places)
    if np.array_equal(places.of_event, np.arange(len(places))):
        counts = _count_single(places, decay, weight)
        return prune(counts, 0) if prune else counts
    history = places.history(decay).T.tocsr()
    return blocks_of_product(history, places.following(weight), prune or (lambda block, _: block))


def _shopper_weight(places: Positions) -> FloatArray:
    """v(p) of each position, float64 [n_positions]."""
    events = places.interactions
    lengths = np.diff(events.indptr)[events.user_num]
    weight = np.ones(len(places))
    weight[places.of_event] = lengths**_LENGTH_POWER
    return weight


def _count_single(places: Positions, decay: FloatArray, weight: FloatArray) -> sparse.csr_matrix:
    """The counts where every position has one event, so that gaps are differences of rows."""
    events = places.interactions
    n_items, item_num = events.n_items, events.item_num.astype(np.int64)
    strength = learning_strength(events)
    dense = n_items * n_items <= _MOST_DENSE_CELLS
    total = np.zeros(n_items * n_items) if dense else None
    keys, values = [], []
    for gap, lag_weight in enumerate(decay, start=1):
        first = np.flatnonzero(places.ticks_left >= gap)
        if len(first) == 0:
            break
        key = item_num[first] * n_items + item_num[first + gap]
        value = lag_weight * strength[first] * strength[first + gap] * weight[first + gap]
        if total is not None:
            total += np.bincount(key, weights=value, minlength=len(total))
        else:
            keys.append(key)
            values.append(value)
    if total is not None:
        return sparse.csr_matrix(total.reshape(n_items, n_items).astype(np.float32))
    if not keys:
        return sparse.csr_matrix((n_items, n_items), dtype=np.float32)
    key = np.concatenate(keys)
    parts = (np.concatenate(values).astype(np.float32), (key // n_items, key % n_items))
    return sparse.csr_matrix(parts, shape=(n_items, n_items))


def row_scaled(counts: sparse.csr_matrix, power: float, smoothing: float) -> sparse.csr_matrix:
    """``C[a, b] / (C[a, ·] + smoothing)^power``: what share of A's shoppers went to B."""
    total = np.asarray(counts.sum(axis=1)).ravel() + smoothing
    return (sparse.diags(np.where(total > 0, total, 1.0) ** -power) @ counts).tocsr()


def column_scaled(counts: sparse.csr_matrix, power: float, smoothing: float) -> sparse.csr_matrix:
    """``C[a, b] / (C[·, b] + smoothing)^power``: how much of B's popularity came through A."""
    total = np.asarray(counts.sum(axis=0)).ravel() + smoothing
    return (counts @ sparse.diags(np.where(total > 0, total, 1.0) ** -power)).tocsr()


def log_scaled(matrix: sparse.csr_matrix, scale: float) -> sparse.csr_matrix:
    """``log(1 + scale · x)``: the tenth shopper says less than the first."""
    matrix = matrix.copy()
    matrix.data = np.log1p(scale * matrix.data).astype(np.float32)
    return matrix
