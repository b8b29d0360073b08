"""Is a difference more than chance? Paired bootstrap over cases (Efron 1979; Koehn 2004)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.types import FloatArray

__all__ = ["Difference", "paired_bootstrap"]

#: Resampled cases that are held at once.
_MAX_CELLS = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference and the interval in which it lies with the stated confidence."""

    mean: float
    low: float
    high: float
    confidence: float
    n_cases: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0.0 or self.high < 0.0


def paired_bootstrap(
    ours: FloatArray,
    theirs: FloatArray,
    *,
    n_samples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Percentile interval of the mean of ``ours - theirs``, both float [n_cases].

    Cases are drawn with replacement, both models' numbers of a case together. A shopper should be
    one case: cases of one shopper are not independent.
    """
    assert len(ours) == len(theirs) > 0, "both models are judged on the same cases"
    difference = np.asarray(ours, dtype=np.float64) - theirs
    n_cases = len(difference)
    rng = np.random.default_rng(seed)
    size = max(1, _MAX_CELLS // n_cases)
    means = [
        difference[rng.integers(0, n_cases, (min(size, n_samples - done), n_cases))].mean(axis=1)
        for done in range(0, n_samples, size)
    ]
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(np.concatenate(means), [tail, 1.0 - tail])
    return Difference(float(difference.mean()), float(low), float(high), confidence, n_cases)
