"""`youli merchant`: the merchant's rules: pin, boost, bury, hide, in stock only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli.cli.options import Database, Json, Lang, Language, ShopFolder

if TYPE_CHECKING:
    from pathlib import Path

    from youli.rank.rules import MerchantRule
    from youli.serve.lists import ListDesk

__all__ = ["Kind", "app"]

app = typer.Typer(no_args_is_help=True, help="Rules of the merchant (docs/rules.md).")

_ACTOR = "command line"


class Kind(StrEnum):
    """What a rule does."""

    PIN = "pin"
    BOOST = "boost"
    BURY = "bury"
    HIDE = "hide"
    IN_STOCK = "in_stock"


Item = Annotated[list[str] | None, typer.Option("--item", help="A product by its id (repeatable).")]
Filter = Annotated[str, typer.Option("--filter", help='Or an expression, such as "price < 20".')]
Placement = Annotated[
    str, typer.Option("--placement", help="The list it acts on; every list where it is left out.")
]
Place = Annotated[int | None, typer.Option("--place", help="Of a pin: the place, from 1.")]
Amount = Annotated[
    float | None, typer.Option("--amount", help="Of a boost or a bury: in units of the score.")
]
Starts = Annotated[
    str | None, typer.Option("--starts", help="From when on, such as 2026-12-01T00:00Z.")
]
Ends = Annotated[str | None, typer.Option("--ends", help="Until when, itself not included.")]
Note = Annotated[str, typer.Option("--note", help="Why.")]


@app.command(name="list")
def list_(shop: ShopFolder, database: Database = None, as_json: Json = False) -> None:
    """List every rule, and whether it acts now."""
    with _desk(shop, database) as desk:
        rules = desk.book.documents()
    if as_json:
        _print({"rules": rules})
        return
    table = Table("id", "kind", "about", "list", "acts now", "note", box=None)
    for one in rules:
        acts = one["problem"] or ("yes" if one["acts_now"] else "no")
        about = one["filter"] or ", ".join(one["items"]) or "every product"
        table.add_row(
            one["rule_id"], one["kind"], about, one["placement"] or "all", acts, one["note"]
        )
    Console().print(table)


@app.command()
def add(
    shop: ShopFolder,
    kind: Annotated[Kind, typer.Argument(help="What it does.")],
    item: Item = None,
    filter_: Filter = "",
    placement: Placement = "",
    place: Place = None,
    amount: Amount = None,
    starts: Starts = None,
    ends: Ends = None,
    note: Note = "",
    database: Database = None,
) -> None:
    """Save a rule; a running server acts by it in its next answer. Prints it with its id."""
    rule = _rule(kind, item, filter_, placement, place, amount, starts, ends, note)
    with _desk(shop, database) as desk:
        _print(desk.book.create(rule, _ACTOR))


@app.command()
def preview(
    shop: ShopFolder,
    kind: Annotated[Kind, typer.Argument(help="What it does.")],
    user: Annotated[
        list[str], typer.Option("--user", help="Whose list to try it on (repeatable).")
    ],
    item: Item = None,
    filter_: Filter = "",
    placement: Placement = "",
    place: Place = None,
    amount: Amount = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many products.")] = 10,
    lang: Lang = Language.EN,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show lists without and with a rule, as if it acted already; nothing is saved."""
    rule = _rule(kind, item, filter_, placement, place, amount, None, None, "")
    with _desk(shop, database) as desk:
        found = desk.preview(rule, user, item or [], k=k, lang=lang.value)
    if as_json:
        _print(found)
        return
    for one in found["lists"]:
        table = Table("", "product", "before", "", title=one["user_id"], box=None)
        for row in one["after"]:
            mark = "promoted" if row["promoted"] else ""
            table.add_row(str(row["rank"]), row["title"], str(row["rank_before"] or "–"), mark)
        for row in one["left"]:
            table.add_row("–", row["title"], str(row["rank"]), "")
        Console().print(table)


@app.command()
def delete(
    shop: ShopFolder,
    rule_id: Annotated[str, typer.Argument(help="The rule's id, as `list` shows it.")],
    database: Database = None,
) -> None:
    """Forget a rule."""
    with _desk(shop, database) as desk:
        desk.book.delete(rule_id, _ACTOR)
    typer.echo(f"deleted {rule_id}", err=True)


@contextmanager
def _desk(shop: Path, database: str | None) -> Iterator[ListDesk]:
    from youli.cli.serve import database_of
    from youli.engine import Engine
    from youli.serve.services import Services
    from youli.serve.settings import ServeConfig
    from youli.storage.base import Storage

    storage = Storage.open(database_of(shop, database))
    try:
        desk = Services(Engine.open(shop), ServeConfig(), storage).lists
        desk.book.look(storage.versions().get("rules", 0))
        yield desk
    finally:
        storage.close()


def _rule(
    kind: Kind,
    items: list[str] | None,
    filter_: str,
    placement: str,
    place: int | None,
    amount: float | None,
    starts: str | None,
    ends: str | None,
    note: str,
) -> MerchantRule:
    """The rule; raises `ConfigError` with what is wrong."""
    from pydantic import ValidationError

    from youli.errors import ConfigError
    from youli.rank.rules import MerchantRule

    given = {
        "kind": kind.value,
        "items": items or (),
        "filter": filter_,
        "placement": placement,
        "place": place,
        "amount": amount,
        "starts": starts,
        "ends": ends,
        "note": note,
    }
    try:
        return MerchantRule.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            first["msg"].removeprefix("Value error, "),
            where=f"--{field}" if field else "",
            value=first.get("input"),
            hint="docs/rules.md says what each kind of rule needs",
        ) from error


def _print(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
