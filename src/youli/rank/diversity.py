"""Keep a list from repeating itself, as a named amount.

Greedy, as in maximal marginal relevance (Carbonell and Goldstein 1998) with "same category" for
similarity: each product loses `strength` for every product of its category placed before it.
"""

from __future__ import annotations

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
    current = scores.astype(np.float64).copy()
    n_before = np.zeros(len(scores), dtype=np.int64)
    chosen = np.empty(n, dtype=np.int64)
    for place in range(n):
        best = int(np.argmax(current))
        chosen[place] = best
        current[best] = -np.inf
        if group[best] >= 0:
            same = group == group[best]
            n_before[same & np.isfinite(current)] += 1
            current[same] -= strength
    return chosen, n_before[chosen]
