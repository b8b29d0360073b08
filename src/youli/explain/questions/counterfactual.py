"""What would have to go for a product to leave the list."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from youli.explain.counterfactual import change_of, find_counterfactual
from youli.explain.questions.base import (
    Asked,
    Finding,
    Proof,
    Question,
    event_row,
    item_row,
    ledger_of,
)
from youli.explain.questions.facts import named, named_labels, titled
from youli.explain.types import By, Counterfactual, Fact, Sentence
from youli.explain.units import units_of
from youli.types import EvidenceKind

__all__ = ["CounterfactualExplainer"]


class CounterfactualExplainer:
    """The smallest set of products, events, interests or attributes without which it is gone."""

    name: ClassVar[str] = "counterfactual"
    exact: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset({"by"})

    def find(self, asked: Asked, question: Question) -> Finding:
        """The set, where there is one; else the place without all of them."""
        by = By.PRODUCTS if question.by is None else question.by
        found = find_counterfactual(
            asked.ranker,
            asked.state,
            question.item_num,
            k=asked.k,
            by=by,
            only_new=asked.only_new,
            served=asked.ranking,
        )
        return Finding(
            data=_data(asked, found),
            proofs=_proofs(asked, found),
            sentences=(_sentence(asked, found),),
        )


def _data(asked: Asked, found: Counterfactual) -> dict[str, Any]:
    labels = (*found.removed_labels, *found.removed_traits)
    return {
        "by": found.by.value,
        "removed": [item_row(asked, one) for one in found.removed_items],
        "removed_events": [event_row(asked, row) for row in found.removed_events],
        "removed_attributes": [{"name": name, "value": value} for name, value in labels],
        "rank_before": found.rank_before,
        "rank_after": found.rank_after,
        "valid": found.valid,
        "minimal": found.minimal,
    }


def _proofs(asked: Asked, found: Counterfactual) -> tuple[Proof, ...]:
    """The place before, and the place and score after."""
    item_num = found.item_num
    whole = ledger_of(asked.ranker, asked.state, item_num)
    before = Proof(item_num, whole.score, found.rank_before)
    if not found.rank_before:
        return (before,)
    if not found.valid:
        units = units_of(found.by, asked.ranker, asked.state, np.array([item_num]))
        change = units.change(range(len(units)))
        return (before, Proof(item_num, None, found.rank_after or 0, change))
    if found.by is By.ATTRIBUTES:
        taken = math.fsum(
            one.amount
            for one in whole.entries
            if one.evidence.attribute
            in (
                found.removed_traits
                if one.evidence.kind is EvidenceKind.PROFILE
                else found.removed_labels
            )
        )
    else:
        alone = asked.state.only(found.removed_events)
        taken = float(asked.ranker.amounts_by_past(alone, np.array([item_num])).sum())
    return (before, Proof(item_num, whole.score - taken, 0, change_of(found)))


def _sentence(asked: Asked, found: Counterfactual) -> Sentence:
    facts: dict[str, Fact] = {"k": found.k}
    by = "" if found.by is By.PRODUCTS else f"/{found.by.value}"
    if not found.rank_before:
        return Sentence("counterfactual/absent", facts)
    if not found.valid:
        return Sentence(f"counterfactual/none{by}", facts)
    if found.by in (By.PRODUCTS, By.EVENTS):
        facts |= titled(asked, found.removed_items)
        if found.by is By.EVENTS:
            facts["n_events"] = len(found.removed_events)
        number = named(found.removed_items)
    else:
        labels = (*found.removed_labels, *found.removed_traits)
        facts |= named_labels(labels)
        number = named(labels)
    return Sentence(f"counterfactual{by}/{number}{'/minimal' if found.minimal else ''}", facts)
