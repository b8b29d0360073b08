"""Everything that can be said about one product for one shopper, listed or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from youli.data.state import ShopperState
from youli.explain.checks import check_completeness, check_fresh
from youli.explain.counterfactual import find_counterfactual
from youli.explain.reasons import ReasonDesk
from youli.explain.rescore import Rescorer
from youli.explain.support import SupportIndex
from youli.explain.types import Check, Counterfactual, Explanation, Reason, Voice
from youli.rank.ranker import Ranker
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
) -> Explanation:
    """The ledger, the checked reasons and, if asked for, the minimal counterfactual.

    The check "deletion" of each reason also carries the product's place in the list as served
    before and after (``rank_before``, ``rank_after``, 0 where it is not listed).
    """
    ranking = ranker.rank(state, k=k)
    places = np.flatnonzero(ranking.item_nums == item_num)
    rank = int(places[0]) + 1 if len(places) else None
    ledger = _ledger(ranker, state, item_num, ranking.ledgers, rank)
    rescorer = Rescorer(ranker, state, np.union1d(ranking.item_nums, [item_num]))
    desk = ReasonDesk(support, rescorer, voice, k_anonymity=k_anonymity)
    reasons, n_dropped = desk.reasons(ledger)
    return Explanation(
        item_num=item_num,
        rank=rank,
        ledger=ledger,
        reasons=tuple(_ranked_again(ranker, state, one, item_num, k, rank) for one in reasons),
        checks=(check_completeness(ledger, rescorer), check_fresh(ranker, support)),
        counterfactual=_worded(ranker, state, item_num, k, voice) if counterfactual else None,
        n_dropped=n_dropped,
    )


def _ledger(
    ranker: Ranker, state: ShopperState, item_num: int, listed: tuple[Ledger, ...], rank: int | None
) -> Ledger:
    if rank is not None:
        return listed[rank - 1]
    return ranker.ledgers(state, np.array([item_num], dtype=np.int32))[0]


def _worded(
    ranker: Ranker, state: ShopperState, item_num: int, k: int, voice: Voice
) -> Counterfactual:
    found = find_counterfactual(ranker, state, item_num, k=k)
    return replace(found, text=voice.counterfactual(found))


def _ranked_again(
    ranker: Ranker, state: ShopperState, reason: Reason, item_num: int, k: int, rank: int | None
) -> Reason:
    """Add to the deletion check where the product stands in the list without the evidence."""
    events = reason.claim.evidence.events
    if not events:
        return reason
    after = np.flatnonzero(ranker.rank(state.without(events), k=k).item_nums == item_num)
    ranks = {
        "rank_before": float(rank or 0),
        "rank_after": float(after[0] + 1) if len(after) else 0.0,
    }
    checks = tuple(
        Check(one.name, one.passed, {**one.numbers, **ranks}) if one.name == "deletion" else one
        for one in reason.checks
    )
    return Reason(reason.claim, checks, reason.chip, reason.text)
