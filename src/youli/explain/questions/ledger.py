"""The score taken apart by event, channel and attribute."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import ClassVar, TypeVar

from youli.explain.checks import TOLERANCE
from youli.explain.questions.base import (
    Asked,
    Finding,
    Proof,
    Question,
    entry_row,
    event_row,
    item_row,
    ledger_of,
    rank_in,
)
from youli.explain.questions.facts import titled
from youli.explain.types import Check, Sentence
from youli.explain.units import layers
from youli.explain.worlds import Change
from youli.types import Entry, EvidenceKind

__all__ = ["LedgerExplainer"]

#: Events whose part is proven by scoring without them: those that weigh most.
_N_PROVEN = 3

_Key = TypeVar("_Key")


class LedgerExplainer:
    """What every single event gives, in every channel and by every attribute."""

    name: ClassVar[str] = "ledger"
    exact: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset()

    def find(self, asked: Asked, question: Question) -> Finding:
        """Entries by event, then what rests on no event; all of them add up to the score."""
        item_num = question.item_num
        events = _by_event(asked, item_num)
        whole = asked.ledger(item_num)
        others = [one for one in whole.entries if not one.evidence.events]
        of_row: defaultdict[int, list[float]] = defaultdict(list)
        of_source: defaultdict[int, list[float]] = defaultdict(list)
        of_attribute: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for row, entry in events:
            of_row[row].append(entry.amount)
            of_source[int(asked.state.item_num[row])].append(entry.amount)
        for entry in [*(one for _, one in events), *others]:
            if entry.evidence.attribute and entry.evidence.kind is not EvidenceKind.RULE:
                of_attribute[entry.evidence.attribute].append(entry.amount)
        rules = [one for one in others if one.of_place]
        parts = [one.amount for one in others] + [one.amount for _, one in events]
        score = math.fsum(parts) - math.fsum(one.amount for one in rules)
        amounts = {row: math.fsum(many) for row, many in of_row.items()}
        heaviest = sorted(amounts, key=lambda row: -abs(amounts[row]))
        residual = abs(math.fsum(parts) - whole.score) / max(1.0, abs(whole.score))
        return Finding(
            data={
                "by_event": [
                    {
                        **event_row(asked, row),
                        "item": item_row(asked, int(asked.state.item_num[row])),
                        "amount": amounts[row],
                        "entries": [entry_row(asked, one) for at, one in events if at == row],
                    }
                    for row in heaviest
                ],
                "by_source": [
                    {"item": item_row(asked, one), "amount": amount}
                    for one, amount in _largest_first(of_source)
                ],
                "by_channel": dict(
                    sorted(whole.by_channel().items(), key=lambda one: -abs(one[1]))
                ),
                "by_attribute": [
                    {"name": name, "value": value, "amount": amount}
                    for (name, value), amount in _largest_first(of_attribute)
                ],
                "without_events": [entry_row(asked, one) for one in others],
            },
            proofs=(
                Proof(item_num, score, rank_in(asked.ranking.item_nums, item_num) or 0),
                *(
                    Proof(item_num, score - amounts[row], change=Change(ignored=(row,)))
                    for row in heaviest[:_N_PROVEN]
                ),
            ),
            sentences=(_sentence(asked, {s: math.fsum(a) for s, a in of_source.items()}, of_row),),
            checks=(Check("completeness", residual <= TOLERANCE, {"residual": residual}),),
        )


def _by_event(asked: Asked, item_num: int) -> list[tuple[int, Entry]]:
    """Every entry that rests on an event, with its one row."""
    found: list[tuple[int, Entry]] = []
    for layer in layers(asked.state):
        alone = ledger_of(asked.ranker, asked.state.only(layer), item_num)
        found.extend((one.evidence.events[0], one) for one in alone.entries if one.evidence.events)
    return found


def _largest_first(sums: Mapping[_Key, list[float]]) -> list[tuple[_Key, float]]:
    total = [(key, math.fsum(parts)) for key, parts in sums.items()]
    return sorted(total, key=lambda one: -abs(one[1]))


def _sentence(
    asked: Asked, of_source: dict[int, float], of_row: dict[int, list[float]]
) -> Sentence:
    speaking = [one for one, amount in of_source.items() if amount > 0.0]
    if not speaking:
        return Sentence("ledger/alone")
    strongest = max(speaking, key=lambda one: of_source[one])
    n_events = sum(of_source[int(asked.state.item_num[row])] > 0.0 for row in of_row)
    return Sentence("ledger/history", {"n_events": n_events, **titled(asked, [strongest])})
