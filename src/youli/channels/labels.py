"""The labels of products as one weighted table, and how alike that makes two products."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.kernel import blocks_of_product, keep_largest, without_diagonal
from youli.data.shop import Attribute

__all__ = ["label_table", "names_from_array", "names_to_array", "similarity"]

#: Labels of more products than this say little (idf) and cost the square of it.
_MOST_COMMON = 2000


def label_table(attributes: Sequence[Attribute]) -> sparse.csr_matrix | None:
    """All labels side by side, idf-weighted, rows of unit length; None where there are none.

    float32 CSR [n_items, n_labels]. A label that one product alone has compares nothing and is
    left out, as is one that `_MOST_COMMON` or more have.
    """
    if not attributes:
        return None
    table = sparse.hstack([one.matrix for one in attributes], format="csr")
    n_with = np.asarray(table.sum(axis=0)).ravel()
    idf = np.log(table.shape[0] / np.maximum(n_with, 1.0))
    idf[(n_with < 2) | (n_with > _MOST_COMMON)] = 0.0
    weighted = (table @ sparse.diags(idf)).tocsr()
    weighted.eliminate_zeros()
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    scale = sparse.diags(1.0 / np.where(length > 0, length, 1.0))
    return (scale @ weighted).tocsr().astype(np.float32)


def similarity(
    attributes: Sequence[Attribute], *, at_least: float, power: float, n_per_row: int
) -> sparse.csr_matrix | None:
    """Cosine of the labels, sharpened: ``cos^power`` where above `at_least`, rows summing to 1."""
    table = label_table(attributes)
    if table is None:
        return None

    def sharpen(block: sparse.csr_matrix, start: int) -> sparse.csr_matrix:
        del start
        block.data = np.where(block.data > at_least, block.data**power, 0.0)
        block.eliminate_zeros()
        return keep_largest(block, n_per_row + 1)

    alike = without_diagonal(blocks_of_product(table, table.T.tocsr(), sharpen))
    total = np.asarray(alike.sum(axis=1)).ravel()
    scale = sparse.diags(1.0 / np.where(total > 0, total, 1.0))
    return (scale @ alike).tocsr().astype(np.float32)


def names_to_array(names: Sequence[tuple[str, str]]) -> npt.NDArray[np.uint8]:
    """Attribute names and values as the UTF-8 bytes of one JSON document."""
    return np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), dtype=np.uint8)


def names_from_array(array: npt.NDArray[np.generic]) -> tuple[tuple[str, str], ...]:
    """The names and values again; raises `ValueError` where the bytes are none."""
    return tuple((name, value) for name, value in json.loads(array.tobytes()))
