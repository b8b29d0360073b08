"""Events of products that the catalogue lacks, and products without events."""

from __future__ import annotations

from typing import ClassVar

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["Orphans"]


@register
class Orphans:
    """Two files that do not fit usually mean an old export or a changed id."""

    name: ClassVar[str] = "orphans"
    doc: ClassVar[str] = (
        "Events of products that the catalogue lacks are flagged and kept; products of the "
        "catalogue without an event are kept."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"flag"})
    order: ClassVar[int] = 90
    bad: ClassVar[bool] = False

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name the events; the notes count the products on both sides."""
        catalogue = context.catalogue
        if catalogue is None:
            return None
        seen = events.select("item_id").distinct()
        lacking = context.bench.keep(seen.anti_join(catalogue, "item_id"), "orphans")
        silent = catalogue.anti_join(seen, "item_id")
        counts = (
            context.bench.one(lacking.aggregate(n=lacking.count()))["n"],
            context.bench.one(silent.aggregate(n=silent.count()))["n"],
        )
        theirs = events.semi_join(lacking, "item_id")
        rows = rows_where(
            theirs,
            theirs["item_id"].notnull(),
            "product is not in the catalogue",
            "item_id",
            "flag",
        )
        return finding(
            rows,
            notes=(
                f"{counts[0]:,} products of the events are not in the catalogue",
                f"{counts[1]:,} products of the catalogue have no event",
            ),
        )
