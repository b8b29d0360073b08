"""A product as the store page shows it."""

from __future__ import annotations

import math
from typing import Any

from youli.data.shop import WORDS, Shop

__all__ = ["Products"]

_SEPARATOR = " > "


class Products:
    """Cards of a shop's products, made on request from the catalogue's columns."""

    def __init__(self, shop: Shop) -> None:
        self._items = shop.interactions.items
        self._titles = shop.catalogue.titles
        self._price_minor = shop.catalogue.price_minor
        self._in_stock = shop.catalogue.in_stock
        table = shop.catalogue.table
        self._category = table["category"] if "category" in table.column_names else None
        self._brand = table["brand"] if "brand" in table.column_names else None
        self._catalogue = shop.catalogue
        self._photos = shop.photos

    def card(self, item_num: int) -> dict[str, Any]:
        """Id, title, category path, brand, price, stock and photo; null where unknown."""
        price = float(self._price_minor[item_num])
        category = self._category[item_num].as_py() if self._category is not None else None
        return {
            "item_id": self._items.ids[item_num],
            "title": self._titles[item_num],
            "category": category.split(_SEPARATOR) if category else [],
            "brand": self._brand[item_num].as_py() if self._brand is not None else None,
            "price_minor": round(price) if math.isfinite(price) else None,
            "in_stock": bool(self._in_stock[item_num]),
            "has_photo": self._photos is not None and bool(self._photos.photo_of[item_num] >= 0),
        }

    def photo(self, item_num: int) -> bytes | None:
        """The small photo of one product as JPEG; None where it has none."""
        return None if self._photos is None else self._photos.thumbnail(item_num)

    def details(self, item_num: int) -> dict[str, Any]:
        """The card and every attribute to compare the product by."""
        known = {
            one.name: list(labels)
            for one in self._catalogue.attributes
            if one.name != WORDS and (labels := one.of(item_num))
        }
        return {**self.card(item_num), "attributes": known}
