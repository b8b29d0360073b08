"""A shop ready to learn from: events as arrays, the catalogue and the shoppers row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from youli.data.interactions import Interactions, encode
from youli.data.photos import Photos
from youli.data.schema import CURRENCY_EXPONENT, ITEM_COLUMNS
from youli.types import BoolArray, FloatArray, IntArray

__all__ = [
    "COLUMN_TYPES",
    "NUMBERS",
    "PRICE_BAND",
    "WORDS",
    "Attribute",
    "Catalogue",
    "Shop",
    "Shoppers",
    "build_shop",
]

#: Columns that describe a product to people but are no attribute to compare products by.
_NOT_COMPARED = frozenset({*ITEM_COLUMNS, "rating", "review", "reviews", "source_url"}) - {
    "category",
    "brand",
}
#: What a shop may say of a product beside its id, and how it is kept.
COLUMN_TYPES = {
    "title": pa.string(),
    "category": pa.string(),
    "brand": pa.string(),
    "price_minor": pa.int64(),
    "currency": pa.string(),
    "description": pa.string(),
    "image_url": pa.string(),
    "in_stock": pa.bool_(),
}
#: A change of these alone leaves everything that is said of products as it was.
NUMBERS = frozenset({"price_minor", "in_stock"})
_CATEGORY_SEPARATOR = " > "
_LABEL_SEPARATOR = "|"
_N_PRICE_BANDS = 5
#: The attribute made of the price.
PRICE_BAND = "price band"
#: The attribute made of the words of a title.
WORDS = "title words"
_WORD = re.compile(r"[^\W_]+")
#: A column with more distinct values than this share of its rows is a name, not an attribute.
_MOST_DISTINCT_SHARE = 0.5


@dataclass(frozen=True)
class Attribute:
    """One column of labels; a row has none (unknown), one, or several (genres, tags).

    Row r has the labels ``values[codes[indptr[r]:indptr[r + 1]]]``.
    """

    name: str
    values: tuple[str, ...]
    indptr: IntArray  # int32 [n_rows + 1]
    codes: IntArray  # int32 [n_labels]

    @classmethod
    def single(cls, name: str, values: tuple[str, ...], codes: IntArray) -> Attribute:
        """At most one label a row; `codes` is int32 [n_rows], -1 where it is unknown."""
        known = codes >= 0
        indptr = np.concatenate([[0], np.cumsum(known)]).astype(np.int32)
        return cls(name, values, indptr, codes[known].astype(np.int32))

    def of(self, row: int) -> tuple[str, ...]:
        """The labels of one row."""
        return tuple(
            self.values[code] for code in self.codes[self.indptr[row] : self.indptr[row + 1]]
        )

    @cached_property
    def first_code(self) -> IntArray:
        """The first label of each row, int32 [n_rows]; -1 where it is unknown."""
        known = np.diff(self.indptr) > 0
        first = np.full(len(known), -1, dtype=np.int32)
        first[known] = self.codes[self.indptr[:-1][known]]
        return first

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """1 where a row has a label, float64 CSR [n_rows, n_values]."""
        ones = np.ones(len(self.codes))
        shape = (len(self.indptr) - 1, len(self.values))
        return sparse.csr_matrix((ones, self.codes, self.indptr), shape=shape)


@dataclass(frozen=True)
class Catalogue:
    """The products, in `item_num` order."""

    table: pa.Table

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def titles(self) -> list[str]:
        """What to call each product: its title, else its id."""
        ids: list[str] = self.table["item_id"].to_pylist()
        if "title" not in self.table.column_names:
            return ids
        return [t or i for t, i in zip(self.table["title"].to_pylist(), ids, strict=True)]

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What upper rooms make of the table and want again, by name; it is not saved."""
        return {}

    @cached_property
    def price_minor(self) -> FloatArray:
        """Price of one unit in minor units, float64 [n_items]; NaN where unknown."""
        if "price_minor" not in self.table.column_names:
            return np.full(len(self), np.nan)
        return np.asarray(self.table["price_minor"].cast(pa.float64()).to_numpy())

    @cached_property
    def in_stock(self) -> BoolArray:
        """Whether each product can be had; true where the shop does not say."""
        if "in_stock" not in self.table.column_names:
            return np.ones(len(self), dtype=bool)
        known = pc.fill_null(self.table["in_stock"].cast(pa.bool_()), True)
        return np.asarray(known.to_numpy(), dtype=bool)

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """Columns to compare products by: every level of the category, brand, price band, more."""
        found: list[Attribute] = []
        for name in self.table.column_names:
            if name == "category":
                found.extend(_category_levels(self.table[name]))
            elif name not in _NOT_COMPARED:
                found.extend(_attribute(name, self.table[name]))
        if np.isfinite(self.price_minor).any():
            found.append(self.price_bands())
        if "title" in self.table.column_names:
            titles = self.table["title"].to_pylist()
            words = [sorted(set(_WORD.findall((title or "").lower()))) for title in titles]
            found.extend(_labels(WORDS, pa.chunked_array([pa.array(words, pa.list_(pa.string()))])))
        # A column that has the name of one we make stands for it: names tell attributes apart.
        return tuple({one.name: one for one in reversed(found)}.values())[::-1]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, or None."""
        return next((one for one in self.attributes if one.name == name), None)

    def changed(self, columns: Mapping[str, Mapping[int, Any]]) -> Catalogue:
        """The same products with other values: column → `item_num` → value.

        Products are compared by the attributes that were learned, whatever a changed column says:
        those belong to the fit. Raises `KeyError` for a column that no catalogue has.
        """
        after = Catalogue(self.with_columns(columns))
        after.__dict__["attributes"] = self.attributes
        after.__dict__["attributes_of_category"] = self.attributes_of_category
        if columns.keys() <= NUMBERS:  # what is made of words is then as it was
            after.__dict__["titles"] = self.titles
            after.__dict__["kept"] = self.kept
        return after

    def with_columns(self, columns: Mapping[str, Mapping[int, Any]]) -> pa.Table:
        """The table with other values in some rows, as `changed` takes them."""
        table = self.table
        for name, values in columns.items():
            kind = COLUMN_TYPES[name]
            if name in table.column_names:
                place = table.column_names.index(name)
                old = table[name].cast(kind).combine_chunks()
            else:
                place, old = table.num_columns, pa.nulls(len(self), kind)
            rows = sorted(values)
            mask = np.zeros(len(self), dtype=bool)
            mask[rows] = True
            new = pa.array([values[row] for row in rows], kind)
            column = pc.replace_with_mask(old, pa.array(mask), new)
            if place == table.num_columns:
                table = table.append_column(name, column)
            else:
                table = table.set_column(place, name, column)
        return table

    def price_bands(self) -> Attribute:
        """Quintiles of the price within the finest category level, as words from low to high."""
        levels = [a for a in self.attributes_of_category if a.values]
        group = levels[-1].first_code if levels else np.zeros(len(self), dtype=np.int32)
        return Attribute.single(
            PRICE_BAND,
            ("lowest", "low", "middle", "high", "highest"),
            _quintiles_within(self.price_minor, group),
        )

    @cached_property
    def attributes_of_category(self) -> tuple[Attribute, ...]:
        """The levels of the category path, coarse to fine."""
        if "category" not in self.table.column_names:
            return ()
        return tuple(_category_levels(self.table["category"]))


@dataclass(frozen=True)
class Shoppers:
    """What the shop knows of its shoppers beside their events, in `user_num` order."""

    table: pa.Table

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every column but the id."""
        names = [n for n in self.table.column_names if n != "user_id"]
        return tuple(a for n in names for a in _categorical(n, self.table[n]))

    def of(self, user_num: int) -> dict[str, str]:
        """Attribute name → value of one shopper, unknown ones left out."""
        return {a.name: labels[0] for a in self.attributes if (labels := a.of(user_num))}


