"""EASE: the item–item weights that rebuild histories best, in closed form (Steck 2019).

    P = (XᵀX + λI)⁻¹,   B = -P / diag(P) with a zero diagonal,   score(u, ·) = x_u B

X is the 0/1 matrix of shoppers and products. Memory: one dense float32 n_items², 0.6 GB at 12,000
products and 1.3 GB at 18,000, beside as much while it is inverted; more than `max_items` are
refused. Time grows with n_items³: for a large catalogue the `affinity` channel is the sparse way.
It is our own: no well-kept package has it that does not bring a deep-learning stack along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse
from scipy.linalg import lapack

from youli.channels.base import Arrays
from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.errors import ConfigError
from youli.models.base import Scores, past_products, who_chose_what
from youli.models.tuning import best_of
from youli.types import Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["EASEConfig", "EASEModel"]

_Dense = npt.NDArray[np.float32]

#: Rows that are mirrored at once.
_BLOCK_ROWS = 1024
_CHOSEN = "chosen_l2"


class EASEConfig(BaseModel):
    """How strongly the weights are held back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    l2: tuple[float, ...] = Field(default=(100.0, 300.0, 1000.0), min_length=1)
    """Values of λ to try on the validation cases; the best is kept."""
    l2_large: float = Field(default=50.0, gt=0.0)
    """λ where the catalogue has more than `max_tuned_items`: one inversion is long enough."""
    max_tuned_items: int = 5_000
    """Up to so many products all of `l2` are tried."""
    max_items: int = 25_000
    """More products are refused: the dense matrix would need over 2.5 GB."""


class EASEModel:
    """Sums learned weights between the past products and the candidate."""

    name: ClassVar[str] = "ease"
    additive: ClassVar[bool] = True
    is_random: ClassVar[bool] = False

    def __init__(self, weights: _Dense, config: EASEConfig, l2: float) -> None:
        self.weights = weights  # float32 [n_items, n_items], rows are past products
        self.settings = config
        self.l2 = l2

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings and the λ that was chosen."""
        return {**self.settings.model_dump(), _CHOSEN: self.l2}

    @property
    def chosen(self) -> EASEConfig:
        """The settings, with nothing left to choose."""
        return self.settings.model_copy(update={"l2": (self.l2,)})

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: EASEConfig | None = None,
    ) -> Self:
        """Invert once for each λ tried; `ConfigError` where the catalogue is too large."""
        config = EASEConfig() if config is None else config
        chose = who_chose_what(split.train.interactions)
        n_items = _checked(chose, config)
        is_large = n_items > config.max_tuned_items and len(config.l2) > 1
        tried = (config.l2_large,) if is_large else config.l2
        progress("inverting", 0.0)
        return best_of(
            [partial(cls._inverted, chose, config, l2) for l2 in tried], split, progress=progress
        )

    @classmethod
    def _inverted(cls, chose: sparse.csr_matrix, config: EASEConfig, l2: float) -> Self:
        return cls(_weights(chose, l2), config, l2)

    def again(
        self,
        growth: Growth,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        watch: Watch | None = None,
    ) -> Self:
        """Invert again on all of the shop, with the λ that was chosen."""
        del seed, watch
        progress("inverting", 0.0)
        return self._again(growth.shop)

    def to_arrays(self) -> Arrays:
        """The weights."""
        return {"weights": self.weights}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], config: Mapping[str, Any]
    ) -> Self:
        """The model again; raises `KeyError` where the weights is missing."""
        settings = {name: one for name, one in config.items() if name != _CHOSEN}
        weights = np.asarray(arrays["weights"], np.float32)
        return cls(weights, EASEConfig.model_validate(settings), config[_CHOSEN])

    def _again(self, shop: Shop) -> Self:
        chose = who_chose_what(shop.interactions)
        _checked(chose, self.settings)
        return self._inverted(chose, self.settings, self.l2)

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Summed weights, float32 [n_states, n_items]."""
        scores: Scores = past_products(states, len(self.weights)) @ self.weights
        return scores


def _checked(chose: sparse.csr_matrix, config: EASEConfig) -> int:
    """How many products there are; `ConfigError` where they are too many."""
    n_items: int = chose.shape[1]
    if n_items > config.max_items:
        raise ConfigError(
            f"ease would need a dense matrix of {n_items} × {n_items}",
            value=n_items,
            hint="leave it out, or use the ledger's affinity channel",
        )
    return n_items


def _weights(chose: sparse.csr_matrix, l2: float) -> _Dense:
    """B by one Cholesky factorisation and inversion in place (LAPACK potrf, potri)."""
    gram = (chose.T @ chose).toarray(order="F")
    gram[np.diag_indices_from(gram)] += l2
    factor, failed = lapack.spotrf(gram, lower=0, overwrite_a=1)
    assert failed == 0, "a Gram matrix plus λI is positive definite"
    inverse, failed = lapack.spotri(factor, lower=0, overwrite_c=1)
    assert failed == 0, "the factor is regular"
    return _mirrored(inverse)


def _mirrored(inverse: _Dense) -> _Dense:
    """-P / diag(P) from the upper triangle of P, zero on the diagonal; in place, by blocks."""
    n_items, size = len(inverse), _BLOCK_ROWS
    diagonal = inverse.diagonal().copy()
    for start in range(0, n_items, size):
        rows = slice(start, min(start + size, n_items))
        inverse[rows, rows] = np.triu(inverse[rows, rows]) + np.triu(inverse[rows, rows], 1).T
        inverse[rows.stop :, rows] = inverse[rows, rows.stop :].T
    inverse /= -diagonal
    np.fill_diagonal(inverse, 0.0)
    return inverse
