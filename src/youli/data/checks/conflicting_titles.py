"""One product under several titles."""

from __future__ import annotations

from typing import ClassVar

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.usual import usual_value
from youli.data.workbench import Table

__all__ = ["ConflictingTitles"]


@register
class ConflictingTitles:
    """Titles are corrected over time, and stock clerks write notes into them."""

    name: ClassVar[str] = "conflicting_titles"
    doc: ClassVar[str] = (
        "Rows whose title is not the product's usual one are flagged; the catalogue takes the most "
        "frequent title, of equally frequent ones the latest."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"flag"})
    order: ClassVar[int] = 70
    bad: ClassVar[bool] = False

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name rows with another title; the note counts the products."""
        if "item.title" not in events.columns:
            return None
        usual = context.bench.keep(usual_value(events, "item_id", "item.title"), "titles")
        other = usual.filter(usual["n_values"] > 1)
        joined = events.select("_rid", "item_id", title=events["item.title"]).join(other, "item_id")
        rows = rows_where(
            joined, joined["title"] != joined["item.title"], "title is not the usual one",
            "title", "flag",
        )  # fmt: skip
        n_products = context.bench.one(other.aggregate(n=other.count()))["n"]
        return finding(rows, notes=(f"{n_products:,} products have more than one title",))
