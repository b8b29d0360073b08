"""What a query gives products, as channels of the ranker: so a search score is a ledger as well.

    score(q, u, i) = Σ_f Σ_w weight_f · BM25_f(w, i)               channel `match`, entry by entry
                   + weight · max(0, (cos(q, i) − c) / (1 − c))    channel `meaning`
                   + personal · (the shopper's own entries for i)

No entry depends on another word or event. To take a word out is to search without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from youli.channels.base import Addends, Coefficients
from youli.channels.item import ItemChannel
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.search.index import SearchIndex
from youli.search.query import Query
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["MatchChannel", "MeaningChannel"]


class _QueryChannel(ItemChannel):
    """Speaks of one query: it is made for each search, learns nothing and is never saved."""

    evidence: ClassVar[EvidenceKind] = EvidenceKind.QUERY
    signed: ClassVar[bool] = False

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """There is nothing to learn."""
        raise TypeError(f"{cls.name} belongs to a query, not to a shop")

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """There is nothing to read back."""
        raise KeyError(f"{cls.name} belongs to a query, not to a shop")


class MatchChannel(_QueryChannel):
    """Says a word of the query; a basis for each field."""

    name: ClassVar[str] = "match"

    def __init__(self, index: SearchIndex, query: Query) -> None:
        self._fields = tuple(index.postings)
        self._words = query.words
        self._n_items = index.n_items
        #: Field, word, products, amounts; what is empty is left out.
        self._parts = [
            (at, number, *found)
            for at, field in enumerate(self._fields)
            for number, word in enumerate(query.words)
            if len((found := index.postings[field].of(word.term))[0])
        ]

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return self._n_items

    @property
    def basis_names(self) -> tuple[str, ...]:
        """The fields."""
        return self._fields

    @cached_property
    def values(self) -> FloatArray:  # type: ignore[override] # made when asked for, not given
        """The sum of each field, float64 [n_fields, n_items]."""
        return self.bases(ShopperState(""), np.arange(self._n_items, dtype=np.int32))

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """The same for every shopper, float64 [n_items]; None where no product says a word."""
        if not self._parts or not coefficients.any():
            return None
        total = np.zeros(self._n_items)
        for field, _, item, amount in self._parts:
            total[item] += coefficients[field] * amount  # a product stands once among a word's
        return total

    def some(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> FloatArray | None:
        """Some products' values of `score`, float64 [len(item_nums)]."""
        if not self._parts or not coefficients.any():
            return None
        total = np.zeros(len(item_nums))
        for field, _, item, amount in self._parts:
            target, at = _met(item, item_nums)
            total[target] += coefficients[field] * amount[at]
        return total

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """The sum of each field, float64 [n_fields, len(item_nums)]."""
        values = np.zeros((len(self._fields), len(item_nums)))
        for field, _, item, amount in self._parts:
            target, at = _met(item, item_nums)
            values[field, target] += amount[at]
        return values

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each word that a field of a product says."""
        parts: list[tuple[IntArray, IntArray, FloatArray]] = []
        for field, word, item, amount in self._parts:
            if coefficients[field]:
                target, at = _met(item, item_nums)
                label = np.full(len(target), field * len(self._words) + word)
                parts.append((target, label, coefficients[field] * amount[at]))
        if not parts:
            return Addends.none()
        target, label, given = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Addends(target, np.full(len(target), -1), label, given.astype(np.float64))

    def label(self, number: int) -> tuple[str, str]:
        """The field and the word of a part."""
        field, word = divmod(number, len(self._words))
        return self._fields[field], self._words[word].word


def _met(item: IntArray, item_nums: IntArray) -> tuple[IntArray, IntArray]:
    """Which of some products are among `item` (sorted, not empty), and where there."""
    at = np.minimum(np.searchsorted(item, item_nums), len(item) - 1)
    target = np.flatnonzero(item[at] == item_nums)
    return target, at[target]


class MeaningChannel(_QueryChannel):
    """Means about what the query means."""

    name: ClassVar[str] = "meaning"
    facts: ClassVar[tuple[str, ...]] = ("likeness",)

    def __init__(self, index: SearchIndex, query: Query, least_cosine: float) -> None:
        if query.vector is None:
            self.cosine: FloatArray = np.zeros(index.n_items)
        else:
            self.cosine = index.meanings.cosines(query.vector).astype(np.float64)
        likeness = np.maximum(0.0, (self.cosine - least_cosine) / (1.0 - least_cosine))
        super().__init__(likeness[None, :])
