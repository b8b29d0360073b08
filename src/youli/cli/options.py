"""Options that several commands share, spelled once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from youli.language.vocabulary import Audience

if TYPE_CHECKING:
    from youli.plots.base import Picture

__all__ = [
    "Audit",
    "Database",
    "Items",
    "Json",
    "Lang",
    "Language",
    "Maps",
    "Plot",
    "ShopFolder",
    "To",
    "User",
    "Users",
    "drawn",
    "split_names",
]


class Language(StrEnum):
    """Languages that reasons are said in."""

    EN = "en"
    ZH = "zh"


ShopFolder = Annotated[Path, typer.Argument(metavar="SHOP", help="Folder written by `youli fit`.")]
User = Annotated[str, typer.Option("--user", help="The shop's id of the shopper.")]
To = Annotated[
    Audience,
    typer.Option("--audience", help="Whom the reasons are said to; an advertiser hears least."),
]
Lang = Annotated[Language, typer.Option("--lang", help="Language of the reasons.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Items = Annotated[
    list[str] | None, typer.Option("--items", help="File or table of products (repeatable).")
]
Users = Annotated[
    list[str] | None, typer.Option("--users", help="File or table of shoppers (repeatable).")
]
Maps = Annotated[
    list[str] | None,
    typer.Option("--map", help="Ours=theirs, such as user_id=CustomerID (repeatable)."),
]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="YOULI_DATABASE",
        show_default=False,
        help="Where events and all else is kept: a file, or postgresql://USER@HOST/NAME; "
        "a file beside the shop where none is named.",
    ),
]
Audit = Annotated[
    Path | None,
    typer.Option("--audit", help="File to add a record to that `youli replay` computes again."),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", help="Draw it, too: a file that ends in .svg or .png.")
]


def drawn(picture: Picture, file: Path) -> None:
    """Write a picture, and say on stderr where it lies and what to know of it."""
    picture.save(file)
    if picture.note:
        typer.echo(f"note: {picture.note}", err=True)
    typer.echo(f"{file}: {picture.title}", err=True)


def split_names(given: str) -> tuple[str, ...]:
    """Names separated by commas; none where nothing is given."""
    return tuple(name.strip() for name in given.split(",") if name.strip())
