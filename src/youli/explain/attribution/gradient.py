"""Gradients of a deep model's score with respect to each past event's vector.

``gradient_input``: x_e · ∂score/∂x_e at the history as it is (Shrikumar et al. 2016).
``integrated_gradients``: the same gradient averaged along the straight line from events without a
vector to the history (Sundararajan et al. 2017); its amounts add up to score − base, up to the
error of the integral, which is given. The base is the score of as many events with zero vectors
in the same places: not the score of a shopper without events, which no such line reaches.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.attention import rows_of_history
from youli.explain.attribution.base import Attribution, Scorer, players
from youli.explain.attribution.scaling import scaled_scores, slopes
from youli.explain.attribution.transformer_pass import embedded, gradient, look_inside
from youli.models.deep import DeepModel
from youli.models.histories import histories
from youli.models.transformer import TransformerModel
from youli.types import FloatArray, IntArray

__all__ = ["GradientInputAttributor", "IntegratedGradientsAttributor"]

#: Of max(1, |score|): the error of the integral that is good enough.
_RESIDUAL = 1e-4


class GradientInputAttributor:
    """One backward pass."""

    name: ClassVar[str] = "gradient_input"

    def lacking(self, model: Scorer) -> str | None:
        """It needs events that go in as vectors."""
        return None if isinstance(model, DeepModel) else "only deep models have gradients"

    def attribute(self, model: DeepModel, state: ShopperState, item_num: int) -> Attribution:
        """A first-order guess of what each product gives."""
        return _along(self.name, model, state, item_num, np.ones(1), np.ones(1))


class IntegratedGradientsAttributor:
    """Gauss-Legendre quadrature along the line, with more points until the amounts add up."""

    name: ClassVar[str] = "integrated_gradients"

    def __init__(self, *, n_points: int = 32, most_points: int = 256) -> None:
        self.n_points, self.most_points = n_points, most_points

    def lacking(self, model: Scorer) -> str | None:
        """It looks into the transformer alone."""
        return GradientInputAttributor().lacking(model)

    def attribute(self, model: DeepModel, state: ShopperState, item_num: int) -> Attribution:
        """``residual`` is |score − base − Σ amounts|, ``n_points`` how many points it took.

        Points are doubled until the residual is below 1e-4 · max(1, |score|), at most to 256.
        """
        n_points = self.n_points
        while True:
            points, weights = np.polynomial.legendre.leggauss(n_points)
            found = _along(self.name, model, state, item_num, (points + 1.0) / 2.0, weights / 2.0)
            if not len(found.items) or n_points >= self.most_points:
                return found
            if found.numbers["residual"] <= _RESIDUAL * max(1.0, abs(found.numbers["score"])):
                return found
            n_points *= 2


def _along(
    name: str,
    model: DeepModel,
    state: ShopperState,
    item_num: int,
    points: FloatArray,
    weights: FloatArray,
) -> Attribution:
    found = players(state)
    if not len(found):
        return Attribution(
            name, item_num, found.items, np.zeros(0), exact=False, in_score_units=True
        )
    of_event = rows_of_history(state, found, model.settings.train.max_length)
    asked = (state, item_num, points, weights, of_event, len(found))
    if isinstance(model, TransformerModel):
        amounts, ends = _by_going_back(model, *asked)
    else:
        amounts, ends = _by_scaling(model, *asked)
    score, base = ends.tolist()
    numbers = {
        "score": score, "base": base, "n_points": float(len(points)),
        "residual": abs(score - base - float(amounts.sum())),
    }  # fmt: skip
    return Attribution(
        name, item_num, found.items, amounts, exact=False, in_score_units=True, numbers=numbers
    )


def _by_going_back(
    model: TransformerModel, state: ShopperState, item_num: int, points: FloatArray,
    weights: FloatArray, of_event: IntArray, n: int,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Amounts by the transformer's own way back, and the scores of the history and of the base."""
    x = embedded(model, histories([state], model.settings.train.max_length))  # [1, length, dim]
    direction = model.arrays["outputs"][item_num]
    slope = gradient(model, look_inside(model, points[:, None, None] * x), direction)
    each = (x[0] * (weights[:, None, None] * slope).sum(axis=0)).sum(axis=1)  # [length]
    amounts = np.bincount(of_event, weights=each, minlength=n).astype(np.float64)
    ends = look_inside(model, np.concatenate([x, np.zeros_like(x)])).queries @ direction
    return amounts, np.asarray(ends + float(model.arrays["biases"][item_num]))


def _by_scaling(
    model: DeepModel, state: ShopperState, item_num: int, points: FloatArray,
    weights: FloatArray, of_event: IntArray, n: int,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """The same for any net that takes its events as vectors."""
    found = slopes(model, state, item_num, points, of_event, n)  # [points, players]
    ends = np.repeat([[1.0], [0.0]], len(of_event), axis=1)
    return np.asarray(weights @ found), scaled_scores(model, state, item_num, ends)
