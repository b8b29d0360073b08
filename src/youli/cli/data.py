"""`youli data`: look at a shop's files before learning from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from youli.config import load_config
from youli.data.config import DataConfig
from youli.data.maps import parse_maps
from youli.data.prepare import PreparedShop, prepare_shop
from youli.data.report.terminal import print_report
from youli.data.schema import EVENTS
from youli.data.writing import write_report
from youli.errors import ConfigError

__all__ = ["app", "parse_event_names"]

app = typer.Typer(help="Look at a shop's files before learning from them.", no_args_is_help=True)


@app.callback()
def data() -> None:
    """Look at a shop's files before learning from them."""


@app.command()
def check(
    files: Annotated[
        list[str], typer.Argument(help="Files, folders or database addresses with events.")
    ],
    items: Annotated[
        list[str] | None, typer.Option("--items", help="File or table of products.")
    ] = None,
    users: Annotated[
        list[str] | None, typer.Option("--users", help="File or table of shoppers.")
    ] = None,
    maps: Annotated[
        list[str] | None, typer.Option("--map", help="Ours=theirs, such as user_id=CustomerID.")
    ] = None,
    event: Annotated[
        list[str] | None, typer.Option("--event", help="Theirs=GA4, such as bought=purchase.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="Of prices that name none, such as GBP.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            "--timezone", help="Of times that name none, such as Europe/London; UTC if not given."
        ),
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option(
            "--day-first/--month-first",
            help="How 01/02/2024 is read; found from the data if not given.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Folder for the page, the JSON, the quarantine.")
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Any bad row is an error that names it.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with a [data] table.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as one JSON document.")
    ] = False,
) -> None:
    """Read, check and clean; show what was found."""
    column_map = parse_maps(maps or [])
    given = {
        "currency": currency,
        "timezone": timezone,
        "day_first": day_first,
        "strict": strict,
        "event_names": parse_event_names(event) if event else None,
    }
    settings = load_config(DataConfig, "data", file=config, given=given)
    talk = Console(stderr=True)
    shop = _prepare(files, items or [], users or [], column_map, settings, talk)
    if report is not None:
        for path in write_report(shop, report):
            talk.print(f"wrote {path}", highlight=False)
    if as_json:
        typer.echo(shop.report.model_dump_json(indent=2))
    else:
        print_report(shop.report, Console())


def parse_event_names(texts: list[str]) -> dict[str, str]:
    """Read `bought=purchase` texts; raises `ConfigError` for a right side that is no GA4 name."""
    names = {}
    for text in texts:
        theirs, sign, ours = (part.strip() for part in text.partition("="))
        if not sign or not theirs or ours not in EVENTS:
            raise ConfigError(
                f"“{text}” does not name an event",
                where="--event",
                value=text,
                hint=f"write theirs=ours, where ours is one of {', '.join(EVENTS)}",
            )
        names[theirs] = ours
    return names


def _prepare(
    files: list[str],
    items: list[str],
    users: list[str],
    column_map: dict[str, str],
    config: DataConfig,
    talk: Console,
) -> PreparedShop:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=talk, transient=True, disable=not talk.is_terminal) as bar:
        task = bar.add_task("opening", total=None)
        return prepare_shop(
            files,
            items,
            users,
            column_map,
            config,
            lambda what, _: bar.update(task, description=what),
        )
