"""Do a model's scores mean what they say? Probabilities of being chosen, and how far off they are.

Scores have no unit. They become probabilities by a softmax over all products that compete, with
one temperature that makes the chosen products most likely (Guo et al. 2017):

    p(i) = exp(s_i / τ) / Σ_j exp(s_j / τ)

A case with several targets is read as one choice drawn from them: product i came true to the degree
y_i = [i ∈ T] / |T|. The temperature is the only thing that is learned, on one half of the shoppers,
and judged on the other half, both ways round: so no model has a part of it that was fitted to the
cases it is judged on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["Calibration", "Choice", "best_temperature", "calibration", "probabilities"]

#: Bins of equal numbers of products: those of equal width would put nearly all into the first.
N_BINS = 15
#: log10 of the temperatures that are tried, relative to the spread of the scores.
_TRIED = np.linspace(-3.0, 2.0, 41)


@dataclass(frozen=True, slots=True)
class Choice:
    """One case for the temperature: scores of all that compete, and which of them were chosen.

    ``scores`` float64 [n_competing], without NaN; ``chosen`` rows of it.
    """

    scores: FloatArray
    chosen: IntArray

    @classmethod
    def of(cls, scores: FloatArray, targets: IntArray, allowed: BoolArray) -> Choice | None:
        """Cut a model's row to what competes; None where no target has a score."""
        competes = allowed.copy()
        competes[targets] = True
        competes &= ~np.isnan(scores)
        chosen = np.flatnonzero(np.isin(np.flatnonzero(competes), targets))
        return cls(scores[competes].astype(np.float64), chosen) if len(chosen) else None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected calibration error, and the bins it comes from."""

    ece: float
    #: Mean probability, mean truth and number of products of each bin, from unlikely to likely.
    bins: tuple[tuple[float, float, int], ...]

    @property
    def document(self) -> dict[str, Any]:
        """For reports."""
        return {"ece": self.ece, "bins": [list(one) for one in self.bins]}


def probabilities(scores: FloatArray, temperature: float) -> FloatArray:
    """The softmax above, of the same shape as `scores`; 0 where a score is NaN."""
    scaled = np.where(np.isnan(scores), -np.inf, scores.astype(np.float64)) / temperature
    weights = np.exp(scaled - scaled.max())
    return np.asarray(weights / weights.sum())


def best_temperature(choices: Sequence[Choice]) -> float:
    """The τ of a grid with the least mean −log p of what was chosen.

    The grid goes from 10⁻³ to 10² standard deviations of the scores, eight steps a power of ten.
    Scores without any spread keep τ = 1: every temperature gives the same.
    """
    spread = float(np.mean([one.scores.std() for one in choices])) if choices else 0.0
    if spread == 0.0:
        return 1.0
    tried = spread * 10.0**_TRIED
    loss = [sum(_loss(one, temperature) for one in choices) for temperature in tried]
    return float(tried[int(np.argmin(loss))])


def _loss(choice: Choice, temperature: float) -> float:
    scaled = choice.scores / temperature
    highest = scaled.max()
    log_total = highest + np.log(np.exp(scaled - highest).sum())
    return float(log_total - scaled[choice.chosen].mean())


def calibration(probability: FloatArray, truth: FloatArray, n_bins: int = N_BINS) -> Calibration:
    """ECE = Σ_b |B_b|/n · |mean p − mean y| over bins of equal size (Naeini et al. 2015).

    Both float64 [n]; the bins are those of Nguyen and O'Connor 2015, by order of p, products with
    equal p in their given order. NaN without products.
    """
    if len(probability) == 0:
        return Calibration(float("nan"), ())
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, n_bins) if len(part)]
    bins = tuple(
        (float(probability[part].mean()), float(truth[part].mean()), len(part)) for part in parts
    )
    off = sum(n * abs(mean - true) for mean, true, n in bins)
    return Calibration(float(off / len(probability)), bins)
