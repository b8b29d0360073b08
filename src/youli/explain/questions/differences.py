"""One ledger minus another, entry by entry: the signed parts add up to the difference of scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from youli.explain.checks import TOLERANCE
from youli.explain.questions.base import Asked, item_row
from youli.explain.types import Check
from youli.types import Entry, Ledger

__all__ = ["Difference", "by_channel", "check_difference", "difference_rows", "differences"]

#: Channel, kind of evidence, past product, attribute.
_Key: TypeAlias = tuple[str, str, int, tuple[str, str] | None]
Difference: TypeAlias = tuple[_Key, float, float]


def differences(first: Ledger, second: Ledger) -> list[Difference]:
    """What each piece of evidence gives in both ledgers, largest difference first.

    Both must be itemised in full, else equal evidence would not meet.
    """
    sides: dict[_Key, tuple[list[float], list[float]]] = {}
    for side, ledger in enumerate((first, second)):
        for entry in ledger.entries:
            sides.setdefault(_key(entry), ([], []))[side].append(entry.amount)
    found = [(key, math.fsum(a), math.fsum(b)) for key, (a, b) in sides.items()]
    changed = [one for one in found if one[1] != one[2]]
    return sorted(changed, key=lambda one: -abs(one[1] - one[2]))


def by_channel(found: Sequence[Difference]) -> dict[str, float]:
    """The difference that each channel makes, largest first."""
    sums: dict[str, list[float]] = {}
    for (channel, *_), first, second in found:
        sums.setdefault(channel, []).append(first - second)
    total = {channel: math.fsum(parts) for channel, parts in sums.items()}
    return dict(sorted(total.items(), key=lambda one: -abs(one[1])))


def check_difference(found: Sequence[Difference], first: float, second: float) -> Check:
    """The check named "completeness": the signed parts are the difference of two scores."""
    residual = abs(math.fsum(a - b for _, a, b in found) - (first - second))
    tolerance = TOLERANCE * max(1.0, abs(first), abs(second))
    return Check("completeness", residual <= tolerance, {"residual": residual})


def difference_rows(asked: Asked, found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Rows for documents: the evidence, what it gives on both sides, and the difference."""
    rows = []
    for (channel, kind, source, attribute), first, second in found:
        row: dict[str, Any] = {"channel": channel, "kind": kind}
        if source >= 0:
            row["source"] = item_row(asked, source)
        if attribute is not None:
            row["attribute"] = {"name": attribute[0], "value": attribute[1]}
        rows.append({**row, "first": first, "second": second, "difference": first - second})
    return rows


def _key(entry: Entry) -> _Key:
    evidence = entry.evidence
    return (entry.channel, evidence.kind.value, evidence.source_item, evidence.attribute)
