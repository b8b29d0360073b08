"""`youli bench photos`: how well photos find their like, against colour histograms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli import __version__
from youli.cli.options import split_names
from youli.cli.progress import bar
from youli.evaluate.cost import machine
from youli.evaluate.photos import bench_photos

__all__ = ["photos"]


def photos(
    data: Annotated[
        Path, typer.Option(help="Folder with styles.csv or items.csv, and photos/<id>.jpg.")
    ],
    labels: Annotated[
        str, typer.Option(help="Columns that say what is alike, separated by commas.")
    ] = "articleType,baseColour",
    tune: Annotated[
        bool,
        typer.Option(help="Also teach the network the first label on half of the products."),
    ] = True,
    limit: Annotated[int | None, typer.Option(min=4, help="Take only the first products.")] = None,
    seed: Annotated[int, typer.Option(help="Of the halves and of the teaching.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Look for each photo's five nearest, and count how many have its label."""
    names = list(split_names(labels))
    with bar() as progress:
        document = bench_photos(
            data,
            names,
            tune_on=names[0] if tune and names else None,
            limit=limit,
            seed=seed,
            progress=progress,
        )
    document |= {"version": __version__, "machine": machine()}
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document, names)


def _print(document: dict[str, Any], names: list[str]) -> None:
    console = Console()
    per_photo = document["decode_cpu_s_per_photo"] + document["encode_cpu_s_per_photo"]
    console.print(
        _table(f"{document['dataset']}: precision@5, {document['n_photos']:,} photos",
               document["all"], names),
        f"{per_photo:.3f} CPU s a photo "
        f"({document['encode_cpu_s_per_photo']:.3f} of them in the network)",
        highlight=False,
    )  # fmt: skip
    if "held_out" in document:
        console.print(
            _table(f"The {document['n_held_out']:,} products that the network was not taught with",
                   document["held_out"], names),
            f"taught {document['tuned_on']} ({document['n_classes']} kinds) on "
            f"{document['n_tuned_on']:,} photos in {document['tune_cpu_s']:.0f} CPU s",
            highlight=False,
        )  # fmt: skip


def _table(title: str, rows: dict[str, dict[str, float]], names: list[str]) -> Table:
    table = Table(title=title)
    table.add_column("compared by")
    for name in names:
        table.add_column(name, justify="right")
    for way, found in rows.items():
        table.add_row(way, *(f"{found[name]:.3f}" for name in names))
    return table
