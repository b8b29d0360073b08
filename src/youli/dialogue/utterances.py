"""Utterances with what they mean, as they stand in files: to learn from, and to measure by.

A file is a table of ``text``, ``intent`` and ``slots``; slots are ``name=value`` pairs such as
``item=h07; max=20 GBP; avoid=material:glass``. A catalogue beside it (CSV) has the products.

========== =====================================================================
slot       value
========== =====================================================================
item       an item id, ``#2`` for a place (``#-1`` the last), ``this`` for a pronoun
want       ``attribute:value``: a colour, material, brand, category
avoid      likewise, refused; ``words:…`` for words that nobody knows
max … min  an amount and the currency where one was said; also ``about``
for        whom for; ``occasion`` and ``tone`` likewise, keys of the lexicon
sort       cheap, popular, new
words      what is left to search for
all        ``yes``: everything is meant
========== =====================================================================
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

import pyarrow as pa

from youli.data.shop import Catalogue
from youli.dialogue.intents import ExampleModel
from youli.dialogue.names import Names
from youli.dialogue.reading import read_text
from youli.dialogue.types import Intent, ItemRef, RefKind, Understood
from youli.dialogue.understand import masked
from youli.features.base import Encoder

__all__ = [
    "EXAMPLES",
    "HELD_OUT",
    "SETS",
    "Utterance",
    "UtteranceSet",
    "fit_examples",
    "load_set",
    "same_products",
    "slots_of",
]

#: Folder of the utterances that the examples' model learns from, and of those it never sees.
EXAMPLES, HELD_OUT = ("youli.dialogue", "examples"), ("youli.testing", "utterances")
#: Set → the catalogue that it speaks of.
SETS = {"en": "en", "zh": "zh", "mixed": "en"}
#: Strength of the ridge of the examples' model.
_RIDGE = 0.3


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance and what it means."""

    text: str
    intent: Intent
    slots: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class UtteranceSet:
    """Utterances about one catalogue."""

    name: str
    utterances: tuple[Utterance, ...]
    catalogue: Catalogue


def load_set(where: tuple[str, str], name: str) -> UtteranceSet:
    """One of `SETS`, from `EXAMPLES` or `HELD_OUT`."""
    package, folder = where
    prefix = "held_out_" if where == HELD_OUT else ""
    root = files(package).joinpath(folder)
    text = root.joinpath(f"{prefix}{name}.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    utterances = tuple(
        Utterance(row["text"], Intent(row["intent"]), _slots(row["slots"])) for row in rows
    )
    products = root.joinpath(f"{prefix}{SETS[name]}.csv").read_text(encoding="utf-8")
    return UtteranceSet(name, utterances, _catalogue(products))


def _slots(text: str | None) -> frozenset[tuple[str, str]]:
    pairs = (part.partition("=") for part in (text or "").split(";") if part.strip())
    return frozenset((name.strip(), _same_words(name.strip(), value)) for name, _, value in pairs)


def _same_words(name: str, value: str) -> str:
    """Words are compared without the blanks between them: Chinese has none."""
    bare = value.strip()
    is_words = name == "words" or bare.startswith("words:")
    return bare.replace(" ", "") if is_words else bare


def _catalogue(text: str) -> Catalogue:
    rows = list(csv.DictReader(io.StringIO(text)))
    names = [name for name in rows[0] if name != "price"]
    table = pa.table(
        {
            **{name: pa.array([row[name] or None for row in rows], pa.string()) for name in names},
            "price_minor": pa.array([int(Decimal(row["price"]) * 100) for row in rows], pa.int64()),
        }
    )
    return Catalogue(table)


def slots_of(found: Understood, catalogue: Catalogue) -> frozenset[tuple[str, str]]:
    """What was understood, written as slots."""
    need = found.need
    pairs = {("item", _written(ref, catalogue)) for ref in found.refs}
    for one in need.constraints:
        attribute = "category" if one.attribute.startswith("category") else one.attribute
        value = one.value.rsplit(" > ", 1)[-1]
        pair = f"{attribute}:{value}"
        name = "want" if one.wanted else "avoid"
        pairs.add((name, _same_words(name, pair)))
    currency = f" {need.currency}" if need.currency else ""
    for name, amount in (
        ("max", need.max_price),
        ("min", need.min_price),
        ("about", need.about_price),
    ):
        if amount is not None:
            pairs.add((name, f"{amount.normalize():f}{currency}"))
    for name, value_of in (
        ("for", need.recipient),
        ("occasion", need.occasion),
        ("sort", need.sort),
    ):
        if value_of:
            pairs.add((name, value_of))
    pairs |= {("tone", tone) for tone in need.tones}
    if need.words:
        pairs.add(("words", _same_words("words", need.words)))
    if found.all:
        pairs.add(("all", "yes"))
    return frozenset(pairs)


def same_products(
    slots: frozenset[tuple[str, str]], intent: Intent, catalogue: Catalogue
) -> frozenset[tuple[str, str]]:
    """Slots with a category of one product written as that product, where products are meant.

    "No more alarm clocks" and "not the alarm clock" point at one product where there is one alarm
    clock: either is right.
    """
    if intent is Intent.FIND:
        return slots
    return frozenset(
        ("item", _only(value, catalogue) or value)
        if value.startswith("category:") and _only(value, catalogue)
        else (name, value)
        for name, value in slots
    )


def _only(value: str, catalogue: Catalogue) -> str | None:
    """Id of the one product of a category; None where there are more."""
    name = value.removeprefix("category:")
    paths = catalogue.table["category"].to_pylist()
    rows = [row for row, path in enumerate(paths) if name in path.split(" > ")]
    return catalogue.table["item_id"][rows[0]].as_py() if len(rows) == 1 else None


def _written(ref: ItemRef, catalogue: Catalogue) -> str:
    if ref.kind is RefKind.PLACE:
        return f"#{ref.place}"
    if ref.kind is RefKind.THIS:
        return "this"
    ids = catalogue.table["item_id"].to_pylist()
    return "|".join(ids[num] for num in ref.item_nums)


def fit_examples(encoder: Encoder, sets: Sequence[UtteranceSet] | None = None) -> ExampleModel:
    """The model of the examples that come with Youli, or of the given ones."""
    texts, intents = [], []
    for one in _examples() if sets is None else sets:
        names = Names(one.catalogue)
        for utterance in one.utterances:
            texts.append(masked(read_text(utterance.text, names), "said"))
            intents.append(utterance.intent)
    return ExampleModel.fit(texts, intents, encoder, ridge=_RIDGE)


@lru_cache(maxsize=1)
def _examples() -> tuple[UtteranceSet, ...]:
    return tuple(load_set(EXAMPLES, name) for name in SETS)
