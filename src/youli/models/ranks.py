"""At which place of the order the products that were really chosen stand.

Every product competes, except those that the protocol leaves out; a target always does. Ties are
settled against the target, so that a model which scores everything alike gains nothing by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["Placed", "place", "target_ranks"]


#: Up to so many targets, rivals are counted for each.
_FEW = 4


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the targets of one case stand, best first; arrays of one entry a target.

    ``rank`` float64, 1-based, infinite where there is no score; ``tied`` float64, rivals with
    exactly the target's score; ``target`` int32, whose rank it is; ``n_rivals`` products that
    compete and are no targets.
    """

    rank: FloatArray
    tied: FloatArray
    target: IntArray
    n_rivals: int


def place(scores: FloatArray, targets: IntArray, allowed: BoolArray) -> Placed:
    """Place the targets of one case among all that compete.

    `scores` float [n_items]; `targets` distinct rows; `allowed` bool [n_items] says what may be
    listed beside the targets. A target stands behind every other product with the same score;
    targets never stand in each other's way: they take consecutive places. A target whose score is
    NaN cannot be found: its rank is infinite. Other products with NaN are never in front.
    """
    chosen = scores[targets]
    best_first = np.argsort(-chosen, kind="stable")  # NaN last
    n_found = int((~np.isnan(chosen)).sum())
    found = chosen[best_first[:n_found]][::-1]  # worst first
    others = allowed.copy()
    others[targets] = False
    n_rivals = int(others.sum())
    ranks, tied = np.full(len(targets), np.inf), np.zeros(len(targets))
    if n_found:
        rivals = scores[others]
        rivals = rivals[rivals >= found[0]]
        n_before = _in_front(found, rivals, side="right")
        ranks[:n_found] = n_before[::-1] + np.arange(1, n_found + 1)
        tied[:n_found] = (n_before - _in_front(found, rivals, side="left"))[::-1]
    return Placed(ranks, tied, targets[best_first].astype(np.int32), n_rivals)


def target_ranks(scores: FloatArray, targets: IntArray, allowed: BoolArray) -> FloatArray:
    """Only the ranks of `place`, float64 [n_targets]."""
    return place(scores, targets, allowed).rank


def _in_front(found: FloatArray, rivals: FloatArray, *, side: str) -> IntArray:
    """Rivals in front of each found target, worst first; on the left only strictly better ones."""
    if len(found) <= _FEW:  # counting is much quicker than searching, with one target above all
        better = np.greater_equal if side == "right" else np.greater
        return np.array([int(better(rivals, one).sum()) for one in found])
    # A rival with index i beats the i worst targets.
    n_beaten = np.searchsorted(found, rivals, side="right" if side == "right" else "left")
    per_index = np.bincount(n_beaten, minlength=len(found) + 1)
    return np.asarray(np.cumsum(per_index[::-1])[::-1][1:])
