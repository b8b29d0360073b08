"""Orderings that look at no score: by chance, by recency, by likeness of vectors.

An explanation that does no better than these explains nothing.
"""

from __future__ import annotations

from typing import ClassVar
from weakref import WeakKeyDictionary
from zlib import crc32

import numpy as np
from scipy import sparse

from youli.data.state import ShopperState
from youli.explain.attribution.base import Attribution, Scorer, players
from youli.models.base import who_chose_what
from youli.models.deep import DeepModel
from youli.models.ledger import LedgerModel
from youli.types import FloatArray, IntArray

__all__ = ["CosineAttributor", "RandomAttributor", "RecencyAttributor"]


class RandomAttributor:
    """Numbers that follow from the shopper, the product and the seed, and from nothing else."""

    name: ClassVar[str] = "random"

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def lacking(self, model: Scorer) -> str | None:
        """It does not look at the model."""
        del model
        return None

    def attribute(self, model: Scorer, state: ShopperState, item_num: int) -> Attribution:
        """Uniform between 0 and 1."""
        del model
        found = players(state)
        rng = np.random.default_rng([self.seed, crc32(state.user_id.encode()), item_num])
        # A number a product, not a place: it stays the same when another one is left out.
        drawn = rng.random(int(found.items.max(initial=-1)) + 1)
        return _ordering(self.name, item_num, found.items, drawn[found.items])


class RecencyAttributor:
    """The later, the more: 1 / (1 + ticks since the product's last event)."""

    name: ClassVar[str] = "recency"

    def lacking(self, model: Scorer) -> str | None:
        """It does not look at the model."""
        del model
        return None

    def attribute(self, model: Scorer, state: ShopperState, item_num: int) -> Attribution:
        """By the shopper's own clock."""
        del model
        found = players(state)
        ago = np.array([state.steps_ago[list(rows)].min() for rows in found.rows], dtype=np.float64)
        return _ordering(self.name, item_num, found.items, 1.0 / (1.0 + ago))


class CosineAttributor:
    """How alike a past product and the explained one are, as the model's own vectors go.

    A deep model's vectors are its products as they go in and as they are ranked; the ledger has
    none, so its products are compared by who chose them.
    """

    name: ClassVar[str] = "cosine"

    def __init__(self) -> None:
        self._chosen: WeakKeyDictionary[LedgerModel, sparse.csc_matrix] = WeakKeyDictionary()

    def lacking(self, model: Scorer) -> str | None:
        """It needs vectors of products."""
        if isinstance(model, DeepModel):
            goes_in, ranked = model.arrays["inputs"].shape, model.arrays["outputs"].shape
            return None if goes_in == ranked else "its products go in as other vectors than out"
        return None if isinstance(model, LedgerModel) else "it shows no vectors of products"

    def attribute(self, model: Scorer, state: ShopperState, item_num: int) -> Attribution:
        """Cosines between −1 and 1; 0 where a vector is nothing."""
        found = players(state)
        if isinstance(model, DeepModel):
            mine, theirs = model.arrays["inputs"][found.items], model.arrays["outputs"][item_num]
            dot = (mine @ theirs).astype(np.float64)
            length = np.linalg.norm(mine, axis=1) * np.linalg.norm(theirs)
        else:
            assert isinstance(model, LedgerModel), "asked only where nothing is lacking"
            columns = self._columns(model)
            dot = np.asarray((columns[:, found.items].T @ columns[:, item_num]).todense())[:, 0]
            n_chosen = np.asarray(columns.sum(axis=0)).ravel()
            length = np.sqrt(n_chosen[found.items] * n_chosen[item_num])
        return _ordering(self.name, item_num, found.items, dot / np.where(length > 0, length, 1.0))

    def _columns(self, model: LedgerModel) -> sparse.csc_matrix:
        if model not in self._chosen:
            self._chosen[model] = who_chose_what(model.ranker.shop.interactions).tocsc()
        return self._chosen[model]


def _ordering(name: str, item_num: int, items: IntArray, amounts: FloatArray) -> Attribution:
    amounts = np.asarray(amounts, dtype=np.float64)
    return Attribution(name, item_num, items, amounts, exact=False, in_score_units=False)
