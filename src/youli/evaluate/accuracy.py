"""How well the chosen products are placed: HR, recall, precision, NDCG, MRR.

A case has targets T (what was really chosen); rank(t) is 1 for the best place. Ranks come from
`youli.models.ranks.target_ranks`: the whole catalogue competes, ties count against the target, and
a target that cannot be scored has an infinite rank, which every measure here counts as a miss.
Nothing is sampled (Krichene and Rendle 2020 show that sampled measures order models wrongly).

Every measure gives one number a case, so that means, differences and intervals come from the same
numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from youli.types import BoolArray, FloatArray, IntArray

__all__ = [
    "CUTS",
    "Ranks",
    "accuracy",
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

    ``rank`` float64 [n_targets in all]; ``case`` int64 [n_targets in all], whose target it is;
    ``n_targets`` int64 [n_cases], at least 1 each.
    """

    rank: FloatArray
    case: IntArray
    n_targets: IntArray

    @classmethod
    def of(cls, per_case: Sequence[FloatArray]) -> Ranks:
        """Lay the cases' ranks end to end."""
        n_targets = np.array([len(ranks) for ranks in per_case], dtype=np.int64)
        assert (n_targets > 0).all(), "a case without a target cannot be judged"
        rank = np.concatenate(per_case) if per_case else np.zeros(0)
        return cls(rank, np.repeat(np.arange(len(n_targets)), n_targets), n_targets)

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


def accuracy(ranks: Ranks, *, multi: bool = False) -> dict[str, FloatArray]:
    """Every measure by its name in reports, one number a case; `multi` adds recall and precision.

    With one target each, recall is HR and precision is HR / k, so they are left out.
    """
    measures: dict[str, FloatArray] = {}
    for name, measure in (("hr", hit_rate), ("ndcg", ndcg)):
        measures |= {f"{name}@{k}": measure(ranks, k) for k in CUTS}
    measures["mrr"] = reciprocal_rank(ranks)
    if multi:
        measures |= {f"recall@{k}": recall(ranks, k) for k in CUTS}
        measures |= {f"precision@{k}": precision(ranks, k) for k in CUTS}
    return measures
