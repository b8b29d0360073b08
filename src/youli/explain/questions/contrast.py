"""Why one product stands above another."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from youli.errors import InputError
from youli.explain.questions.base import (
    Asked,
    Finding,
    Proof,
    Question,
    event_row,
    item_row,
    ledger_of,
    rank_in,
)
from youli.explain.questions.differences import (
    by_channel,
    check_difference,
    difference_rows,
    differences,
)
from youli.explain.questions.facts import titled
from youli.explain.types import Check, Sentence
from youli.explain.worlds import Change

__all__ = ["ContrastExplainer"]

#: Past products that may be said to decide: more are a whole history.
_MOST_DECIDING = 3
#: Of max(1, |score|): as in `contenders`.
_CLOSE = 1e-9


class ContrastExplainer:
    """The signed difference, entry by entry, and the few past products that decide the order."""

    name: ClassVar[str] = "contrast"
    exact: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset({"other"})

    def find(self, asked: Asked, question: Question) -> Finding:
        """The product placed higher against the other; sums to the difference of their scores."""
        above, below = _ordered(asked, question.item_num, _other(asked, question))
        high, low = (ledger_of(asked.ranker, asked.state, one) for one in (above, below))
        found = differences(high, low)
        by = _placed_by(asked, above, below, high.score - low.score)
        ranks = [rank_in(asked.ranking.item_nums, one) for one in (above, below)]
        proofs = [
            Proof(one, ledger.score, rank or 0)
            for one, ledger, rank in zip((above, below), (high, low), ranks, strict=True)
        ]
        checks = [check_difference(found, high.score, low.score)]
        sentences = [Sentence(f"contrast/{by}", titled(asked, [above, below]))]
        deciding = _deciding(asked, above, below, high.score, low.score) if by == "score" else None
        data: dict[str, Any] = {
            "above": {**item_row(asked, above), "rank": ranks[0], "score": high.score},
            "below": {**item_row(asked, below), "rank": ranks[1], "score": low.score},
            "difference": high.score - low.score,
            "placed_by": by,
            "by_channel": by_channel(found),
            "entries": difference_rows(asked, found),
            "deciding": None,
        }
        if deciding is not None:
            items, rows, after = deciding
            data["deciding"] = {
                "items": [item_row(asked, one) for one in items],
                "events": [event_row(asked, row) for row in rows],
                "scores_after": list(after),
            }
            change = Change(ignored=rows)
            proofs += [
                Proof(one, score, change=change)
                for one, score in zip((above, below), after, strict=True)
            ]
            checks.append(Check("turned", after[1] > after[0], dict(zip("ab", after, strict=True))))
            sentences.append(Sentence(f"contrast/deciding/{len(items)}", titled(asked, items)))
        elif by == "score":
            sentences.append(Sentence("contrast/whole"))
        return Finding(data, tuple(proofs), tuple(sentences), tuple(checks))


def _other(asked: Asked, question: Question) -> int:
    """The product to compare with: the given one, else the next listed, else the one before."""
    if question.other == question.item_num:
        raise InputError(
            "a product cannot be compared with itself",
            value=question.other,
            hint="name another product to compare with",
        )
    if question.other is not None:
        return question.other
    listed = asked.ranking.item_nums
    rank = rank_in(listed, question.item_num)
    last = len(listed) - 1
    place = last if rank is None else rank if rank <= last else rank - 2
    if place < 0:
        raise InputError(
            "there is no other product in the list to compare with",
            hint="name the product to compare with",
        )
    return int(listed[place])


def _ordered(asked: Asked, first: int, second: int) -> tuple[int, int]:
    """Who is placed higher: in the list, else by what may be listed, else by score."""
    last = len(asked.ranking.scores) + 1

    def place(one: int) -> tuple[int, int, float]:
        rank = rank_in(asked.ranking.item_nums, one)
        by_score = asked.place(one)
        return (rank or last, by_score or last, -float(asked.ranking.scores[one]))

    return (first, second) if place(first) <= place(second) else (second, first)


def _placed_by(asked: Asked, above: int, below: int, difference: float) -> str:
    """What puts one above the other: scores, or a filter, a pin or diversity against them."""
    close = _CLOSE * max(1.0, abs(float(asked.ranking.scores[above])))
    if difference > close:
        return "score"
    if not asked.ranking.eligible[below]:
        return "filter"
    if np.isin([above, below], asked.ranker.config.rules.pinned).any():
        return "pin"
    return "tie" if abs(difference) <= close else "diversity"


def _deciding(
    asked: Asked, above: int, below: int, high: float, low: float
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[float, float]] | None:
    """The fewest past products, at most three, without which the order turns.

    Taking what differs most first gives the fewest: the order is one inequality of sums.
    """
    state = asked.state
    amounts = asked.ranker.amounts_by_past(state, np.array([above, below]))
    gain = amounts[:, 0] - amounts[:, 1]
    order = np.argsort(-gain, kind="stable")[:_MOST_DECIDING]
    taken: list[int] = []
    for past in order[gain[order] > 0.0].tolist():
        taken.append(past)
        after = (high - float(amounts[taken, 0].sum()), low - float(amounts[taken, 1].sum()))
        if after[1] - after[0] > _CLOSE * max(1.0, abs(high)):
            items = tuple(state.distinct_items[0][taken].tolist())
            rows = tuple(sorted(row for one in taken for row in state.rows_of_distinct[one]))
            return items, rows, after
    return None
