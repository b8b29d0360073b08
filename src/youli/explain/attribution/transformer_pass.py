"""The transformer's forward with everything kept, and its gradient, in NumPy.

`youli.models.transformer` scores; this looks inside. A test holds the queries of both equal, and
the gradient equal to torch's. The gradient is with respect to the products as they go in (scaled,
before positions), so that it can be read for each past event.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from youli.models.deep import Weights
from youli.models.histories import Histories
from youli.models.transformer import TransformerConfig, TransformerModel
from youli.types import FloatArray

__all__ = ["Inside", "embedded", "gradient", "look_inside"]

_EPS = 1e-5


@dataclass(frozen=True)
class _Block:
    """What the backward pass needs of one block."""

    x: FloatArray
    q: FloatArray
    k: FloatArray
    v: FloatArray
    attention: FloatArray
    middle: FloatArray
    wide: FloatArray


@dataclass(frozen=True)
class Inside:
    """One forward pass, float64: ``queries`` [n, dim], ``attention`` [blocks, n, heads, length,
    length], ``states`` [n, length, dim] after the last block, and what is needed to go back.
    """

    queries: FloatArray
    attention: FloatArray
    states: FloatArray
    blocks: tuple[_Block, ...]

    @property
    def last(self) -> FloatArray:
        """The state after the last event, before the norm; [n, dim]."""
        return np.asarray(self.states[:, -1])

    @property
    def by_layer(self) -> tuple[FloatArray, ...]:
        """States of every event as they go in and after each block, each [n, length, dim]."""
        return (*(block.x for block in self.blocks), self.states)


def embedded(model: TransformerModel, history: Histories) -> FloatArray:
    """Products as they go in, scaled, float64 [n, length, dim]."""
    dim = model.arrays["inputs"].shape[1]
    rows = np.asarray(model.arrays["inputs"][history.items], dtype=np.float64)
    return np.asarray(rows * float(dim) ** 0.5)


def look_inside(model: TransformerModel, x: FloatArray) -> Inside:
    """Run states of equal length, x float64 [n, length, dim] without padding or positions."""
    settings, weights = model.settings, model.arrays
    assert isinstance(settings, TransformerConfig), "the model was made with its own settings"
    n, length, dim = x.shape
    later = np.triu(np.full((length, length), -np.inf), 1)
    x = x + weights["position"][:length]
    blocks = []
    for number in range(settings.n_blocks):
        at = f"blocks.{number}."
        heads = (n, length, 3, settings.n_heads, dim // settings.n_heads)
        qkv = _linear(weights, at + "into", _norm(weights, at + "before", x))
        q, k, v = qkv.reshape(heads).transpose(2, 0, 3, 1, 4)  # each [n, heads, length, d]
        scores = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5 + later
        attention = np.exp(scores - scores.max(axis=-1, keepdims=True))
        attention /= attention.sum(axis=-1, keepdims=True)
        mixed = (attention @ v).transpose(0, 2, 1, 3).reshape(n, length, dim)
        middle = x + _linear(weights, at + "out", mixed)
        wide = _linear(weights, at + "wide", _norm(weights, at + "between", middle))
        blocks.append(_Block(x, q, k, v, attention, middle, wide))
        x = middle + _linear(weights, at + "back", wide * ndtr(wide))
    return Inside(
        _norm(weights, "norm", x[:, -1]), np.stack([b.attention for b in blocks]), x, tuple(blocks)
    )


def gradient(model: TransformerModel, inside: Inside, direction: FloatArray) -> FloatArray:
    """Of direction · query with respect to what went in, float64 [n, length, dim].

    `direction` is float [dim]: the vector of the product whose score is explained.
    """
    weights = model.arrays
    n, length, dim = inside.blocks[0].x.shape
    down = np.zeros((n, length, dim))
    ones = np.broadcast_to(direction.astype(np.float64), (n, dim))
    down[:, -1] = _norm_back(weights, "norm", inside.last, ones)
    for number in range(len(inside.blocks) - 1, -1, -1):
        one, at = inside.blocks[number], f"blocks.{number}."
        wide = (down @ weights[at + "back.weight"]) * _gelu_slope(one.wide)
        down = down + _norm_back(
            weights, at + "between", one.middle, wide @ weights[at + "wide.weight"]
        )
        mixed = (down @ weights[at + "out.weight"]).reshape(n, length, one.q.shape[1], -1)
        mixed = mixed.transpose(0, 2, 1, 3)  # [n, heads, length, d]
        to_attention = mixed @ one.v.swapaxes(-1, -2)
        softmax = one.attention * (
            to_attention - (to_attention * one.attention).sum(axis=-1, keepdims=True)
        )
        softmax = softmax / one.q.shape[-1] ** 0.5
        qkv = np.stack(
            [
                softmax @ one.k,
                softmax.swapaxes(-1, -2) @ one.q,
                one.attention.swapaxes(-1, -2) @ mixed,
            ]
        )  # [3, n, heads, length, d]
        flat = qkv.transpose(1, 3, 0, 2, 4).reshape(n, length, 3 * dim)
        down = down + _norm_back(weights, at + "before", one.x, flat @ weights[at + "into.weight"])
    return down


def _linear(weights: Weights, name: str, x: FloatArray) -> FloatArray:
    return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def _norm(weights: Weights, name: str, x: FloatArray) -> FloatArray:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPS)
    return np.asarray(centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _norm_back(weights: Weights, name: str, x: FloatArray, down: FloatArray) -> FloatArray:
    """The gradient before a layer norm from the gradient after it."""
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPS)
    unit = centred / spread
    scaled = down * weights[f"{name}.weight"]
    mean = scaled.mean(axis=-1, keepdims=True)
    along = (scaled * unit).mean(axis=-1, keepdims=True)
    return np.asarray((scaled - mean - unit * along) / spread)


def _gelu_slope(x: FloatArray) -> FloatArray:
    return np.asarray(ndtr(x) + x * np.exp(-(x**2) / 2.0) / np.sqrt(2.0 * np.pi))
