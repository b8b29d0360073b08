"""The columns of a catalogue in the form that comparisons want; made once a catalogue and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from youli.data.shop import Attribute, Shop
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["CategoryColumn", "Column", "LabelColumn", "NumberColumn", "column_of"]

_KEPT = "columns to compare"
_CATEGORY_SEPARATOR = " > "
_LABEL_SEPARATOR = "|"


@dataclass(frozen=True)
class NumberColumn:
    """Numbers, or yes and no as 1 and 0; float64 [n_items] with NaN where unknown."""

    numbers: FloatArray
    is_yes_no: bool = False

    @property
    def known(self) -> BoolArray:
        """Where there is a number, bool [n_items]."""
        return np.isfinite(self.numbers)


@dataclass(frozen=True)
class LabelColumn:
    """Texts; a product has none, one or several. ``row`` and ``code`` are int32 [n_labels]."""

    n_rows: int
    values: tuple[str, ...]
    row: IntArray
    code: IntArray

    @cached_property
    def known(self) -> BoolArray:
        """Where there is a text, bool [n_items]."""
        return self._rows(np.ones(len(self.values), dtype=bool))

    @cached_property
    def numbers(self) -> FloatArray | None:
        """The texts as numbers where every product has one and all of them are; else None."""
        if len(np.unique(self.row)) < len(self.row) or not len(self.row):
            return None
        try:
            values = np.array([float(value) for value in self.values])
        except ValueError:
            return None
        found = np.full(self.n_rows, np.nan)
        found[self.row] = values[self.code]
        return found if np.isfinite(values).all() else None

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(value.casefold() for value in self.values)

    def equal(self, text: str) -> BoolArray:
        """Where one of the texts is this one, bool [n_items]."""
        return self._where(text.casefold().__eq__)

    def containing(self, text: str) -> BoolArray:
        """Where this is in one of the texts, bool [n_items]."""
        part = text.casefold()
        return self._where(lambda value: part in value)

    def _where(self, test: Callable[[str], bool]) -> BoolArray:
        return self._rows(np.array([test(value) for value in self._folded], dtype=bool))

    def _rows(self, wanted: BoolArray) -> BoolArray:
        found = np.zeros(self.n_rows, dtype=bool)
        if len(wanted):
            found[self.row[wanted[self.code]]] = True
        return found


class CategoryColumn(LabelColumn):
    """Paths such as "a > b > c": equal to each start of the path and to the name of each level."""

    def equal(self, text: str) -> BoolArray:
        """Where the path starts with this one, or has a level of this name, bool [n_items]."""
        wanted = text.casefold()
        start = wanted + _CATEGORY_SEPARATOR
        return self._where(
            lambda path: (
                path == wanted
                or path.startswith(start)
                or wanted in path.split(_CATEGORY_SEPARATOR)
            )
        )


Column: TypeAlias = NumberColumn | LabelColumn | CategoryColumn


def column_of(shop: Shop, name: str) -> Column | None:
    """A column of the catalogue, the price in major units, or an attribute made of columns.

    None where there is none of that name.
    """
    kept: dict[str, Column | None] = shop.catalogue.kept.setdefault(_KEPT, {})
    if name not in kept:
        found = _made(shop, name)
        if found is None:  # what is asked for is the caller's to choose: keep only what there is
            return None
        kept[name] = found
    return kept[name]


def _made(shop: Shop, name: str) -> Column | None:
    catalogue = shop.catalogue
    if name == "price":
        price = catalogue.price_minor / shop.minor_per_major
        return NumberColumn(price) if np.isfinite(price).any() else None
    if name == "in_stock":
        return NumberColumn(catalogue.in_stock.astype(np.float64), is_yes_no=True)
    if name in catalogue.table.column_names:
        return _of_table(name, catalogue.table[name])
    attribute = catalogue.attribute(name)
    return None if attribute is None else _of_attribute(attribute)


def _of_attribute(attribute: Attribute) -> LabelColumn:
    n_rows = len(attribute.indptr) - 1
    row = np.repeat(np.arange(n_rows, dtype=np.int32), np.diff(attribute.indptr))
    return LabelColumn(n_rows, attribute.values, row, attribute.codes)


def _of_table(name: str, column: pa.ChunkedArray) -> Column:
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = np.array(
            [np.nan if one is None else float(one) for one in column.to_pylist()], dtype=np.float64
        )
        return NumberColumn(numbers, is_yes_no=pa.types.is_boolean(kind))
    if pa.types.is_list(kind):
        lists: Sequence[Sequence[Any] | None] = column.to_pylist()
        return _labelled(LabelColumn, [one or () for one in lists])
    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    if name == "category":
        return _labelled(CategoryColumn, [() if one is None else (one,) for one in texts])
    free = name in ("item_id", "title", "description")  # a bar in a title parts nothing
    return _labelled(
        LabelColumn,
        [
            () if one is None else (one,) if free else tuple(one.split(_LABEL_SEPARATOR))
            for one in texts
        ],
    )


def _labelled(kind: type[LabelColumn], lists: Sequence[Sequence[Any]]) -> LabelColumn:
    """Number the distinct texts of all rows."""
    number: dict[str, int] = {}
    row: list[int] = []
    code: list[int] = []
    for at, labels in enumerate(lists):
        for label in labels:
            if label is not None:
                row.append(at)
                code.append(number.setdefault(str(label), len(number)))
    rows, codes = np.array(row, dtype=np.int32), np.array(code, dtype=np.int32)
    return kind(len(lists), tuple(number), rows, codes)
