"""Parameters that several routes take."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query

from youli.errors import InputError

__all__ = ["Ignore", "ItemId", "K", "Lang", "New", "UserId"]

_MOST_IGNORED = 1_000

UserId = Annotated[
    str, Path(min_length=1, max_length=256, description="the shop's id of a shopper")
]
ItemId = Annotated[
    str, Path(min_length=1, max_length=256, description="the shop's id of a product")
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


Ignore = Annotated[frozenset[int], Depends(_ignore)]
