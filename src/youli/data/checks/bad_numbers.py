"""Numbers that are none, negative or beyond belief."""

from __future__ import annotations

from typing import ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, register
from youli.data.schema import CURRENCY_EXPONENT
from youli.data.workbench import Table

__all__ = ["BadNumbers"]


@register
class BadNumbers:
    """A price of −11,062 or a quantity of zero says nothing about taste."""

    name: ClassVar[str] = "bad_numbers"
    doc: ClassVar[str] = (
        "Purchases with a negative price or a quantity of zero are dropped; numbers that cannot be "
        "read, prices and quantities beyond a limit that can be set, and negative numbers of other "
        "events become unknown; a price of zero is flagged."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"drop", "repair", "flag"})
    order: ClassVar[int] = 60
    bad: ClassVar[bool] = True

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name rows; each row gets the first reason that fits."""
        price, quantity = events["price_minor"], events["quantity"]
        limit = context.config.max_price * 10 ** CURRENCY_EXPONENT.get(context.currency, 2)
        bought = events["event"] == "purchase"
        reason = ibis.cases(
            (bought & (price < 0), "negative price"),
            (bought & (quantity == 0), "quantity of zero"),
            (events["_unread"].notnull(), "not a number, taken as unknown"),
            (price.abs() > limit, "absurd price, taken as unknown"),
            (quantity.abs() > context.config.max_quantity, "absurd quantity, taken as unknown"),
            ((price < 0) | (quantity < 0), "negative number, taken as unknown"),
            (bought & (price == 0), "price of zero"),
        )
        unknown = (price < 0) | (price.abs() > limit)
        too_many = (quantity < 0) | (quantity.abs() > context.config.max_quantity)
        repaired_price = ibis.ifelse(unknown.fill_null(False), ibis.null("int64"), price)
        repaired_quantity = ibis.ifelse(too_many.fill_null(False), ibis.null("float64"), quantity)
        column = ibis.cases(
            (reason == "not a number, taken as unknown", events["_unread"]),
            (reason.contains("quantity"), "quantity"),
            else_="price",
        )
        rows = events.select(
            _rid=events["_rid"],
            reason=reason,
            column=column,
            price=repaired_price,
            units=repaired_quantity,
        ).filter(lambda table: table["reason"].notnull())
        drop = rows["reason"].isin(("negative price", "quantity of zero"))
        flag = rows["reason"] == "price of zero"
        return Finding(
            rows.select(
                "_rid",
                "reason",
                "column",
                action=ibis.cases((drop, "drop"), (flag, "flag"), else_="repair"),
                set_price_minor=rows["price"],
                set_quantity=rows["units"],
            )
        )
