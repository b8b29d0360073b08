"""Rows whose time is missing or cannot be read."""

from __future__ import annotations

from typing import ClassVar

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["UnparsableTime"]


@register
class UnparsableTime:
    """Order matters to every model, so a row without a time cannot be used."""

    name: ClassVar[str] = "unparsable_time"
    doc: ClassVar[str] = "Rows whose time is missing or is no date are dropped."
    actions: ClassVar[frozenset[Action]] = frozenset({"drop"})
    order: ClassVar[int] = 20
    bad: ClassVar[bool] = True

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name rows without a time, told apart from those with one that is no date."""
        missing, given = events["timestamp"].isnull(), events["_time_given"]
        return finding(
            rows_where(events, missing & given, "time is no date", "timestamp", "drop"),
            rows_where(events, missing & ~given, "no time", "timestamp", "drop"),
        )
