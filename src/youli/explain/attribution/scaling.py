"""A deep model's score as a function of how much of each past event's vector goes in.

Gradients along an event's own vector are slopes of this function, so central differences give them
for any model whose events go in as vectors, and nobody has to write each net's way back. They are
taken in float64: with steps of 1e-4 the error is about 1e-8 of the score. The transformer has its
own way back; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from youli.data.state import ShopperState
from youli.models.deep import DeepModel
from youli.models.histories import histories
from youli.types import FloatArray, IntArray

__all__ = ["scaled_scores", "slopes"]

_STEP = 1e-4
#: Events that go in together; bounds the memory, not the result.
_BATCH = 4_096


def scaled_scores(
    model: DeepModel, state: ShopperState, item_num: int, factors: FloatArray
) -> FloatArray:
    """Scores of a product where each event's vector goes in times a factor, float64 [n].

    `factors` float64 [n, length], for the events that the model reads. Time, order and strength of
    the events stay as they are.
    """
    history = histories([state], model.settings.train.max_length)
    length = history.items.shape[1]
    rows = history.items[0]
    direction = model.arrays["outputs"][item_num].astype(np.float64)
    found = []
    for start in range(0, len(factors), max(1, _BATCH // length)):
        part = factors[start : start + max(1, _BATCH // length)]
        n = len(part)
        vectors = model.arrays["inputs"][rows].astype(np.float64)  # [length, width]
        # A catalogue in which every event is a product of its own.
        arrays = model.arrays | {
            "inputs": (part[:, :, None] * vectors[None]).reshape(n * length, -1),
            "outputs": model.arrays["outputs"][:1],
        }
        if "has" in arrays:
            arrays["has"] = np.tile(model.arrays["has"][rows], (n, 1))
        events = replace(
            history,
            items=np.arange(n * length, dtype=np.int32).reshape(n, length),
            steps_ago=np.repeat(history.steps_ago, n, axis=0),
            seconds_ago=np.repeat(history.seconds_ago, n, axis=0),
            strengths=np.repeat(history.strengths, n, axis=0),
            lengths=np.repeat(history.lengths, n),
        )
        scaled = type(model)(arrays, model.settings, {})
        found.append(scaled.queries(events, [state] * n) @ direction)
    return np.concatenate(found) + float(model.arrays["biases"][item_num])


def slopes(
    model: DeepModel, state: ShopperState, item_num: int, at: FloatArray, player: IntArray, n: int
) -> FloatArray:
    """∂score/∂factor of each player's events together, where all factors are `at`.

    `at` float64 [n_points]; `player` int64 [length], whose each event is, of `n`; the result is
    float64 [n_points, n].
    """
    factors = np.tile(at[:, None, None, None], (1, n, 2, len(player)))  # [points, n, 2, length]
    mine = np.arange(n)[:, None] == player[None, :]  # [n, length]
    factors[:, :, 0] += _STEP * mine
    factors[:, :, 1] -= _STEP * mine
    scores = scaled_scores(model, state, item_num, factors.reshape(-1, len(player)))
    pairs = scores.reshape(len(at), n, 2)
    return np.asarray((pairs[:, :, 0] - pairs[:, :, 1]) / (2.0 * _STEP))
