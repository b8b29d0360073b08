"""Two towers of input features under attention: a shopper at a moment, and every product.

    query = norm(mlp(Σ_i w_i · feature_i of the shopper))
    product = mlp(Σ_i w_i · feature_i of the product)        score = query · product

Towers as in Covington et al. 2016; attention over the features as in Xiao et al. 2017, who weigh
pairs of features where here each is weighed alone. The weights that made a score are given out
with it. They say what went in; whether they *explain* is measured, not assumed (Jain and Wallace
2019): `docs/models.md`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from youli.channels.labels import names_from_array, names_to_array
from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.features.shoppers import ShopperTable, shopper_table
from youli.models.arithmetic import layer_norm, residual_mlp
from youli.models.attention import FeatureWeights, feature_attention
from youli.models.deep import (
    LABEL_NAMES,
    DeepConfig,
    DeepModel,
    Weights,
    content_of,
    packed,
    unpacked,
)
from youli.models.histories import Histories
from youli.models.shoppers import shopper_features
from youli.types import FloatArray

if TYPE_CHECKING:
    from youli.train.nets.base import Net
    from youli.train.sequences import Sequences

__all__ = ["AttentionConfig", "AttentiveModel", "DnnConfig", "DnnModel"]


class AttentionConfig(DeepConfig):
    """Attention over input features, and what is left out in training."""

    dim: int = Field(default=64, ge=1)
    """Length of a product's vector."""
    attention: Literal["single", "multi", "self"] = "multi"
    """One head; several heads; or features that ask each other, as in a Transformer."""
    n_heads: int = Field(default=4, ge=1)
    """Heads, each with its own weights; `single` has one."""
    dropout: float = Field(default=0.4, ge=0.0, lt=1.0)
    """Share of numbers left out in training, everywhere in the net."""
    item_dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of products that go without their id, or without a feature, for one step."""
    forgotten: float = Field(default=0.02, ge=0.0, lt=1.0)
    """Share of events predicted without a history, to learn what to show somebody new."""

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.attention != "single" and self.dim % self.n_heads:
            raise ValueError(f"dim {self.dim} cannot be shared by {self.n_heads} heads")
        return self


class DnnConfig(AttentionConfig):
    """Which features of the history it has."""

    n_last: int = Field(default=3, ge=0, le=20)
    """Products of the history that are features of their own, from the last backwards."""
    n_means: int = Field(default=2, ge=0, le=8)
    """Means over the history, each with a decay of its own."""


class AttentiveModel(DeepModel):
    """A model whose scores come with the weights that made them."""

    @cached_property
    def about(self) -> dict[str, Any]:
        """What is known of its features: names, and how profiles are read."""
        return unpacked(self.arrays["about"])

    @cached_property
    def shoppers(self) -> ShopperTable:
        """How profiles become numbers."""
        return ShopperTable.from_state({"grids": self.arrays["profile.grids"]}, self.about["table"])

    @property
    def item_weights(self) -> FeatureWeights:
        """How much each feature of a product counts, for all products; n is n_items."""
        return FeatureWeights(tuple(self.about["item_names"]), self.arrays["item_weights"])

    def feature_weights(self, states: Sequence[ShopperState]) -> FeatureWeights:
        """How much each feature of a shopper counts in their scores; n is n_states."""
        weights = np.zeros((len(states), *self._shape), dtype=np.float32)
        for mine, history in self.runs(states):
            weights[mine] = self.attended(history, [states[i] for i in mine])[1]
        return FeatureWeights(tuple(self.about["names"]), weights)

    def queries(self, history: Histories, states: Sequence[ShopperState]) -> FloatArray:
        """One query a state, float32 [n_states, dim]."""
        mixed, _ = self.attended(history, states)
        return self.query_of(mixed)

    def query_of(self, mixed: FloatArray) -> FloatArray:
        """What weighted sums of features ask for, float32 [n_states, dim]."""
        return layer_norm(self.arrays, "norm", residual_mlp(self.arrays, "mlp.", mixed))

    def attended(
        self, history: Histories, states: Sequence[ShopperState]
    ) -> tuple[FloatArray, FloatArray]:
        """The weighted sums [n_states, dim] and their weights [n_states, heads, n_features]."""
        settings = self.settings
        assert isinstance(settings, AttentionConfig), "the model was made with its own settings"
        features, is_there = self.features(history, states)
        return feature_attention(
            self.arrays, "attend.", settings.attention, self._shape[0], features, is_there
        )

    @abstractmethod
    def features(
        self, history: Histories, states: Sequence[ShopperState]
    ) -> tuple[FloatArray, Any]:
        """What is weighed: float32 [n_states, n_features, dim], and which of it is there."""

    @classmethod
    def _export(cls, net: Net, shop: Shop) -> Weights:
        from youli.train.nets.attentive import AttentiveNet

        assert isinstance(net, AttentiveNet), "the net is this model's own"
        arrays = super()._export(net, shop)
        grids, table = net.table.to_state()
        arrays["profile.grids"] = grids["grids"]
        arrays["item_weights"] = net.item_weights().detach().cpu().numpy()
        arrays["about"] = packed({"names": net.names, "item_names": net.item_names, "table": table})
        return arrays

    @classmethod
    def _content(cls, net: Net, shop: Shop, settings: DeepConfig) -> Weights:
        from youli.train.nets.attentive import AttentiveNet

        assert isinstance(net, AttentiveNet), "the net is this model's own"
        return net.kept() | {LABEL_NAMES: names_to_array(net.features.label_names)}

    def _start(self, net: Net, growth: Growth) -> tuple[str, ...]:
        from youli.train.nets.attentive import AttentiveNet

        assert isinstance(net, AttentiveNet), "the net is this model's own"
        labels = names_from_array(self.arrays[LABEL_NAMES])
        return net.go_on_from(self.arrays, self.about, labels, growth.rows)

    @property
    def _shape(self) -> tuple[int, int]:
        settings = self.settings
        assert isinstance(settings, AttentionConfig), "the model was made with its own settings"
        n_heads = 1 if settings.attention == "single" else settings.n_heads
        return n_heads, len(self.about["names"])


class DnnModel(AttentiveModel):
    """Ranks by two towers over named features."""

    name: ClassVar[str] = "dnn"
    config_type: ClassVar[type[DeepConfig]] = DnnConfig

    def features(
        self, history: Histories, states: Sequence[ShopperState]
    ) -> tuple[FloatArray, Any]:
        """Last products, means over the history, attributes, length and recency."""
        settings = self.settings
        assert isinstance(settings, DnnConfig), "the model was made with its own settings"
        x = self.arrays["inputs"][history.items] * np.float32(settings.dim**0.5)
        return shopper_features(
            self.arrays, self.shoppers, history, states, x, n_last=settings.n_last
        )

    @classmethod
    def _net(cls, shop: Shop, sequences: Sequences, settings: Any, seed: int) -> Net:
        import torch

        from youli.train.nets.dnn import DnnNet

        torch.manual_seed(seed)
        return DnnNet(
            content_of(shop, settings),
            shopper_table(shop),
            sequences.popularity(),
            dim=settings.dim,
            attention=settings.attention,
            n_heads=settings.n_heads,
            n_last=settings.n_last,
            n_means=settings.n_means,
            dropout=settings.dropout,
            item_dropout=settings.item_dropout,
            forgotten=settings.forgotten,
        )
