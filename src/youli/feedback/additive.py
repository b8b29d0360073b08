"""Effects taken apart by ridge regression with forgetting: r = Σ of what was around + Σ of effects.

    precision A = Λ + Σ w x xᵀ,   mean μ = A⁻¹ Σ w x r,   covariance σ² A⁻¹

x has a 1 for everything that was around and for every effect, w fades by half in `half_life_days`.
σ² is the weighted mean of squared residuals, with a prior of a few at the variance ¼. Effects are
compared among each other: what all of them have in common is told apart from none of them, and
cancels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from youli.types import FloatArray

__all__ = ["Additive"]

_DAY_S = 86_400.0
#: Λ: what is around is found freely, an effect is held towards none by so many observations.
_HOLDS_AROUND, _HOLDS_EFFECT = 1.0, 4.0
_PRIOR_VARIANCE, _PRIOR_WEIGHT = 0.25, 4.0


class Additive:
    """The regression's sums; names of what is around and of effects become columns as they come."""

    def __init__(self, half_life_days: float) -> None:
        self.half_life_days = half_life_days
        self._columns: dict[str, int] = {}
        self._holds = np.zeros(0)
        self._precision = np.zeros((0, 0))
        self._total = np.zeros(0)
        self._n = self._squares = 0.0
        self._at = 0
        self._solved: tuple[FloatArray, FloatArray] | None = None

    def add(
        self,
        around: Sequence[str],
        effects: Sequence[str],
        value: float,
        *,
        weight: float,
        at: int,
    ) -> None:
        """Take in one observation at a moment, seconds since 1970."""
        columns = [self._column(name, _HOLDS_AROUND) for name in around]
        columns += [self._column(name, _HOLDS_EFFECT) for name in effects]
        if at > self._at:
            self._fade(2.0 ** (-(at - self._at) / _DAY_S / self.half_life_days))
            self._at = at
        else:
            weight *= 2.0 ** (-(self._at - at) / _DAY_S / self.half_life_days)
        self._precision[np.ix_(columns, columns)] += weight
        self._total[columns] += weight * value
        self._n += weight
        self._squares += weight * value * value
        self._solved = None

    def contrasts(self, effects: Sequence[Sequence[str]]) -> tuple[FloatArray, FloatArray]:
        """Each sum of effects minus the mean of all of them, and its deviation; float64 [n]."""
        for names in effects:
            for name in names:
                self._column(name, _HOLDS_EFFECT)
        mean, covariance = self._posterior()
        rows = np.zeros((len(effects), len(mean)))
        for at, names in enumerate(effects):
            rows[at, [self._columns[name] for name in names]] = 1.0
        rows -= rows.mean(axis=0)
        variance = np.einsum("ij,jk,ik->i", rows, covariance, rows)
        return rows @ mean, np.sqrt(np.maximum(variance, 1e-12))

    @property
    def document(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "columns": list(self._columns),
            "holds": self._holds.tolist(),
            "precision": self._precision.tolist(),
            "total": self._total.tolist(),
            "sums": [self._n, self._squares, self._at],
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any], half_life_days: float) -> Additive:
        """The regression again; `KeyError`, `TypeError` or `ValueError` where it is none."""
        found = cls(half_life_days)
        found._columns = {str(name): at for at, name in enumerate(document["columns"])}
        n = len(found._columns)
        found._holds = np.array(document["holds"], dtype=np.float64).reshape(n)
        found._precision = np.array(document["precision"], dtype=np.float64).reshape(n, n)
        found._total = np.array(document["total"], dtype=np.float64).reshape(n)
        total, squares, at = document["sums"]
        found._n, found._squares, found._at = float(total), float(squares), int(at)
        return found

    def _posterior(self) -> tuple[FloatArray, FloatArray]:
        """Mean [n_columns] and covariance [n_columns, n_columns]."""
        if self._solved is None:
            inverse = np.linalg.inv(self._precision + np.diag(self._holds))
            mean = inverse @ self._total
            left = max(0.0, self._squares - float(self._total @ mean))
            variance = (left + _PRIOR_WEIGHT * _PRIOR_VARIANCE) / (self._n + _PRIOR_WEIGHT)
            self._solved = mean, variance * inverse
        return self._solved

    def _column(self, name: str, holds: float) -> int:
        if name not in self._columns:
            self._columns[name] = len(self._columns)
            self._holds = np.append(self._holds, holds)
            self._precision = np.pad(self._precision, ((0, 1), (0, 1)))
            self._total = np.append(self._total, 0.0)
            self._solved = None
        return self._columns[name]

    def _fade(self, share: float) -> None:
        self._precision *= share
        self._total *= share
        self._n *= share
        self._squares *= share
