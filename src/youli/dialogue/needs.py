"""What a need asks of the products: a mask over the catalogue, and what of it was applied.

A filter acts before the list is cut and is the same for every shopper, so entries still add up to
scores; what it leaves out is out for a named reason. Whatever cannot be checked in this catalogue
is said, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pyarrow as pa

from youli.data.filters import Compare
from youli.data.shop import Shop
from youli.dialogue.lexicon import word_meanings, words_for
from youli.dialogue.names import Names, normal
from youli.dialogue.types import Constraint, Need
from youli.types import BoolArray

__all__ = [
    "Chip",
    "Fitting",
    "chips_of",
    "colour_of",
    "fitting",
    "having",
    "merged",
    "query_of",
    "without",
]

#: Columns that tell a colour or a material, by what they are called.
_COLUMNS = {
    "colour": ("colour", "color", "base_colour", "basecolour", "颜色", "色彩"),
    "material": ("material", "materials", "fabric", "材质", "材料", "面料"),
}
#: "About" a price: so far from it, as a share.
_ABOUT = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a need that can be taken out again."""

    chip_id: str
    #: want, avoid, max, min, about, for, occasion, tone, words, sort.
    kind: str
    attribute: str
    value: str
    #: Whether it changed which products are listed.
    applied: bool


@dataclass(frozen=True, slots=True)
class Fitting:
    """The products that fit a need, bool [n_items], its parts, and forms to say beside."""

    mask: BoolArray
    chips: tuple[Chip, ...]
    notes: tuple[str, ...]


def query_of(need: Need, lang: str) -> str:
    """What of a need is searched for by words and meaning; empty where nothing is."""
    parts = [need.words]
    soft = (("tone", need.tones), ("for", (need.recipient,)), ("occasion", (need.occasion,)))
    for kind, values in soft:
        for value in values:
            words = words_for(kind, value) if value else ()
            parts += [word for word in words if word.isascii() != (lang == "zh")][:1]
    return " ".join(part for part in parts if part)


def chips_of(need: Need) -> list[Chip]:
    """Every part of a need, in the order in which it is shown."""
    found = [
        Chip(
            f"{'want' if one.wanted else 'avoid'}:{one.attribute}:{one.value}",
            "want" if one.wanted else "avoid",
            one.attribute,
            one.value,
            True,
        )
        for one in need.constraints
    ]
    currency = f" {need.currency}" if need.currency else ""
    limits = (("max", need.max_price), ("min", need.min_price), ("about", need.about_price))
    found += [
        Chip(kind, kind, "price", f"{amount.normalize():f}{currency}", True)
        for kind, amount in limits
        if amount is not None
    ]
    singles = (("for", need.recipient), ("occasion", need.occasion), ("sort", need.sort))
    found += [Chip(kind, kind, kind, value, True) for kind, value in singles if value]
    found += [Chip(f"tone:{tone}", "tone", "tone", tone, True) for tone in need.tones]
    if need.words:
        found.append(Chip("words", "words", "words", need.words, True))
    return found


def without(need: Need, chip_ids: Sequence[str]) -> Need:
    """The need without some of its parts; ids that it does not have change nothing."""
    gone = set(chip_ids)
    kept = tuple(
        one
        for one in need.constraints
        if f"{'want' if one.wanted else 'avoid'}:{one.attribute}:{one.value}" not in gone
    )
    need = replace(
        need, constraints=kept, tones=tuple(t for t in need.tones if f"tone:{t}" not in gone)
    )
    if "max" in gone:
        need = replace(need, max_price=None)
    if "min" in gone:
        need = replace(need, min_price=None)
    if "about" in gone:
        need = replace(need, about_price=None)
    if "for" in gone:
        need = replace(need, recipient=None)
    if "occasion" in gone:
        need = replace(need, occasion=None)
    if "sort" in gone:
        need = replace(need, sort=None)
    return replace(need, words="") if "words" in gone else need


