"""What the shopper bought most, then what everybody buys: hard to beat for groceries.

    score(u, i) = Σ own events j with i: strength_j · 2^(-age_j / half-life)  +  ε · popularity(i)

With an infinite half-life this is GP-TopFreq (Li et al. 2023, "A Next Basket Recommendation
Reality Check"); a finite one prefers the recent. ε is so small that popularity only settles ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from youli.channels.base import Arrays
from youli.channels.popularity import n_shoppers_of
from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.models.base import Scores
from youli.models.tuning import best_of
from youli.types import FloatArray, Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["OwnRepeatConfig", "OwnRepeatModel"]

_DAY_S = 86_400.0
#: Popularity's share of a score; far below what one event a year old still gives.
_EPSILON = 1e-3
_CHOSEN = "chosen_half_life_days"


class OwnRepeatConfig(BaseModel):
    """How fast an own purchase fades."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    half_life_days: tuple[float | None, ...] = Field(default=(None, 180.0, 60.0), min_length=1)
    """Half-lives to try on the validation cases, None for never; the best is kept."""


class OwnRepeatModel:
    """The shopper's own most frequent products, filled up with popular ones."""

    name: ClassVar[str] = "own_repeat"
    additive: ClassVar[bool] = True
    is_random: ClassVar[bool] = False

    def __init__(
        self, popularity: FloatArray, config: OwnRepeatConfig, half_life_days: float | None
    ) -> None:
        self.popularity = popularity  # float64 [n_items], at most 1
        self.settings = config
        self.half_life_days = half_life_days

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings and the half-life that was chosen."""
        return {**self.settings.model_dump(), _CHOSEN: self.half_life_days}

    @property
    def chosen(self) -> OwnRepeatConfig:
        """The settings, with nothing left to choose."""
        return OwnRepeatConfig(half_life_days=(self.half_life_days,))

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: OwnRepeatConfig | None = None,
    ) -> Self:
        """Count popularity; try each half-life on the cases, repeats allowed."""
        config = OwnRepeatConfig() if config is None else config
        popularity = _popularity(split.train)
        fits = [partial(cls, popularity, config, half_life) for half_life in config.half_life_days]
        return best_of(fits, split, progress=progress)

    def again(
        self,
        growth: Growth,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        watch: Watch | None = None,
    ) -> Self:
        """Count popularity again, with the half-life that was chosen."""
        del seed, watch
        progress("counting", 0.0)
        return type(self)(_popularity(growth.shop), self.settings, self.half_life_days)

    def to_arrays(self) -> Arrays:
        """The popularity."""
        return {"popularity": self.popularity}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], config: Mapping[str, Any]
    ) -> Self:
        """The model again; raises `KeyError` where the popularity is missing."""
        settings = {name: one for name, one in config.items() if name != _CHOSEN}
        popularity = np.asarray(arrays["popularity"], np.float64)
        return cls(popularity, OwnRepeatConfig.model_validate(settings), config[_CHOSEN])

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Own decayed counts and a little popularity, float32 [n_states, n_items]."""
        scores = np.tile((_EPSILON * self.popularity).astype(np.float32), (len(states), 1))
        for row, state in enumerate(states):
            own = np.bincount(state.item_num, weights=self._weights(state))
            scores[row, : len(own)] += own
        return scores

    def _weights(self, state: ShopperState) -> FloatArray:
        """What each history row gives its product, float64 [n_rows]."""
        if self.half_life_days is None:
            return state.strength
        age_days = np.maximum(state.seconds_ago, 0) / _DAY_S
        return np.asarray(state.strength * 0.5 ** (age_days / self.half_life_days))


def _popularity(shop: Shop) -> FloatArray:
    """Shoppers of each product over those of the most popular, float64 [n_items]."""
    count = n_shoppers_of(shop)
    return np.asarray(count / max(float(count.max()), 1.0))
