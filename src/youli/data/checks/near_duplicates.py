"""Double clicks, double submissions and order lines that were split in two."""

from __future__ import annotations

from typing import Any, ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["NearDuplicates"]

_KEYS = ["user_id", "item_id", "event", "order"]


@register
class NearDuplicates:
    """A button pressed twice is one wish; one product on two lines of an order is one purchase."""

    name: ClassVar[str] = "near_duplicates"
    doc: ClassVar[str] = (
        "The same event of one shopper, product and order repeated within seconds is dropped; "
        "lines of one order at one time that differ in quantity or price are merged into the first "
        "(quantities added, price averaged by quantity)."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"drop", "repair"})
    order: ClassVar[int] = 40
    bad: ClassVar[bool] = True

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name repeats and split lines; needs real times."""
        if context.time_is_order or not context.config.near_duplicate_seconds:
            return None
        rows = self._suspects(events, context)
        order = [rows["timestamp"], rows["_rid"]]
        by_key = ibis.window(group_by=[rows[k] for k in _KEYS], order_by=order)
        by_line = [*(rows[k] for k in _KEYS), rows["timestamp"]]
        first = rows["_rid"].min().over(ibis.window(group_by=by_line))
        gap = (
            rows["timestamp"].epoch_seconds() - rows["timestamp"].lag().over(by_key).epoch_seconds()
        )
        units = rows["quantity"].sum().over(ibis.window(group_by=by_line))
        n_lines = rows.count().over(ibis.window(group_by=by_line))
        paid = (rows["quantity"] * rows["price_minor"]).sum().over(ibis.window(group_by=by_line))
        marked = context.bench.keep(
            rows.mutate(
                first=first,
                n_lines=n_lines,
                units=units,
                paid=paid,
                gap=gap,
                same=_same(rows, by_key),
            ),
            "near",
        )
        split = (marked["order"] != "") & (marked["event"] == "purchase") & (marked["n_lines"] > 1)
        is_first = marked["_rid"] == marked["first"]
        close = marked["gap"] <= context.config.near_duplicate_seconds
        price = ibis.ifelse(
            (marked["units"] > 0) & marked["paid"].notnull(),
            (marked["paid"] / marked["units"]).round().cast("int64"),
            marked["price_minor"],
        )
        keep = {"quantity": marked["quantity"], "price_minor": marked["price_minor"]}
        return finding(
            rows_where(
                marked, split & ~is_first, "split order line, merged into the first",
                "quantity", "drop", **keep,
            ),
            rows_where(
                marked, split & is_first, "split order line, quantities added",
                "quantity", "repair", quantity=marked["units"], price_minor=price,
            ),
            rows_where(
                marked, ~split & close & marked["same"], "repeated within seconds",
                "timestamp", "drop", **keep,
            ),
        )  # fmt: skip

    def _suspects(self, events: Table, context: CheckContext) -> Table:
        """Rows of a shopper, product, event and order that occur more than once, kept apart."""
        keyed = events.select(
            "_rid", "user_id", "item_id", "event", "timestamp", "quantity", "price_minor",
            order=events["order_id"].fill_null(""),
        )  # fmt: skip
        # A return's line is matched later and must not be added to what it takes back.
        keyed = keyed.filter(keyed["quantity"].isnull() | (keyed["quantity"] > 0))
        many = keyed.group_by(_KEYS).aggregate(n=keyed.count())
        return context.bench.keep(
            keyed.semi_join(many.filter(many["n"] > 1), _KEYS), "near_suspects"
        )


def _same(rows: Table, window: Any) -> Any:
    """Whether quantity and price equal those of the row before."""
    before = rows["quantity"].lag().over(window), rows["price_minor"].lag().over(window)
    return rows["quantity"].identical_to(before[0]) & rows["price_minor"].identical_to(before[1])
