"""Everything that can be said about one product for one shopper, listed or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from youli.data.state import ShopperState
from youli.explain.checks import TOLERANCE, check_completeness, check_fresh
from youli.explain.counterfactual import find_counterfactual
from youli.explain.reasons import ReasonDesk
from youli.explain.rescore import Rescorer, Served
from youli.explain.support import SupportIndex
from youli.explain.types import Check, Explanation, Reason, Voice
from youli.rank.ranker import Ranker, Ranking
from youli.types import Ledger

__all__ = ["explain_item"]


def explain_item(
    ranker: Ranker,
    support: SupportIndex,
    state: ShopperState,
    item_num: int,
    voice: Voice,
    *,
    k: int = 10,
    counterfactual: bool = False,
    k_anonymity: int = 5,
    only_new: bool = False,
) -> Explanation:
    """The ledger, the checked reasons and, if asked for, the minimal counterfactual.

    `only_new` says that `ranker` lists only what was not bought before, where the shop repeats.

    The check "deletion" of each reason also carries the product's place in the list as served
    before and after (``rank_before``, ``rank_after``, 0 where it is not listed).
    """
    ranking = ranker.rank(state, k=k)
    rank = _rank_in(ranking, item_num) or None
    ledger = _ledger(ranker, state, item_num, ranking.ledgers, rank)
    item_nums = np.union1d(ranking.item_nums, [item_num]).astype(np.int32)
    rescorer = Rescorer(ranker, state, item_nums, served=Served(ranking.scores, (ledger,)))
    desk = ReasonDesk(support, rescorer, voice, k_anonymity=k_anonymity)
    chosen, n_dropped = desk.reasons(ledger)
    reasons = [_ranked_again(ranker, state, one, item_num, k, ranking) for one in chosen]
    kept = tuple(one for one in reasons if all(check.passed for check in one.checks))
    change = None
    if counterfactual:
        change = find_counterfactual(
            ranker, state, item_num, k=k, only_new=only_new, served=ranking
        )
        change = replace(change, text=voice.counterfactual(change))
    return Explanation(
        item_num=item_num,
        rank=rank,
        ledger=ledger,
        reasons=kept,
        checks=(check_completeness(ledger, rescorer), check_fresh(ranker, support)),
        counterfactual=change,
        n_dropped=n_dropped + len(reasons) - len(kept),
    )


def _ledger(
    ranker: Ranker, state: ShopperState, item_num: int, listed: tuple[Ledger, ...], rank: int | None
) -> Ledger:
    if rank is not None:
        return listed[rank - 1]
    return ranker.ledgers(state, np.array([item_num], dtype=np.int32))[0]


def _ranked_again(
    ranker: Ranker, state: ShopperState, reason: Reason, item_num: int, k: int, ranking: Ranking
) -> Reason:
    """Check the deletion once more through the whole pipeline, and say what became of the rank."""
    events = reason.claim.evidence.events
    if not events:
        return reason
    after = ranker.rank(state.without(events), k=k)
    before = float(ranking.scores[item_num])
    measured = before - float(after.scores[item_num])
    same = abs(measured - reason.claim.amount) <= TOLERANCE * max(1.0, abs(before))
    numbers = {
        "measured": measured,
        "rank_before": float(_rank_in(ranking, item_num)),
        "rank_after": float(_rank_in(after, item_num)),
    }
    checks = tuple(
        Check(one.name, one.passed and same, {**one.numbers, **numbers})
        if one.name == "deletion"
        else one
        for one in reason.checks
    )
    return Reason(reason.claim, checks, reason.chip, reason.text)


def _rank_in(ranking: Ranking, item_num: int) -> int:
    """1-based, 0 where it is not listed."""
    places = np.flatnonzero(ranking.item_nums == item_num)
    return int(places[0]) + 1 if len(places) else 0
