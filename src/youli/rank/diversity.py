"""Keep a list from repeating itself, as a named amount.

Greedy, as in maximal marginal relevance (Carbonell and Goldstein 1998) with "same category" for
similarity: each product loses `strength` for every product of its category placed before it.
"""

from __future__ import annotations

import math

import numpy as np

from youli.types import FloatArray, IntArray

__all__ = ["diversify"]


def diversify(
    scores: FloatArray, group: IntArray, *, k: int, strength: float
) -> tuple[IntArray, IntArray]:
    """Choose `k` of the candidates, which are given best first.

    `scores` float64 [n], `group` int32 [n] with -1 for products of no group, which repeat nothing.
    Returns the places chosen and how many of its group stand before each, int64 [≤ k] both.
    """
    n = min(k, len(scores))
    if strength == 0.0:
        return np.arange(n), np.zeros(n, dtype=np.int64)
    # Plain lists: the candidates are few, and a call to NumPy costs more than a look at them all.
    current = scores.astype(np.float64).tolist()
    groups = group.tolist()
    n_before = [0] * len(current)
    chosen = []
    for _ in range(n):
        best = current.index(max(current))
        chosen.append(best)
        current[best] = -math.inf
        if groups[best] >= 0:
            for at, one in enumerate(groups):
                if one == groups[best] and current[at] != -math.inf:
                    n_before[at] += 1
                    current[at] -= strength
    return np.array(chosen, dtype=np.int64), np.array([n_before[at] for at in chosen], np.int64)
