"""Coordinate ascent on NDCG@10 (Metzler and Croft 2007), from weights that are already good."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from youli.types import FloatArray, IntArray

__all__ = ["ascend", "mean_ndcg"]

_CUT = 10
#: A gain below this is noise of a few cases changing places.
_LEAST_GAIN = 2e-5
#: When a round gains less, the next one takes half the step.
_SMALL_ROUND = 2e-4
#: A first step for a weight of zero, as a share of the median weight.
_FIRST_STEP = 0.3


def ascend(
    features: FloatArray,
    start: IntArray,
    target: FloatArray,
    weights: FloatArray,
    lower: FloatArray,
    *,
    n_rounds: int,
) -> tuple[FloatArray, float]:
    """Change one weight at a time while mean NDCG@10 of the cases rises.

    `features` float32 [n_bases, n_rows], standardised; `start` int64 [n_cases]; `target` float64
    [n_rows], positive on what was chosen; `lower` float64 [n_bases] is 0 where a weight must not
    be negative. Returns the weights, float64 [n_bases], and their NDCG@10.
    """
    measure = mean_ndcg(start, target)
    weights = weights.copy()
    scores = weights.astype(np.float32) @ features
    best = measure(scores)
    sizes = np.abs(weights[np.abs(weights) > 1e-3])
    unit = _FIRST_STEP * float(np.median(sizes)) if len(sizes) else 0.1
    step = 1.0
    for _ in range(n_rounds):
        before = best
        for basis in range(len(weights)):
            was, scores_were = weights[basis], scores
            for trial in _trials(float(was), step, unit, signed=lower[basis] < 0.0):
                tried = scores_were + np.float32(trial - was) * features[basis]
                found = measure(tried)
                if found > best + _LEAST_GAIN:
                    best, scores, weights[basis] = found, tried, trial
        if best - before < _SMALL_ROUND:
            step /= 2.0
    return weights, best


def mean_ndcg(start: IntArray, target: FloatArray) -> Callable[[FloatArray], float]:
    """A function from scores [n_rows] to the mean NDCG@10 of the cases; ties count against it."""
    n_rows = len(target)
    stop = np.append(start[1:], n_rows)
    case_of = np.repeat(np.arange(len(start)), stop - start)
    chosen = np.flatnonzero(target > 0.0)
    case = case_of[chosen]
    lengths = (stop - start)[case]
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    # Every candidate of a chosen product's case, one run for each chosen product.
    rival = np.arange(int(lengths.sum())) - np.repeat(first - start[case], lengths)
    n_chosen = np.bincount(case, minlength=len(start))
    discount = 1.0 / np.log2(np.arange(2, _CUT + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(n_chosen, _CUT)]
    share = 1.0 / (ideal[case] * len(start))

    def measure(scores: FloatArray) -> float:
        above = scores[rival] >= np.repeat(scores[chosen], lengths)
        rank = np.add.reduceat(above, first, dtype=np.int64) - 1  # itself is not above itself
        listed = rank < _CUT
        return float((discount[rank[listed]] * share[listed]).sum())

    return measure


def _trials(weight: float, step: float, unit: float, *, signed: bool) -> list[float]:
    """Other values to try for one weight."""
    trials = [weight + unit * step]
    if weight != 0.0:
        trials += [0.0, weight / (1.0 + step), weight * (1.0 + step)]
    if signed:
        trials.append(weight - unit * step)
    return trials
