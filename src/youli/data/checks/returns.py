"""Returns and cancellations, matched to the purchase that they take back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

from youli.data.checks.base import Action, CheckContext, Finding, register
from youli.data.schema import TAKES_BACK
from youli.data.workbench import Table

__all__ = ["Returns", "match_returns"]

#: What each event takes back.
_UNDOES = {"refund": "purchase", "remove_from_cart": "add_to_cart"}
_SHAPE = pa.schema(
    [
        ("_rid", pa.int64()),
        ("reason", pa.string()),
        ("column", pa.string()),
        ("action", pa.string()),
        ("set_quantity", pa.float64()),
    ]
)


@dataclass
class _Open:
    """A purchase that has units left to give back."""

    rid: int
    bought: float
    left: float
    price: int | None


@dataclass
class _Pair:
    """One shopper and product: what is open, and what was found out."""

    open: list[_Open] = field(default_factory=list)
    found: list[tuple[int, str, str, str, float | None]] = field(default_factory=list)


@register
class Returns:
    """What was sent back was not wanted: it must not count as interest."""

    name: ClassVar[str] = "returns"
    doc: ClassVar[str] = (
        "Returns and cancellations (refund events, negative quantities, cancelled orders) are "
        "matched to the shopper's own earlier purchase of the product: first one of the same "
        "quantity and price, else the latest. The purchase is reduced or dropped; the return row "
        "is dropped, matched or not. Products taken out of the cart are matched likewise."
    )
    actions: ClassVar[frozenset[Action]] = frozenset({"drop", "repair"})
    order: ClassVar[int] = 50
    bad: ClassVar[bool] = False

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Net every return; only shopper–product pairs that have one are looked at."""
        is_return = self._is_return(events, context)
        undone = events["event"].substitute(_UNDOES, else_=events["event"])
        lines = events.select(
            "_rid", "user_id", "item_id", "timestamp", "price_minor",
            quantity=events["quantity"].abs(), kind=undone, returned=is_return,
        )  # fmt: skip
        lines = lines.filter(lines["kind"].isin(tuple(_UNDOES.values())))
        keys = ["user_id", "item_id", "kind"]
        concerned = lines.semi_join(lines.filter(lines["returned"]).select(keys).distinct(), keys)
        ordered = concerned.order_by([*keys, "timestamp", "returned", "_rid"])
        rows = context.bench.arrow(
            ordered.select(*keys, "_rid", "quantity", "price_minor", "returned")
        )
        columns = list(zip(*match_returns(rows), strict=True)) or [()] * len(_SHAPE)
        table = pa.table(
            [pa.array(c, t) for c, t in zip(columns, _SHAPE.types, strict=True)], _SHAPE
        )
        return Finding(context.bench.load(table, "returns"))

    def _is_return(self, events: Table, context: CheckContext) -> Any:
        explicit = events["event"].isin(tuple(TAKES_BACK))
        bought = events["event"] == "purchase"
        negative = bought & (events["quantity"] < 0).fill_null(False)
        pattern = context.config.cancelled_orders
        if not pattern:
            return explicit | negative
        cancelled = events["order_id"].re_search(pattern).fill_null(False)
        share = context.bench.one(
            events.aggregate(share=cancelled.mean(), n=events["order_id"].count())
        )
        # Where most orders look cancelled, the pattern is how this shop writes its orders.
        if not share["n"] or share["share"] > 0.5:
            return explicit | negative
        return explicit | negative | (bought & cancelled)


def match_returns(rows: pa.Table) -> Iterator[tuple[int, str, str, str, float | None]]:
    """Match returns to purchases; `rows` are sorted by shopper, product, kind and time.

    Gives (row, reason, column, action, quantity afterwards). A quantity that is not known counts
    as one.
    """
    key: tuple[str, str, str] | None = None
    pair = _Pair()
    names = ("user_id", "item_id", "kind", "_rid", "quantity", "price_minor", "returned")
    for user, item, kind, rid, quantity, price, returned in zip(
        *(rows[name].to_pylist() for name in names), strict=True
    ):
        if (user, item, kind) != key:
            yield from _closed(pair)
            key, pair = (user, item, kind), _Pair()
        units = 1.0 if quantity is None else float(quantity)
        if returned:
            _take_back(pair, rid, units, price)
        else:
            pair.open.append(_Open(rid, units, units, price))
    yield from _closed(pair)


def _take_back(pair: _Pair, rid: int, units: float, price: int | None) -> None:
    left = units
    exact = [p for p in pair.open if p.left == units and (price is None or p.price == price)]
    candidates = exact[-1:] or [p for p in reversed(pair.open) if p.left > 0]
    for purchase in candidates:
        taken = min(left, purchase.left)
        purchase.left -= taken
        left -= taken
        if left <= 0:
            break
    if left <= 0:
        reason = "return, matched to its purchase"
    elif left < units:
        reason = "return of more than was bought, matched in part"
    else:
        reason = "return without a purchase before it"
    pair.found.append((rid, reason, "quantity", "drop", None))


def _closed(pair: _Pair) -> Iterator[tuple[int, str, str, str, float | None]]:
    yield from pair.found
    for purchase in pair.open:
        if purchase.left <= 0 < purchase.bought:
            yield (purchase.rid, "purchase, returned in full", "quantity", "drop", None)
        elif purchase.left < purchase.bought:
            reason = "purchase, returned in part"
            yield (purchase.rid, reason, "quantity", "repair", purchase.left)
