"""How a query that is being typed may go on: words of the catalogue, brands and categories."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import reduce

import numpy as np

from youli.data.shop import Attribute, Shop
from youli.search.index import SearchIndex
from youli.search.words import segment, spots, stem
from youli.types import IntArray

__all__ = ["Suggester", "Suggestion"]

#: Words that go on as typed, most said first, of which the best are kept.
_N_TRIED = 60
_CATEGORY_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A whole query, what it completes (`word`, `brand`, `category`), and how many products it
    is said by.
    """

    text: str
    kind: str
    n_items: int


class Suggester:
    """Completes queries of one shop."""

    def __init__(self, shop: Shop, index: SearchIndex) -> None:
        self._index = index
        self._names = sorted(
            {
                (value.rsplit(_CATEGORY_SEPARATOR, 1)[-1], kind, int(count))
                for kind, attribute in _named(shop)
                for value, count in zip(
                    attribute.values,
                    np.bincount(attribute.codes, minlength=len(attribute.values)).tolist(),
                    strict=True,
                )
            },
            key=lambda one: (-one[2], one[0]),
        )

    def suggest(self, text: str, k: int) -> tuple[Suggestion, ...]:
        """The best `k` ways on, most products first; none for a text without a word."""
        line = " ".join(text.split()).lower()
        places = spots(
            line, lambda run: segment(run, self._index.number.__contains__) or [(run, 0)]
        )
        if not places or len(line) > places[-1].end:
            return ()
        *before, last = places
        names = [
            Suggestion(name, kind, count)
            for name, kind, count in self._names
            if name.lower().startswith(line)
        ][: max(1, k // 2)]
        taken = {one.text.lower() for one in names}
        words = [
            Suggestion(line[: last.start] + word, "word", count)
            for word, count in self._completions([one.word for one in before], last.word)
            if line[: last.start] + word not in taken
        ]
        return tuple([*names, *words][:k])

    def _completions(self, before: list[str], start: str) -> list[tuple[str, int]]:
        """Words that start so, by how many products say them and all the words before."""
        surfaces = self._index.surfaces
        first = bisect_left(surfaces, start)
        last = bisect_left(surfaces, start + "\U0010ffff")
        tried = first + np.argsort(-self._index.n_saying[first:last], kind="stable")[:_N_TRIED]
        with_before = self._saying_all(before)
        found = []
        for at in tried.tolist():
            count = int(self._index.n_saying[at])
            if with_before is not None:
                mine = self._saying(surfaces[at])
                count = len(np.intersect1d(mine, with_before, assume_unique=True))
            if count:
                found.append((surfaces[at], count))
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def _saying_all(self, words: list[str]) -> IntArray | None:
        """The products that say every one of some words; None where there is no word."""
        if not words:
            return None
        return reduce(
            lambda one, other: np.intersect1d(one, other, assume_unique=True),
            map(self._saying, words),
        )

    def _saying(self, word: str) -> IntArray:
        """The products that say a word in some field, int32 sorted."""
        term = self._index.number.get(stem(word))
        if term is None:
            return np.zeros(0, dtype=np.int32)
        parts = [one.of(term)[0] for one in self._index.postings.values()]
        return np.unique(np.concatenate(parts))


def _named(shop: Shop) -> list[tuple[str, Attribute]]:
    catalogue = shop.catalogue
    brand = catalogue.attribute("brand")
    named: list[tuple[str, Attribute]] = [
        ("category", one) for one in catalogue.attributes_of_category
    ]
    return named if brand is None else [*named, ("brand", brand)]
