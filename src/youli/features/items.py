"""What is known of every product apart from who chose it, as numbers for a net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from youli.data.shop import Attribute, Shop
from youli.features.blocks import reduced
from youli.features.product_text import has_texts
from youli.features.tabular import TableEncoder
from youli.features.vectors import encode_catalogue
from youli.types import FloatArray

__all__ = ["ItemFeatures", "item_features"]

#: Columns of the catalogue that are names, texts or told otherwise.
_NO_QUANTITIES = (
    "item_id", "title", "description", "category", "brand", "currency", "in_stock", "image",
    "image_url", "review", "reviews", "source_url",
)  # fmt: skip
_KEPT_BLOCK = "block for nets"


@dataclass(frozen=True)
class ItemFeatures:
    """Labels and dense blocks of all products.

    ``labels`` float32 CSR [n_items, n_labels]: how much of each label a product has, as in
    `attributes`: idf^½ over √(labels of the product), the rows of one attribute at most 1 long.
    ``dense`` name → float32 [n_items, n_dims], zero rows where a product has none.
    """

    labels: sparse.csr_matrix
    #: Attribute name and value of each label.
    label_names: tuple[tuple[str, str], ...] = ()
    dense: Mapping[str, FloatArray] = field(default_factory=dict)

    @cached_property
    def attributes(self) -> dict[str, slice]:
        """Columns of ``labels`` that belong to each attribute, by name."""
        found: dict[str, slice] = {}
        for at, (name, _) in enumerate(self.label_names):
            first = found[name].start if name in found else at
            found[name] = slice(first, at + 1)
        return found

    @classmethod
    def none(cls, n_items: int) -> ItemFeatures:
        """Products of which nothing is known."""
        return cls(sparse.csr_matrix((n_items, 0), dtype=np.float32))


def item_features(shop: Shop, *, texts: bool = True, photos: bool = True) -> ItemFeatures:
    """All that the catalogue and the photos say, as far as the shop has it.

    Blocks: ``numbers`` (price, rating and other quantities, on one scale), ``text`` and ``photo``
    (vectors of at most 64 numbers). A block that would be empty is not there.
    """
    dense = {
        "numbers": _numbers(shop),
        "text": _texts(shop) if texts else None,
        "photo": _photos(shop) if photos else None,
    }
    found = {name: one for name, one in dense.items() if one is not None and one.shape[1]}
    attributes = shop.catalogue.attributes
    if not attributes:
        return replace(ItemFeatures.none(shop.interactions.n_items), dense=found)
    labels = sparse.hstack([_weighted(one) for one in attributes], format="csr", dtype=np.float32)
    names = tuple((one.name, value) for one in attributes for value in one.values)
    return ItemFeatures(labels, names, found)


def _numbers(shop: Shop) -> FloatArray:
    """Quantities of the catalogue."""
    table = shop.catalogue.table
    encoder = TableEncoder.fit(table, skip=_NO_QUANTITIES, only_quantities=True)
    return encoder.quantity_block(encoder.encode(table))


def _texts(shop: Shop) -> FloatArray | None:
    """What products read like; None where nothing can be read."""
    if not has_texts(shop.catalogue):
        return None
    found = encode_catalogue(shop.catalogue)
    if _KEPT_BLOCK not in found.kept:
        found.kept[_KEPT_BLOCK] = reduced(found.vectors[found.row], found.row >= 0)
    return np.asarray(found.kept[_KEPT_BLOCK])


def _photos(shop: Shop) -> FloatArray | None:
    """What products look like; None without photos."""
    photos = shop.photos
    if photos is None or not photos.has.any():
        return None
    return reduced(photos.vectors[photos.photo_of], photos.has)


def _weighted(attribute: Attribute) -> sparse.csr_matrix:
    """Labels of one attribute, rare ones heavier, rows scaled by the number of labels."""
    has = attribute.matrix
    n_items = has.shape[0]
    n_with = np.maximum(np.asarray(has.sum(axis=0)).ravel(), 1.0)
    idf = np.log(n_items / n_with) / max(np.log(n_items), 1e-9)
    per_row = np.maximum(np.diff(has.indptr), 1.0)
    return sparse.diags(per_row**-0.5) @ has @ sparse.diags(np.sqrt(np.maximum(idf, 0.0)))
