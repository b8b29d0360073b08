"""Which column of a file means what: given by the user, else guessed from usual names and shown.

A map goes from our name to the file's: ``user_id=CustomerID``. Our names are the canonical columns
of events and products (`CANONICAL`), and ``user.NAME`` or ``item.NAME`` for an attribute of the
shopper or product that sits in an event file. A canonical name itself always wins; two usual names
for one meaning are a clash that the user must settle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from youli.data.schema import EVENT_COLUMNS, ITEM_COLUMNS, REQUIRED_EVENT_COLUMNS
from youli.data.sources.base import ROW, Role
from youli.errors import SchemaError

__all__ = [
    "CANONICAL",
    "USUAL_NAMES",
    "ColumnMap",
    "check_given",
    "map_columns",
    "parse_maps",
]

#: Every name that the left side of a map may have, beside `user.…` and `item.…`.
CANONICAL: Final = tuple(dict.fromkeys((*EVENT_COLUMNS, *ITEM_COLUMNS, "price")))
_CATALOGUE: Final = tuple(
    name for name in (*ITEM_COLUMNS, "price") if name not in ("item_id", "currency")
)

#: Usual names in lower case without punctuation, per canonical column.
USUAL_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "user_id": (
        "userid", "user", "customerid", "customer", "customerno", "customernumber", "visitorid",
        "clientid", "shopperid", "memberid", "buyerid", "householdid", "userpseudoid",
        "anonymousid", "reviewerid", "uid", "用户id", "会员id",
    ),
    "item_id": (
        "itemid", "item", "productid", "product", "stockcode", "sku", "skuid", "articleid",
        "productcode", "itemcode", "asin", "parentasin", "movieid", "goodsid", "materialid",
        "productuid", "iid", "商品id",
    ),
    "event": (
        "event", "eventtype", "eventname", "feedbacktype", "action", "behavior", "behaviour",
        "behaviortype", "interactiontype", "activity", "行为",
    ),
    "timestamp": (
        "timestamp", "time", "datetime", "date", "eventtime", "eventtimestamp", "createdat",
        "invoicedate", "orderdate", "purchasedate", "transactiondate", "transactiontimestamp",
        "tdat", "unixreviewtime", "originaltimestamp", "occurredat", "orderpurchasetimestamp", "ts",
        "时间",
    ),
    "value": ("value", "rating", "stars", "score", "overall", "weight"),
    "quantity": ("quantity", "qty", "units", "amount", "count", "数量"),
    "price": (
        "price", "unitprice", "itemprice", "sellingprice", "discountedprice", "saleprice",
        "productprice", "价格", "单价",
    ),
    "price_minor": ("priceminor", "pricecents", "priceincents"),
    "currency": ("currency", "currencycode", "货币"),
    "order_id": (
        "orderid", "order", "invoiceno", "invoice", "invoiceid", "basketid", "transactionid",
        "checkoutid", "cartid", "receiptid", "orderno", "ordernumber", "订单id", "订单号",
    ),
    "session_id": ("sessionid", "session", "visitid", "gasessionid", "usersession"),
    "title": (
        "title", "itemname", "productname", "producttitle", "name", "displayname",
        "productdisplayname", "标题", "商品名称",
    ),
    "category": (
        "category", "categories", "categorypath", "productcategory", "categoryname",
        "categorycode", "mastercategory", "类目", "分类",
    ),
    "brand": ("brand", "brandname", "品牌"),
    "description": (
        "description", "productdescription", "aboutproduct", "longdescription", "描述",
    ),
    "image_url": ("imageurl", "image", "imglink", "imageuri", "picture", "thumbnail"),
    "in_stock": ("instock", "availability", "available"),
    "user.country": ("country", "countrycode"),
    "user.region": ("region",),
}  # fmt: skip


@dataclass(frozen=True)
class ColumnMap:
    """What one file's columns mean."""

    where: str
    role: Role
    #: Our name → the file's column.
    columns: Mapping[str, str]
    #: Our names that were guessed, not given.
    guessed: frozenset[str] = frozenset()
    #: Columns that nothing reads.
    unused: tuple[str, ...] = ()
    #: Columns kept as attributes under their own names (products and shoppers).
    attributes: tuple[str, ...] = field(default=())


def parse_maps(texts: Iterable[str]) -> dict[str, str]:
    """Read `user_id=CustomerID` texts; raises `SchemaError` for a clash or an unknown left side."""
    given: dict[str, str] = {}
    for text in texts:
        name, sign, column = (part.strip() for part in text.partition("="))
        if not sign or not name or not column:
            raise SchemaError(
                f"“{text}” is no map",
                where="--map",
                value=text,
                hint="write ours=theirs, such as --map user_id=CustomerID",
            )
        if name in given and given[name] != column:
            raise SchemaError(
                f"{name} is mapped twice: to “{given[name]}” and to “{column}”",
                where="--map",
                value=text,
                hint=f"keep one map for {name}",
            )
        given[name] = column
    check_given(given)
    return given


