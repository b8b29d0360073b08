"""`youli keys`: make, list, exchange and revoke the keys of a service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from youli.cli.options import Database, Json, ShopFolder

if TYPE_CHECKING:
    from pathlib import Path

    from youli.storage.base import Storage
    from youli.storage.records import KeyRecord

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Keys of the service: page, server and admin.")

_ACTOR = "command line"

KeyId = Annotated[str, typer.Argument(help="The key's id, as `youli keys list` shows it.")]


@app.command()
def create(
    shop: ShopFolder,
    name: Annotated[str, typer.Option("--name", help="Who it is for; the audit names it.")],
    role: Annotated[
        str,
        typer.Option(
            "--role",
            help="page (events and reading, for the shopper of a signed token), server (all about "
            "shoppers and products), admin (keys, rules, audit, metrics as well).",
        ),
    ] = "server",
    days: Annotated[
        float | None, typer.Option("--days", min=0.001, help="How long it opens; for ever.")
    ] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown this once; the database holds its digest alone."""
    from youli.errors import ConfigError
    from youli.serve.keys import create_key
    from youli.storage.records import Role

    if role not in set(Role):
        raise ConfigError(
            f"there is no role {role!r}",
            where="--role",
            value=role,
            hint=f"choose from {', '.join(Role)}",
        )
    with _storage(shop, database) as storage:
        _show(*create_key(storage, name, Role(role), days=days, actor=_ACTOR), as_json=as_json)


@app.command(name="list")
def list_(shop: ShopFolder, database: Database = None, as_json: Json = False) -> None:
    """List every key that was given out, valid or not; never the keys themselves."""
    from youli.serve.keys import list_keys

    with _storage(shop, database) as storage:
        keys = list_keys(storage)
    if as_json:
        typer.echo(json.dumps({"keys": keys}, ensure_ascii=False, indent=1))
        return
    table = Table("id", "name", "role", "created", "expires", "valid", box=None)
    for one in keys:
        state = "yes" if one["valid"] else ("revoked" if one["revoked"] else "run out")
        table.add_row(
            one["key_id"],
            one["name"],
            one["role"],
            one["created"][:10],
            (one["expires"] or "never")[:10],
            state,
        )
    Console().print(table)


@app.command()
def rotate(
    shop: ShopFolder,
    key_id: KeyId,
    overlap_days: Annotated[
        float, typer.Option("--overlap-days", min=0, help="How long the old one opens on.")
    ] = 1.0,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Exchange a key: a new one of the same name and role, the old one opens for a while yet."""
    from youli.serve.keys import rotate_key

    with _storage(shop, database) as storage:
        made = rotate_key(storage, key_id, overlap_days=overlap_days, actor=_ACTOR)
    _show(*made, as_json=as_json)


@app.command()
def revoke(shop: ShopFolder, key_id: KeyId, database: Database = None) -> None:
    """Let a key open nothing from now on, in every worker."""
    from youli.serve.keys import revoke_key

    with _storage(shop, database) as storage:
        revoke_key(storage, key_id, actor=_ACTOR)
    typer.echo(f"revoked {key_id}", err=True)


@contextmanager
def _storage(shop: Path, database: str | None) -> Iterator[Storage]:
    from youli.cli.serve import database_of
    from youli.storage.base import Storage

    storage = Storage.open(database_of(shop, database))
    try:
        yield storage
    finally:
        storage.close()


def _show(record: KeyRecord, key: str, *, as_json: bool) -> None:
    """The key goes to stdout, everything about it to stderr."""
    from youli.serve.keys import key_document

    document = key_document(record)
    if as_json:
        typer.echo(json.dumps({**document, "key": key}, ensure_ascii=False, indent=1))
        return
    typer.echo(key)
    until = document["expires"] or "for ever"
    typer.echo(f"{document['role']} key {document['key_id']}, opens until {until}", err=True)
    typer.echo("it is not shown again", err=True)
