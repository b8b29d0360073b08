"""`youli fit`: read, check, learn and save a shop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli.artifact import FittedShop, save_shop
from youli.cli.options import Items, Json, Maps, Users
from youli.cli.progress import bar
from youli.config import load_config
from youli.data.config import DataConfig
from youli.data.maps import parse_maps
from youli.data.prepare import prepare_shop
from youli.data.report.terminal import print_report
from youli.evaluate.cost import Meter, peak_rss_mb
from youli.features.photos.config import PhotosConfig, check_folder
from youli.learn import learn
from youli.rank.fit import FitConfig

__all__ = ["fit", "fitted_document", "print_fitted"]


def fit(
    events: Annotated[
        list[str], typer.Option("--events", help="File, folder or table of events (repeatable).")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write the shop to.")],
    items: Items = None,
    users: Users = None,
    maps: Maps = None,
    currency: Annotated[
        str | None, typer.Option(help="Of prices that name none, such as GBP.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Of times that name none.")] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Any bad row is an error that names it.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="A protected attribute of shoppers that may be used."),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option("--photos", help="Folder of the photos that the column image_url names."),
    ] = None,
    fetch_photos: Annotated[
        bool | None,
        typer.Option("--fetch-photos", help="Fetch photos whose image_url is a web address."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="TOML file with [data], [fit] and [photos] tables."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything that is drawn.")] = None,
    as_json: Json = False,
) -> None:
    """Learn from a shop's events and catalogue, and save what was learned."""
    given = {"currency": currency, "timezone": timezone, "strict": strict}
    data_config = load_config(DataConfig, "data", file=config, given=given)
    fit_config = load_config(FitConfig, "fit", file=config, given={"seed": seed})
    asked = {"folder": photos, "fetch": fetch_photos, "strict": strict, "seed": seed}
    photos_config = load_config(PhotosConfig, "photos", file=config, given=asked)
    check_folder(photos_config)
    with bar() as progress, Meter() as meter:
        prepared = prepare_shop(
            events, items or [], users or [], parse_maps(maps or []), data_config, progress
        )
        fitted, learned = learn(
            prepared,
            fit_config,
            allow=allow or (),
            photos=photos_config,
            photo_folders=[Path(one).parent for one in items or () if Path(one).is_file()],
            progress=progress,
        )
        fitted = save_shop(fitted, out)
    if as_json:
        document = fitted_document(fitted, out) | {
            "learned": learned.summary,
            "cost": {
                "cpu_s": meter.cpu_s,
                "wall_s": meter.wall_s,
                "peak_rss_mb": peak_rss_mb(),
            },
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        print_report(prepared.report, Console(stderr=True))
        print_fitted(fitted, out, Console())


def fitted_document(fitted: FittedShop, out: Path) -> dict[str, Any]:
    """What was learned and where it lies."""
    ranker, events = fitted.ranker, fitted.shop.interactions
    return {
        "shop": str(out),
        "model_version": fitted.version,
        "data_hash": fitted.shop.data_hash,
        "data_until": fitted.shop.data_until.isoformat(),
        "simulated": fitted.shop.simulated,
        "n_users": events.n_users,
        "n_items": events.n_items,
        "n_events": len(events),
        "repeats": ranker.config.repeats,
        "protected_left_out": list(fitted.report.get("protected_left_out", ())),
        "photos": fitted.report.get("photos"),
        "channels": {
            name: dict(zip(channel.basis_names, ranker.coefficients[name].tolist(), strict=True))
            for name, channel in ranker.channels.items()
        },
    }


def print_photos(report: Mapping[str, Any], console: Console) -> None:
    """How many products have a photo, and why others have none."""
    console.print(
        f"photos: {report['n_with_photo']:,} of {report['n_products']:,} products have one "
        f"({report['n_photos']:,} photos, {report['n_encoded']:,} newly encoded, "
        f"{report['n_fetched']:,} fetched)",
        highlight=False,
    )
    for problem, n_products in report["problems"].items():
        row = next((one for one in report["problem_rows"] if one["problem"] == problem), None)
        such = "" if row is None else f", such as {row['item_id']}: {row['address']}"
        console.print(f"  {problem}: {n_products:,} products{such}", highlight=False, markup=False)
    for note in report["notes"]:
        console.print(f"  {note}", highlight=False, markup=False)


def print_fitted(fitted: FittedShop, out: Path, console: Console) -> None:
    """The same for people."""
    document = fitted_document(fitted, out)
    note = " (simulated data)" if document["simulated"] else ""
    table = Table(
        title=f"{document['n_users']:,} shoppers, {document['n_items']:,} products, "
        f"{document['n_events']:,} events{note}",
        caption=f"model {document['model_version']}, data until {document['data_until'][:10]}, "
        f"saved in {out}",
    )
    table.add_column("channel")
    table.add_column("learned weights (those that are not zero)")
    for name, weights in document["channels"].items():
        used = ", ".join(f"{basis}: {weight:.3g}" for basis, weight in weights.items() if weight)
        table.add_row(name, used or "–")
    console.print(table)
    if document["photos"]:
        print_photos(document["photos"], console)
    if document["protected_left_out"]:
        left_out = ", ".join(document["protected_left_out"])
        console.print(f"protected attributes left out: {left_out} (--allow NAME uses one)")
