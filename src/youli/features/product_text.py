"""What a catalogue says of a product in words: its title, description, category, tags, reviews.

Each is a text of its own, cleaned and bounded (`youli.features.clean`). A list is joined by commas.
The labels of an attribute of several labels a product are its tags, unless they are mere numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from youli.data.shop import WORDS, Attribute, Catalogue
from youli.features.clean import cleaned, has_words

__all__ = ["FIELDS", "SPOKEN", "ProductTexts", "has_texts"]

#: Field → how much it counts in a product's vector. Measured on amazon_in (docs/experiments.md);
#: category and tags, which that could not measure, count as much as what is most like them.
FIELDS: dict[str, float] = {
    "title": 1.0,
    "description": 0.5,
    "category": 0.5,
    "tags": 0.2,
    "reviews": 0.2,
}
#: What a sentence may quote words of: what the shop itself says of the product.
SPOKEN = ("title", "description", "tags")
_COLUMNS = {
    "title": ("title",),
    "description": ("description",),
    "category": ("category",),
    "reviews": ("reviews", "review"),
}


@dataclass(frozen=True)
class ProductTexts:
    """The texts of the products of one catalogue, row by row or a field at a time."""

    catalogue: Catalogue

    def field(self, name: str) -> list[str]:
        """One of `FIELDS` for every product; empty where it has none."""
        n_items = len(self.catalogue)
        if name == "tags":
            return [_joined(self.tags, item) for item in range(n_items)]
        columns = [self.catalogue.table[one].to_pylist() for one in self._columns(name)]
        if not columns:
            return [""] * n_items
        return [_first(name, values) for values in zip(*columns, strict=True)]

    def of(self, item_num: int, name: str) -> str:
        """One of `FIELDS` of one product."""
        if name == "tags":
            return _joined(self.tags, item_num)
        table = self.catalogue.table
        return _first(name, [table[one][item_num].as_py() for one in self._columns(name)])

    def spoken(self, item_num: int) -> str:
        """All that the shop itself says of a product, a field a line."""
        return "\n".join(filter(None, (self.of(item_num, name) for name in SPOKEN)))

    def all_spoken(self) -> Iterator[str]:
        """The same for every product."""
        for texts in zip(*(self.field(name) for name in SPOKEN), strict=True):
            yield "\n".join(filter(None, texts))

    @cached_property
    def tags(self) -> tuple[Attribute, ...]:
        """Attributes of several labels a product, without words of titles and unnamed numbers."""
        known = {"title", "description", "category", "review", "reviews", WORDS}
        return tuple(
            one
            for one in self.catalogue.attributes
            if one.name not in known
            and len(one.codes) > np.count_nonzero(np.diff(one.indptr))
            and any(map(has_words, one.values))
        )

    def _columns(self, name: str) -> list[str]:
        return [one for one in _COLUMNS[name] if one in self.catalogue.table.column_names]


def has_texts(catalogue: Catalogue) -> bool:
    """Whether at least two products have a title or a description with words."""
    names = [one for one in ("title", "description") if one in catalogue.table.column_names]
    rows = zip(*(catalogue.table[name].to_pylist() for name in names), strict=True)
    with_words = (row for row in rows if any(cleaned(_text(value)) for value in row))
    return len(list(islice(with_words, 2))) == 2


def _first(name: str, values: Any) -> str:
    """The first value with words."""
    texts = (_text(value) for value in values)
    if name == "category":
        texts = (text.replace(" > ", ", ") for text in texts)
    return next(filter(None, map(cleaned, texts)), "")


def _text(value: Any) -> str:
    """A cell as text; the parts of a list one after another."""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if one is not None)
    return "" if value is None else str(value)


def _joined(attributes: Sequence[Attribute], item_num: int) -> str:
    return cleaned(", ".join(label for one in attributes for label in one.of(item_num)))
