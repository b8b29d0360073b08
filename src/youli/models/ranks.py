"""At which place of the order the products that were really chosen stand.

Every product competes, except those that the protocol leaves out; a target always does. Ties are
settled against the target, so that a model which scores everything alike gains nothing by it.
"""

from __future__ import annotations

import numpy as np

from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["target_ranks"]


def target_ranks(scores: FloatArray, targets: IntArray, allowed: BoolArray) -> FloatArray:
    """1-based ranks of the targets of one case, best first, float64 [n_targets].

    `scores` float [n_items]; `targets` distinct rows; `allowed` bool [n_items] says what may be
    listed beside the targets. A target stands behind every other product with the same score;
    targets never stand in each other's way: they take consecutive places. A target whose score is
    NaN cannot be found: its rank is infinite. Other products with NaN are never in front.
    """
    chosen = scores[targets]
    found = np.sort(chosen[~np.isnan(chosen)])  # worst first
    ranks = np.full(len(targets), np.inf)
    if len(found) == 0:
        return ranks
    others = allowed.copy()
    others[targets] = False
    rivals = scores[others]
    rivals = rivals[rivals >= found[0]]
    # A rival with index i is at least as good as the i worst targets.
    n_beaten = np.searchsorted(found, rivals, side="right")
    per_index = np.bincount(n_beaten, minlength=len(found) + 1)
    n_before = np.cumsum(per_index[::-1])[::-1][1:]  # rivals in front of each target, worst first
    ranks[: len(found)] = n_before[::-1] + np.arange(1, len(found) + 1)
    return ranks
