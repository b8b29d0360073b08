"""The texts of products that are searched, a field at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from youli.data.shop import PRICE_BAND, WORDS, Attribute, Catalogue
from youli.features.product_text import ProductTexts

__all__ = ["SEARCHED", "FieldTexts"]

#: The texts of a product that are searched, in the order in which a reason names them.
SEARCHED = ("title", "brand", "category", "details", "text")

_CATEGORY_SEPARATOR = " > "


class FieldTexts:
    """What is searched of one catalogue; the same for indexing it and for reading reasons back."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._texts = ProductTexts(catalogue)

    def field(self, name: str) -> list[str]:
        """One of `SEARCHED` of every product; empty where it has none."""
        rows = range(len(self.catalogue))
        match name:
            case "title":
                return list(self.catalogue.titles)
            case "brand" | "category":
                return [_path(one) for one in self._column(name)]
            case "details":
                return [self.of(row, name) for row in rows]
            case "text":
                return _joined(self._texts.field("description"), self._texts.field("reviews"))
        raise KeyError(name)

    def of(self, item_num: int, name: str) -> str:
        """One of `SEARCHED` of one product."""
        match name:
            case "title":
                return self.catalogue.titles[item_num]
            case "brand" | "category":
                return _path(self._column(name)[item_num])
            case "details":
                return "\n".join(
                    label.replace("_", " ") for one in self._details for label in one.of(item_num)
                )
            case "text":
                return _joined(
                    [self._texts.of(item_num, "description")], [self._texts.of(item_num, "reviews")]
                )[0]
        raise KeyError(f"{name}: the fields are {', '.join(SEARCHED)}")

    @cached_property
    def _details(self) -> tuple[Attribute, ...]:
        """What is said of products beside category, brand and price."""
        levels = {one.name for one in self.catalogue.attributes_of_category}
        own = {"brand", PRICE_BAND, WORDS} | levels
        return tuple(one for one in self.catalogue.attributes if one.name not in own)

    def _column(self, name: str) -> list[str | None]:
        if name not in self.catalogue.table.column_names:
            return [None] * len(self.catalogue)
        kept: dict[str, list[str | None]] = self.catalogue.kept.setdefault("search columns", {})
        if name not in kept:
            values = self.catalogue.table[name].to_pylist()
            kept[name] = [None if one is None else str(one) for one in values]
        return kept[name]


def _path(value: str | None) -> str:
    """The levels of a path, a line each."""
    return "" if value is None else value.replace(_CATEGORY_SEPARATOR, "\n")


def _joined(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return ["\n".join(filter(None, pair)) for pair in zip(first, second, strict=True)]
