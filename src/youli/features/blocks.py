"""Vectors of products, however wide, as blocks of at most some numbers a product."""

from __future__ import annotations

import numpy as np

from youli.types import BoolArray, FloatArray

__all__ = ["MOST_DIMS", "reduced"]

#: Numbers of a block at most: what is finer than that, a few thousand products do not teach.
MOST_DIMS = 64


def reduced(vectors: FloatArray, has: BoolArray, n_dims: int = MOST_DIMS) -> FloatArray:
    """The directions in which rows differ most, float32 [n_rows, ≤ n_dims] (PCA).

    Rows without a vector (`has` is false) take no part and are zero. Rows are scaled together to a
    mean square length of 1. The sign of a direction is such that its largest part is positive.
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    known = vectors[has]
    if not len(known):
        return np.zeros((len(vectors), 0), dtype=np.float32)
    known = known - known.mean(axis=0)
    if known.shape[1] > n_dims:
        _, directions = np.linalg.eigh(known.T.astype(np.float64) @ known)
        directions = directions[:, ::-1][:, :n_dims]
        largest = np.abs(directions).argmax(axis=0)
        directions = directions * np.sign(directions[largest, np.arange(n_dims)])
        known = known @ directions.astype(np.float32)
    length = float(np.sqrt((known**2).sum(axis=1).mean()))
    block = np.zeros((len(vectors), known.shape[1]), dtype=np.float32)
    block[has] = known / max(length, 1e-12)
    return block
