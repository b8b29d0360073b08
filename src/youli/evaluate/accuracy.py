"""How well the chosen products are placed: HR, recall, precision, F1, NDCG, MRR, AUC.

A case has targets T (what was really chosen); rank(t) is 1 for the best place. Ranks come from
`youli.models.ranks.place`: the whole catalogue competes, ties count against the target, and
a target that cannot be scored has an infinite rank, which every measure here counts as a miss.
Nothing is sampled (Krichene and Rendle 2020 show that sampled measures order models wrongly).

Every measure gives one number a case, so that means, differences and intervals come from the same
numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from youli.models.ranks import Placed
from youli.types import BoolArray, FloatArray, IntArray

__all__ = [
    "CUTS",
    "Ranks",
    "accuracy",
    "auc",
    "f1",
    "hit_rate",
    "ndcg",
    "precision",
    "recall",
    "reciprocal_rank",
]

#: The cut-offs that are reported.
CUTS: tuple[int, ...] = (5, 10, 20)


@dataclass(frozen=True)
class Ranks:
    """The ranks of all targets of all cases, flat.

    ``rank``, ``tied`` float64, ``target`` int32 and ``case`` int64 (whose target it is)
    [n_targets in all]; ``n_targets`` int64 [n_cases], at least 1 each; ``n_rivals`` int64
    [n_cases], products that compete and are no targets.
    """

    rank: FloatArray
    tied: FloatArray
    target: IntArray
    case: IntArray
    n_targets: IntArray
    n_rivals: IntArray

    @classmethod
    def of(cls, per_case: Sequence[Placed]) -> Ranks:
        """Lay the cases' ranks end to end."""
        n_targets = np.array([len(placed.rank) for placed in per_case], dtype=np.int64)
        assert (n_targets > 0).all(), "a case without a target cannot be judged"
        return cls(
            rank=np.concatenate([np.zeros(0), *(one.rank for one in per_case)]),
            tied=np.concatenate([np.zeros(0), *(one.tied for one in per_case)]),
            target=np.concatenate([np.zeros(0, np.int32), *(one.target for one in per_case)]),
            case=np.repeat(np.arange(len(n_targets)), n_targets),
            n_targets=n_targets,
            n_rivals=np.array([one.n_rivals for one in per_case], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.n_targets)

    def sum_by_case(self, value: FloatArray | BoolArray) -> FloatArray:
        """Sum a number of each target over each case, float64 [n_cases]."""
        return np.bincount(self.case, weights=value, minlength=len(self)).astype(np.float64)


def hit_rate(ranks: Ranks, k: int) -> FloatArray:
    """HR@k, one of 0 and 1 a case: is any target among the first k?

    HR@k = [min_t rank(t) ≤ k] (Deshpande and Karypis 2004). With one target it equals recall.
    """
    return (ranks.sum_by_case(ranks.rank <= k) > 0).astype(np.float64)


def recall(ranks: Ranks, k: int) -> FloatArray:
    """Share of the targets among the first k: |{t: rank(t) ≤ k}| / |T|.

    With more than k targets it cannot reach 1; the divisor is not cut (Herlocker et al. 2004).
    """
    return ranks.sum_by_case(ranks.rank <= k) / ranks.n_targets


def precision(ranks: Ranks, k: int) -> FloatArray:
    """Share of the first k that are targets: |{t: rank(t) ≤ k}| / k.

    The divisor is k even where fewer products may be listed (Herlocker et al. 2004).
    """
    return ranks.sum_by_case(ranks.rank <= k) / k


def f1(ranks: Ranks, k: int) -> FloatArray:
    """F1@k, the harmonic mean of precision and recall: 2 · hits / (k + |T|).

    0 without a hit, where precision and recall are both 0 (van Rijsbergen 1979, β = 1).
    """
    found: FloatArray = 2.0 * ranks.sum_by_case(ranks.rank <= k) / (k + ranks.n_targets)
    return found


def auc(ranks: Ranks) -> FloatArray:
    """AUC: share of (target, rival) pairs in the right order, over the whole catalogue, exact.

    AUC = 1/(|T|·|R|) Σ_t Σ_{r ∈ R} ([s_t > s_r] + ½ [s_t = s_r]), R all that compete and are no
    targets (Mann and Whitney 1947; Fawcett 2006). Here alone a tie counts half, as AUC is defined:
    equal scores for all give ½. A target without a score loses every pair; a rival without one
    loses to every scored target. 1 where there is no rival.
    """
    place = np.arange(len(ranks.rank)) - np.repeat(
        np.cumsum(ranks.n_targets) - ranks.n_targets, ranks.n_targets
    )
    n_rivals = ranks.n_rivals[ranks.case]
    # Rivals in front of a target: its rank less the targets up to it; a tied one is half in front.
    in_front = np.minimum(ranks.rank - (place + 1.0), n_rivals) - 0.5 * ranks.tied
    share = 1.0 - in_front / np.maximum(n_rivals, 1)
    return ranks.sum_by_case(np.where(n_rivals > 0, share, 1.0)) / ranks.n_targets


def ndcg(ranks: Ranks, k: int) -> FloatArray:
    """NDCG@k with binary gains: Σ_{t: rank(t) ≤ k} 1/log2(1 + rank(t)), over its best value.

    The best is Σ_{r=1}^{min(|T|, k)} 1/log2(1 + r) (Järvelin and Kekäläinen 2002, eq. 4, with the
    discount at every place as in Burges et al. 2005). With one target it is 1/log2(1 + rank).
    """
    gain = (ranks.rank <= k) / np.log2(1.0 + ranks.rank)
    best = np.cumsum(1.0 / np.log2(np.arange(2, k + 2)))
    found: FloatArray = ranks.sum_by_case(gain) / best[np.minimum(ranks.n_targets, k) - 1]
    return found


def reciprocal_rank(ranks: Ranks) -> FloatArray:
    """1 / rank of the best placed target, over the whole catalogue (Voorhees 1999); 0 if unseen."""
    found = np.zeros(len(ranks))
    np.maximum.at(found, ranks.case, 1.0 / ranks.rank)
    return found


def accuracy(ranks: Ranks) -> dict[str, FloatArray]:
    """Every measure by its name in reports, one number a case.

    With one target each, recall is HR and precision is HR / k.
    """
    measures: dict[str, FloatArray] = {}
    for name, measure in (
        ("hr", hit_rate),
        ("ndcg", ndcg),
        ("recall", recall),
        ("precision", precision),
        ("f1", f1),
    ):
        measures |= {f"{name}@{k}": measure(ranks, k) for k in CUTS}
    return measures | {"mrr": reciprocal_rank(ranks), "auc": auc(ranks)}
