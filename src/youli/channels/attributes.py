"""What a candidate has in common with past products: category, brand, size, price band, tags.

    amount(u, i) = Σ_j w_j · Σ_v s_f(v) · A[j, v] · A[i, v]

A[i, v] = idf(v)^½ / √(labels of i in f) where product i has label v of attribute f, so that
sharing a rare label says more than sharing a common one. The sum over j is the shopper's profile
of labels; the sum over v lets a product nobody has bought yet be scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.base import Addends, Arrays, Coefficients, Needs
from youli.channels.kernel import decays
from youli.channels.labels import names_from_array, names_to_array
from youli.data.shop import Attribute, Shop
from youli.data.state import ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["AttributesChannel"]


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
        if state.n_rows == 0 or not coefficients.any():
            return None
        profile = self._label_weights(state, coefficients)
        used = np.flatnonzero(coefficients.reshape(-1, len(self.taus)).any(axis=1))
        total = np.zeros(self.n_items)
        for attribute in used.tolist():
            table, first = self._of_attribute[attribute]
            total += table @ profile[first : first + table.shape[1]]
        return total

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
        targets = self.table[item_nums].tocoo()
        items, _ = state.distinct_items
        past = self.table[items].tocsc()
        weights = self._attribute_weights(state, coefficients) @ state.by_distinct
        shared = past[:, targets.col].tocoo()  # column c is the c-th (target, label) pair
        label = targets.col[shared.col]
        amount = (
            shared.data.astype(np.float64)
            * targets.data[shared.col]
            * weights[self.attribute_of[label], shared.row]
        )
        return Addends(targets.row[shared.col], shared.row, label, amount)

    @cached_property
    def _of_attribute(self) -> list[tuple[sparse.csr_matrix, int]]:
        """Each attribute's columns of the table, and the first of them."""
        first = np.searchsorted(self.attribute_of, np.arange(int(self.attribute_of.max()) + 2))
        return [(self.table[:, start:stop].tocsr(), int(start)) for start, stop in pairwise(first)]

    def label(self, number: int) -> tuple[str, str]:
        """Attribute name and value of a label."""
        return self.names[number]

    def _attribute_weights(self, state: ShopperState, coefficients: Coefficients) -> FloatArray:
        """Weight of each history row for each attribute, float64 [n_attributes, n_rows]."""
        return coefficients.reshape(-1, len(self.taus)) @ decays(state, self.taus)

    def _label_weights(self, state: ShopperState, coefficients: Coefficients) -> FloatArray:
        """The shopper's profile: weight of each label, float64 [n_labels]."""
        items, _ = state.distinct_items
        past = self.table[items]
        weights = self._attribute_weights(state, coefficients) @ state.by_distinct
        row = np.repeat(np.arange(len(items)), np.diff(past.indptr))
        amount = past.data * weights[self.attribute_of[past.indices], row]
        total = np.bincount(past.indices, weights=amount, minlength=len(self.names))
        return total.astype(np.float64)

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


def _weighted(attribute: Attribute) -> sparse.csr_matrix:
    """One attribute's columns of the table: idf^½ over the root of the row's labels."""
    table = attribute.matrix
    n_rows = table.shape[0]
    n_with = np.maximum(np.asarray(table.sum(axis=0)).ravel(), 1.0)
    idf = np.log1p(n_rows / n_with) / np.log1p(n_rows)
    n_labels = np.maximum(np.diff(table.indptr), 1)
    return (sparse.diags(1.0 / np.sqrt(n_labels)) @ table @ sparse.diags(np.sqrt(idf))).tocsr()
