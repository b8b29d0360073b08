"""Are removals what the ledger says? Counterfactuals and orderings against doing it for real.

Everything is ranked or scored again by the plain route (`Ranker.score`, `Ranker.score_items`), not
by the search and the tables that found the answer. Only the brute force over all smaller sets uses
that the score is a sum: each past product is taken out alone by the plain route, and the lists
without sets of them follow by subtraction.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from youli.data.state import ShopperState
from youli.explain.counterfactual import find_counterfactual
from youli.explain.types import Counterfactual
from youli.rank.ranker import Ranker
from youli.types import FloatArray, IntArray, Progress, no_progress

__all__ = ["judge_counterfactuals", "judge_orderings", "latest"]

#: Sets of up to this size are told from larger ones, as the search does.
_LARGEST_SEARCHED = 3
#: Of max(1, |score|): float32 tables summed along two routes.
_TOLERANCE = 1e-5


@dataclass
class _Found:
    n_asked: int = 0
    cpu_ms: list[float] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)
    spare: list[bool] = field(default_factory=list)
    claimed: list[bool] = field(default_factory=list)
    forced: list[bool] = field(default_factory=list)
    size: list[int] = field(default_factory=list)


def latest(state: ShopperState, n_events: int) -> ShopperState:
    """The shopper as if only the latest events had happened."""
    return ShopperState.from_rows(
        state.user_id,
        [tuple(row) for row in state.rows[-n_events:].tolist()],
        user_num=state.user_num,
        attributes=state.attributes,
        now=state.now,
    )


def judge_counterfactuals(
    ranker: Ranker,
    states: Sequence[ShopperState],
    *,
    n_cases: int,
    n_brute_force: int,
    k: int,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Ask for a counterfactual of every listed product, shopper by shopper, until `n_cases`.

    ``…valid_share`` leave the list when it is ranked again without them; ``…minimal_share`` are
    those from which no product can be put back; ``…forced_minimal_share`` those than which no
    smaller set does it, of `n_brute_force` with two products or three. CPU time is of one answer
    for a list that is there already.
    """
    found = _Found()
    for state, item_num, answer in _asked(ranker, states, n_cases, k, found):
        progress("taking out", found.n_asked / max(1, n_cases))
        if not answer.removed_items:
            continue
        removed = answer.removed_items
        found.size.append(len(removed))
        found.claimed.append(answer.minimal)
        found.valid.append(_gone(ranker, state, removed, item_num, k))
        found.spare.append(
            any(
                _gone(ranker, state, tuple(one for one in removed if one != kept), item_num, k)
                for kept in removed
                if len(removed) > 1
            )
        )
        if 1 < len(removed) <= _LARGEST_SEARCHED and len(found.forced) < n_brute_force:
            found.forced.append(not _smaller_does(ranker, state, len(removed), item_num, k))
    n = len(found.valid)
    return {
        "n_counterfactuals_asked": found.n_asked,
        "n_counterfactuals_found": n,
        "counterfactual_valid_share": _share(sum(found.valid), n),
        "counterfactual_minimal_share": _share(n - sum(found.spare), n),
        "counterfactual_proven_minimal_share": _share(sum(found.claimed), n),
        "n_counterfactuals_forced": len(found.forced),
        "counterfactual_forced_minimal_share": _share(sum(found.forced), len(found.forced)),
        "counterfactual_mean_size": _share(sum(found.size), n),
        "counterfactual_cpu_p50_ms": _quantile(found.cpu_ms, 0.5),
        "counterfactual_cpu_p95_ms": _quantile(found.cpu_ms, 0.95),
    }


def judge_orderings(ranker: Ranker, states: Sequence[ShopperState], *, k: int) -> dict[str, Any]:
    """Is the past product that a ledger puts first the best one to take out, and to keep alone?

    ``del_1_gap`` and ``ins_1_gap``: the largest difference, over listed products, between the score
    after taking out (keeping only) the ledger's first past product and the best that any one past
    product reaches, of max(1, |score|). ``n_sign_violations``: past products whose removal moves
    the score against the sign of their amount.
    """
    del_gap = ins_gap = 0.0
    n_products = n_signs = n_wrong = 0
    for state in states:
        ranking = ranker.rank(state, k=k)
        past = state.distinct_items[0]
        if not len(past) or not len(ranking.item_nums):
            continue
        scale = np.maximum(1.0, np.abs(ranker.score_items(state, ranking.item_nums)))
        without, alone = _one_by_one(ranker, state, ranking.item_nums)  # [n_past, n_listed]
        before = ranker.score_items(state, ranking.item_nums)
        for at, ledger in enumerate(ranking.ledgers):
            amounts = {
                place: ledger.amount_of(rows)
                for place, rows in enumerate(state.rows_of_distinct)
                if rows and any(entry.evidence.events == rows for entry in ledger.entries)
            }
            if not amounts:
                continue
            first = max(amounts, key=amounts.__getitem__)
            n_products += 1
            del_gap = max(del_gap, float(without[first, at] - without[:, at].min()) / scale[at])
            ins_gap = max(ins_gap, float(alone[:, at].max() - alone[first, at]) / scale[at])
            for place, amount in amounts.items():
                fell = before[at] - without[place, at]
                n_signs += 1
                n_wrong += bool(amount * fell < 0.0 and abs(amount) > _TOLERANCE * scale[at])
    return {
        "n_orderings": n_products,
        "del_1_gap": del_gap,
        "ins_1_gap": ins_gap,
        "n_signs": n_signs,
        "n_sign_violations": n_wrong,
    }


def _asked(
    ranker: Ranker, states: Sequence[ShopperState], n_cases: int, k: int, found: _Found
) -> Iterator[tuple[ShopperState, int, Counterfactual]]:
    for state in states:
        ranking = ranker.rank(state, k=k)
        for item_num in ranking.item_nums.tolist():
            if found.n_asked == n_cases:
                return
            start = time.thread_time()
            answer = find_counterfactual(ranker, state, item_num, k=k, served=ranking)
            found.cpu_ms.append((time.thread_time() - start) * 1e3)
            found.n_asked += 1
            yield state, item_num, answer


def _gone(
    ranker: Ranker, state: ShopperState, removed: tuple[int, ...], item_num: int, k: int
) -> bool:
    """Whether the product leaves the list, ranked by the plain route, without some products."""
    fewer = state.without(row for item in removed for row in state.rows_about(item))
    listed = ranker.arranged(ranker.score(fewer), ranker.eligible(fewer), k=k).item_nums
    return item_num not in listed


def _smaller_does(ranker: Ranker, state: ShopperState, size: int, item_num: int, k: int) -> bool:
    """Whether any set of fewer than `size` past products does it."""
    scores, eligible = ranker.score(state), ranker.eligible(state)
    given = [scores - ranker.score(state.without(rows)) for rows in state.rows_of_distinct if rows]
    return any(
        item_num not in ranker.arranged(scores - sum(chosen), eligible, k=k).item_nums
        for n in range(1, size)
        for chosen in combinations(given, n)
    )


def _one_by_one(
    ranker: Ranker, state: ShopperState, item_nums: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Scores without each past product, and with it alone, float64 [n_past, n_items] each."""
    rows = state.rows_of_distinct
    without = [ranker.score_items(state.without(one), item_nums) for one in rows]
    alone = [ranker.score_items(state.only(one), item_nums) for one in rows]
    return np.array(without), np.array(alone)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _quantile(values: Sequence[float], q: float) -> float | None:
    return float(np.quantile(values, q)) if values else None
