"""Events of a kind that nothing is known about."""

from __future__ import annotations

from typing import ClassVar

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["UnknownEvents"]


@register
class UnknownEvents:
    """A shop's log holds logins and page scrolls beside what speaks of products."""

    name: ClassVar[str] = "unknown_events"
    doc: ClassVar[str] = (
        "Rows whose event is none of the known kinds are dropped; map a kind of your own with "
        "event_names."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"drop"})
    order: ClassVar[int] = 15
    bad: ClassVar[bool] = True

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name rows with an unknown or missing event."""
        unknown = events["event"].isnull()
        given = events["_event_given"]
        return finding(
            rows_where(events, unknown & given, "unknown event", "event", "drop"),
            rows_where(events, unknown & ~given, "no event", "event", "drop"),
        )
