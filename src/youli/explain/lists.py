"""What makes lists: the ledger's ranker, or any model's scores under the same filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.explain.attribution.base import Scorer
from youli.rank.ranker import Ranker, top
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["ModelLists", "Ranks"]


class Ranks(Protocol):
    """What is imitated: a `Ranker`, or any model through `ModelLists`."""

    @property
    def shop(self) -> Shop:
        """The shop whose products it ranks."""
        ...

    def score(self, state: ShopperState) -> FloatArray:
        """Score of every product, float64 [n_items]; NaN where it has none."""
        ...

    def eligible(self, state: ShopperState) -> BoolArray:
        """What may be listed, bool [n_items]."""
        ...

    def listed(self, state: ShopperState, *, k: int = 10) -> IntArray:
        """The list, int32 [≤ k]."""
        ...


@dataclass(frozen=True)
class ModelLists:
    """Lists by any model's scores, with the filters of the shop's own ranker."""

    ranker: Ranker
    model: Scorer

    @property
    def shop(self) -> Shop:
        """The shop whose products are ranked."""
        return self.ranker.shop

    def score(self, state: ShopperState) -> FloatArray:
        """The model's scores, float64 [n_items]."""
        return np.asarray(self.model.score_batch([state])[0], dtype=np.float64)

    def eligible(self, state: ShopperState) -> BoolArray:
        """What the ranker may list and the model can score, bool [n_items]."""
        return self._may(state, self.score(state))

    def listed(self, state: ShopperState, *, k: int = 10) -> IntArray:
        """The best eligible products by the model's scores, int32 [≤ k]."""
        scores = self.score(state)
        may = self._may(state, scores)
        return top(np.where(may, scores, -np.inf), may, k)

    def _may(self, state: ShopperState, scores: FloatArray) -> BoolArray:
        return np.asarray(self.ranker.eligible(state) & ~np.isnan(scores))