def merged(before: Need, more: Need) -> Need:
    """A need after a further wish: "under 20" after "a red mug" narrows it, "a lamp" starts anew.

    What names a thing (a category, words, whom it is for) is a new need; anything else is added,
    and a new limit, or another value of one attribute, takes the place of the old.
    """
    names_a_thing = bool(more.words or more.recipient or more.occasion) or any(
        one.wanted and one.attribute.startswith("category") for one in more.constraints
    )
    if names_a_thing or not before:
        return more
    new = {one.attribute for one in more.constraints if one.wanted}
    kept = tuple(
        one
        for one in before.constraints
        if one not in more.constraints and not (one.wanted and one.attribute in new)
    )
    limits = (more.max_price, more.min_price, more.about_price)
    if any(limit is not None for limit in limits):
        before = replace(
            before, max_price=None, min_price=None, about_price=None, currency=more.currency
        )
    return replace(
        before,
        constraints=(*kept, *more.constraints),
        max_price=before.max_price if more.max_price is None else more.max_price,
        min_price=before.min_price if more.min_price is None else more.min_price,
        about_price=before.about_price if more.about_price is None else more.about_price,
        tones=tuple(dict.fromkeys((*before.tones, *more.tones))),
        sort=more.sort or before.sort,
    )


def fitting(need: Need, shop: Shop, names: Names) -> Fitting:
    """Which products fit a need, and what of the need could not be checked."""
    mask = np.ones(shop.interactions.n_items, dtype=bool)
    notes: list[str] = []
    not_applied: set[str] = set()
    mask &= _constraints(need.constraints, shop, names)
    if any(not one.wanted and one.attribute != "brand" for one in need.constraints):
        notes.append("unsaid/avoid")
    limited = need.max_price is not None or need.min_price is not None
    if limited or need.about_price is not None:
        note = _priced(need, shop)
        if isinstance(note, str):
            notes.append(note)
            not_applied |= {"max", "min", "about"}
        else:
            mask &= note
    chips = tuple(
        replace(one, applied=one.applied and one.chip_id not in not_applied)
        for one in chips_of(need)
    )
    return Fitting(mask, chips, tuple(notes))


def _constraints(constraints: Sequence[Constraint], shop: Shop, names: Names) -> BoolArray:
    """What all of them allow: of several wanted values of one attribute any will do."""
    mask = np.ones(shop.interactions.n_items, dtype=bool)
    wanted: dict[str, BoolArray] = {}
    for one in constraints:
        has = having(one, shop, names)
        if not one.wanted:
            mask &= ~has
        elif one.attribute in wanted:
            wanted[one.attribute] = wanted[one.attribute] | has
        else:
            wanted[one.attribute] = has
    for has in wanted.values():
        mask &= has
    return mask


def having(one: Constraint, shop: Shop, names: Names) -> BoolArray:
    """The products that have a value, whether it is wanted or not, bool [n_items]."""
    if one.attribute == "words":
        return names.saying(one.value.split())
    if one.attribute == "category":  # what is called so, in its category or its title
        named = Compare("category", "=", (one.value,)).mask(shop)
        return np.asarray(named | names.saying([one.value]))
    words = words_for(one.attribute, one.value)
    if not words:
        return Compare(one.attribute, "=", (one.value,)).mask(shop)
    found = names.saying(word for word in words if len(word) > 1)
    for column in _columns(shop, one.attribute):
        for word in words:
            found = found | Compare(column, "contains", (word,)).mask(shop)
    return found


def colour_of(item_num: int, shop: Shop) -> set[str]:
    """The colours that title and columns of a product say, as keys of the lexicon."""
    texts = [normal(shop.catalogue.titles[item_num])]
    for column in _columns(shop, "colour"):
        value = shop.catalogue.table[column][item_num].as_py()
        texts.append(normal(str(value or "")))
    return {
        meaning.key
        for text in texts
        for pattern, meaning in word_meanings()
        if meaning.kind == "colour" and pattern.search(text)
    }


def _columns(shop: Shop, kind: str) -> list[str]:
    table = shop.catalogue.table
    return [
        name
        for name in table.column_names
        if name.lower() in _COLUMNS.get(kind, ()) and pa.types.is_string(table[name].type)
    ]


def _priced(need: Need, shop: Shop) -> BoolArray | str:
    """What the limits allow, or the form that says why they are not applied."""
    price = shop.catalogue.price_minor
    if not np.isfinite(price).any():
        return "limit/no_prices"
    if need.currency is not None and need.currency != shop.currency:
        return "limit/currency"
    mask = np.isfinite(price)
    low, high = need.min_price, need.max_price
    if need.about_price is not None:
        low, high = need.about_price * (1 - _ABOUT), need.about_price * (1 + _ABOUT)
    with np.errstate(invalid="ignore"):  # unknown prices are NaN: no limit lets them in
        if low is not None:
            mask &= price >= float(low * shop.minor_per_major)
        if high is not None:
            mask &= price <= float(high * shop.minor_per_major)
    return mask
