"""The default ranker: every channel that the data allows, weights learned on validation.

Scores are those of `youli.rank.ranker.Ranker`, before diversity and filters: a product's score is
the sum of its ledger, whatever list it then stands in. States are scored one by one, by the path
that serves: one sparse product a kernel for a whole batch was tried and took .7 to 2.2 times as
long (short histories on Amazon Beauty, long ones on the demo shop).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from youli.data.shop import Shop
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.models.base import Scores
from youli.rank.fit import FitConfig, fit_on_split, fit_ranker
from youli.rank.ranker import Ranker
from youli.types import Progress, no_progress

__all__ = ["LedgerModel", "NeuralLedgerModel"]


class LedgerModel:
    """A ranker behind the models' interface."""

    name: ClassVar[str] = "ledger"
    additive: ClassVar[bool] = True
    is_random: ClassVar[bool] = True
    default: ClassVar[FitConfig] = FitConfig()

    def __init__(self, ranker: Ranker, config: FitConfig) -> None:
        self.ranker = ranker
        self.settings = config

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings and every learned coefficient by channel and basis."""
        learned = {
            name: dict(
                zip(channel.basis_names, self.ranker.coefficients[name].tolist(), strict=True)
            )
            for name, channel in self.ranker.channels.items()
        }
        return {**self.settings.model_dump(mode="json"), "coefficients": learned}

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: FitConfig | None = None,
    ) -> Self:
        """Channels on the training part, coefficients on the cases."""
        config = (cls.default if config is None else config).model_copy(update={"seed": seed})
        ranker, _ = fit_on_split(split, config, progress)
        return cls(ranker, config)

    @classmethod
    def fit_as_served(cls, shop: Shop, config: FitConfig, progress: Progress = no_progress) -> Self:
        """As `youli fit` does on a whole log: the shop's own validation period, then all of it."""
        ranker, _ = fit_ranker(shop, config, progress)
        return cls(ranker, config)

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """The ranker's scores, float32 [n_states, n_items]."""
        n_items = self.ranker.shop.interactions.n_items
        scores = np.empty((len(states), n_items), dtype=np.float32)
        for row, state in enumerate(states):
            scores[row] = self.ranker.score(state)
        return scores


class NeuralLedgerModel(LedgerModel):
    """The same with the channel that is trained by gradient; still exactly additive."""

    name: ClassVar[str] = "ledger_neural"
    default: ClassVar[FitConfig] = FitConfig(neural=True)
