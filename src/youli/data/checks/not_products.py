"""Lines of an invoice that are no products: postage, fees, vouchers, tests, adjustments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import ibis

from youli.data.checks.base import Action, CheckContext, Finding, finding, register, rows_where
from youli.data.config import DataConfig
from youli.data.workbench import Table, Workbench

__all__ = ["NotProducts", "no_products"]

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
        """Name rows by code, else by the title that the row or the catalogue gives."""
        columns = {"item_id": events["item_id"], "title": ibis.null("string")}
        if "item.title" in events.columns:
            columns["title"] = events["item.title"]
        products = events.select(**columns).distinct()
        catalogue = context.catalogue
        if catalogue is not None and "title" in catalogue.columns:
            known = catalogue.select(_key=catalogue["item_id"], known=catalogue["title"])
            both = products.left_join(known, products["item_id"] == known["_key"])
            products = both.mutate(known=ibis.coalesce(both["title"], both["known"])).drop("_key")
        else:
            products = products.mutate(known=products["title"])
        named = no_products(products, "known", context.config, context.bench)
        named = named.select("item_id", "reason", title=named["title"].fill_null(""))
        marked = events.select(
            _rid=events["_rid"], item_id=events["item_id"], title=columns["title"].fill_null("")
        ).join(named, ["item_id", "title"])
        column = ibis.ifelse(marked["reason"] == "code of no product", "item_id", "title")
        return finding(rows_where(marked, ibis.literal(True), marked["reason"], column, "drop"))


def no_products(products: Table, title: str, config: DataConfig, bench: Workbench) -> Table:
    """Those rows of a table with `item_id` and a title that are no products, with the `reason`.

    Patterns run over distinct products, not over every event.
    """
    products = bench.keep(products, "products")
    length = bench.one(products.aggregate(usual=products["item_id"].length().median()))["usual"]
    by_code = _matches(products["item_id"], config.not_product_codes)
    if (length or 0) < _USUAL_LENGTH:
        by_code &= products["item_id"].length() > _SHORT
    by_title = _matches(products[title], config.not_product_titles)
    reason = ibis.cases((by_code, "code of no product"), (by_title, "title of no product"))
    marked = products.mutate(reason=reason)
    return bench.keep(marked.filter(marked["reason"].notnull()), "no_products")


def _matches(column: Any, patterns: Sequence[str]) -> Any:
    if not patterns:
        return ibis.literal(False)
    whole = "|".join(f"(?:{pattern})" for pattern in patterns)
    return column.strip().re_search(f"(?i)^(?:{whole})$").fill_null(False)
