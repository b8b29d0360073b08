"""What is known of every product apart from who chose it, as numbers for a net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from youli.data.shop import Attribute, Shop
from youli.types import FloatArray

__all__ = ["ItemFeatures", "item_features"]


@dataclass(frozen=True)
class ItemFeatures:
    """Labels and dense blocks of all products.

    ``labels`` float32 CSR [n_items, n_labels]: how much of each label a product has, as in
    `attributes`: idf^½ over √(labels of the product), the rows of one attribute at most 1 long.
    ``dense`` name → float32 [n_items, n_dims], zero rows where a product has none.
    """

    labels: sparse.csr_matrix
    dense: Mapping[str, FloatArray] = field(default_factory=dict)

    @classmethod
    def none(cls, n_items: int) -> ItemFeatures:
        """Products of which nothing is known."""
        return cls(sparse.csr_matrix((n_items, 0), dtype=np.float32))


def item_features(shop: Shop) -> ItemFeatures:
    """The catalogue's attributes."""
    attributes = shop.catalogue.attributes
    if not attributes:
        return ItemFeatures.none(shop.interactions.n_items)
    labels = sparse.hstack([_weighted(one) for one in attributes], format="csr", dtype=np.float32)
    return ItemFeatures(labels)


def _weighted(attribute: Attribute) -> sparse.csr_matrix:
    """Labels of one attribute, rare ones heavier, rows scaled by the number of labels."""
    has = attribute.matrix
    n_items = has.shape[0]
    n_with = np.maximum(np.asarray(has.sum(axis=0)).ravel(), 1.0)
    idf = np.log(n_items / n_with) / max(np.log(n_items), 1e-9)
    per_row = np.maximum(np.diff(has.indptr), 1.0)
    return sparse.diags(per_row**-0.5) @ has @ sparse.diags(np.sqrt(np.maximum(idf, 0.0)))
