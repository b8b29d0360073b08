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
from youli.cli.training import (
    Checkpoint,
    TensorBoard,
    is_trained,
    model_settings,
    together,
    watch_of,
)
from youli.config import load_config
from youli.data.config import DataConfig
from youli.data.maps import parse_maps
from youli.data.prepare import prepare_shop
from youli.data.report.terminal import print_report
from youli.evaluate.cost import Meter, peak_rss_mb
from youli.evaluate.rounding import rounding
from youli.features.photos.config import PhotosConfig, check_folder
from youli.learn import help_train, learn
from youli.parallel import process_num
from youli.rank.fit import FitConfig
from youli.search.store import index_of

__all__ = ["fit", "fitted_document", "print_fitted", "print_photos", "print_rounding"]


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
    scene: Annotated[
        str | None,
        typer.Option(help="What the shop deals in: retail, video, travel, finance, social, ads."),
    ] = None,
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
    neural: Annotated[
        bool | None,
        typer.Option("--neural", help="Train the ledger's neural channel, too (needs PyTorch)."),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", help="A ranker to save beside the ledger (repeatable)."),
    ] = None,
    tensorboard: TensorBoard = None,
    checkpoint: Checkpoint = None,
    as_json: Json = False,
) -> None:
    """Learn from a shop's events and catalogue, and save what was learned."""
    given = {"currency": currency, "timezone": timezone, "strict": strict, "scene": scene}
    data_config = load_config(DataConfig, "data", file=config, given=given)
    fit_config = load_config(FitConfig, "fit", file=config, given={"seed": seed, "neural": neural})
    asked = {"folder": photos, "fetch": fetch_photos, "strict": strict, "seed": seed}
    photos_config = load_config(PhotosConfig, "photos", file=config, given=asked)
    check_folder(photos_config)
    settings = model_settings(models or (), config)
    watch = watch_of(
        checkpoint, tensorboard, trains=fit_config.trains_neural or is_trained(settings)
    )
    with bar() as progress, Meter() as meter, together():
        prepared = prepare_shop(
            events, items or [], users or [], parse_maps(maps or []), data_config, progress
        )
        beside = [Path(one).parent for one in items or () if Path(one).is_file()]
        if process_num() > 0:
            help_train(
                prepared,
                fit_config,
                allow=allow or (),
                photos=photos_config,
                photo_folders=beside,
                models=settings,
                watch=watch,
            )
            return
        exact, learned = learn(
            prepared,
            fit_config,
            allow=allow or (),
            photos=photos_config,
            photo_folders=beside,
            models=settings,
            data_config=data_config,
            progress=progress,
            watch=watch,
        )
        fitted = save_shop(exact, out)
        index_of(fitted.shop.catalogue, shop_folder=out, progress=progress)
    n_bytes = sum(one.stat().st_size for one in out.rglob("*") if one.is_file())
    sizes: dict[str, Any] = {"bytes": n_bytes}
    if fit_config.int8:
        sizes["int8"] = rounding(exact, fitted)
    if as_json:
        document = fitted_document(fitted, out) | {
            "learned": learned.summary,
            "size": sizes,
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
        if fit_config.int8:
            print_rounding(sizes["int8"], Console())


def print_rounding(figures: Mapping[str, Any], console: Console) -> None:
    """What int8 saves and costs, for people."""
    for name, one in figures["models"].items():
        console.print(
            f"int8, {name}: {one['overlap@10']:.1%} of the first ten stay, largest error "
            f"{one['largest_error']:.2g} of scores that spread over {one['spread']:.2g}",
            highlight=False,
        )
    console.print(
        f"int8 tables: {figures['bytes']:,} bytes instead of {figures['bytes_as_float']:,}",
        highlight=False,
    )


def fitted_document(fitted: FittedShop, out: Path) -> dict[str, Any]:
    """What was learned and where it lies."""
    ranker, events = fitted.ranker, fitted.shop.interactions
    models: Mapping[str, Any] = fitted.models  # every one is a `Model`, too
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
        "models": {name: dict(model.config) for name, model in models.items()},
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
    if document["models"]:
        names = ", ".join(document["models"])
        console.print(f"saved beside the ledger: {names} (--model NAME ranks with one)")
    if document["photos"]:
        print_photos(document["photos"], console)
    if (texts := fitted.report.get("texts")) is not None:
        console.print(
            f"texts: {texts['n_without_text']:,} of {texts['n_items']:,} products have none; "
            f"{texts['n_encoded']:,} texts encoded, {texts['n_kept']:,} known from before"
        )
        for note in texts["notes"]:
            console.print(f"texts: {note}")
    if document["protected_left_out"]:
        left_out = ", ".join(document["protected_left_out"])
        console.print(f"protected attributes left out: {left_out} (--allow NAME uses one)")
