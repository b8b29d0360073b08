"""ALS: shoppers and products as vectors, fitted to who chose what (Hu, Koren and Volinsky 2008).

    min  Σ_ui c_ui (p_ui - x_u · y_i)² + λ (Σ_u |x_u|² + Σ_i |y_i|²),   c = α where chosen, else 1

Fitted by ``implicit`` (`AlternatingLeastSquares`, C++). A shopper's vector is not the one of the
fit: it is solved for again from the state that is asked about, so that an event since the fit
counts and a shopper never seen has a vector too. Somebody without history gets equal scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse

from youli.data.split import Split
from youli.data.state import ShopperState
from youli.models.base import Scores, past_products, who_chose_what
from youli.models.library import threads_of_implicit
from youli.models.tuning import best_of
from youli.types import Progress, no_progress

if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares

__all__ = ["ALSConfig", "ALSModel"]


class ALSConfig(BaseModel):
    """The factorisation, and what is tried on the validation cases."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_factors: int = Field(default=128, ge=1)
    """Length of the vectors."""
    n_iterations: int = Field(default=15, ge=1)
    """Rounds of solving for shoppers, then for products."""
    alpha: tuple[float, ...] = Field(default=(1.0, 10.0, 40.0), min_length=1)
    """Confidences of what was chosen (1 is that of all the rest) to try."""
    l2: tuple[float, ...] = Field(default=(1.0, 10.0), min_length=1)
    """Values of λ to try with each of them; the best pair is kept."""


class ALSModel:
    """The product of the shopper's vector with the candidate's."""

    name: ClassVar[str] = "als"
    additive: ClassVar[bool] = False  # a shopper's vector depends on all events together
    is_random: ClassVar[bool] = True

    def __init__(
        self, factors: AlternatingLeastSquares, config: ALSConfig, alpha: float, l2: float
    ) -> None:
        self.factors = factors
        self.settings = config
        self.alpha = alpha
        self.l2 = l2

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings, and the confidence and the λ that were chosen."""
        chosen = {"chosen_alpha": self.alpha, "chosen_l2": self.l2}
        return {**self.settings.model_dump(), **chosen}

    @property
    def chosen(self) -> ALSConfig:
        """The settings, with nothing left to choose."""
        return self.settings.model_copy(update={"alpha": (self.alpha,), "l2": (self.l2,)})

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: ALSConfig | None = None,
    ) -> Self:
        """Factorise for each pair of settings; needs the package `implicit`."""
        config = ALSConfig() if config is None else config
        chose = who_chose_what(split.train.interactions)
        pairs = product(config.alpha, config.l2)
        fits = [partial(cls._factorised, chose, config, seed, *pair) for pair in pairs]
        return best_of(fits, split, progress=progress)

    @classmethod
    def _factorised(
        cls, chose: sparse.csr_matrix, config: ALSConfig, seed: int, alpha: float, l2: float
    ) -> Self:
        from implicit.cpu.als import AlternatingLeastSquares  # an extra

        with threads_of_implicit() as n_threads:
            factors = AlternatingLeastSquares(
                factors=config.n_factors,
                regularization=l2,
                alpha=alpha,
                iterations=config.n_iterations,
                num_threads=n_threads,
                random_state=seed,
            )
            factors.fit(chose, show_progress=False)
        return cls(factors, config, alpha, l2)

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Products of vectors, float32 [n_states, n_items]."""
        past = past_products(states, len(self.factors.item_factors))
        with threads_of_implicit():
            mine = self.factors.recalculate_user(np.arange(len(states)), past)
        scores: Scores = mine @ self.factors.item_factors.T
        return scores
