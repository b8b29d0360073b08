"""`youli refit`: learn a served shop again from its log and what the service has stored."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from youli.cli.fit import fitted_document, print_fitted
from youli.cli.options import Database, Json, ShopFolder
from youli.cli.progress import bar
from youli.cli.serve import database_of
from youli.errors import YouliError
from youli.refit import Refitted
from youli.refit import refit as run
from youli.storage.base import Storage

__all__ = ["refit"]

_HOUR_S = 3_600


def refit(
    shop: ShopFolder,
    database: Database = None,
    full: Annotated[
        bool, typer.Option("--full", help="Learn the weights anew, too; else they are kept.")
    ] = False,
    every: Annotated[
        float | None,
        typer.Option("--every", min=0.001, help="Do so every so many hours, until stopped."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Learn beside, try, swap; a running server takes the new shop up. The old one is kept."""
    while True:
        started = time.monotonic()
        try:
            _once(shop, database, full=full, as_json=as_json)
        except YouliError as error:
            if every is None:
                raise
            typer.echo(f"error: {error}", err=True)  # what is served is served on
        if every is None:
            return
        time.sleep(max(0.0, every * _HOUR_S - (time.monotonic() - started)))


def _once(shop: Path, database: str | None, *, full: bool, as_json: bool) -> None:
    storage = Storage.open(database_of(shop, database))
    try:
        with bar() as progress:
            done = run(shop, storage, full=full, progress=progress)
    finally:
        storage.close()
    if done is None:
        typer.echo("nothing new was stored; the shop stays as it is", err=True)
        if as_json:
            typer.echo(json.dumps({"refitted": False}))
        return
    if as_json:
        typer.echo(json.dumps(_document(done, shop), ensure_ascii=False, indent=1))
        return
    console = Console()
    print_fitted(done.fitted, shop, console)
    console.print(
        f"new: {done.n_events:,} stored events, {done.n_items:,} products; "
        f"{done.n_erased:,} erased shoppers left out; the shop before lies in {done.last}",
        highlight=False,
    )


def _document(done: Refitted, shop: Path) -> dict[str, object]:
    return {
        "refitted": True,
        **fitted_document(done.fitted, shop),
        "n_stored_events": done.n_events,
        "n_stored_items": done.n_items,
        "n_erased": done.n_erased,
        "last": str(done.last),
    }