@dataclass(frozen=True)
class Shop:
    """Everything that is learned from and talked about."""

    interactions: Interactions
    catalogue: Catalogue
    shoppers: Shoppers
    currency: str = "USD"
    data_hash: str = ""
    simulated: bool = False
    #: What it deals in: decides what its people and things are called.
    scene: str = "retail"
    #: What is known of the products' photos, where the shop asked for it.
    photos: Photos | None = None

    @cached_property
    def data_until(self) -> datetime:
        """Time of the last event, UTC."""
        stamps = self.interactions.timestamp
        return datetime.fromtimestamp(int(stamps.max()) if len(stamps) else 0, UTC)

    @property
    def minor_per_major(self) -> int:
        """How many minor units make one of the currency (100 pence a pound)."""
        return int(10 ** CURRENCY_EXPONENT.get(self.currency, 2))

    def select(self, keep: BoolArray) -> Shop:
        """The same shop with only some of its events."""
        return replace(self, interactions=self.interactions.select(keep))


def build_shop(
    events: pa.Table,
    items: pa.Table | None = None,
    users: pa.Table | None = None,
    *,
    currency: str = "USD",
    data_hash: str = "",
    simulated: bool = False,
    scene: str = "retail",
    timed: bool = True,
) -> Shop:
    """Put canonical tables (`youli.data.schema`) into row order.

    Products of the catalogue without an event are kept; shoppers without an event are not.
    """
    extra = items["item_id"].to_pylist() if items is not None else ()
    interactions = encode(events, extra_items=extra, timed=timed)
    return Shop(
        interactions=interactions,
        catalogue=Catalogue(_aligned(items, "item_id", interactions.items.ids)),
        shoppers=Shoppers(_aligned(users, "user_id", interactions.users.ids)),
        currency=currency,
        data_hash=data_hash,
        simulated=simulated,
        scene=scene,
    )


