"""`youli replay`: compute recorded answers again and say what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from youli.audit import Replay, read_records
from youli.audit import replay as replayed
from youli.cli.options import Json
from youli.engine import Engine
from youli.errors import InputError

__all__ = ["replay"]


def replay(
    record: Annotated[
        Path, typer.Argument(metavar="RECORD", help="File that --audit wrote, a record a line.")
    ],
    shop: Annotated[Path, typer.Option("--shop", help="Folder written by `youli fit`.")],
    as_json: Json = False,
) -> None:
    """Compute recorded answers again; exit code 1 where one of them does not hold."""
    engine = Engine.open(shop)
    records = list(read_records(record))
    if not records:
        raise InputError(
            "there is no record in this file",
            where=str(record),
            hint="name a file that --audit wrote",
        )
    found = [(line, replayed(one, engine)) for line, one in records]
    n_equal = sum(one.equal for _, one in found)
    if as_json:
        document = {
            "equal": n_equal == len(found),
            "n_records": len(found),
            "n_equal": n_equal,
            "records": [{"line": line, **one.to_json()} for line, one in found],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(found, Console())
    if n_equal < len(found):
        raise typer.Exit(1)


def _print(found: list[tuple[int, Replay]], console: Console) -> None:
    for line, one in found:
        said = "equal" if one.equal else "DIFFERS"
        console.print(f"line {line}: {said}", highlight=False)
        if not one.intact:
            console.print("  the record was changed after it was written", highlight=False)
        if not one.fresh:
            recorded, now = one.differences[0][1:]
            console.print(
                f"  check fresh: FAILED: made by model {recorded}, this shop is {now}; "
                "replay it with the shop that made it",
                highlight=False,
                markup=False,
            )
            continue
        if not one.same_history:
            console.print("  the shopper's rows are not those of the shop's log", highlight=False)
        for at, recorded, computed in one.differences[:5]:
            text = f"  {at}: recorded {recorded!r}, computed {computed!r}"
            console.print(text, highlight=False, markup=False)
        if (left := len(one.differences) - 5) > 0:
            console.print(f"  and {left} more", highlight=False)
