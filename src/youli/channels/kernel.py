"""Channels whose affinity is one sparse product × product matrix.

    amount(u, i) = Σ_j strength_j · d(ticks since j) · K[item_j, i],   d(t) = Σ_b c_b · exp(-t / τ_b)

The decay is a mixture of exponentials whose coefficients c_b ≥ 0 are learned, so its shape is
learned by convex optimisation and an event's weight still depends on its own age alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.base import Addends, Arrays, Coefficients
from youli.data.state import ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["KernelChannel", "decays", "keep_largest", "pruned_product", "without_diagonal"]

#: Rows of a product that are computed at once: bounds the memory of an unpruned block.
_BLOCK_ROWS = 2048


class KernelChannel:
    """Scores products by a sparse kernel between the past products and the candidates."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset()
    evidence: ClassVar[EvidenceKind] = EvidenceKind.HISTORY
    signed: ClassVar[bool] = False
    #: Time constants of the decay's parts, in ticks of the shopper's clock.
    taus: ClassVar[tuple[float, ...]] = (1.0, 4.0, 16.0, float("inf"))

    def __init__(self, kernel: sparse.csr_matrix) -> None:
        kernel.sort_indices()
        self.kernel = kernel  # float32 CSR [n_items, n_items], rows are past products

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return int(self.kernel.shape[0])

    @property
    def basis_names(self) -> tuple[str, ...]:
        """The time constants."""
        return tuple(f"tau={tau:g}" for tau in self.taus)

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None without a history."""
        if state.n_rows == 0 or not coefficients.any():
            return None
        items, weights = self._weights(state, coefficients)
        return np.asarray(self.kernel[items].T @ weights)

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each time constant for some products, float64 [n_bases, len(item_nums)]."""
        if state.n_rows == 0:
            return np.zeros((len(self.taus), len(item_nums)))
        items, _ = state.distinct_items
        weights = decays(state, self.taus) @ state.by_distinct  # [n_bases, n_distinct]
        return np.asarray(weights @ self.kernel[items][:, item_nums])

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each past product that speaks for a candidate."""
        if state.n_rows == 0 or not coefficients.any():
            return Addends.none()
        items, weights = self._weights(state, coefficients)
        block = self.kernel[items][:, item_nums].tocoo()
        amount = weights[block.row] * block.data
        return Addends(block.col, block.row, np.full(len(amount), -1), amount)

    def label(self, number: int) -> tuple[str, str]:
        """A kernel names no attributes."""
        raise KeyError(number)

    def _weights(
        self, state: ShopperState, coefficients: Coefficients
    ) -> tuple[IntArray, FloatArray]:
        """The past products and the summed decay of each, int32 and float64 [n_distinct]."""
        items, inverse = state.distinct_items
        per_row = coefficients @ decays(state, self.taus)
        return items, np.bincount(inverse, weights=per_row, minlength=len(items))

    def to_arrays(self) -> Arrays:
        """The kernel's three arrays."""
        return {
            "data": self.kernel.data,
            "indices": self.kernel.indices.astype(np.int32),
            "indptr": self.kernel.indptr.astype(np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where an array is missing."""
        n_items = len(arrays["indptr"]) - 1
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        return cls(sparse.csr_matrix(parts, shape=(n_items, n_items)))


def decays(state: ShopperState, taus: Sequence[float]) -> FloatArray:
    """Weight of each history row under each time constant, float64 [n_taus, n_rows]."""
    return np.exp(-state.steps_ago[None, :] / np.array(taus)[:, None]) * state.strength


def without_diagonal(kernel: sparse.csr_matrix) -> sparse.csr_matrix:
    """The kernel without what a product says about itself (`repurchase` says that)."""
    kernel = kernel.tocsr(copy=True)
    kernel.setdiag(0.0)
    kernel.eliminate_zeros()
    return kernel


def keep_largest(kernel: sparse.csr_matrix, n_per_row: int) -> sparse.csr_matrix:
    """Keep the `n_per_row` largest absolute values of each row; ties by column."""
    lengths = np.diff(kernel.indptr)
    if len(lengths) == 0 or lengths.max() <= n_per_row:
        return kernel
    row = np.repeat(np.arange(kernel.shape[0]), lengths)
    order = np.lexsort((-np.abs(kernel.data), row))
    place = np.arange(len(order)) - np.repeat(kernel.indptr[:-1], lengths)
    kept = np.sort(order[place < n_per_row])
    indptr = np.concatenate([[0], np.cumsum(np.minimum(lengths, n_per_row))])
    return sparse.csr_matrix((kernel.data[kept], kernel.indices[kept], indptr), shape=kernel.shape)


def pruned_product(
    left: sparse.csr_matrix,
    right: sparse.csr_matrix,
    n_per_row: int,
    adjust: Callable[[sparse.csr_matrix, int], sparse.csr_matrix],
) -> sparse.csr_matrix:
    """``leftᵀ · right`` in blocks of rows, each adjusted and pruned before the next is computed.

    `adjust(block, first_row)` turns counts into affinities. Memory stays at one block of counts
    beside the result, however many products there are.
    """
    transposed = left.T.tocsr()
    blocks = []
    for start in range(0, transposed.shape[0], _BLOCK_ROWS):
        block = (transposed[start : start + _BLOCK_ROWS] @ right).tocsr()
        blocks.append(keep_largest(adjust(block, start), n_per_row))
    return sparse.vstack(blocks, format="csr", dtype=np.float32)
