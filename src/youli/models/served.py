"""The ledger with its lists as a shopper sees them: the first ten places after diversity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from youli.data.split import Split
from youli.data.state import ShopperState
from youli.models.base import Scores
from youli.models.ledger import LedgerModel
from youli.rank.diversity import diversify
from youli.rank.ranker import top
from youli.types import BoolArray, FloatArray, IntArray, Progress, no_progress

__all__ = ["ServedModel"]

_K = 10
#: As in `youli.rank.ranker`.
_CANDIDATES_PER_PLACE = 5


class ServedModel:
    """Raises the served list, in its order, above everything else; the rest keeps its score.

    It measures what diversity and the stock filter cost. What is out of stock, or bought where
    repeats are off, cannot be found: NaN.
    """

    name: ClassVar[str] = "ledger_as_served"
    additive: ClassVar[bool] = True
    is_random: ClassVar[bool] = True

    def __init__(self, ledger: LedgerModel) -> None:
        self.ledger = ledger

    @property
    def config(self) -> Mapping[str, Any]:
        """The rules of the list."""
        rules = self.ledger.ranker.config
        return {"repeats": rules.repeats, "diversity": rules.diversity, "k": _K}

    @classmethod
    def fit(cls, split: Split, *, seed: int = 0, progress: Progress = no_progress) -> Self:
        """Fit the ledger."""
        return cls(LedgerModel.fit(split, seed=seed, progress=progress))

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Scores whose first ten eligible products are the served list."""
        ranker = self.ledger.ranker
        found = np.empty((len(states), ranker.shop.interactions.n_items), dtype=np.float32)
        for row, state in zip(found, states, strict=True):
            scores, eligible = ranker.score(state), ranker.eligible(state)
            listed = self._listed(scores, eligible)
            row[:] = np.where(eligible, scores, np.nan)
            places = np.arange(len(listed), 0, -1)
            row[listed] = scores[eligible].max(initial=0.0) + places
        return found

    def _listed(self, scores: FloatArray, eligible: BoolArray) -> IntArray:
        """What `Ranker.rank` lists (a test holds them equal), without its ledgers."""
        candidates = top(scores, eligible, _CANDIDATES_PER_PLACE * _K)
        chosen, _ = diversify(
            scores[candidates],
            self._group[candidates],
            k=_K,
            strength=self.ledger.ranker.config.diversity,
        )
        return candidates[chosen]

    @cached_property
    def _group(self) -> IntArray:
        """The finest category of each product, -1 where unknown; int32 [n_items]."""
        shop = self.ledger.ranker.shop
        levels = shop.catalogue.attributes_of_category
        if not levels:
            return np.full(shop.interactions.n_items, -1, dtype=np.int32)
        return levels[-1].first_code
