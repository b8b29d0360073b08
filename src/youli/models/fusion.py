"""Profile, sequence, photos and texts in one ranker, with attention over these modalities.

A shopper is a weighted sum of what each modality says of them: a DNN of their profile, an LSTM of
their sequence, a mean of what their products look like (features of a CNN) and of what they read
like (a sentence encoder); a product is a weighted sum of its id with its attributes, its photo and
its texts. The weights over the modalities that made a score are given out with it. What a shop
lacks is left out, and `config` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.features.shoppers import shopper_table
from youli.models.arithmetic import residual_mlp
from youli.models.deep import DeepConfig, Weights, content_of
from youli.models.dnn import AttentionConfig, AttentiveModel
from youli.models.histories import Histories
from youli.models.lstm import recurrent_states
from youli.models.shoppers import history_means, shopper_features, signals
from youli.types import FloatArray

if TYPE_CHECKING:
    from youli.train.nets.base import Net
    from youli.train.sequences import Sequences

__all__ = ["FusionConfig", "FusionModel"]


class FusionConfig(AttentionConfig):
    """Size of the LSTM, and how often a modality is left out in training."""

    hidden: int = Field(default=128, ge=1)
    """Numbers that the LSTM remembers."""
    modality_dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of shoppers and of products that go without a modality for one step."""


class FusionModel(AttentiveModel):
    """Ranks by a shopper's and a product's modalities."""

    name: ClassVar[str] = "fusion"
    config_type: ClassVar[type[DeepConfig]] = FusionConfig

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings, how training went, and the modalities: used, and left out with reasons."""
        used = self.about["names"]
        left_out = {name: why for name, why in _WHY.items() if name not in used}
        return {**super().config, "modalities": {"used": used, "left_out": left_out}}

    def features(
        self, history: Histories, states: Sequence[ShopperState]
    ) -> tuple[FloatArray, Any]:
        """What each modality says of the shopper."""
        settings = self.settings
        assert isinstance(settings, FusionConfig), "the model was made with its own settings"
        arrays = self.arrays
        n, length = history.items.shape
        content = self.about["names"][2:]
        x = arrays["inputs"][history.items] * np.float32(settings.dim**0.5)
        x = x.reshape(n, length, 1 + len(content), settings.dim)
        of_profile, is_known = shopper_features(
            arrays, self.shoppers, history, states, x[:, :, 0], n_last=0
        )
        told = signals(history, is_timed=self.shoppers.is_timed)
        parts = [
            residual_mlp(arrays, "profile.", (of_profile * is_known[:, :, None]).sum(axis=1)),
            recurrent_states(arrays, x[:, :, 0], told, history, 1),
        ]
        there = [np.ones(n, dtype=bool), history.lengths > 0]
        for at, name in enumerate(content):
            has = arrays["has"][history.items, at] & (history.strengths > 0.0)
            means, some = history_means(arrays["means.fall"], history, x[:, :, 1 + at], has)
            parts.append(residual_mlp(arrays, f"through.{name}.", means[0]))
            there.append(some)
        return np.stack(parts, axis=1), np.stack(there, axis=1)

    @classmethod
    def _net(cls, shop: Shop, sequences: Sequences, settings: Any, seed: int) -> Net:
        import torch

        from youli.train.nets.fusion import FusionNet

        torch.manual_seed(seed)
        return FusionNet(
            content_of(shop, settings),
            shopper_table(shop),
            sequences.popularity(),
            dim=settings.dim,
            hidden=settings.hidden,
            attention=settings.attention,
            n_heads=settings.n_heads,
            dropout=settings.dropout,
            item_dropout=settings.item_dropout,
            modality_dropout=settings.modality_dropout,
            forgotten=settings.forgotten,
        )

    @classmethod
    def _export(cls, net: Net, shop: Shop) -> Weights:
        from youli.train.nets.fusion import FusionNet

        assert isinstance(net, FusionNet), "the net is this model's own"
        return super()._export(net, shop) | {"has": net.items.has.cpu().numpy()}


_WHY = {
    "photo": "the shop has no photos, or the settings leave them out",
    "text": "the catalogue has no texts, or the settings leave them out",
}
