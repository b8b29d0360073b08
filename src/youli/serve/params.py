"""Parameters that several routes take."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, Field

from youli.errors import InputError

__all__ = ["Ignore", "ItemId", "K", "Lang", "New", "Pair", "PlainText", "ShopId", "UserId"]

_MOST_IGNORED = 1_000


def _plain(text: str) -> str:
    """Refuse what no database stores: NUL, and halves of characters."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("must be text without NUL and without halves of characters")
    return text


#: Text that every database can store as it is.
PlainText = Annotated[str, AfterValidator(_plain)]
#: An id of the shop's own, in a body.
ShopId = Annotated[PlainText, Field(min_length=1, max_length=256)]
UserId = Annotated[
    PlainText, Path(min_length=1, max_length=256, description="the shop's id of a shopper")
]
ItemId = Annotated[
    PlainText, Path(min_length=1, max_length=256, description="the shop's id of a product")
]
K = Annotated[int, Query(ge=1, le=100, description="how many products")]
Lang = Annotated[Literal["en", "zh"], Query(description="language of the reasons")]

New = Annotated[
    bool, Query(alias="new", description="only products that the shopper has not bought before")
]


def _ignore(
    ignore: Annotated[
        str, Query(max_length=10_000, description="history rows to leave out, `3,17`")
    ] = "",
) -> frozenset[int]:
    parts = [part.strip() for part in ignore.split(",") if part.strip()]
    if len(parts) > _MOST_IGNORED or not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError("ignore is not a list of row numbers.", hint="Write it as ignore=3,17")
    return frozenset(int(part) for part in parts)


def _pair(request: Request, user_id: UserId, item_id: ItemId) -> tuple[str, str]:
    """Both ids of an address that ends in ``/{user}/{item}``.

    A slash of an id is told from the one between them by its encoding (``%2F``). Where something on
    the way has decoded it, the product's id has the rest after the first slash.
    """
    raw = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    sent = raw.partition("/explain/")[2].split("/")
    if len(sent) == 2:
        return unquote(sent[0]), unquote(sent[1])
    user, _, item = f"{user_id}/{item_id}".partition("/")
    return user, item


#: The ids of a shopper and of a product.
Pair = Annotated[tuple[str, str], Depends(_pair)]

Ignore = Annotated[frozenset[int], Depends(_ignore)]
