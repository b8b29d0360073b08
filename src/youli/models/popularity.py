"""How many shoppers chose a product, in all or lately: the baseline that everything must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from youli.types import FloatArray, Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["PopularityConfig", "PopularityModel", "RecentPopularityModel"]

_DAY_S = 86_400


class PopularityConfig(BaseModel):
    """What is counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int | None = Field(default=None, ge=1)
    """Only events of so many days before the last one count; None counts all."""


class PopularityModel:
    """Shoppers of each product, each at the strength of their strongest event."""

    name: ClassVar[str] = "popularity"
    additive: ClassVar[bool] = True
    is_random: ClassVar[bool] = False
    default: ClassVar[PopularityConfig] = PopularityConfig()

    def __init__(self, n_shoppers: FloatArray, config: PopularityConfig) -> None:
        self.n_shoppers = n_shoppers  # float64 [n_items]
        self.settings = config

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings."""
        return self.settings.model_dump()

    @property
    def chosen(self) -> PopularityConfig:
        """The settings, with nothing left to choose."""
        return self.settings

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: PopularityConfig | None = None,
    ) -> Self:
        """Count; nothing is drawn or tuned."""
        config = cls.default if config is None else config
        return cls._counted(split.train, config)

    @classmethod
    def _counted(cls, shop: Shop, config: PopularityConfig) -> Self:
        if config.days is not None:
            since = int(shop.data_until.timestamp()) - config.days * _DAY_S
            shop = shop.select(shop.interactions.timestamp > since)
        return cls(n_shoppers_of(shop), config)

    def again(
        self,
        growth: Growth,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        watch: Watch | None = None,
    ) -> Self:
        """Count again."""
        del seed, watch
        progress("counting", 0.0)
        return self._counted(growth.shop, self.settings)

    def to_arrays(self) -> Arrays:
        """The counts."""
        return {"n_shoppers": self.n_shoppers}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], config: Mapping[str, Any]
    ) -> Self:
        """The model again; raises `KeyError` where the counts is missing."""
        n_shoppers = np.asarray(arrays["n_shoppers"], np.float64)
        return cls(n_shoppers, PopularityConfig.model_validate(config))

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """The same row for every state, float32 [n_states, n_items]."""
        return np.tile(self.n_shoppers.astype(np.float32), (len(states), 1))


class RecentPopularityModel(PopularityModel):
    """What is popular now: shoppers of the last four weeks (Ji et al. 2020)."""

    name: ClassVar[str] = "recent_popularity"
    default: ClassVar[PopularityConfig] = PopularityConfig(days=28)
