"""Shoppers that act faster than a person can."""

from __future__ import annotations

from typing import ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["Robots"]


@register
class Robots:
    """Crawlers view everything and want nothing."""

    name: ClassVar[str] = "robots"
    doc: ClassVar[str] = (
        "Shoppers with more separate actions within one minute than a person can do (an order is "
        "one action) are flagged and kept, or dropped where that is set."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"flag", "drop"})
    order: ClassVar[int] = 80
    bad: ClassVar[bool] = False

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name every row of such shoppers; needs times finer than days."""
        if context.time_is_order:
            return None
        clocked = events.filter(events["timestamp"].epoch_seconds() % 86_400 != 0)
        action = ibis.coalesce(clocked["order_id"], clocked["_rid"].cast("string"))
        rates = clocked.group_by(
            user_id=clocked["user_id"], minute=clocked["timestamp"].truncate("m")
        ).aggregate(n=action.nunique(), rows=clocked.count())
        fast = rates.filter(rates["n"] > context.config.robot_actions_per_minute)
        users = context.bench.keep(fast.select("user_id").distinct(), "robots")
        n_users = context.bench.one(users.aggregate(n=users.count()))["n"]
        theirs = events.semi_join(users, "user_id")
        drop = context.config.robots == "drop"
        rows = rows_where(
            theirs, ibis.literal(True), "shopper acts faster than a person", "user_id",
            "drop" if drop else "flag",
        )  # fmt: skip
        return finding(rows, notes=(f"{n_users:,} shoppers act faster than a person",))
