"""Products as the shop has changed them since they were learned, over the artifact's catalogue.

Price, stock, title and the other columns are shown, filtered by and checked against as they are
now; the attributes that products are compared by stay those of the fit until the next one. A
product that the artifact does not know cannot be ranked: it is kept for the next refit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from youli.data.shop import COLUMN_TYPES, NUMBERS, Shop
from youli.engine import Engine
from youli.storage.records import ItemRecord

__all__ = ["Overlay", "laid_over", "overlay_of"]


@dataclass(frozen=True)
class Overlay:
    """Changed columns of known products: column → `item_num` → value."""

    columns: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    #: Products that were deleted; they are not listed and not found.
    deleted: frozenset[int] = frozenset()
    #: Ids of products that wait for the next refit.
    unlearned: frozenset[str] = frozenset()

    def only_prices_differ(self, other: Overlay) -> bool:
        """Whether the two differ in price and stock alone."""
        names = {*self.columns, *other.columns} - NUMBERS
        return all(self.columns.get(name) == other.columns.get(name) for name in names)


def overlay_of(items: Iterable[ItemRecord], shop: Shop) -> Overlay:
    """What is stored of products, in the rows of a shop."""
    columns: dict[str, dict[int, Any]] = {}
    deleted: set[int] = set()
    unlearned: set[str] = set()
    for one in items:
        num = shop.interactions.items.num(one.item_id)
        if num is None:
            if not one.is_deleted:
                unlearned.add(one.item_id)
            continue
        for name, value in one.document.items():
            if name in COLUMN_TYPES:
                columns.setdefault(name, {})[num] = value
        if one.is_deleted:
            deleted.add(num)
    for num in deleted:
        columns.setdefault("in_stock", {})[num] = False  # what is not in stock is not listed
    return Overlay(columns, frozenset(deleted), frozenset(unlearned))


def laid_over(engine: Engine, overlay: Overlay) -> Engine:
    """The engine with the catalogue as it is now."""
    if not overlay.columns:
        return engine
    return engine.with_catalogue(
        engine.shop.catalogue.changed(overlay.columns),
        same_words=overlay.columns.keys() <= NUMBERS,
    )
