"""Products that the same shoppers chose: BM25-weighted neighbours (Sarwar et al. 2001).

    score(u, i) = Σ_{j ∈ history of u} [i among the k nearest of j] · (w_j · w_i)

w_i is product i's row over shoppers, each weighted by BM25 (Robertson and Walker 1994), with a
product as the document and a shopper as the term: a shopper of many products says less of each,
and a product of many shoppers is held down by B. The neighbours come from ``implicit``
(`ItemItemRecommender`, C++). Its BM25 won over its cosine and over a shrunk cosine of our own on
the validation of Beauty and ML-1M (`docs/experiments.md`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse

from youli.channels.base import Arrays
from youli.channels.kernel import keep_largest, without_diagonal
from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.models.base import Scores, past_products, who_chose_what
from youli.models.library import threads_of_implicit
from youli.models.tuning import best_of
from youli.types import Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["ItemKNNConfig", "ItemKNNModel"]

_SIZE, _B = "chosen_n_neighbours", "chosen_b"


class ItemKNNConfig(BaseModel):
    """How neighbours are found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_neighbours: tuple[int, ...] = Field(default=(20, 100, 500), min_length=1)
    """Neighbours of each product to try on the validation cases; the best is kept."""
    b: tuple[float, ...] = Field(default=(0.0, 0.2, 0.75), min_length=1)
    """BM25's B: how much a product of many shoppers is held down, from 0 to 1. All are tried with
    every number of neighbours."""
    k1: float = Field(default=1.2, gt=0.0)
    """BM25's K1, at its usual value: with histories of 0 and 1 it moves only what B does."""


class ItemKNNModel:
    """Sums the similarities between the past products and the candidate."""

    name: ClassVar[str] = "item_knn"
    additive: ClassVar[bool] = True
    is_random: ClassVar[bool] = False

    def __init__(
        self, similarity: sparse.csr_matrix, config: ItemKNNConfig, n_neighbours: int, b: float
    ) -> None:
        self.similarity = similarity  # float32 CSR [n_items, n_items], rows are past products
        self.settings = config
        self.n_neighbours = n_neighbours
        self.b = b

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings, and the neighbourhood and the B that were chosen."""
        return {
            **self.settings.model_dump(),
            _SIZE: self.n_neighbours,
            _B: self.b,
        }

    @property
    def chosen(self) -> ItemKNNConfig:
        """The settings, with nothing left to choose."""
        update = {"n_neighbours": (self.n_neighbours,), "b": (self.b,)}
        return self.settings.model_copy(update=update)

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: ItemKNNConfig | None = None,
    ) -> Self:
        """Compute the widest neighbourhoods for each B and cut them to each size that is tried.

        `ConfigError` (from the registry) where `implicit` is not installed.
        """
        config = ItemKNNConfig() if config is None else config
        chose = who_chose_what(split.train.interactions)

        sizes = sorted(set(config.n_neighbours))
        found = {b: _neighbours(chose, max(sizes), config.k1, b) for b in config.b}
        fits = [
            partial(cls._cut, widest, config, n, b) for b, widest in found.items() for n in sizes
        ]
        return best_of(fits, split, progress=progress)

    @classmethod
    def _cut(
        cls, widest: sparse.csr_matrix, config: ItemKNNConfig, n_neighbours: int, b: float
    ) -> Self:
        return cls(keep_largest(widest, n_neighbours), config, n_neighbours, b)

    def again(
        self,
        growth: Growth,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        watch: Watch | None = None,
    ) -> Self:
        """Find neighbours again, with the size and the B that were chosen."""
        del seed, watch
        progress("finding neighbours", 0.0)
        return self._again(growth.shop)

    def to_arrays(self) -> Arrays:
        """The similarities, as the three arrays of a CSR matrix."""
        return {
            "data": self.similarity.data,
            "indices": self.similarity.indices.astype(np.int32),
            "indptr": self.similarity.indptr.astype(np.int64),
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], config: Mapping[str, Any]
    ) -> Self:
        """The model again; raises `KeyError` where an array is missing."""
        settings = {name: one for name, one in config.items() if name not in (_SIZE, _B)}
        parts = tuple(arrays[name] for name in ("data", "indices", "indptr"))
        n_items = len(parts[2]) - 1
        similarity = sparse.csr_matrix(parts, shape=(n_items, n_items))
        chosen = ItemKNNConfig.model_validate(settings)
        return cls(similarity, chosen, config[_SIZE], config[_B])

    def _again(self, shop: Shop) -> Self:
        chose = who_chose_what(shop.interactions)
        found = _neighbours(chose, self.n_neighbours, self.settings.k1, self.b)
        return self._cut(found, self.settings, self.n_neighbours, self.b)

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Summed similarities, float32 [n_states, n_items]."""
        past = past_products(states, self.similarity.shape[0])
        scores: Scores = (past @ self.similarity).toarray()
        return scores


def _neighbours(
    chose: sparse.csr_matrix, n_neighbours: int, k1: float, b: float
) -> sparse.csr_matrix:
    """The nearest of each product, float32 CSR [n_items, n_items] with an empty diagonal."""
    from implicit.nearest_neighbours import ItemItemRecommender, bm25_weight

    by_item = bm25_weight(chose.T, K1=k1, B=b)
    with threads_of_implicit() as n_threads:
        # A product is its own nearest, so one more is asked for.
        found = ItemItemRecommender(K=n_neighbours + 1, num_threads=n_threads)
        found.fit(by_item.T.tocsr(), show_progress=False)
    return without_diagonal(found.similarity.astype("float32"))