def _aligned(table: pa.Table | None, key: str, ids: tuple[str, ...]) -> pa.Table:
    """Rows in the order of `ids`; null where the table has no such row."""
    keys = pa.array(ids, type=pa.string())
    if table is None:
        return pa.table({key: keys})
    rows = pc.index_in(keys, value_set=table[key].combine_chunks())
    return table.take(rows).set_column(table.column_names.index(key), key, keys)


def _attribute(name: str, column: pa.ChunkedArray) -> list[Attribute]:
    """A column of lists, or of texts such as "Action|Comedy", has several labels a row."""
    if pa.types.is_list(column.type):
        return _labels(name, column)
    text = column.cast(pa.string())
    if pc.any(pc.match_substring(text, _LABEL_SEPARATOR)).as_py():
        return _labels(name, pc.split_pattern(text, _LABEL_SEPARATOR))
    return _categorical(name, column)


def _categorical(name: str, column: pa.ChunkedArray) -> list[Attribute]:
    """One attribute, or none where the column is empty, constant or a name for each row."""
    text = column.cast(pa.string())
    encoded = pc.dictionary_encode(text).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    values = tuple(encoded.dictionary.to_pylist())
    known = len(column) - column.null_count
    if len(values) < 2 or len(values) > max(50, known * _MOST_DISTINCT_SHARE):
        return []
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    return [Attribute.single(name, values, codes)]


def _labels(name: str, column: pa.ChunkedArray) -> list[Attribute]:
    """One attribute of several labels a row, or none where every list is empty."""
    lists = column.combine_chunks()
    lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
    labels, row = lists.flatten().cast(pa.string()), pc.list_parent_indices(lists)
    known = pc.is_valid(labels)  # a list may hold nulls
    labels, row = labels.filter(known), row.filter(known)
    if len(labels) == 0:
        return []
    encoded = pc.dictionary_encode(labels)
    n_labels = np.bincount(row.to_numpy(), minlength=len(lists))
    return [
        Attribute(
            name,
            tuple(encoded.dictionary.to_pylist()),
            np.concatenate([[0], np.cumsum(n_labels)]).astype(np.int32),
            encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32),
        )
    ]


def _category_levels(column: pa.ChunkedArray) -> list[Attribute]:
    """Split "a > b > c" into one attribute a level; a value names its whole path."""
    paths = [[] if path is None else path.split(_CATEGORY_SEPARATOR) for path in column.to_pylist()]
    depth = max((len(path) for path in paths), default=0)
    levels = []
    for level in range(1, depth + 1):
        texts = [
            _CATEGORY_SEPARATOR.join(path[:level]) if len(path) >= level else None for path in paths
        ]
        name = "category" if depth == 1 else f"category {level}"
        levels.extend(_categorical(name, pa.chunked_array([pa.array(texts, pa.string())])))
    return levels


def _quintiles_within(price: FloatArray, group: IntArray) -> IntArray:
    """Fifth of the price order inside each group, int32 [n]; -1 where the price is unknown."""
    bands = np.full(len(price), -1, dtype=np.int32)
    known = np.flatnonzero(np.isfinite(price))
    order = known[np.lexsort((price[known], group[known]))]
    groups, start, counts = np.unique(group[order], return_index=True, return_counts=True)
    del groups
    position = np.arange(len(order)) - np.repeat(start, counts)
    share = position / np.maximum(np.repeat(counts, counts), 1)
    bands[order] = np.minimum((share * _N_PRICE_BANDS).astype(np.int32), _N_PRICE_BANDS - 1)
    return bands
