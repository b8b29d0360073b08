"""Rows that name no shopper or no product."""

from __future__ import annotations

from typing import Any, ClassVar

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["MissingIds"]

#: What programs write where there is nothing.
_NOTHING = ("", "nan", "null", "none", "n/a", "#n/a", "undefined")


@register
class MissingIds:
    """Nothing can be learned from a row without shopper or product."""

    name: ClassVar[str] = "missing_ids"
    doc: ClassVar[str] = (
        "Rows without a shopper or a product (empty, blank, NaN, null, none, n/a) are dropped."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"drop"})
    order: ClassVar[int] = 10
    bad: ClassVar[bool] = True

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name the rows; one that lacks both is counted under the shopper."""
        no_user, no_item = _missing(events["user_id"]), _missing(events["item_id"])
        return finding(
            rows_where(events, no_user, "no shopper", "user_id", "drop"),
            rows_where(events, ~no_user & no_item, "no product", "item_id", "drop"),
        )


def _missing(column: Any) -> Any:
    return column.isnull() | column.fill_null("").strip().lower().isin(_NOTHING)
