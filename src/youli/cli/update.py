"""`youli update`: go on from a saved shop with new events."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from youli.artifact import load_shop, save_shop
from youli.cli.fit import fitted_document, print_fitted
from youli.cli.options import Items, Json, Maps, ShopFolder, Users
from youli.cli.progress import bar
from youli.cli.training import Checkpoint, TensorBoard, is_trained, together, watch_of
from youli.config import load_config
from youli.data.config import DataConfig
from youli.data.growth import Growth
from youli.data.maps import parse_maps
from youli.data.report.terminal import print_report
from youli.errors import ConfigError
from youli.evaluate.cost import Meter
from youli.evaluate.growth import against_full_fit, held_out_end
from youli.parallel import process_num
from youli.search.store import index_of
from youli.update import prepare_update, updated_shop
from youli.update import update as go_on

__all__ = ["print_comparison", "update"]


def update(
    shop: ShopFolder,
    events: Annotated[
        list[str],
        typer.Option("--events", help="File, folder or table of new events."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write the updated shop to.")],
    items: Items = None,
    users: Users = None,
    maps: Maps = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Any bad row is an error that names it.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="A protected attribute of shoppers that may be used."),
    ] = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Hold out the end of the new events; judge a full fit too."),
    ] = False,
    tensorboard: TensorBoard = None,
    checkpoint: Checkpoint = None,
    as_json: Json = False,
) -> None:
    """Go on from a saved shop with new events: counted again, trained on, the weights kept."""
    if compare and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "--compare counts the CPU-seconds of one process, and there are several",
            hint="run it without torchrun, or leave out --compare",
        )
    fitted = load_shop(shop)
    before = {**fitted.prepared.get("config", {}), "sample_shoppers": None}
    if strict is not None:
        before["strict"] = strict
    config = load_config(DataConfig, "data", given=before)
    trains = is_trained(fitted.models) or "neural" in fitted.ranker.channels
    watch = watch_of(checkpoint, tensorboard, trains=trains)
    with bar() as progress, together():
        prepared = prepare_update(
            fitted, events, items or [], users or [], parse_maps(maps or []), config, progress
        )
        allowed = allow or ()
        if compare:  # said before the work, not after it
            whole, _ = updated_shop(fitted, prepared, allowed)
            held_out_end(fitted.shop, whole)
        with Meter() as meter:
            after = go_on(
                fitted, prepared, allow=allowed, config=config, progress=progress, watch=watch
            )
        compared = None
        if compare:
            compared = against_full_fit(fitted, whole, progress=progress)
        if process_num() > 0:
            return
        growth = Growth.between(fitted.shop, after.shop)
        after = save_shop(after, out)
        index_of(after.shop.catalogue, shop_folder=out, progress=progress)
    new = {
        "n_new_events": int(growth.is_new.sum()),
        "n_new_items": int((growth.rows < 0).sum()),
        "n_new_users": after.shop.interactions.n_users - _n_known(fitted.shop, after.shop),
    }
    if as_json:
        document: dict[str, Any] = fitted_document(after, out) | new
        document |= {"cpu_s": meter.cpu_s, "compared": compared}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    console = Console()
    print_report(prepared.report, Console(stderr=True))
    print_fitted(after, out, console)
    console.print(
        f"new: {new['n_new_events']:,} events, {new['n_new_items']:,} products, "
        f"{new['n_new_users']:,} shoppers; {meter.cpu_s:.1f} CPU-seconds",
        highlight=False,
    )
    if compared is not None:
        print_comparison(compared, console)


def _n_known(before: Any, after: Any) -> int:
    rows = before.interactions.users.nums(after.interactions.users.ids)
    return int((rows >= 0).sum())


def print_comparison(compared: dict[str, Any], console: Console) -> None:
    """What the update costs against a full fit, for people."""
    cpu = compared["cpu_s"]
    console.print(
        f"held out: {compared['held_out']}, {compared['n_cases']:,} shoppers; "
        f"updated in {cpu['updated']:.1f} CPU-seconds, fitted anew in {cpu['full_fit']:.1f}",
        highlight=False,
    )
    for row in compared["models"]:
        difference = row["difference"]
        console.print(
            f"  {row['model']}: NDCG@10 {row['updated']['ndcg@10']:.4f} updated, "
            f"{row['full_fit']['ndcg@10']:.4f} fitted anew; difference {difference['mean']:+.4f}, "
            f"95 % interval {difference['low']:+.4f} to {difference['high']:+.4f}",
            highlight=False,
        )
