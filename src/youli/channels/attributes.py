"""What a candidate has in common with past products: category, brand, size, price band, tags.

    amount(u, i) = Σ_j w_j · Σ_v s_f(v) · A[j, v] · A[i, v]

A[i, v] = idf(v)^½ / √(labels of i in f) where product i has label v of attribute f, so that
sharing a rare label says more than sharing a common one. The sum over j is the shopper's profile
of labels; the sum over v lets a product nobody has bought yet be scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.base import Addends, Arrays, Bound, Coefficients, Needs
from youli.channels.kernel import decayed, decays, rows_of
from youli.channels.labels import names_from_array, names_to_array
from youli.data.shop import Attribute, Shop
from youli.data.state import ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["AttributesChannel"]

#: A bound is raised by this factor: the table's values are rounded to float32.
_ROUNDING = 1.0 + 1e-6


class AttributesChannel:
    """B shares an attribute with A."""

    name: ClassVar[str] = "attributes"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.ITEM_ATTRIBUTES})
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ATTRIBUTE
    signed: ClassVar[bool] = False
    taus: ClassVar[tuple[float, ...]] = (2.0, float("inf"))

    def __init__(
        self, table: sparse.csr_matrix, attribute_of: IntArray, names: tuple[tuple[str, str], ...]
    ) -> None:
        self.table = table  # float32 CSR [n_items, n_labels], weighted as in the module's formula
        self.attribute_of = attribute_of  # int32 [n_labels] → attribute
        self.names = names  # attribute name and value of each label

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return int(self.table.shape[0])

    @cached_property
    def basis_names(self) -> tuple[str, ...]:
        """Attribute × time constant."""
        attributes = dict.fromkeys(name for name, _ in self.names)
        return tuple(f"{name} tau={tau:g}" for name in attributes for tau in self.taus)

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Weigh the labels of the catalogue; nothing depends on the events."""
        del coefficients
        tables, attribute_of = [], []
        names: list[tuple[str, str]] = []
        for number, attribute in enumerate(shop.catalogue.attributes):
            tables.append(_weighted(attribute))
            attribute_of.append(np.full(len(attribute.values), number, dtype=np.int32))
            names.extend((attribute.name, value) for value in attribute.values)
        table = sparse.hstack(tables, format="csr", dtype=np.float32)
        return cls(table, np.concatenate(attribute_of), tuple(names))

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None without a history."""
        profile = self._profile(state, coefficients)
        return None if profile is None else self._given(profile, None)

    def bounded(self, state: ShopperState, coefficients: Coefficients) -> Bound | None:
        """The shopper's profile, each attribute at the labels that it speaks most for.

        A product with n labels of an attribute shares n of them at most, each over the root of n.
        """
        profile = self._profile(state, coefficients)
        if profile is None:
            return None
        most = sum(_most(values * column.weight, column.n_most) for column, values in profile)
        return Bound(most, lambda item_nums: self._given(profile, item_nums))

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each attribute × time constant, float64 [n_bases, len(item_nums)]."""
        n_attributes = int(self.attribute_of.max()) + 1
        if state.n_rows == 0:
            return np.zeros((n_attributes * len(self.taus), len(item_nums)))
        items, _ = state.distinct_items
        profile = (decays(state, self.taus) @ state.by_distinct) @ self.table[items]
        targets = self.table[item_nums]
        amounts = []
        for attribute in range(n_attributes):
            mine = self.attribute_of == attribute
            amounts.append((targets[:, mine] @ np.asarray(profile)[:, mine].T).T)
        return np.concatenate(amounts)

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each past product and label it shares with a candidate."""
        if state.n_rows == 0 or not coefficients.any():
            return Addends.none()
        items, _ = state.distinct_items
        label, mine, n_each = rows_of(self.table, items)
        order = np.argsort(label, kind="stable")  # by label, past products in their order
        label, mine = label[order], mine[order]
        past = np.repeat(np.arange(len(items)), n_each)[order]
        theirs, value, n_each = rows_of(self.table, np.asarray(item_nums))
        first = np.searchsorted(label, theirs)
        n_shared = np.searchsorted(label, theirs, side="right") - first
        pair = np.repeat(np.arange(len(theirs)), n_shared)  # of a target and a label of its own
        at = np.arange(len(pair)) + np.repeat(first - (np.cumsum(n_shared) - n_shared), n_shared)
        weights = self._attribute_weights(state, coefficients)[
            self.attribute_of[label[at]], past[at]
        ]
        amount = mine[at].astype(np.float64) * value[pair] * weights
        target = np.repeat(np.arange(len(item_nums)), n_each)[pair]
        return Addends(target, past[at], label[at], amount)

    @cached_property
    def _columns(self) -> list[_Columns]:
        """Each attribute's columns of the table."""
        first = np.searchsorted(self.attribute_of, np.arange(int(self.attribute_of.max()) + 2))
        return [
            _columns(self.table[:, start:stop].tocsr(), int(start))
            for start, stop in pairwise(first)
        ]

    def _profile(
        self, state: ShopperState, coefficients: Coefficients
    ) -> list[tuple[_Columns, FloatArray]] | None:
        """The attributes that weigh anything, each with the weights of its labels."""
        if state.n_rows == 0 or not coefficients.any():
            return None
        weights = self._label_weights(state, coefficients)
        used = np.flatnonzero(coefficients.reshape(-1, len(self.taus)).any(axis=1))
        columns = [self._columns[attribute] for attribute in used.tolist()]
        return [(one, weights[one.first : one.first + len(one.weight)]) for one in columns]

    def _given(
        self, profile: list[tuple[_Columns, FloatArray]], item_nums: IntArray | None
    ) -> FloatArray:
        """Attribute by attribute, for all products or for some: both to the last bit the same."""
        total = np.zeros(self.n_items if item_nums is None else len(item_nums))
        for column, values in profile:
            total += column.given(values, item_nums)
        return total

    def label(self, number: int) -> tuple[str, str]:
        """Attribute name and value of a label."""
        return self.names[number]

    def _attribute_weights(self, state: ShopperState, coefficients: Coefficients) -> FloatArray:
        """Weight of each past product for each attribute, float64 [n_attributes, n_distinct]."""
        return coefficients.reshape(-1, len(self.taus)) @ decayed(state, self.taus)

    def _label_weights(self, state: ShopperState, coefficients: Coefficients) -> FloatArray:
        """The shopper's profile: weight of each label, float64 [n_labels]."""
        items, _ = state.distinct_items
        label, value, n_each = rows_of(self.table, items)
        row = np.repeat(np.arange(len(items)), n_each)
        weights = self._attribute_weights(state, coefficients)
        amount = value * weights[self.attribute_of[label], row]
        total = np.bincount(label, weights=amount, minlength=len(self.names))
        return total.astype(np.float64, copy=False)  # integers where no product has a label

    def to_arrays(self) -> Arrays:
        """The table and, as UTF-8 bytes, the names of its labels."""
        return {
            "data": self.table.data,
            "indices": self.table.indices.astype(np.int32),
            "indptr": self.table.indptr.astype(np.int64),
            "attribute_of": self.attribute_of,
            "names": names_to_array(self.names),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where an array is missing."""
        names = names_from_array(arrays["names"])
        n_items = len(arrays["indptr"]) - 1
        table = sparse.csr_matrix(
            (arrays["data"], arrays["indices"], arrays["indptr"]), shape=(n_items, len(names))
        )
        return cls(table, np.asarray(arrays["attribute_of"], np.int32), names)


@dataclass(frozen=True)
class _Columns:
    """One attribute's part of the table."""

    table: sparse.csr_matrix  # float64 CSR [n_items, n_labels of the attribute]
    first: int  # its first label
    weight: FloatArray  # float64 [n_labels], of a product with no other label of the attribute
    n_most: int  # labels of one product
    #: Where no product has two labels: each one's label (the last for none) and its weight.
    single: tuple[IntArray, FloatArray] | None

    def given(self, profile: FloatArray, item_nums: IntArray | None) -> FloatArray:
        """The table times a profile, float64; all rows or some, summed in the same order."""
        if self.single is None:
            table = self.table if item_nums is None else self.table[item_nums]
            return np.asarray(table @ profile)
        label, weight = self.single
        if item_nums is not None:
            label, weight = label[item_nums], weight[item_nums]
        return np.asarray(weight * np.append(profile, 0.0)[label])


def _columns(table: sparse.csr_matrix, first: int) -> _Columns:
    table = table.astype(np.float64)
    n_each = np.diff(table.indptr)
    weight = np.zeros(table.shape[1])
    np.maximum.at(weight, table.indices, table.data * np.sqrt(np.repeat(n_each, n_each)))
    single = None
    if n_each.max(initial=0) <= 1:
        has = n_each > 0
        label, value = np.full(len(n_each), table.shape[1]), np.zeros(len(n_each))
        label[has], value[has] = table.indices, table.data
        single = label, value
    return _Columns(table, first, weight, int(n_each.max(initial=0)), single)


def _most(values: FloatArray, n_most: int) -> float:
    """The most that labels of these values give one product that has at most `n_most` of them."""
    positive = values[values > 0.0]
    if not len(positive) or not n_most:
        return 0.0
    largest = -np.sort(-positive)[:n_most]
    sums = np.cumsum(largest) / np.sqrt(np.arange(1, len(largest) + 1))
    return _ROUNDING * float(sums.max())


def _weighted(attribute: Attribute) -> sparse.csr_matrix:
    """One attribute's columns of the table: idf^½ over the root of the row's labels."""
    table = attribute.matrix
    n_rows = table.shape[0]
    n_with = np.maximum(np.asarray(table.sum(axis=0)).ravel(), 1.0)
    idf = np.log1p(n_rows / n_with) / np.log1p(n_rows)
    n_labels = np.maximum(np.diff(table.indptr), 1)
    return (sparse.diags(1.0 / np.sqrt(n_labels)) @ table @ sparse.diags(np.sqrt(idf))).tocsr()
