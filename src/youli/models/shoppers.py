"""Shoppers' states as sets of features in NumPy, as `youli.train.nets.shoppers` computes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from youli.data.state import ShopperState
from youli.features.shoppers import ShopperTable, length_code, recency_code
from youli.models.arithmetic import Arrays
from youli.models.histories import Histories
from youli.types import BoolArray, FloatArray

__all__ = ["history_means", "shopper_features", "signals"]

_DAY_S = np.float32(86_400.0)


def shopper_features(
    arrays: Arrays,
    table: ShopperTable,
    history: Histories,
    states: Sequence[ShopperState],
    x: FloatArray,
    *,
    n_last: int,
) -> tuple[FloatArray, BoolArray]:
    """Features float32 [n_states, n_features, dim], and which are there.

    `x` are the products of the history, float32 [n_states, length, dim].
    """
    n = len(states)
    rows = np.arange(n)
    through = arrays["shopper.through"]
    parts: list[FloatArray] = []
    there: list[BoolArray] = []
    for back in range(n_last):
        place = history.lengths - 1 - back
        parts.append(x[rows, np.maximum(place, 0)] @ through[back])
        there.append(place >= 0)
    if len(through) > n_last:
        is_real = history.strengths > 0.0
        means, some = history_means(arrays["shopper.means.fall"], history, x, is_real)
        parts.extend(mean @ one for mean, one in zip(means, through[n_last:], strict=True))
        there.extend([some] * len(means))
    always = np.ones(n, dtype=bool)
    encoded = table.of([state.attributes for state in states])
    starts = table.starts
    for codes, start in zip(encoded.codes.T, starts[:-1], strict=True):
        parts.append(arrays["shopper.level"][start + np.maximum(codes, 0)])
        there.append(codes >= 0)
    for at in range(len(table.encoder.quantities)):
        size = encoded.numbers[:, at, None] * arrays["shopper.size"][at]
        known = encoded.known[:, at, None]
        parts.append(
            np.where(known, size + arrays["shopper.known"][at], arrays["shopper.unknown"][at])
        )
        there.append(always)
    parts.append(arrays["shopper.length"][length_code(history.lengths)])
    there.append(always)
    if table.is_timed:
        last = history.seconds_ago[rows, np.maximum(history.lengths - 1, 0)]
        parts.append(arrays["shopper.recency"][recency_code(last)])
        there.append(history.lengths > 0)
    return np.stack(parts, axis=1), np.stack(there, axis=1)


def history_means(
    fall: FloatArray, history: Histories, x: FloatArray, has: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Means over the events, [n_means, n_states, dim], and whether there is one, [n_states].

    Weighted by strength · e^(−softplus(fall) · age), over the events that `has` names.
    """
    last = history.steps_ago[np.arange(len(x)), np.maximum(history.lengths - 1, 0)]
    age = np.maximum(history.steps_ago - last[:, None], 0)
    speaks = has * history.strengths
    means = []
    for one in np.logaddexp(0.0, fall):
        weights = np.exp(-one * age).astype(np.float32) * speaks
        total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-30)
        means.append((weights[:, None, :] @ x)[:, 0] / total)
    return np.stack(means).astype(x.dtype), np.asarray(speaks.any(axis=1))


def signals(history: Histories, *, is_timed: bool) -> FloatArray:
    """What is told of each event beside its product, float32 [n_states, length, 3].

    log(1 + days since the event before), 1 where it belongs to the tick of the one before, and its
    strength; the first event has no gap.
    """
    told = np.zeros((*history.items.shape, 3), dtype=np.float32)
    is_real = history.strengths > 0.0
    if is_timed:
        gap = np.maximum(-np.diff(history.seconds_ago, axis=1), 0) / _DAY_S
        told[:, 1:, 0] = np.log1p(gap)
    told[:, 1:, 1] = np.diff(history.steps_ago, axis=1) == 0
    told[:, :, 2] = history.strengths
    told *= is_real[:, :, None]
    return told
