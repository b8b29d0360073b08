"""The same row twice."""

from __future__ import annotations

from typing import ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.schema import EVENT_COLUMNS
from youli.data.workbench import Table

__all__ = ["ExactDuplicates"]

_KEYS = ["user_id", "item_id", "event", "timestamp"]


@register
class ExactDuplicates:
    """Exports overlap and uploads are repeated."""

    name: ClassVar[str] = "exact_duplicates"
    doc: ClassVar[str] = (
        "Rows equal to an earlier one in every column that is read are dropped; the first stays."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"drop"})
    order: ClassVar[int] = 35
    bad: ClassVar[bool] = True

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name all but the first of equal rows; in sequences without dates nothing is equal."""
        if context.time_is_order:
            return None
        # Only rows that agree in the four keys are sorted, a small part of any log.
        suspects = events.group_by(_KEYS).aggregate(n=events.count())
        suspects = suspects.filter(suspects["n"] > 1)
        rows = events.semi_join(suspects, _KEYS)
        window = ibis.window(group_by=[rows[name] for name in EVENT_COLUMNS], order_by=rows["_rid"])
        numbered = rows.select(_rid=rows["_rid"], copy=ibis.row_number().over(window))
        return finding(rows_where(numbered, numbered["copy"] > 0, "exact duplicate", "", "drop"))
