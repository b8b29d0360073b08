"""The same ranks told apart: by how much is known of the shopper, and of the product.

Bins are the same for every data set, so that data sets compare. That of shoppers counts the events
of the history; that of products the shoppers who chose it before, in what was learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from youli.evaluate.accuracy import Ranks
from youli.types import FloatArray, IntArray

__all__ = ["HISTORY_FROM", "SHOPPERS_FROM", "by_history", "by_popularity", "labels"]

#: Where the bins of history lengths begin.
HISTORY_FROM: tuple[int, ...] = (0, 1, 5, 10, 20, 50, 100, 200)
#: Where the bins of a product's shoppers begin; 5 is what k-anonymity asks for.
SHOPPERS_FROM: tuple[int, ...] = (0, 1, 5, 20, 100, 500)


def labels(starts: Sequence[int]) -> list[str]:
    """What the bins are called: "0", "1 to 4", "200 and more"."""
    names = [
        str(low) if high == low + 1 else f"{low} to {high - 1}" for low, high in pairwise(starts)
    ]
    return [*names, f"{starts[-1]} and more"]


def by_history(per_case: Mapping[str, FloatArray], n_known: IntArray) -> list[dict[str, Any]]:
    """Mean HR@10 and NDCG@10 of the cases of each history length; bins without cases are left out.

    `per_case` as of `youli.evaluate.accuracy.accuracy`; `n_known` int [n_cases].
    """
    return _binned(
        {name: per_case[name] for name in ("hr@10", "ndcg@10")}, n_known, HISTORY_FROM, "n_cases"
    )


def by_popularity(ranks: Ranks, n_shoppers: FloatArray) -> list[dict[str, Any]]:
    """Share of targets among the first ten, and their discount, by the target's shoppers.

    Every *target* counts once: with one target a case these are HR@10 and NDCG@10. Bins without
    targets are left out. `n_shoppers` float64 [n_items].
    """
    found = ranks.rank <= 10
    values = {"hr@10": found.astype(np.float64), "ndcg@10": found / np.log2(1.0 + ranks.rank)}
    return _binned(values, n_shoppers[ranks.target], SHOPPERS_FROM, "n_targets")


def _binned(
    values: Mapping[str, FloatArray],
    of: FloatArray | IntArray,
    starts: Sequence[int],
    count_name: str,
) -> list[dict[str, Any]]:
    code = np.searchsorted(np.array(starts), of, side="right") - 1
    rows = []
    for at, label in enumerate(labels(starts)):
        mine = code == at
        if mine.any():
            means = {name: float(value[mine].mean()) for name, value in values.items()}
            rows.append({"from": starts[at], "label": label, count_name: int(mine.sum()), **means})
    return rows
