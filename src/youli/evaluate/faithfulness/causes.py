"""Does an explanation name the past purchase that truly caused the purchase?"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from youli.explain.attribution.base import Attribution
from youli.types import FloatArray

__all__ = ["precision_at", "recall_at"]


def precision_at(attribution: Attribution, causes: Collection[int], k: int) -> float:
    """Share of the first k past products that are true causes; NaN without a history.

    The divisor is the number that is named: k, or fewer where the history is shorter. Ties at the
    cut are broken at random; this is the mean over that, so that a method which gives all alike
    gets what chance gets.
    """
    n = min(k, len(attribution.items))
    return float(_weights(attribution, k) @ _is_cause(attribution, causes)) / n if n else math.nan


def recall_at(attribution: Attribution, causes: Collection[int], k: int) -> float:
    """Share of the true causes among the first k past products, ties as above.

    NaN where there is no true cause. `causes` are rows of products.
    """
    if not causes:
        return math.nan
    return float(_weights(attribution, k) @ _is_cause(attribution, causes)) / len(causes)


def _is_cause(attribution: Attribution, causes: Collection[int]) -> FloatArray:
    return np.isin(attribution.items, list(causes)).astype(np.float64)


def _weights(attribution: Attribution, k: int) -> FloatArray:
    """How likely each player is among the first k, float64 [n_players]."""
    amounts = attribution.amounts
    if len(amounts) <= k:
        return np.ones(len(amounts))
    cut = np.sort(amounts)[::-1][k - 1]
    above, tied = amounts > cut, amounts == cut
    return np.asarray(above + tied * ((k - above.sum()) / tied.sum()), dtype=np.float64)
