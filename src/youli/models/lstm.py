"""An LSTM over the sequence (Hidasi et al. 2016), told of gaps in time and of events' strength.

Trained with a softmax over the catalogue on every event, as the Transformer is, not with session
batches and ranking losses as first published. What is predicted is told by earlier ticks alone: in
a shop with orders, by the orders before, never by the rest of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.models.arithmetic import Arrays, layer_norm, linear, lstm
from youli.models.deep import DeepConfig, DeepModel, Weights, content_of
from youli.models.histories import Histories
from youli.models.shoppers import signals
from youli.types import FloatArray

if TYPE_CHECKING:
    from youli.train.nets.base import Net
    from youli.train.sequences import Sequences

__all__ = ["LstmConfig", "LstmModel", "recurrent_states"]


class LstmConfig(DeepConfig):
    """Its size and how much is left out in training."""

    dim: int = Field(default=64, ge=1)
    """Length of a product's vector."""
    hidden: int = Field(default=128, ge=1)
    """Numbers that a layer remembers."""
    n_layers: int = Field(default=1, ge=1)
    """Layers of LSTM."""
    dropout: float = Field(default=0.4, ge=0.0, lt=1.0)
    """Share of numbers left out in training, of what goes in and what comes out."""
    item_dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of products that go without their id (or a block of content) for one step."""
    forgotten: float = Field(default=0.02, ge=0.0, lt=1.0)
    """Share of events predicted from nothing, to learn what to show somebody new."""


class LstmModel(DeepModel):
    """What the LSTM remembers after the last event is the query."""

    name: ClassVar[str] = "lstm"
    config_type: ClassVar[type[DeepConfig]] = LstmConfig

    def queries(self, history: Histories, states: Sequence[ShopperState]) -> FloatArray:
        """One query a state, float32 [n_states, dim]; a learned one without events."""
        del states
        settings = self.settings
        assert isinstance(settings, LstmConfig), "the model was made with its own settings"
        x = self.arrays["inputs"][history.items] * np.float32(settings.dim**0.5)
        told = signals(history, is_timed=bool(self.arrays["is_timed"][0]))
        last = recurrent_states(self.arrays, x, told, history, settings.n_layers)
        last[history.lengths == 0] = self.arrays["nobody"]
        return layer_norm(self.arrays, "norm", last)

    @classmethod
    def _net(cls, shop: Shop, sequences: Sequences, settings: Any, seed: int) -> Net:
        import torch

        from youli.train.nets.lstm import LstmNet

        torch.manual_seed(seed)
        return LstmNet(
            content_of(shop, settings),
            sequences.popularity(),
            dim=settings.dim,
            hidden=settings.hidden,
            n_layers=settings.n_layers,
            dropout=settings.dropout,
            item_dropout=settings.item_dropout,
            forgotten=settings.forgotten,
        )

    @classmethod
    def _export(cls, net: Net, shop: Shop) -> Weights:
        return super()._export(net, shop) | {"is_timed": np.array([shop.interactions.timed])}


def recurrent_states(
    arrays: Arrays, x: FloatArray, told: FloatArray, history: Histories, n_layers: int
) -> FloatArray:
    """What is remembered after the last event, float32 [n_states, dim].

    `x` are the products, float32 [n_states, length, dim], `told` the signals beside them.
    """
    into = layer_norm(arrays, "recurrent.norm", x + linear(arrays, "recurrent.told", told))
    states = lstm(arrays, "recurrent.lstm.", into.astype(x.dtype), n_layers)
    last = states[np.arange(len(x)), np.maximum(history.lengths - 1, 0)]
    return linear(arrays, "recurrent.out", last)
