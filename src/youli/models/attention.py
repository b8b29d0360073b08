"""Attention over input features in NumPy, as `youli.train.nets.attention` computes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.models.arithmetic import Arrays, linear
from youli.types import BoolArray, FloatArray

__all__ = ["FeatureWeights", "feature_attention"]

_NEVER = np.float32(-1e4)


@dataclass(frozen=True)
class FeatureWeights:
    """How much each input feature went into the vectors that scores were made of.

    ``weights`` float32 [n, n_heads, n_features]: not negative, and every row sums to 1; a row of
    zeros where nothing at all is known (a product that nobody chose and nothing describes).
    """

    names: tuple[str, ...]
    weights: FloatArray

    @property
    def of_all_heads(self) -> FloatArray:
        """The mean over the heads, float32 [n, n_features]."""
        return np.asarray(self.weights.mean(axis=1))


def feature_attention(
    arrays: Arrays, at: str, kind: str, n_heads: int, features: FloatArray, is_there: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Vectors [n, dim] and weights [n, heads, n_features] from features [n, n_features, dim].

    `at` is the prefix of the block's names in `arrays`; `kind` and `n_heads` as it was trained.
    """
    n, n_features, dim = features.shape
    marked = features + arrays[f"{at}which"]
    keys = linear(arrays, f"{at}key", marked)
    mask = is_there[:, None, :]
    ask = arrays[f"{at}ask"]
    if kind == "single":
        weights = _softmax((np.tanh(keys) @ ask)[:, None, :], mask)
        values = features[:, :, None, :]
    else:
        shape = (n, n_features, n_heads, dim // n_heads)
        keys = keys.reshape(shape)
        values = (features @ arrays[f"{at}value.weight"].T).reshape(shape)
        scale = np.float32((dim // n_heads) ** -0.5)
        if kind == "multi":
            weights = _softmax(
                np.einsum("nfhd,hd->nhf", keys, ask.reshape(shape[2:])) * scale, mask
            )
        else:
            asked = linear(arrays, f"{at}query", marked).reshape(shape) + ask.reshape(shape[2:])
            score = np.einsum("nghd,nfhd->nhgf", asked, keys, optimize=True) * scale
            each = _softmax(score, mask[:, :, None, :]) * mask[:, :, :, None]
            weights = each.sum(axis=2) / np.maximum(mask.sum(axis=2, keepdims=True), 1)
    weights = weights.astype(features.dtype)
    mixed = np.einsum("nhf,nfhd->nhd", weights, values)
    return mixed.reshape(n, dim), weights


def _softmax(score: FloatArray, mask: BoolArray) -> FloatArray:
    """Over the last axis, and exactly zero where the mask is."""
    score = np.where(mask, score, _NEVER)
    share = np.exp(score - score.max(axis=-1, keepdims=True, initial=_NEVER))
    return np.asarray(share / share.sum(axis=-1, keepdims=True) * mask)
