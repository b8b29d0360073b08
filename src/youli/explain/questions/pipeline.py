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
from youli.rank.rules import BURIED, PROMOTES
from youli.types import Entry, EvidenceKind

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
        entries = [
            one
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
                "n_declined": counts["n_declined"],
                "n_hidden": counts["n_hidden"],
                "n_asked_for": counts["n_asked_for"],
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
            {
                "stage": "rules",
                "entries": [entry_row(asked, one) for one in entries],
                "pinned": [item_row(asked, one) for one in _pinned(asked)],
            },
            {"stage": "exploration", "explored": False},
        ]
        proofs = [Proof(item_num, score, before or 0, diversity=0.0)]
        proofs.append(Proof(item_num, score, rank or 0))
        return Finding(
            {"stages": stages},
            tuple(proofs),
            (
                *_left_out(asked, counts),
                _placed(asked, filters, item_num, before, rank, place),
                *_adjusted(entries),
            ),
        )


def _basis(asked: Asked) -> str:
    """What the list rests on: a history, the shopper's attributes, or the products alone."""
    if asked.state.counted.any():
        return "history"
    return "attributes" if asked.state.attributes else "products"


def _counts(asked: Asked) -> dict[str, int]:
    """How many products each filter left out, of those that the ones before it had left."""
    config, in_stock = asked.ranker.config, asked.ranker.shop.catalogue.in_stock
    out = ~in_stock
    if config.sold_out:  # then only a rule keeps what is out of stock out
        stock_only = config.rules.stock_only
        out &= False if stock_only is None else stock_only
    left = ~out
    counts = {"n_all": len(left), "n_out": int(out.sum())}
    bought, declined = np.zeros_like(left), np.zeros_like(left)
    bought[asked.state.bought] = not config.repeats
    declined[list(config.declined)] = True
    masks = {"n_bought": bought, "n_declined": declined}
    hidden, allowed = config.rules.hidden, config.allowed
    masks["n_hidden"] = np.zeros_like(left) if hidden is None else hidden
    masks["n_asked_for"] = np.zeros_like(left) if allowed is None else ~allowed
    for name, mask in masks.items():
        counts[name] = int((left & mask).sum())
        left &= ~mask
    return counts


def _pinned(asked: Asked) -> list[int]:
    """The products that pins hold in this list, in its order."""
    return [int(one) for one in asked.listed if np.isin(one, asked.ranker.config.rules.pinned)]


def _minus(first: Any, second: Any) -> list[int]:
    """What the first list holds and the second does not, in its order."""
    return [int(one) for one in first if not np.isin(one, second)]


def _left_out(asked: Asked, counts: dict[str, int]) -> list[Sentence]:
    """What was scored, what filters left out, and whether a history counts."""
    match bool(counts["n_out"]), bool(counts["n_bought"]):
        case True, True:
            form = "both"
        case True, False:
            form = "stock"
        case False, True:
            form = "bought"
        case _:
            form = "none"
    facts: dict[str, Fact] = {name: counts[name] for name in ("n_all", "n_out", "n_bought")}
    found = [Sentence(f"pipeline/counts/{form}", facts)]
    found.extend(
        Sentence(f"pipeline/{name}", {f"n_{name}": n})
        for name in ("declined", "hidden", "asked_for")
        if (n := counts[f"n_{name}"])
    )
    if not asked.state.counted.any():
        found.append(Sentence(f"pipeline/{'unseen' if not asked.state.n_rows else 'ignored'}"))
    return found


def _placed(
    asked: Asked,
    filters: list[str],
    item_num: int,
    before: int | None,
    rank: int | None,
    place: int | None,
) -> Sentence:
    """What put the product where it is, or kept it out."""
    if filters:
        return Sentence(f"why_not/{filters[0]}")
    assert place is not None, "nothing filters it, so it may be listed"
    facts: dict[str, Fact] = {"place": place}
    if rank is None:
        name = "spread_out" if before is not None else "below" if place > asked.k else "pinned_out"
        return Sentence(f"pipeline/{name}", {**facts, "k": asked.k})
    if rank == place:
        return Sentence("pipeline/by_score", {"rank": rank})
    pinned = _pinned(asked)
    if item_num in pinned:
        name = "pinned"
    elif pinned:
        name = "moved_by_both" if asked.ranker.config.diversity else "moved_by_pins"
    else:
        name = "moved"
    return Sentence(f"pipeline/{name}", {**facts, "rank": rank})


def _adjusted(entries: list[Entry]) -> tuple[Sentence, ...]:
    """Whether the shop promotes the product, or has lowered its score."""
    promoted = any(one.channel in PROMOTES and one.amount > 0 for one in entries)
    buried = any(one.channel == BURIED for one in entries)
    return tuple(
        Sentence(f"pipeline/{name}")
        for name, holds in (("promoted", promoted), ("buried", buried))
        if holds
    )
