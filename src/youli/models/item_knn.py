"""Products that the same shoppers chose: cosine neighbours (Sarwar et al. 2001).

    score(u, i) = Σ_{j ∈ history of u} [i among the k nearest of j] · cos(x_j, x_i)

x_i is the 0/1 column of product i over shoppers, shrunk as cos = n_ij / (√n_i √n_j + s). As in
Deshpande and Karypis (2004), neighbours are kept for each past product j. The product of the two
sparse matrices is made in blocks, so memory is one block and k values a product. Packages such as
``implicit`` do the same faster in C++; here SciPy's product is fast enough to need none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse

from youli.channels.kernel import keep_largest, without_diagonal
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.models.base import Scores, past_products, who_chose_what
from youli.models.tuning import Validation
from youli.types import Progress, no_progress

__all__ = ["ItemKNNConfig", "ItemKNNModel"]

#: Rows of the product that are made at once.
_BLOCK_ROWS = 2048


class ItemKNNConfig(BaseModel):
    """How neighbours are found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_neighbours: tuple[int, ...] = Field(default=(20, 100, 500), min_length=1)
    """Neighbours of each product to try on the validation cases; the best is kept."""
    shrinkage: float = Field(default=10.0, ge=0.0)
    """Added to the cosine's denominator, so that one shared shopper proves little."""


class ItemKNNModel:
    """Sums the similarities between the past products and the candidate."""

    name: ClassVar[str] = "item_knn"
    additive: ClassVar[bool] = True
    is_random: ClassVar[bool] = False

    def __init__(
        self, similarity: sparse.csr_matrix, config: ItemKNNConfig, n_neighbours: int
    ) -> None:
        self.similarity = similarity  # float32 CSR [n_items, n_items], rows are past products
        self.settings = config
        self.n_neighbours = n_neighbours

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings and the number of neighbours that was chosen."""
        return {**self.settings.model_dump(), "chosen_n_neighbours": self.n_neighbours}

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: ItemKNNConfig | None = None,
    ) -> Self:
        """Compute the widest neighbourhood once and cut it to each size that is tried."""
        config = ItemKNNConfig() if config is None else config
        widest = _cosine(who_chose_what(split.train.interactions), config)
        sizes = sorted(set(config.n_neighbours))
        models = [cls(keep_largest(widest, n), config, n) for n in sizes]
        if len(models) == 1:
            return models[0]
        validation = Validation(split, seed=0)
        found = []
        for done, model in enumerate(models):
            progress("choosing the neighbourhood", done / len(models))
            found.append(validation.ndcg(model.score_batch))
        return models[int(np.argmax(found))]

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Summed similarities, float32 [n_states, n_items]."""
        past = past_products(states, self.similarity.shape[0])
        scores: Scores = (past @ self.similarity).toarray()
        return scores


def _cosine(chose: sparse.csr_matrix, config: ItemKNNConfig) -> sparse.csr_matrix:
    """The widest neighbourhoods, float32 CSR [n_items, n_items] with an empty diagonal."""
    root = np.sqrt(np.asarray(chose.sum(axis=0)).ravel())
    by_item = chose.T.tocsr()
    parts = []
    for start in range(0, by_item.shape[0], _BLOCK_ROWS):
        block = (by_item[start : start + _BLOCK_ROWS] @ chose).tocsr()
        row = np.repeat(np.arange(block.shape[0]) + start, np.diff(block.indptr))
        block.data /= root[row] * root[block.indices] + config.shrinkage
        block.data[block.indices == row] = 0.0
        parts.append(keep_largest(block, max(config.n_neighbours)))
    return without_diagonal(sparse.vstack(parts, format="csr", dtype=np.float32))
