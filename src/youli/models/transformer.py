"""Causal self-attention over the sequence, tied embeddings (Kang and McAuley 2018; Klenitskiy and
Vasilev 2023 for what training it well takes: a softmax over the catalogue instead of one negative).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.models.deep import DeepConfig, DeepModel, Weights, content_of
from youli.models.histories import Histories
from youli.types import FloatArray

if TYPE_CHECKING:
    from youli.train.nets.base import Net
    from youli.train.sequences import Sequences

__all__ = ["TransformerConfig", "TransformerModel"]


class TransformerConfig(DeepConfig):
    """Its size and how much is left out in training."""

    dim: int = Field(default=128, ge=1)
    """Length of a product's vector."""
    n_heads: int = Field(default=4, ge=1)
    """Heads of attention in each block."""
    n_blocks: int = Field(default=2, ge=1)
    """Blocks of attention and feed-forward."""
    dropout: float = Field(default=0.4, ge=0.0, lt=1.0)
    """Share of numbers left out in training, everywhere in the net."""
    item_dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of products that go without their id (or a block of content) for one step."""


class TransformerModel(DeepModel):
    """The state after the last event is the query."""

    name: ClassVar[str] = "transformer"
    config_type: ClassVar[type[DeepConfig]] = TransformerConfig

    def queries(self, history: Histories, states: Sequence[ShopperState]) -> FloatArray:
        """The last state of every history, float32 [n_states, dim]; zero where there is none."""
        del states
        settings = self.settings
        assert isinstance(settings, TransformerConfig), "the model was made with its own settings"
        weights = self.arrays
        n, length = history.items.shape
        x = weights["inputs"][history.items] * np.float32(settings.dim**0.5)
        x = x + weights["position"][:length]
        later = np.triu(np.full((length, length), -np.inf, dtype=np.float32), 1)
        for block in range(settings.n_blocks):
            x = _block(x, weights, f"blocks.{block}.", settings.n_heads, later)
        last = x[np.arange(n), np.maximum(history.lengths - 1, 0)]
        queries = _norm(last, weights["norm.weight"], weights["norm.bias"])
        queries[history.lengths == 0] = 0.0
        return queries

    @classmethod
    def _net(cls, shop: Shop, sequences: Sequences, settings: Any, seed: int) -> Net:
        import torch

        from youli.train.nets.transformer import TransformerNet

        torch.manual_seed(seed)
        return TransformerNet(
            content_of(shop, settings),
            sequences.popularity(),
            dim=settings.dim,
            n_heads=settings.n_heads,
            n_blocks=settings.n_blocks,
            max_length=settings.train.max_length,
            dropout=settings.dropout,
            item_dropout=settings.item_dropout,
        )


def _block(x: FloatArray, weights: Weights, at: str, n_heads: int, later: FloatArray) -> FloatArray:
    """One block, float32 [n, length, dim] → the same."""
    n, length, dim = x.shape
    normed = _norm(x, weights[at + "before.weight"], weights[at + "before.bias"])
    qkv = normed @ weights[at + "into.weight"].T + weights[at + "into.bias"]
    q, k, v = qkv.reshape(n, length, 3, n_heads, dim // n_heads).transpose(2, 0, 3, 1, 4)
    scores = q @ k.swapaxes(-1, -2) / np.float32((dim // n_heads) ** 0.5) + later
    scores -= scores.max(axis=-1, keepdims=True)
    attention = np.exp(scores, out=scores)  # [n, heads, length, length]
    attention /= attention.sum(axis=-1, keepdims=True)
    mixed = (attention @ v).transpose(0, 2, 1, 3).reshape(n, length, dim)
    x = x + mixed @ weights[at + "out.weight"].T + weights[at + "out.bias"]
    normed = _norm(x, weights[at + "between.weight"], weights[at + "between.bias"])
    wide = _gelu(normed @ weights[at + "wide.weight"].T + weights[at + "wide.bias"])
    changed: FloatArray = x + wide @ weights[at + "back.weight"].T + weights[at + "back.bias"]
    return changed


def _norm(x: FloatArray, scale: FloatArray, shift: FloatArray) -> FloatArray:
    """Layer norm over the last axis, as torch's with its default ε."""
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-5))
    return np.asarray(centred / spread * scale + shift)


def _gelu(x: FloatArray) -> FloatArray:
    """The Gaussian error linear unit, exactly: x · Φ(x)."""
    from scipy.special import ndtr

    return np.asarray(x * ndtr(x), dtype=x.dtype)
