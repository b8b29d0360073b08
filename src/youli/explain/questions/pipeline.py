"""Who put a product where it is: the stages of the list in order, and what each changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from youli.explain.questions.base import (
    Asked,
    Finding,
    Proof,
    Question,
    entry_row,
    item_row,
    ledger_of,
    rank_in,
)
from youli.explain.questions.why_not import filters_on
from youli.explain.types import Fact, Sentence
from youli.types import EvidenceKind

__all__ = ["PipelineExplainer"]

_DIVERSITY = "diversity"


class PipelineExplainer:
    """Scored, filtered, ranked, spread, put there by a rule: what became of the product in each."""

    name: ClassVar[str] = "pipeline"
    exact: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset()

    def find(self, asked: Asked, question: Question) -> Finding:
        """Stages that this list went through; nothing is explored by this ranker."""
        item_num, ranker, ranking = question.item_num, asked.ranker, asked.ranking
        plain = replace(ranker, config=replace(ranker.config, diversity=0.0))
        by_score = plain.listed(asked.state, k=asked.k)
        before = rank_in(by_score, item_num)
        rank = rank_in(ranking.item_nums, item_num)
        counts = _counts(asked)
        filters, place = filters_on(asked, item_num), asked.place(item_num)
        score = ledger_of(ranker, asked.state, item_num).score
        rules = [
            entry_row(asked, one)
            for one in asked.ledger(item_num).entries
            if one.evidence.kind is EvidenceKind.RULE and one.channel != _DIVERSITY
        ]
        stages: list[dict[str, Any]] = [
            {
                "stage": "history",
                "basis": _basis(asked),
                "n_events": int(asked.state.counted.sum()),
            },
            {"stage": "score", "n_products": counts["n_all"], "score": score},
            {
                "stage": "filter",
                "n_out_of_stock": counts["n_out"],
                "n_bought": counts["n_bought"],
                "n_left": int(ranking.eligible.sum()),
                "held_back_by": filters,
            },
            {"stage": "rank", "place": place, "in_list": before is not None},
            {
                "stage": "diversity",
                "strength": ranker.config.diversity,
                "rank_before": before,
                "rank_after": rank,
                "came_in": [item_row(asked, one) for one in _minus(ranking.item_nums, by_score)],
                "left": [item_row(asked, one) for one in _minus(by_score, ranking.item_nums)],
            },
            {"stage": "rules", "entries": rules},
            {"stage": "exploration", "explored": False},
        ]
        proofs = [Proof(item_num, score, before or 0, diversity=0.0)]
        proofs.append(Proof(item_num, score, rank or 0))
        return Finding(
            {"stages": stages},
            tuple(proofs),
            _sentences(asked, counts, filters, before, rank, place, promoted=bool(rules)),
        )


def _basis(asked: Asked) -> str:
    """What the list rests on: a history, the shopper's attributes, or the products alone."""
    if asked.state.counted.any():
        return "history"
    return "attributes" if asked.state.attributes else "products"


def _counts(asked: Asked) -> dict[str, int]:
    in_stock = asked.ranker.shop.catalogue.in_stock
    bought = asked.state.bought if not asked.ranker.config.repeats else asked.state.bought[:0]
    return {
        "n_all": len(in_stock),
        "n_out": int((~in_stock).sum()),
        "n_bought": int(in_stock[bought].sum()),
    }


def _minus(first: Any, second: Any) -> list[int]:
    """What the first list holds and the second does not, in its order."""
    return [int(one) for one in first if not np.isin(one, second)]


def _sentences(
    asked: Asked,
    counts: dict[str, int],
    filters: list[str],
    before: int | None,
    rank: int | None,
    place: int | None,
    *,
    promoted: bool,
) -> tuple[Sentence, ...]:
    facts: dict[str, Fact] = dict(counts)
    found = [Sentence(f"pipeline/counts/{_left_out(counts)}", facts)]
    if not asked.state.counted.any():
        found.append(Sentence(f"pipeline/{'unseen' if not asked.state.n_rows else 'ignored'}"))
    if filters:
        found.append(Sentence(f"why_not/{filters[0]}"))
        return tuple(found)
    assert place is not None, "nothing filters it, so it may be listed"
    if rank is None:
        name = "spread_out" if before is not None else "below"
        found.append(Sentence(f"pipeline/{name}", {"place": place, "k": asked.k}))
    elif rank == place:
        found.append(Sentence("pipeline/by_score", {"rank": rank}))
    else:
        found.append(Sentence("pipeline/moved", {"rank": rank, "place": place}))
    if promoted:
        found.append(Sentence("pipeline/promoted"))
    return tuple(found)


def _left_out(counts: dict[str, int]) -> str:
    """The form that says what filters left out."""
    match bool(counts["n_out"]), bool(counts["n_bought"]):
        case True, True:
            return "both"
        case True, False:
            return "stock"
        case False, True:
            return "bought"
        case _:
            return "none"
