"""Channels that speak of a product alone, whoever looks: one fixed number a basis and product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from youli.channels.base import Addends, Arrays, Bound, Coefficients
from youli.data.state import ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["ItemChannel"]


class ItemChannel:
    """Scores a product by facts about it: `values` is float32 [n_bases, n_items]."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset()
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ITEM
    signed: ClassVar[bool] = True
    facts: ClassVar[tuple[str, ...]]

    def __init__(self, values: FloatArray) -> None:
        self.values = values

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return int(self.values.shape[1])

    @property
    def basis_names(self) -> tuple[str, ...]:
        """The facts."""
        return self.facts

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """The same for every shopper, float64 [n_items]."""
        return _weighted(coefficients, self.values) if coefficients.any() else None

    def bounded(self, state: ShopperState, coefficients: Coefficients) -> Bound | None:
        """The facts weighted, and no more than the highest of them."""
        scores = self.score(state, coefficients)
        return None if scores is None else Bound(float(scores.max()), scores.__getitem__)

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """The facts of some products, float64 [n_bases, len(item_nums)]."""
        return self.values[:, item_nums].astype(np.float64)

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each product."""
        return Addends.of_items(_weighted(coefficients, self.values[:, item_nums]))

    def label(self, number: int) -> tuple[str, str]:
        """A product's own facts name no attributes."""
        raise KeyError(number)

    def to_arrays(self) -> Arrays:
        """The table of facts."""
        return {"values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where the table is missing."""
        return cls(np.asarray(arrays["values"], np.float32))


def _weighted(coefficients: Coefficients, values: FloatArray) -> FloatArray:
    """The weighted facts of each product, summed one by one: some give what all would."""
    total = np.zeros(values.shape[1])
    for weight, one in zip(coefficients, values, strict=True):
        if weight:
            total += weight * one
    return total
