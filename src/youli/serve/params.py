"""Parameters that several routes take."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, Field

from youli.data.filters import MOST_LETTERS
from youli.errors import InputError
from youli.serve.lists import Detail, Shown

__all__ = [
    "Beside",
    "Diversity",
    "Filter",
    "Ignore",
    "ItemId",
    "K",
    "Lang",
    "Listed",
    "New",
    "Pair",
    "Placement",
    "PlainText",
    "RuleId",
    "ShopId",
    "Triple",
    "UserId",
]

_MOST_IGNORED = 1_000
#: A row number; no history has a billion of them.
_ROW = re.compile(r"[0-9]{1,9}")


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
RuleId = Annotated[PlainText, Path(min_length=1, max_length=64, description="id of a rule")]
K = Annotated[int, Query(ge=1, le=100, description="how many products")]
Lang = Annotated[Literal["en", "zh"], Query(description="language of the reasons")]

New = Annotated[
    bool, Query(alias="new", description="only products that the shopper has not bought before")
]


Filter = Annotated[
    PlainText, Query(max_length=MOST_LETTERS, description='such as `price < 20 and brand = "A"`')
]
Diversity = Annotated[
    float | None, Query(ge=0, le=100, description="how varied; the shop's own where left out")
]
Placement = Annotated[
    str, Query(pattern=r"^([a-z0-9][a-z0-9_-]{0,39})?$", description="where the shop shows it")
]


async def _ignore(
    ignore: Annotated[
        str, Query(max_length=10_000, description="history rows to leave out, `3,17`")
    ] = "",
) -> frozenset[int]:
    parts = [part.strip() for part in ignore.split(",") if part.strip()]
    if len(parts) > _MOST_IGNORED or not all(map(_ROW.fullmatch, parts)):
        raise InputError("ignore is not a list of row numbers.", hint="Write it as ignore=3,17")
    return frozenset(int(part) for part in parts)


def _ids_of(request: Request, tail: str, n: int) -> list[str]:
    """The `n` ids in which an address ends; `tail` is the same with its slashes decoded.

    A slash of an id is told from the one between them by its encoding (``%2F``). Where something on
    the way has decoded it, the last id has the rest.
    """
    route = getattr(request.scope.get("route"), "path", "").partition("{")[0]
    raw = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    sent = raw.partition(route)[2].split("/")
    if route and len(sent) == n:
        return [unquote(one) for one in sent]
    ids = tail.split("/", n - 1)
    return ids + [""] * (n - len(ids))


async def _pair(request: Request, user_id: UserId, item_id: ItemId) -> tuple[str, str]:
    """Both ids of an address that ends in ``/{user}/{item}``."""
    user, item = _ids_of(request, f"{user_id}/{item_id}", 2)
    return user, item


async def _triple(
    request: Request, user_id: UserId, item_id: ItemId, other_id: ItemId
) -> tuple[str, str, str]:
    """All ids of an address that ends in ``/{user}/{item}/{other}``."""
    user, item, other = _ids_of(request, f"{user_id}/{item_id}/{other_id}", 3)
    return user, item, other


async def _shown(
    k: K = 10,
    offset: Annotated[int, Query(ge=0, le=190, description="how many places to pass over")] = 0,
    lang: Lang = "en",
    explain: Annotated[
        Detail, Query(description="what is said: nothing, short reasons, or all with checks")
    ] = "full",
    ledger: Annotated[bool, Query(description="whether each product has its ledger")] = True,
    filter: Filter = "",
    diversity: Diversity = None,
    only_new: New = False,
    placement: Placement = "",
) -> Shown:
    return Shown(k, offset, lang, explain, ledger, filter, diversity, only_new, placement)


async def _beside(
    k: K = 8, lang: Lang = "en", filter: Filter = "", placement: Placement = ""
) -> Shown:
    return Shown(k, lang=lang, filter=filter, placement=placement)


#: How a list beside a product is asked for.
Beside = Annotated[Shown, Depends(_beside)]
#: How a list is asked for.
Listed = Annotated[Shown, Depends(_shown)]

#: The ids of a shopper and of a product.
Pair = Annotated[tuple[str, str], Depends(_pair)]

#: The ids of a shopper and of two products.
Triple = Annotated[tuple[str, str, str], Depends(_triple)]

Ignore = Annotated[frozenset[int], Depends(_ignore)]
