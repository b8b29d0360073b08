"""Rows that could not be read: counted like a check's, kept as text in the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from youli.data.report.model import CheckReport, Example, ReasonCount
from youli.data.sources.base import Role
from youli.data.workbench import Table, Workbench

__all__ = ["CHECK", "UnreadableRows", "quarantine_unreadable", "report_unreadable", "unreadable_of"]

#: Name of the check in report and quarantine; it runs while a file is read, before all others.
CHECK: Final = "unreadable_rows"
_DOC: Final = (
    "Rows with too many or too few fields, an unclosed quote, bytes of another encoding or too "
    "long a line, and lines that are no JSON object, are dropped; the quarantine has their text."
)
#: Column of the quarantine that holds such a row's text.
_TEXT: Final = "text"
#: Characters of a row that the report shows; the quarantine has more.
_SHOWN: Final = 120


@dataclass(frozen=True)
class UnreadableRows:
    """The unreadable rows of one file, counted."""

    where: str
    role: Role
    #: `row`, `reason`, `text`.
    table: Table
    counts: tuple[dict[str, Any], ...]

    @property
    def n(self) -> int:
        """How many there are."""
        return sum(entry["n"] for entry in self.counts)


def unreadable_of(
    table: Table | None, where: str, role: Role, bench: Workbench
) -> UnreadableRows | None:
    """Count the unreadable rows of an opened file; None where there are none."""
    if table is None:
        return None
    counted = table.group_by("reason").aggregate(
        n=table.count(), row=table["row"].min(), text=table["text"].argmin(table["row"])
    )
    rows = bench.rows(counted.order_by([counted["n"].desc(), "reason"]))
    return UnreadableRows(where, role, table, tuple(rows))


def report_unreadable(found: Sequence[UnreadableRows], *, ran: bool) -> CheckReport:
    """What was found, as a check reports it.

    Rows of events are counted as dropped, so that the report's rows add up; those of products and
    shoppers stand in its notes.
    """
    reasons = [
        ReasonCount(
            reason=entry["reason"],
            action="drop",
            column=_TEXT,
            n=entry["n"],
            examples=[
                Example(where=one.where, row=entry["row"], values={_TEXT: entry["text"][:_SHOWN]})
            ],
        )
        for one in found
        if one.role == "events"
        for entry in one.counts
    ]
    notes = [
        f"{one.n:,} rows of {one.role} cannot be read: {one.where}, first row "
        f"{min(entry['row'] for entry in one.counts)}"
        for one in found
        if one.role != "events"
    ]
    return CheckReport(
        name=CHECK,
        doc=_DOC,
        ran=ran,
        dropped=sum(reason.n for reason in reasons),
        repaired=0,
        flagged=0,
        reasons=sorted(reasons, key=lambda reason: -reason.n),
        notes=notes,
    )


def quarantine_unreadable(
    quarantine: pa.Table, found: Sequence[UnreadableRows], bench: Workbench
) -> pa.Table:
    """The quarantine with the unreadable rows of every file in front."""
    parts = []
    for one in found:
        rows = bench.arrow(one.table.order_by("row"))
        known = {
            "source_file": pa.repeat(one.where, len(rows)),
            "row": rows["row"],
            "check": pa.repeat(CHECK, len(rows)),
            "reason": rows["reason"],
            "action": pa.repeat("dropped", len(rows)),
            "column": pa.repeat(_TEXT, len(rows)),
            _TEXT: rows["text"],
        }
        parts.append(
            pa.table(
                [
                    known[column.name] if column.name in known else pa.nulls(len(rows), column.type)
                    for column in quarantine.schema
                ],
                schema=quarantine.schema,
            )
        )
    return pa.concat_tables([*parts, quarantine]) if parts else quarantine
