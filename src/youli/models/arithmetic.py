"""The layers of a net in NumPy, as torch computes them with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from youli.types import FloatArray

__all__ = ["Arrays", "gelu", "layer_norm", "linear", "lstm", "residual_mlp"]

#: The arrays of a net, by the names that torch gives them.
Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]


def linear(arrays: Arrays, name: str, x: FloatArray) -> FloatArray:
    """Give x Wᵀ + b over the last axis."""
    return np.asarray(x @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"])


def layer_norm(arrays: Arrays, name: str, x: FloatArray) -> FloatArray:
    """Over the last axis, with torch's default ε."""
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-5))
    return np.asarray(centred / spread * arrays[f"{name}.weight"] + arrays[f"{name}.bias"])


def gelu(x: FloatArray) -> FloatArray:
    """The Gaussian error linear unit, exactly: x · Φ(x)."""
    return np.asarray(x * ndtr(x), dtype=x.dtype)


def residual_mlp(arrays: Arrays, at: str, x: FloatArray) -> FloatArray:
    """Give x + W₂ gelu(W₁ norm(x)); `at` is the prefix of the block's names."""
    wide = gelu(linear(arrays, f"{at}wide", layer_norm(arrays, f"{at}norm", x)))
    return np.asarray(x + linear(arrays, f"{at}back", wide))


def lstm(arrays: Arrays, at: str, x: FloatArray, n_layers: int) -> FloatArray:
    """Outputs of the last layer at every place, [n, length, hidden], from [n, length, dim].

    What stands right of a place does not change it, so padding on the right needs no mask.
    """
    for layer in range(n_layers):
        into = x @ arrays[f"{at}weight_ih_l{layer}"].T + (
            arrays[f"{at}bias_ih_l{layer}"] + arrays[f"{at}bias_hh_l{layer}"]
        )  # [n, length, 4 hidden]: the gates' order is in, forget, new, out
        again = arrays[f"{at}weight_hh_l{layer}"].T
        n, length, width = into.shape
        hidden = width // 4
        state = np.zeros((n, hidden), dtype=into.dtype)
        cell = np.zeros((n, hidden), dtype=into.dtype)
        x = np.empty((n, length, hidden), dtype=into.dtype)
        for place in range(length):
            gates = into[:, place] + state @ again
            let_in, keep, new, let_out = np.split(gates, 4, axis=1)
            cell = expit(keep) * cell + expit(let_in) * np.tanh(new)
            state = expit(let_out) * np.tanh(cell)
            x[:, place] = state
    return x
