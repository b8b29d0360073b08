"""Shoppers that buy like traders."""

from __future__ import annotations

from typing import ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["Wholesale"]

#: A median absolute deviation times this is a standard deviation, for normal data.
_MAD_TO_SD = 1.4826
#: Below this many shoppers there is no usual quantity to compare with.
_MIN_SHOPPERS = 20


@register
class Wholesale:
    """A trader's thousand mugs are one decision, not a thousand."""

    name: ClassVar[str] = "wholesale"
    doc: ClassVar[str] = (
        "Shoppers whose usual order is far larger than others' (by robust deviations of its log "
        "quantity) are flagged and kept, or dropped where that is set."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"flag", "drop"})
    order: ClassVar[int] = 85
    bad: ClassVar[bool] = False

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name every row of such shoppers."""
        bench, config = context.bench, context.config
        bought = events.filter((events["event"] == "purchase") & (events["quantity"] > 0))
        order = ibis.coalesce(bought["order_id"], bought["timestamp"].date().cast("string"))
        orders = bought.group_by(user_id=bought["user_id"], order=order).aggregate(
            units=bought["quantity"].sum()
        )
        usual = orders.group_by("user_id").aggregate(units=orders["units"].median())
        usual = bench.keep(usual.mutate(size=(usual["units"] + 1).ln()), "order_sizes")
        middle = bench.one(usual.aggregate(n=usual.count(), size=usual["size"].median()))
        if middle["n"] < _MIN_SHOPPERS:
            return None
        spread = (usual["size"] - middle["size"]).abs().median()
        deviation = bench.one(usual.aggregate(mad=spread))["mad"] * _MAD_TO_SD
        limit = middle["size"] + config.wholesale_spread * deviation
        large = (usual["size"] > limit) & (usual["units"] >= config.wholesale_min_quantity)
        traders = bench.keep(usual.filter(large), "traders")
        n_users = bench.one(traders.aggregate(n=traders.count()))["n"]
        theirs = events.semi_join(traders, "user_id")
        rows = rows_where(
            theirs, ibis.literal(True), "shopper buys like a trader", "quantity",
            "drop" if config.wholesale == "drop" else "flag",
        )  # fmt: skip
        return finding(rows, notes=(f"{n_users:,} shoppers buy like traders",))
