"""Amounts and orders held against removals, against themselves, and against each other."""

from __future__ import annotations

import math

import numpy as np

from youli.explain.attribution.base import Attribution, spearman
from youli.explain.attribution.probe import Probe
from youli.types import FloatArray, IntArray

__all__ = [
    "left_out",
    "overlap",
    "same_first",
    "sign_violations",
    "spearman_with_left_out",
]

#: Of max(1, |score|): a smaller amount or effect has no sign (scores are float32).
_NOTHING = 1e-5


def left_out(probe: Probe) -> FloatArray:
    """What the score loses without each past product, float64 [n_players]."""
    probe.prepare([(), *([one] for one in range(len(probe.players)))])
    full = probe.full.score
    return np.array([full - probe.without([one]).score for one in range(len(probe.players))])


def sign_violations(probe: Probe, attribution: Attribution) -> float:
    """Share of past products whose removal moves the score against the sign of their amount.

    Of those whose amount and effect are both more than 1e-5 · max(1, |score|); NaN where there is
    none, or where amounts are no parts of a score and have no sign to keep. Lower is better.
    """
    if not attribution.in_score_units:
        return math.nan
    least = _NOTHING * max(1.0, abs(probe.full.score))
    effect, amounts = left_out(probe), attribution.amounts
    speaks = (np.abs(effect) > least) & (np.abs(amounts) > least)
    if not speaks.any():
        return math.nan
    return float((np.sign(effect[speaks]) != np.sign(amounts[speaks])).mean())


def spearman_with_left_out(probe: Probe, attribution: Attribution) -> float:
    """Rank correlation of the amounts with what leaving each product out does; NaN below two."""
    return spearman(attribution.amounts, left_out(probe))


def same_first(first: Attribution, second: Attribution) -> float:
    """1 where both name the same past product first; NaN where either has none."""
    if not len(first.items) or not len(second.items):
        return math.nan
    return float(first.items[first.order[0]] == second.items[second.order[0]])


def overlap(first: IntArray, second: IntArray) -> float:
    """Shared part of two sets of products (Jaccard 1901); NaN where both are empty."""
    one, two = set(first.tolist()), set(second.tolist())
    return len(one & two) / len(one | two) if one | two else math.nan
