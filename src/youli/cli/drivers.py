"""`youli drivers`: what the lists of a shop, a group, a product or a category are made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json, Lang, Language, Plot, ShopFolder, drawn
from youli.engine import Engine
from youli.explain.overview.drivers import DriversConfig, find_drivers

__all__ = ["drivers"]


def drivers(
    shop: ShopFolder,
    segment: Annotated[
        str, typer.Option("--segment", help="new, heavy, or attribute=value of the shoppers.")
    ] = "",
    item: Annotated[
        str | None, typer.Option("--item", help="Only this product's ledgers, where it is listed.")
    ] = None,
    category: Annotated[
        str, typer.Option("--category", help="Only ledgers of products of this category (path).")
    ] = "",
    n_shoppers: Annotated[int, typer.Option("--shoppers", min=5, help="Shoppers drawn.")] = 300,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Length of the lists.")] = 10,
    n_months: Annotated[
        int, typer.Option("--months", min=0, max=60, help="Past months' ends; 0 for none.")
    ] = 6,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draw.")] = 0,
    lang: Lang = Language.EN,
    plot: Plot = None,
    plot_months: Annotated[
        Path | None, typer.Option("--plot-months", help="The months as a picture (.svg, .png).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what drives the lists: shares of all amounts by channel, event, attribute and age."""
    engine = Engine.open(shop)
    config = DriversConfig(n_shoppers=n_shoppers, k=k, n_months=n_months, seed=seed)
    found = find_drivers(
        engine.ranker,
        config,
        segment=segment,
        item_num=None if item is None else engine.item_num(item),
        category=category,
    )
    if plot is not None or plot_months is not None:
        from youli.plots.whole import shares, shares_over_time  # Matplotlib, where it is wanted

        if plot is not None:
            drawn(shares(found, lang=lang.value), plot)
        if plot_months is not None:
            drawn(shares_over_time(found, lang=lang.value), plot_months)
    document = {
        "model_version": engine.model_version,
        "simulated": engine.shop.simulated,
        **found.document(),
    }
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document, Console())


def _print(document: dict[str, Any], console: Console) -> None:
    table = Table(title=document["about"], caption=document["scope"])
    table.add_column("by")
    table.add_column("driver")
    table.add_column("share", justify="right")
    table.add_column("95 % interval", justify="right")
    for aspect, rows in document["shares"].items():
        for row in rows:
            span = f"{row['low']:.1%} – {row['high']:.1%}"
            table.add_row(aspect, row["name"].replace("[", "\\["), f"{row['share']:.1%}", span)
        table.add_section()
    for month in document["months"]:
        first = ", ".join(f"{row['name']} {row['share']:.0%}" for row in month["channel"][:4])
        table.add_row("month", month["month"], "", first)
    console.print(table)
