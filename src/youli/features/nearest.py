"""The nearest rows of a table of vectors, exactly: cosine above a floor, some for each row."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from youli.parallel import thread_map
from youli.types import FloatArray

__all__ = ["nearest"]

#: Cells of the dense block that a thread holds at once: 64 MB of float32.
_BLOCK_CELLS = 16_000_000


def nearest(vectors: FloatArray, *, at_least: float, n_per_row: int) -> sparse.csr_matrix:
    """Cosines of each row with its `n_per_row` nearest rows, itself among them.

    float32 CSR [n, n]. Rows must be of unit length or zero; a zero row has no neighbours. Of equal
    cosines the lower row is kept. Memory beside the result: 64 MB a thread, however many rows.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    n = len(vectors)
    n_rows = max(1, _BLOCK_CELLS // max(n, 1))

    def block(start: int) -> sparse.csr_matrix:
        cosine = vectors[start : start + n_rows] @ vectors.T
        row, column = np.nonzero(cosine >= at_least)
        value = cosine[row, column]
        order = np.lexsort((column, -value, row))
        row, column, value = row[order], column[order], value[order]
        first = np.searchsorted(row, np.arange(len(cosine)))
        kept = np.arange(len(row)) - first[row] < n_per_row
        found = (value[kept], (row[kept], column[kept]))
        return sparse.csr_matrix(found, shape=cosine.shape, dtype=np.float32)

    blocks = list(thread_map(block, range(0, n, n_rows)))
    if not blocks:
        return sparse.csr_matrix((0, 0), dtype=np.float32)
    return sparse.vstack(blocks, format="csr", dtype=np.float32)
