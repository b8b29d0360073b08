"""Rows from the future."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["FutureTime"]


@register
class FutureTime:
    """One event in 2099 would make every other one look a lifetime old."""

    name: ClassVar[str] = "future_time"
    doc: ClassVar[str] = "Rows dated more than a day after now (a setting) are dropped."
    actions: ClassVar[frozenset[Action]] = frozenset({"drop"})
    order: ClassVar[int] = 25
    bad: ClassVar[bool] = True

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name rows later than now plus the tolerance."""
        if context.time_is_order:
            return None
        latest = context.now + timedelta(hours=context.config.future_tolerance_hours)
        late = events["timestamp"] > ibis.literal(latest, type="timestamp('UTC')")
        return finding(rows_where(events, late, "time in the future", "timestamp", "drop"))
