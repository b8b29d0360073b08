"""Why a product is not in the list, and the least that would bring it in."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from youli.explain.entering import Entering, event_that_brings, past_that_holds
from youli.explain.questions.base import (
    Asked,
    Finding,
    Proof,
    Question,
    event_row,
    item_row,
    ledger_of,
    place_of,
    rank_in,
)
from youli.explain.questions.differences import (
    by_channel,
    check_difference,
    difference_rows,
    differences,
)
from youli.explain.questions.facts import named, titled
from youli.explain.types import Check, Fact, Sentence

__all__ = ["WhyNotExplainer", "filters_on"]


#: What keeps a product out whose score would do.
_CROWDED = frozenset({"diversity", "pins"})


class WhyNotExplainer:
    """Its place, what it lacks against the last listed product, what filters hold it back."""

    name: ClassVar[str] = "why-not"
    exact: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset()

    def find(self, asked: Asked, question: Question) -> Finding:
        """All of that, and the smallest change of the history that would bring it in."""
        item_num = question.item_num
        listed = asked.ranking.item_nums
        rank, place = rank_in(listed, item_num), asked.place(item_num)
        mine = ledger_of(asked.ranker, asked.state, item_num)
        filters = filters_on(asked, item_num)
        if rank is None and not filters and place is not None and place <= asked.k:
            filters.append(_crowded_out(asked, item_num))
        data: dict[str, Any] = {"listed": rank is not None, "place": place, "filters": filters}
        proofs = [Proof(item_num, mine.score, rank or 0)]
        checks: list[Check] = []
        if rank is None and len(listed):
            last = int(listed[-1])
            other = ledger_of(asked.ranker, asked.state, last)
            found = differences(mine, other)
            proofs.append(Proof(last, other.score, len(listed)))
            checks.append(check_difference(found, mine.score, other.score))
            data["against"] = {
                **item_row(asked, last),
                "score": other.score,
                "difference": math.fsum(a - b for _, a, b in found),
                "by_channel": by_channel(found),
                "entries": difference_rows(asked, found),
            }
        sentences = [self._reason(asked, item_num, rank, place, filters)]
        if rank is None and not set(filters) - _CROWDED:
            for name, change in _changes(asked, item_num):
                data[name] = None if change is None else _change_row(asked, change)
                if change is not None:
                    sentences.append(_way_in(asked, name, change))
                    proofs.append(Proof(item_num, None, change.rank_after, change=change.change))
            if len(sentences) == 1:
                sentences.append(Sentence("why_not/no_change", {"k": asked.k}))
        return Finding(data, tuple(proofs), tuple(sentences), tuple(checks))

    @staticmethod
    def _reason(
        asked: Asked, item_num: int, rank: int | None, place: int | None, filters: list[str]
    ) -> Sentence:
        if rank is not None:
            return Sentence("why_not/listed", {"k": asked.k, "rank": rank})
        if filters and filters[0] not in _CROWDED:
            return Sentence(f"why_not/{filters[0]}")
        assert place is not None, "nothing filters it, so it may be listed"
        facts: dict[str, Fact] = {"k": asked.k, "place": place}
        if filters == ["pins"]:
            return Sentence("why_not/pins", facts)
        if filters:
            group = asked.ranker.group
            same = group[asked.ranking.item_nums] == group[item_num]
            return Sentence("why_not/diversity", {**facts, "n_before": int(same.sum())})
        last = int(asked.ranking.item_nums[-1])
        return Sentence("why_not/below", {**facts, **titled(asked, [last])})


def filters_on(asked: Asked, item_num: int) -> list[str]:
    """What keeps a product out of every list of this sort for this shopper."""
    config, in_stock = asked.ranker.config, asked.ranker.shop.catalogue.in_stock
    rules, found = config.rules, []
    stock_only = rules.stock_only is not None and rules.stock_only[item_num]
    if not in_stock[item_num] and (stock_only or not config.sold_out):
        found.append("out_of_stock")
    if not config.repeats and np.isin(item_num, asked.state.bought):
        found.append("bought")
    if item_num in config.declined:
        found.append("declined")
    if rules.hidden is not None and rules.hidden[item_num]:
        found.append("hidden")
    if config.allowed is not None and not config.allowed[item_num]:
        found.append("asked_for")
    if not found and rank_in(asked.listed, item_num) is None and np.isin(item_num, rules.pinned):
        found.append("pinned_below")
    return found


def _crowded_out(asked: Asked, item_num: int) -> str:
    """Why a product is not listed though its score would do: others are pinned, or diversity."""
    if asked.ranker.config.rules.pins:
        free, n_free = asked.ranker.contested(asked.ranking.eligible, asked.k)
        place = place_of(asked.ranking.scores, free, item_num)
        if place is None or place > n_free:
            return "pins"
    return "diversity"


def _changes(asked: Asked, item_num: int) -> list[tuple[str, Entering | None]]:
    ranker, state, k = asked.ranker, asked.state, asked.k
    return [
        ("add", event_that_brings(ranker, state, item_num, k=k)),
        ("ignore", past_that_holds(ranker, state, item_num, k=k)),
    ]


def _change_row(asked: Asked, found: Entering) -> dict[str, Any]:
    return {
        "items": [item_row(asked, one) for one in found.item_nums],
        "events": [event_row(asked, row) for row in found.change.ignored]
        or [{"event": event} for _, event in found.change.added],
        "rank_after": found.rank_after,
        "minimal": found.minimal,
    }


def _way_in(asked: Asked, name: str, found: Entering) -> Sentence:
    facts: dict[str, Fact] = {
        "k": asked.k,
        "rank_after": found.rank_after,
        **titled(asked, found.item_nums),
    }
    if name == "add":
        return Sentence(f"why_not/add/{found.change.added[0][1]}", facts)
    minimal = "/minimal" if found.minimal else ""
    return Sentence(f"why_not/ignore/{named(found.item_nums)}{minimal}", facts)
