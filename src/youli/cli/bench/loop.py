"""`youli bench loop`: what feedback, trust and the choice of reasons bring, in a simulated shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json
from youli.cli.progress import bar
from youli.errors import StorageError
from youli.evaluate.bench.plots import Line, lines
from youli.testing.reacting.config import ReactingConfig
from youli.testing.reacting.measure import SYSTEMS, measure_loop

__all__ = ["loop"]

#: Plot → what it shows, and the series of rounds that it is drawn from.
_PLOTS = {
    "satisfaction": ("satisfied purchases a visitor", ("satisfied",)),
    "regret": ("reward given away by the choice of reasons", ("regret", "regret_uniform")),
    "trust": ("believed of the unreliable kind of reason", ("unreliable",)),
    "popularity": ("mean popularity of what is listed", ("popularity",)),
}


def loop(
    rounds: Annotated[int, typer.Option(min=4, help="Rounds of a week.")] = 20,
    seeds: Annotated[
        int, typer.Option(min=1, help="Shops, each drawn with a seed of its own.")
    ] = 5,
    shoppers: Annotated[
        int, typer.Option(min=50, help="Shoppers whose purchases are learned from at first.")
    ] = 600,
    visitors: Annotated[int, typer.Option(min=10, help="Shoppers who come to the page.")] = 80,
    products: Annotated[int, typer.Option(min=40, help="Products.")] = 200,
    seed: Annotated[int, typer.Option(help="The first seed.")] = 0,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes that share the seeds; the result is the same.")
    ] = 1,
    plot: Annotated[
        Path | None, typer.Option(help="Folder to draw the rounds to, as SVG files.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Let simulated shoppers react to lists and reasons, and compare a learning shop with a frozen
    one.
    """
    config = ReactingConfig(
        n_rounds=rounds, n_shoppers=shoppers, n_visitors=visitors, n_products=products
    )
    with bar() as progress:
        document = measure_loop(config, range(seed, seed + seeds), progress, n_workers=workers)
    written = _draw(document, plot) if plot is not None else []
    if as_json:
        typer.echo(json.dumps(_finite(document), ensure_ascii=False, indent=1, allow_nan=False))
        return
    console = Console()
    console.print(_table(document))
    console.print(
        f"{rounds} rounds, {seeds} seeds, {visitors} visitors, {products} products, simulated; "
        f"youli {document['version']}",
        highlight=False,
    )
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def _table(document: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure")
    for column in ("mean", "95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("goal")
    table.add_column("met", no_wrap=True)
    for one in document["measures"]:
        low, high = one["interval"]
        is_goal = one["goal"] != "for comparison"
        table.add_row(
            one["name"],
            f"{one['mean']:+.3f}",
            f"{low:+.3f} to {high:+.3f}",
            one["goal"],
            ("yes" if one["met"] else "NO") if is_goal else "",
        )
    return table


def _draw(document: dict[str, Any], folder: Path) -> list[Path]:
    """One file a plot, with a line for each system that has such numbers."""
    rounds = [str(number + 1) for number in range(document["config"]["n_rounds"])]
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (measure, wanted) in _PLOTS.items():
            series = []
            for order, system in enumerate(SYSTEMS):
                for which in wanted:
                    values = document["rounds"][system].get(which)
                    if values is not None:
                        label = system if which == wanted[0] else f"{system}, drawn at random"
                        points = dict(zip(rounds, values, strict=True))
                        series.append(
                            Line(label, order + len(SYSTEMS) * (which != wanted[0]), points)
                        )
            written.append(folder / f"loop_{name}.svg")
            written[-1].write_text(lines(series, rounds, "round", measure=measure), "utf-8")
    except OSError as error:
        raise StorageError(
            f"the plots could not be written ({error.strerror})",
            where=str(folder),
            hint="make room, or name another folder with --plot",
        ) from error
    return written


def _finite(document: dict[str, Any]) -> dict[str, Any]:
    """The interval of a single seed has no ends: null in JSON."""
    measures = [
        {**one, "interval": [None if abs(end) == float("inf") else end for end in one["interval"]]}
        for one in document["measures"]
    ]
    return {**document, "measures": measures}
