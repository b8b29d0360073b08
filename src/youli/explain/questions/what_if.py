"""What would become of a product with one event more or less, or at another price."""

from __future__ import annotations

from typing import Any, ClassVar

from youli.errors import InputError
from youli.explain.questions.base import (
    Asked,
    Finding,
    Proof,
    Question,
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
from youli.explain.questions.facts import titled
from youli.explain.types import Fact, Sentence
from youli.explain.worlds import Change, band_at, changed

__all__ = ["WhatIfExplainer"]


class WhatIfExplainer:
    """The place and the signed changes of the ledger in a world that differs in one thing.

    A price moves the product into another price band; all others keep theirs, and what was learned
    of prices stays as it is until the shop is fitted again.
    """

    name: ClassVar[str] = "what-if"
    exact: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset({"add", "remove", "price_minor"})

    def find(self, asked: Asked, question: Question) -> Finding:
        """The world before and after, entry by entry."""
        item_num = question.item_num
        change, kind, facts = _change(asked, question)
        ranker, state = changed(asked.ranker, asked.state, change)
        after = Asked(ranker, state, asked.k)
        before_ledger = ledger_of(asked.ranker, asked.state, item_num)
        after_ledger = ledger_of(ranker, state, item_num)
        found = differences(after_ledger, before_ledger)
        ranks = [rank_in(one.ranking.item_nums, item_num) for one in (asked, after)]
        places = [place_of(o.ranking.scores, o.ranking.eligible, item_num) for o in (asked, after)]
        data: dict[str, Any] = {
            "change": kind.partition("/")[0],
            "score_before": before_ledger.score,
            "score_after": after_ledger.score,
            "rank_before": ranks[0],
            "rank_after": ranks[1],
            "place_before": places[0],
            "place_after": places[1],
            "by_channel": by_channel(found),
            "entries": difference_rows(asked, found),
        }
        if question.price_minor is not None:
            old = asked.ranker.shop.catalogue.price_minor[item_num]
            data["band_before"] = None if old != old else band_at(ranker, item_num, int(old))
            data["band_after"] = band_at(ranker, item_num, question.price_minor)
        else:
            other = question.remove if question.add is None else question.add[0]
            assert other is not None, "one of the three changes was given"
            data["about"] = item_row(asked, other)
        return Finding(
            data,
            proofs=(
                Proof(item_num, before_ledger.score, ranks[0] or 0),
                Proof(item_num, after_ledger.score, ranks[1] or 0, change),
            ),
            sentences=(_sentence(kind, facts, places),),
            checks=(check_difference(found, after_ledger.score, before_ledger.score),),
        )


def _change(asked: Asked, question: Question) -> tuple[Change, str, dict[str, Fact]]:
    """What is different, the form that says it, and its facts."""
    if len(question.given()) != 1:
        raise InputError(
            f"what-if changes one thing at a time; {len(question.given())} were given",
            hint="give one of: add an event, remove a product's events, another price",
        )
    if question.add is not None:
        item_num, event = question.add
        return Change(added=(question.add,)), f"add/{event}", titled(asked, [item_num])
    if question.remove is not None:
        rows = asked.state.rows_about(question.remove)
        if not rows:
            title = asked.ranker.shop.catalogue.titles[question.remove]
            raise InputError(
                f"there is no event with {title!r} that counts in this history",
                value=title,
                hint="name a product of the shopper's history",
            )
        return Change(ignored=rows), "remove", titled(asked, [question.remove])
    assert question.price_minor is not None, "exactly one was given"
    if asked.ranker.config.by_price or asked.ranker.config.rules.by_price:
        raise InputError(
            "this list is filtered by price, so another price cannot be tried in it",
            hint="ask for the list without that filter or rule",
        )
    if question.price_minor <= 0:
        raise InputError(
            "a price must be above zero",
            value=question.price_minor,
            hint="give it in minor units: 250 for £2.50",
        )
    facts: dict[str, Fact] = {
        "price_minor": question.price_minor,
        "currency": asked.ranker.shop.currency,
    }
    return Change(price=(question.item_num, question.price_minor)), "price", facts


def _sentence(kind: str, facts: dict[str, Fact], places: list[int | None]) -> Sentence:
    before, after = places
    if after is None:
        return Sentence(f"what_if/{kind}/out", facts)
    facts = {**facts, "place_after": after}
    if before is None:
        return Sentence(f"what_if/{kind}/in", facts)
    if before == after:
        return Sentence(f"what_if/{kind}/same", facts)
    return Sentence(f"what_if/{kind}/moved", {**facts, "place_before": before})