def check_given(given: Mapping[str, str]) -> None:
    """Raise `SchemaError` when a map names an unknown meaning or gives one column two of them."""
    taken: dict[str, str] = {}
    for name, column in given.items():
        if name not in CANONICAL and not re.fullmatch(r"(user|item)\.\w+", name):
            raise SchemaError(
                f"“{name}” is no column that Youli knows",
                where="--map",
                value=name,
                hint=f"use one of {', '.join(CANONICAL)}, user.NAME or item.NAME",
            )
        if column in taken:
            raise SchemaError(
                f"the column “{column}” is mapped to both {taken[column]} and {name}",
                where="--map",
                value=column,
                hint="give each column one meaning",
            )
        taken[column] = name
    if "price" in given and "price_minor" in given:
        raise SchemaError(
            "both price and price_minor are mapped",
            where="--map",
            value=given["price_minor"],
            hint="price is in pounds or dollars, price_minor in pence or cents; keep one",
        )


def map_columns(
    names: Sequence[str], role: Role, given: Mapping[str, str], where: str
) -> ColumnMap:
    """Settle what each column of a file means; raises `SchemaError` for a clash or a gap."""
    names = [name for name in names if name != ROW]
    columns = {ours: found for ours, theirs in given.items() if (found := _find(theirs, names))}
    guessed: set[str] = set()
    for ours in _wanted(role):
        if ours in columns or _settled_otherwise(ours, columns):
            continue
        found = _guess(ours, [name for name in names if name not in columns.values()], where)
        if found:
            columns[ours] = found
            guessed.add(ours)
    _known_layouts(columns, guessed, names, role, given)
    _require(columns, role, names, where)
    rest = tuple(name for name in names if name not in columns.values())
    if role == "events":
        return ColumnMap(where, role, columns, frozenset(guessed), unused=rest)
    # Names differ in more than case here: an attribute “Title” beside a mapped title is not kept.
    taken = {name.casefold() for name in columns}
    kept = tuple(name for name in rest if name.casefold() not in taken)
    lost = tuple(name for name in rest if name not in kept)
    return ColumnMap(where, role, columns, frozenset(guessed), unused=lost, attributes=kept)


def _wanted(role: Role) -> tuple[str, ...]:
    if role == "users":
        return ("user_id",)
    if role == "items":
        return ("item_id", "currency", *_CATALOGUE)
    return (*CANONICAL, "user.country", "user.region")


def _settled_otherwise(ours: str, columns: Mapping[str, str]) -> bool:
    return ours in ("price", "price_minor") and not {"price", "price_minor"}.isdisjoint(columns)


def _folded(name: str) -> str:
    return re.sub(r"[^\w]|_", "", name.rpartition(".")[2].lower())


def _find(column: str, names: Sequence[str]) -> str | None:
    if column in names:
        return column
    same = [name for name in names if name.casefold() == column.casefold()]
    return same[0] if len(same) == 1 else None


def _guess(ours: str, names: Sequence[str], where: str) -> str | None:
    if ours in names:
        return ours
    found = [name for name in names if _folded(name) in USUAL_NAMES.get(ours, ())]
    exact = [name for name in found if _folded(name) == ours.replace("_", "")]
    if len(exact) == 1:
        return exact[0]
    if len(found) > 1:
        listed = ", ".join(f"“{name}”" for name in found)
        raise SchemaError(
            f"{len(found)} columns could be {ours}: {listed}",
            where=where,
            value=found[1],
            hint=f"say which one: --map {ours}={found[0]}",
        )
    return found[0] if found else None


def _known_layouts(
    columns: dict[str, str],
    guessed: set[str],
    names: Sequence[str],
    role: Role,
    given: Mapping[str, str],
) -> None:
    """UCI Online Retail and its kin: beside a StockCode, the short Description is the title."""
    if role != "events" or "title" in columns or "description" in given:
        return
    if columns.get("description") and _folded(columns.get("item_id", "")) == "stockcode":
        columns["title"] = columns.pop("description")
        guessed.discard("description")
        guessed.add("title")


def _require(columns: Mapping[str, str], role: Role, names: Sequence[str], where: str) -> None:
    needed = {"events": REQUIRED_EVENT_COLUMNS, "items": ("item_id",), "users": ("user_id",)}[role]
    missing = [name for name in needed if name not in columns]
    if missing:
        raise SchemaError(
            f"no column for {' and '.join(missing)}; the columns are {', '.join(names)}",
            where=f"{where}, row 1",
            value=list(names),
            hint="say which columns they are: "
            + " ".join(f"--map {name}=COLUMN" for name in missing),
        )
