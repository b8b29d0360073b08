"""Closed-form weights between products: what A says about B that nothing else in the history says.

    B = P · (SᵀT),   B' = P · (A Aᵀ),   P = (SᵀS + λI)⁻¹

S holds the decayed history before each position, T what came at it, A the idf-weighted attributes.
B is the ridge regression of the next product on the history (EASE of Steck 2019, made sequential);
B' carries the attributes through the same inverse, as if each product had been followed by its
look-alikes. Solved for the most chosen products, whose inverse fits into memory; the others are
left to channels that count. Only what speaks *for* a product is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from youli.channels.kernel import KernelChannel, blocks_of_product, keep_largest, without_diagonal
from youli.channels.labels import label_table
from youli.channels.sequence import positions
from youli.channels.transition import prune_limit
from youli.data.shop import Shop
from youli.parallel import thread_map
from youli.types import FloatArray, IntArray

__all__ = ["AffinityChannel"]

#: Products in the dense inverse: 4096² float32 are 67 MB and a few seconds.
_MOST_DENSE = 4096
_REGULARISATION = 100.0
_DECAY = np.exp(-np.arange(7.0))
#: An order holds many products, so four of them are as much history.
_DECAY_ORDERS = np.exp(-np.arange(4.0))
#: Labels that a product passes on through the inverse: its own and those of its companions.
_N_LABELS = 64
_BLOCK_ROWS = 256
#: What is weaker than this share of the row's strongest is noise of the inverse.
_LEAST_OF_ROW = 0.02


class AffinityChannel(KernelChannel):
    """Shoppers of A keep choosing B."""

    name: ClassVar[str] = "affinity"
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "behaviour": (1.0, 8.0),
        "attributes": (1.0, 8.0),
    }

    @classmethod
    def compute(cls, shop: Shop, wanted: frozenset[str]) -> dict[str, sparse.csr_matrix]:
        """Invert once, then multiply with each target."""
        kernels: dict[str, sparse.csr_matrix] = {}
        if not wanted:
            return kernels
        events = shop.interactions
        head = _most_chosen(events.item_num, events.n_items)
        places = positions(events)
        history = places.history(_DECAY_ORDERS if events.has_orders else _DECAY)[:, head]
        inverse = _inverse(history)
        n_per_row = prune_limit(shop)
        if "behaviour" in wanted:
            target = (history.T @ places.following()[:, head]).toarray()
            kernels["behaviour"] = _spread(inverse @ target, head, events.n_items, n_per_row)
        table = label_table(shop.catalogue.attributes)
        if "attributes" in wanted and table is not None:
            carried = _strongest((table[head].T @ inverse).T)  # [n_head, n_labels]
            product = blocks_of_product(
                carried, table.T.tocsr(), lambda block, _: keep_largest(block, n_per_row + 1)
            )
            kernels["attributes"] = without_diagonal(_at_rows(product, head, events.n_items))
        return kernels


def _most_chosen(item_num: IntArray, n_items: int) -> IntArray:
    """The products of the dense inverse, sorted; those without an event are left out."""
    counts = np.bincount(item_num, minlength=n_items)
    n_head = min(_MOST_DENSE, int((counts > 0).sum()))
    return np.sort(np.argsort(-counts, kind="stable")[:n_head])


def _inverse(history: sparse.csr_matrix) -> FloatArray:
    """P, float32 [n_head, n_head]."""
    gram = (history.T @ history).toarray()
    gram[np.diag_indices_from(gram)] += np.float32(_REGULARISATION)
    factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    identity = np.eye(len(gram), dtype=np.float32)
    return np.asarray(cho_solve(factor, identity, overwrite_b=True, check_finite=False))


def _strongest(carried: FloatArray) -> sparse.csr_matrix:
    """The strongest positive labels that each product carries, CSR of the same shape."""
    n_kept = min(_N_LABELS, carried.shape[1])

    def of_rows(start: int) -> tuple[IntArray, FloatArray]:
        block = carried[start : start + _BLOCK_ROWS]
        place = np.argpartition(-block, n_kept - 1, axis=1)[:, :n_kept]
        return place, np.maximum(np.take_along_axis(block, place, axis=1), 0.0)

    found = list(thread_map(of_rows, range(0, len(carried), _BLOCK_ROWS)))
    place = np.concatenate([one for one, _ in found]).ravel()
    value = np.concatenate([one for _, one in found]).ravel().astype(np.float32)
    indptr = np.arange(len(carried) + 1) * n_kept
    return sparse.csr_matrix((value, place, indptr), shape=carried.shape)


def _at_rows(rows: sparse.csr_matrix, at: IntArray, n_items: int) -> sparse.csr_matrix:
    """The rows of some products at their places among all; `at` is sorted."""
    lengths = np.zeros(n_items, dtype=np.int64)
    lengths[at] = np.diff(rows.indptr)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_matrix((rows.data, rows.indices, indptr), shape=(n_items, n_items))


def _spread(weights: FloatArray, head: IntArray, n_items: int, n_per_row: int) -> sparse.csr_matrix:
    """The largest positive weights between the products of the inverse, among all products."""
    least = np.maximum(weights.max(axis=1), 0.0) * _LEAST_OF_ROW
    row, column = np.nonzero(weights > least[:, None])
    value = weights[row, column].astype(np.float32)
    block = sparse.csr_matrix((value, (head[row], head[column])), shape=(n_items, n_items))
    return without_diagonal(keep_largest(block, n_per_row + 1))
