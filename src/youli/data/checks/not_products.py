"""Lines of an invoice that are no products: postage, fees, vouchers, tests, adjustments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.workbench import Table

__all__ = ["NotProducts"]

#: Codes this short are postage or a manual line only where products usually have long codes.
_SHORT = 2
_USUAL_LENGTH = 4


@register
class NotProducts:
    """Postage is in every basket, and nobody wants it recommended."""

    name: ClassVar[str] = "not_products"
    doc: ClassVar[str] = (
        "Lines that are no products (postage, fees, vouchers, tests, adjustments), by a list of "
        "patterns for codes and titles that can be set, are dropped."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"drop"})
    order: ClassVar[int] = 30
    bad: ClassVar[bool] = False

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name rows by code, else by title; patterns run once a distinct product and title."""
        config, bench = context.config, context.bench
        titled = "item.title" in events.columns
        title = events["item.title"] if titled else ibis.null("string")
        products = bench.keep(
            events.select(item_id=events["item_id"], title=title).distinct(), "products"
        )
        length = bench.one(products.aggregate(usual=products["item_id"].length().median()))["usual"]
        by_code = _matches(products["item_id"], config.not_product_codes)
        if (length or 0) < _USUAL_LENGTH:
            by_code &= products["item_id"].length() > _SHORT
        by_title = _matches(products["title"], config.not_product_titles)
        named = bench.keep(
            products.select(
                item_id=products["item_id"],
                title=products["title"].fill_null(""),
                reason=ibis.cases(
                    (by_code, "code of no product"), (by_title, "title of no product")
                ),
            ).filter(lambda table: table["reason"].notnull()),
            "no_products",
        )
        marked = events.select(
            _rid=events["_rid"], item_id=events["item_id"], title=title.fill_null("")
        ).join(named, ["item_id", "title"])
        column = ibis.ifelse(marked["reason"] == "code of no product", "item_id", "title")
        return finding(rows_where(marked, ibis.literal(True), marked["reason"], column, "drop"))


def _matches(column: Any, patterns: Sequence[str]) -> Any:
    if not patterns:
        return ibis.literal(False)
    whole = "|".join(f"(?:{pattern})" for pattern in patterns)
    return column.strip().re_search(f"(?i)^(?:{whole})$").fill_null(False)
