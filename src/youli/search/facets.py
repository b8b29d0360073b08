"""What the found products have in common: values with counts, and the filter that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from youli.data.columns import LabelColumn, column_of
from youli.data.shop import PRICE_BAND, WORDS, Shop
from youli.errors import InputError
from youli.types import BoolArray

__all__ = ["MOST_FACETS", "Facet", "FacetValue", "facet_names", "facets_of"]

#: Facets of one answer, and values of one facet.
MOST_FACETS, _MOST_VALUES = 10, 20


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value, how many of the found products have it, and the filter for them.

    `filter` is None where the value cannot be written as one (it holds both kinds of quotes).
    """

    value: str
    count: int
    filter: str | None


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one column, most frequent first; `n_values` counts those left out as well."""

    name: str
    values: tuple[FacetValue, ...]
    n_values: int


def facet_names(shop: Shop) -> tuple[str, ...]:
    """What products can be counted by: whole categories, and attributes but words of titles."""
    names = [one.name for one in shop.catalogue.attributes if one.name != WORDS]
    whole = ["category"] if "category" in shop.catalogue.table.column_names else []
    return tuple(dict.fromkeys(whole + names))


def facets_of(shop: Shop, names: Sequence[str], found: BoolArray) -> tuple[Facet, ...]:
    """The facets of some products, bool [n_items].

    Raises `InputError` for a name that is no attribute, and for more than `MOST_FACETS`.
    """
    if len(names) > MOST_FACETS:
        raise InputError(
            f"more than {MOST_FACETS} facets", value=len(names), hint="ask for fewer at once"
        )
    return tuple(_facet(shop, name, found) for name in dict.fromkeys(names))


def _facet(shop: Shop, name: str, found: BoolArray) -> Facet:
    column = column_of(shop, name) if name in facet_names(shop) else None
    if not isinstance(column, LabelColumn):
        raise InputError(
            f"products cannot be counted by {name!r}",
            value=name,
            hint=f"facets are {', '.join(facet_names(shop)) or 'none: there are no attributes'}",
        )
    counts = np.bincount(column.code[found[column.row]], minlength=len(column.values))
    having = np.flatnonzero(counts)
    order = having[np.argsort(-counts[having], kind="stable")]
    if name == PRICE_BAND:
        order = having  # from low to high
    values = [(column.values[one], int(counts[one])) for one in order[:_MOST_VALUES].tolist()]
    return Facet(
        name,
        tuple(FacetValue(value, count, _filter(name, value)) for value, count in values),
        len(having),
    )


def _filter(name: str, value: str) -> str | None:
    """The comparison that keeps the products of one value."""
    if "`" in name or ('"' in value and "'" in value):
        return None
    quote = "'" if '"' in value else '"'
    return f"`{name}` = {quote}{value}{quote}"
