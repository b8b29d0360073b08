"""The ledger with its lists as a shopper sees them: the first ten places after diversity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from youli.data.split import Split
from youli.data.state import ShopperState
from youli.models.base import Scores
from youli.models.ledger import LedgerModel
from youli.types import Progress, no_progress

__all__ = ["ServedModel"]

_K = 10


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
        scores = self.ledger.score_batch(states)
        for row, state in zip(scores, states, strict=True):
            ranking = self.ledger.ranker.rank(state, k=_K)
            row[~ranking.eligible] = np.nan
            places = np.arange(len(ranking.item_nums), 0, -1, dtype=np.float32)
            row[ranking.item_nums] = np.nanmax(row, initial=0.0) + places
        return scores
