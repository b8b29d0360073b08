"""Intervals that may be looked at after every observation and stay valid.

The predictable plug-in empirical-Bernstein confidence sequence (Waudby-Smith and Ramdas 2024,
theorem 2) for the mean of values in [0, 1]: with probability 1 - α the true mean lies in *all* of
the intervals at once, so an experiment may be stopped whenever it is clear.

    λ_t = min( sqrt( 2 log(2/α) / (σ²_{t-1} · t · log(1 + t)) ), 1/2 )
    Σ λ_i x_i / Σ λ_i  ±  ( log(2/α) + Σ 4 (x_i - μ_{i-1})² ψ(λ_i) ) / Σ λ_i
    ψ(λ) = (-log(1 - λ) - λ) / 4

μ and σ² are the running mean and variance, each with half an observation at 1/2 and 1/4.
"""

from __future__ import annotations

import math

from youli.errors import InputError

__all__ = ["AlwaysValid", "Interval"]

_MOST_LAMBDA = 0.5

#: Low and high.
Interval = tuple[float, float]


class AlwaysValid:
    """The confidence sequence of one mean; values come one at a time, each used once."""

    def __init__(self, alpha: float = 0.05, *, low: float = 0.0, high: float = 1.0) -> None:
        if not 0.0 < alpha < 1.0 or not low < high:
            raise InputError(
                "an interval needs 0 < alpha < 1 and a range",
                value=(alpha, low, high),
                hint="say for example alpha 0.05 from 0 to 1",
            )
        self._log = math.log(2.0 / alpha)
        self._low, self._range = low, high - low
        self.n = 0
        self._sum = 0.0
        self._squares = 0.25
        self._weight = self._weighted = self._error = 0.0
        self._bounds = (0.0, 1.0)

    def add(self, value: float) -> None:
        """Take in one value; `InputError` where it lies outside the range."""
        x = (value - self._low) / self._range
        if not 0.0 <= x <= 1.0:
            raise InputError(
                "a value lies outside the range of the experiment's measure",
                value=value,
                hint=f"give values from {self._low:g} to {self._low + self._range:g}",
            )
        t = self.n + 1
        mean_before = (0.5 + self._sum) / t
        variance_before = self._squares / t
        wanted = math.sqrt(2.0 * self._log / (variance_before * t * math.log(1.0 + t)))
        size = min(wanted, _MOST_LAMBDA)
        self._error += (x - mean_before) ** 2 * (-math.log1p(-size) - size)
        self._weight += size
        self._weighted += size * x
        self.n = t
        self._sum += x
        self._squares += (x - (0.5 + self._sum) / (t + 1)) ** 2
        centre, half = self._weighted / self._weight, (self._log + self._error) / self._weight
        low, high = self._bounds
        # All intervals hold at once, so what was ruled out stays ruled out.
        self._bounds = (max(low, centre - half), min(high, centre + half))

    @property
    def mean(self) -> float:
        """The plain mean; the middle of the range before any value."""
        return self._low + self._range * (self._sum / self.n if self.n else 0.5)

    @property
    def interval(self) -> Interval:
        """Where the true mean lies, whenever it is looked at."""
        low, high = self._bounds
        return self._low + self._range * low, self._low + self._range * high
