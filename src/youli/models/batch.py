"""Score many states at once: equal to `Ranker.score` on each, without its cost for each.

Kernel channels, which take most of the time, become one sparse product a kernel for the whole
batch; every other channel, and one that overrides how it scores, is asked state by state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from youli.channels.base import Coefficients
from youli.channels.kernel import KernelChannel, decays
from youli.data.state import ShopperState
from youli.rank.ranker import Ranker
from youli.types import FloatArray, IntArray

__all__ = ["score_states"]


def score_states(ranker: Ranker, states: Sequence[ShopperState]) -> FloatArray:
    """Scores before filters and rules, float64 [n_states, n_items]."""
    total = np.zeros((len(states), ranker.shop.interactions.n_items))
    for name, channel in ranker.channels.items():
        coefficients = ranker.coefficients[name]
        if isinstance(channel, KernelChannel) and type(channel).score is KernelChannel.score:
            _add_kernels(total, channel, coefficients, states)
            continue
        for row, state in enumerate(states):
            amount = channel.score(state, coefficients)
            if amount is not None:
                total[row] += amount
    return total


def _add_kernels(
    total: FloatArray,
    channel: KernelChannel,
    coefficients: Coefficients,
    states: Sequence[ShopperState],
) -> None:
    used = list(_used(channel, coefficients))
    if not used or not states:
        return
    taus = [tau for many in channel.taus.values() for tau in many]
    mixture = np.stack([weights for _, weights in used])  # [n_used, n_bases]
    per_row = np.concatenate([mixture @ decays(state, taus) for state in states], axis=1)
    item_num = np.concatenate([state.item_num for state in states])
    indptr = np.concatenate([[0], np.cumsum([state.n_rows for state in states])])
    for (kernel, _), weights in zip(used, per_row, strict=True):
        _add_product(total, (weights, item_num, indptr), kernel)


def _used(
    channel: KernelChannel, coefficients: Coefficients
) -> Iterator[tuple[sparse.csr_matrix, FloatArray]]:
    """Each kernel that counts, with its own coefficients in their places and zero elsewhere."""
    start = 0
    for name, kernel in channel.kernels.items():
        stop = start + len(channel.taus[name])
        mine = np.zeros(len(coefficients))
        mine[start:stop] = coefficients[start:stop]
        start = stop
        if mine.any() and kernel.nnz:
            yield kernel, mine


def _add_product(
    total: FloatArray, parts: tuple[FloatArray, IntArray, IntArray], kernel: sparse.csr_matrix
) -> None:
    history = sparse.csr_matrix(parts, shape=(len(total), kernel.shape[0]))
    found = history @ kernel
    row = np.repeat(np.arange(len(total)), np.diff(found.indptr))
    total[row, found.indices] += found.data  # a product's cells are distinct
