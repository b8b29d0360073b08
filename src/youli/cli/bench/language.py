"""`youli bench language`: is a sentence caught in which one thing is made false?"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json, ShopFolder
from youli.cli.progress import bar
from youli.engine import Engine
from youli.evaluate.language.run import LanguageRequest, run_language

__all__ = ["language"]


def language(
    shop: ShopFolder,
    shoppers: Annotated[
        int, typer.Option(min=0, help="Shoppers whose served reasons are tried; 0 for none.")
    ] = 100,
    each: Annotated[int, typer.Option(min=1, help="Fillings of every form that are tried.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 0,
    as_json: Json = False,
) -> None:
    """Make one thing in true sentences false, and count how often the reader catches it."""
    engine = Engine.open(shop)
    request = LanguageRequest(n_shoppers=shoppers, n_each=each, seed=seed)
    with bar() as progress:
        document = run_language(engine, request, progress=progress)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
        return
    console = Console()
    for found in document["languages"]:
        console.print(_table(found, document["kinds"]))
        left_out = len(found["forms_left_out"])
        console.print(
            f"{found['n_forms'] - left_out} of {found['n_forms']} forms; the shop has nothing to "
            f"fill {left_out} with",
            highlight=False,
        )
        for source in ("served", "drawn"):
            for one in found[source]["by_form"]["passed"]:
                console.print(f"  passed ({one['kind']}): {one['false']}", markup=False)


#: Where sentences come from, and which reader read them.
_COLUMNS = tuple((s, r) for s in ("served", "drawn") for r in ("by_form", "reworded", "free_text"))


def _table(found: dict[str, Any], kinds: list[str]) -> Table:
    table = Table(
        title=f"Readers, {found['lang']}",
        caption="share caught of false sentences by what was made false; sentences are those that "
        "the shop serves, or every form with drawn facts",
    )
    table.add_column("made false")
    results = [found[source][reader] for source, reader in _COLUMNS]
    for source, reader in _COLUMNS:
        table.add_column(f"{source}, {reader.replace('_', ' ')}", justify="right")
    for kind in kinds:
        table.add_row(kind, *(_of_kind(one["by_kind"].get(kind)) for one in results))
    table.add_section()
    table.add_row("all", *(_share(one["caught_share"]) for one in results))
    table.add_row("false sentences", *(f"{one['n_false']:,}" for one in results))
    table.add_row("true sentences", *(f"{one['n_true']:,}" for one in results))
    table.add_row("true ones rejected", *(_share(one["rejected_share"]) for one in results))
    return table


def _of_kind(row: dict[str, int] | None) -> str:
    return _share(None if row is None else row["caught"] / row["n"])


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"
