"""`youli db`: what the service's database holds, and its schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from youli.cli.options import Json

if TYPE_CHECKING:
    from youli.storage.connect import Database

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="The database of the service.")

Address = Annotated[
    str, typer.Argument(metavar="DATABASE", help="A file, or postgresql://USER@HOST/NAME.")
]


@app.command()
def status(database: Address, as_json: Json = False) -> None:
    """Say which schema a database has, which one this version wants, and how much it holds."""
    from youli.storage.migrate import HEAD, current, row_counts

    opened = _opened(database)
    try:
        at = current(opened)
        rows = row_counts(opened) if at == HEAD else {}
    finally:
        opened.close()
    if as_json:
        typer.echo(json.dumps({"schema": at, "wanted": HEAD, "rows": rows}, indent=1))
        return
    typer.echo(f"schema {at or 'none'}, wanted {HEAD}")
    for name, n_rows in rows.items():
        typer.echo(f"  {name:<15} {n_rows:>12,}")


@app.command()
def upgrade(database: Address) -> None:
    """Bring a database to this version's schema; what is stored stays.

    A server does the same when it opens one.
    """
    from youli.storage.migrate import HEAD
    from youli.storage.migrate import upgrade as run

    opened = _opened(database)
    try:
        before = run(opened)
    finally:
        opened.close()
    typer.echo(f"schema {before or 'none'} -> {HEAD}", err=True)


def _opened(address: str) -> Database:
    from youli.storage.connect import Database, database_url

    return Database(database_url(address))
