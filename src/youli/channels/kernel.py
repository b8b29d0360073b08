"""Channels whose affinities are sparse product × product matrices.

    amount(u, i) = Σ_m Σ_j strength_j · d_m(ticks since j) · K_m[item_j, i]
    d_m(t) = Σ_b c_mb · exp(-t / τ_mb)

A channel has one or more kernels K_m (ways to normalise the same counts, say) and for each of them
time constants τ. The decay is a mixture of exponentials whose coefficients c ≥ 0 are learned, so
its shape is learned by convex optimisation and an event's weight depends on its own age alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.base import Addends, Arrays, Cells, Coefficients
from youli.data.marks import places_among
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.parallel import thread_map
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = [
    "KernelChannel",
    "blocks_of_product",
    "decayed",
    "decays",
    "keep_largest",
    "rows_of",
    "without_diagonal",
]

#: Rows of a product that are computed at once: bounds the memory of an unpruned block.
_BLOCK_ROWS = 1024
#: No decay reaches further back than this many time constants: e^-7 is below a thousandth.
_REACH = 7.0


class KernelChannel:
    """Scores products by sparse kernels between the past products and the candidates."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset()
    evidence: ClassVar[EvidenceKind] = EvidenceKind.HISTORY
    signed: ClassVar[bool] = False
    #: Kernel → time constants, in ticks of the shopper's clock.
    taus: ClassVar[Mapping[str, tuple[float, ...]]]

    def __init__(self, kernels: Mapping[str, sparse.csr_matrix]) -> None:
        self.kernels = {name: kernels[name] for name in self.taus}  # CSR [n_items, n_items]
        for kernel in self.kernels.values():
            kernel.sort_indices()

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Compute the kernels; one whose coefficients are all zero is left empty."""
        kernels = cls.compute(shop, cls._wanted(coefficients))
        empty = sparse.csr_matrix((shop.interactions.n_items,) * 2, dtype=np.float32)
        return cls({name: kernels.get(name, empty) for name in cls.taus})

    @classmethod
    def compute(cls, shop: Shop, wanted: frozenset[str]) -> dict[str, sparse.csr_matrix]:
        """The wanted kernels, float32 CSR [n_items, n_items], rows are past products."""
        raise NotImplementedError  # abstract: every kernel channel counts in its own way

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return int(next(iter(self.kernels.values())).shape[0])

    @property
    def basis_names(self) -> tuple[str, ...]:
        """Kernel and time constant."""
        return tuple(f"{kernel} tau={tau:g}" for kernel, tau in self._bases())

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None without a history."""
        found = self.cells(state, coefficients)
        return None if found is None else found.summed(found.item, self.n_items)

    def cells(self, state: ShopperState, coefficients: Coefficients) -> Cells | None:
        """The links of the past products that weigh anything; None where there is none."""
        items = state.distinct_items[0]
        column, amount, past, length = [], [], [], []
        for kernel, weights in self._weights(state, coefficients):
            near = np.flatnonzero(weights)
            links, values, n_each = rows_of(kernel, items[near])
            column.append(links)
            amount.append(values * np.repeat(weights[near], n_each))
            past.append(near)
            length.append(n_each)
        if not column:
            return None
        ends = np.cumsum(np.concatenate(length))
        return Cells(np.concatenate(column), np.concatenate(amount), np.concatenate(past), ends)

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each kernel × time constant, float64 [n_bases, len(item_nums)]."""
        items, _ = state.distinct_items
        amounts = []
        for name, kernel in self.kernels.items():
            weights = decays(state, self.taus[name]) @ state.by_distinct  # [n_taus, n_distinct]
            amounts.append(np.asarray(weights @ kernel[items][:, item_nums]))
        return np.concatenate(amounts)

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each past product that speaks for a candidate."""
        found = self.cells(state, coefficients)
        if found is None or not len(item_nums):
            return Addends.none()
        [place] = places_among(item_nums, self.n_items, [found.item])
        return found.addends(place, len(state.distinct_items[0]), len(item_nums))

    def label(self, number: int) -> tuple[str, str]:
        """A kernel names no attributes."""
        raise KeyError(number)

    def to_arrays(self) -> Arrays:
        """Three arrays a kernel."""
        arrays: Arrays = {}
        for name, kernel in self.kernels.items():
            arrays[f"{name}.data"] = kernel.data
            arrays[f"{name}.indices"] = kernel.indices.astype(np.int32)
            arrays[f"{name}.indptr"] = kernel.indptr.astype(np.int64)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where an array is missing."""
        return cls(cls.kernels_of(arrays))

    @classmethod
    def kernels_of(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]]
    ) -> dict[str, sparse.csr_matrix]:
        """The kernels again, for a channel that keeps more than these."""
        kernels = {}
        for name in cls.taus:
            parts = tuple(arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
            n_items = len(parts[2]) - 1
            kernels[name] = sparse.csr_matrix(parts, shape=(n_items, n_items))
        return kernels

    @classmethod
    def _bases(cls) -> list[tuple[str, float]]:
        return [(kernel, tau) for kernel, taus in cls.taus.items() for tau in taus]

    @classmethod
    def _wanted(cls, coefficients: Coefficients | None) -> frozenset[str]:
        if coefficients is None:
            return frozenset(cls.taus)
        bases = zip(cls._bases(), coefficients, strict=True)
        return frozenset(kernel for (kernel, _), weight in bases if weight != 0.0)

    def _weights(
        self, state: ShopperState, coefficients: Coefficients
    ) -> Iterator[tuple[sparse.csr_matrix, FloatArray]]:
        """Each kernel that counts, with the weight of each past product, float64 [n_distinct]."""
        if state.n_rows == 0:
            return
        start = 0
        for name, kernel in self.kernels.items():
            taus = self.taus[name]
            mine = coefficients[start : start + len(taus)]
            start += len(taus)
            if mine.any() and kernel.nnz:
                yield kernel, mine @ decayed(state, taus)


def decays(state: ShopperState, taus: Sequence[float]) -> FloatArray:
    """Weight of each history row under each time constant, float64 [n_taus, n_rows].

    Zero from seven time constants on.
    """
    age = state.steps_ago[None, :] / np.array(taus)[:, None]
    return np.where(age <= _REACH, np.exp(-age), 0.0) * state.strength


def decayed(state: ShopperState, taus: Sequence[float]) -> FloatArray:
    """Weight of each past product under each time constant, float64 [n_taus, n_distinct].

    Channels share time constants, so each is worked out once a state.
    """
    items, row_of = state.distinct_items
    known = state.weights_by_tau
    missing = [tau for tau in taus if tau not in known]
    for tau, per_row in zip(missing, decays(state, missing), strict=True) if missing else ():
        total = np.bincount(row_of, per_row, minlength=len(items))
        known[tau] = total.astype(np.float64, copy=False)  # integers where there is no row
    return np.array([known[tau] for tau in taus])


def rows_of(table: sparse.csr_matrix, rows: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
    """Columns and values of a few rows, one row after the other, and the length of each row.

    What SciPy's row indexing gives, without its checks, which cost more than the work.
    """
    start, stop = table.indptr[rows], table.indptr[rows + 1]
    if not len(rows):
        return table.indices[:0], table.data[:0], stop - start
    at = [slice(*one) for one in zip(start.tolist(), stop.tolist(), strict=True)]
    columns = np.concatenate([table.indices[one] for one in at])
    return columns, np.concatenate([table.data[one] for one in at]), stop - start


def without_diagonal(kernel: sparse.csr_matrix) -> sparse.csr_matrix:
    """The kernel without what a product says about itself (`repurchase` says that)."""
    coo = kernel.tocoo()
    off = coo.row != coo.col
    parts = (coo.data[off].astype(np.float32), (coo.row[off], coo.col[off]))
    return sparse.csr_matrix(parts, shape=kernel.shape)


def keep_largest(kernel: sparse.csr_matrix, n_per_row: int) -> sparse.csr_matrix:
    """Keep the `n_per_row` largest values of each row."""
    kept = np.ones(kernel.nnz, dtype=bool)
    for row in np.flatnonzero(np.diff(kernel.indptr) > n_per_row):
        start, stop = kernel.indptr[row], kernel.indptr[row + 1]
        n_small = stop - start - n_per_row
        small = np.argpartition(kernel.data[start:stop], n_small - 1)[:n_small]
        kept[start + small] = False
    indptr = np.concatenate([[0], np.cumsum(kept)])[kernel.indptr]
    return sparse.csr_matrix((kernel.data[kept], kernel.indices[kept], indptr), shape=kernel.shape)


def blocks_of_product(
    left: sparse.csr_matrix,
    right: sparse.csr_matrix,
    finish: Callable[[sparse.csr_matrix, int], sparse.csr_matrix],
) -> sparse.csr_matrix:
    """``left · right`` in blocks of rows, each finished before the next is computed.

    `finish(block, first_row)` normalises and prunes, on several threads. Memory stays at one raw
    block a thread beside the result, however many products there are.
    """
    left = left.tocsr()

    def block(start: int) -> sparse.csr_matrix:
        return finish((left[start : start + _BLOCK_ROWS] @ right).tocsr(), start)

    blocks = list(thread_map(block, range(0, left.shape[0], _BLOCK_ROWS)))
    return sparse.vstack(blocks, format="csr", dtype=np.float32)
