"""What another way of choosing would have earned, from the log of this one.

    V = Σ w_i r_i / Σ w_i,   w_i = π(a_i | x_i) / p_i        (SNIPS; Swaminathan and Joachims 2015)

π is the probability under the way that is judged, p the logged one. Rows of one shopper are not
independent, so the variance is that of sums over shoppers (delta method):

    Var V = Σ_u ( Σ_{i of u} w_i (r_i - V) )² / (Σ w_i)²

and the same for the difference to what was really earned. π must not have learned from the row it
is judged on: probabilities are logged at the moment of choice (`records.Shown.target`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.errors import NotEnoughDataError
from youli.feedback.records import Shown
from youli.types import FloatArray

__all__ = ["Estimate", "GateConfig", "Verdict", "judge", "snips"]

#: Two-sided 95 %.
_Z = 1.959964


class GateConfig(BaseModel):
    """When a way of choosing may be switched on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_shoppers: int = Field(default=50, ge=2)
    """No verdict on the log of fewer shoppers."""
    least_effective: float = Field(default=100.0, ge=1.0)
    """No verdict where the weighted log is worth fewer rows than this."""
    margin: float = Field(default=0.0, ge=0.0)
    """The interval of the difference must lie above minus this."""
    clip: float = Field(default=20.0, ge=1.0)
    """No row weighs more."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and the interval in which it lies, 95 %."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a way of choosing, and whether it may be switched on."""

    may_switch_on: bool
    #: In one sentence, why.
    because: str
    value: Estimate
    #: What was really earned.
    logged: Estimate
    #: Value minus logged, on the same rows.
    difference: Estimate
    n_rows: int
    n_shoppers: int
    #: (Σ w)² / Σ w²: how many unweighted rows the log is worth.
    n_effective: float
    #: Share of the rows whose weight was clipped.
    clipped: float


def snips(reward: FloatArray, weight: FloatArray, shopper: Sequence[str]) -> Estimate:
    """The self-normalised estimate and its interval; all [n_rows].

    Raises `NotEnoughDataError` where no row has any weight.
    """
    mean, influence = _snips(reward, weight, shopper)
    return _interval(mean, influence)


def judge(rows: Sequence[tuple[Shown, float]], *, config: GateConfig | None = None) -> Verdict:
    """Judge the chooser under trial (`Shown.target`) on what was shown and what it earned.

    Raises `NotEnoughDataError` on an empty log.
    """
    config = GateConfig() if config is None else config
    if not rows:
        raise NotEnoughDataError(
            "there is no log to judge by", value=0, hint="keep impressions and their outcomes first"
        )
    reward = np.array([earned for _, earned in rows], dtype=np.float64)
    raw = np.array([one.target / one.propensity for one, _ in rows])
    weight = np.minimum(raw, config.clip)
    shopper = [one.user_id for one, _ in rows]
    value, value_influence = _snips(reward, weight, shopper)
    logged, logged_influence = _snips(reward, np.ones(len(rows)), shopper)
    difference = _interval(value - logged, value_influence - logged_influence)
    n_shoppers = len(set(shopper))
    n_effective = float(weight.sum() ** 2 / (weight**2).sum())
    if n_shoppers < config.least_shoppers:
        why = f"{n_shoppers} shoppers are too few; it takes {config.least_shoppers}"
    elif n_effective < config.least_effective:
        why = f"the log is worth {n_effective:.0f} rows; it takes {config.least_effective:.0f}"
    elif difference.low <= -config.margin:
        why = f"it may earn less: the difference lies from {difference.low:+.4f}"
    else:
        why = f"it earns more: the difference lies from {difference.low:+.4f}"
    return Verdict(
        may_switch_on=why.startswith("it earns more"),
        because=why,
        value=_interval(value, value_influence),
        logged=_interval(logged, logged_influence),
        difference=difference,
        n_rows=len(rows),
        n_shoppers=n_shoppers,
        n_effective=n_effective,
        clipped=float((raw > config.clip).mean()),
    )


def _snips(
    reward: FloatArray, weight: FloatArray, shopper: Sequence[str]
) -> tuple[float, FloatArray]:
    """The estimate and what each shopper adds to its error, float64 [n_shoppers]."""
    total = float(weight.sum())
    if total <= 0.0:
        raise NotEnoughDataError(
            "no logged choice could have been made by the way that is judged",
            value=len(reward),
            hint="log with some choices drawn at random (ChoiceConfig.trial)",
        )
    mean = float(weight @ reward) / total
    _, group = np.unique(np.asarray(shopper), return_inverse=True)
    return mean, np.bincount(group, weights=weight * (reward - mean)) / total


def _interval(mean: float, influence: FloatArray) -> Estimate:
    half = _Z * math.sqrt(float(influence @ influence))
    return Estimate(mean, mean - half, mean + half)
