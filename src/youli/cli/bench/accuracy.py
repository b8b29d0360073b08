"""`youli bench accuracy`: every model on every data set, by the protocol that its events allow."""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json, Maps, split_names
from youli.cli.progress import bar
from youli.config import load_config
from youli.data.config import DataConfig
from youli.data.maps import parse_maps
from youli.evaluate.bench.report import write_report
from youli.evaluate.bench.run import Request, run_benchmark
from youli.evaluate.bench.sources import find_source
from youli.registry import MODELS

__all__ = ["accuracy"]

_COLUMNS = ("hr@10", "ndcg@10", "mrr", "auc", "coverage@10")


def accuracy(
    data: Annotated[
        list[str],
        typer.Option(
            help="Folder of sequences, fitted shop, log, or demo, or demo-fast (repeatable)."
        ),
    ],
    models: Annotated[
        str, typer.Option(help="Names, separated by commas; all of them by default.")
    ] = "",
    seeds: Annotated[
        int, typer.Option(min=1, help="Runs of what is random; 3 are the published protocol.")
    ] = 1,
    cold: Annotated[
        bool,
        typer.Option(
            "--cold", help="Measure new products too: every model is fitted once more without some."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the report and for results, which a later run goes on from."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run everything again, whatever is stored.")
    ] = False,
    maps: Maps = None,
    currency: Annotated[
        str | None, typer.Option(help="Of a log's prices that name none, such as GBP.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with a [data] table, for logs.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Rank the whole catalogue for what shoppers chose next, with every model."""
    names = split_names(models)
    for name in names:
        MODELS.load(name)  # an unknown one is an error before anything is read
    how = load_config(DataConfig, "data", file=config, given={"currency": currency})
    with bar() as progress, _folder(out) as folder:
        keep = Path(folder)
        sources = tuple(
            find_source(
                one, keep / "data", maps=parse_maps(maps or []), config=how, progress=progress
            )
            for one in data
        )
        request = Request(sources, names, seeds, cold, fresh)
        document = run_benchmark(request, keep, progress=progress)
        written = write_report(document, keep) if out is not None else []
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
        return
    console = Console()
    for dataset in document["datasets"]:
        _print(dataset, document, console)
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def _folder(out: Path | None) -> Any:
    return tempfile.TemporaryDirectory() if out is None else nullcontext(out)


def _print(dataset: dict[str, Any], document: dict[str, Any], console: Console) -> None:
    simulated = " (simulated data)" if dataset["simulated"] else ""
    table = Table(
        title=f"{dataset['dataset']}: {dataset['n_users']:,} shoppers, "
        f"{dataset['n_items']:,} products, {dataset['n_interactions']:,} events{simulated}",
        caption=f"{dataset['protocol']}, {dataset['n_cases']:,} cases, test; the whole catalogue "
        f"ranked; youli {document['version']}, seeds {document['seeds']}, "
        f"data {dataset['data_hash'][:12]}",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("model", no_wrap=True)
    for column in (*_COLUMNS, "fit CPU s", "MB"):
        table.add_column(column.removesuffix("@10"), justify="right", no_wrap=True)
    for row in dataset["models"]:
        main = next(iter(row["tasks"].values()))
        table.add_row(
            row["model"],
            *(f"{main[column]:.4f}" for column in _COLUMNS),
            f"{row['fit_cpu_s']:.1f}",
            f"{row['peak_rss_mb']:.0f}",
        )
    console.print(table)
    for line in _said(dataset):
        console.print(line, highlight=False)


def _said(dataset: dict[str, Any]) -> list[str]:
    """The leads over the best baseline of the main task, and what was left out."""
    main = next((row["task"] for row in dataset["differences"]), None)
    lines = [
        f"{row['model']} − {row['against']}: NDCG@10 {row['mean']:+.4f}, "
        f"95 % interval {row['low']:+.4f} to {row['high']:+.4f}"
        for row in dataset["differences"]
        if row["role"] == "best baseline" and row["task"] == main
    ]
    return lines + [f"left out: {one['model']} ({one['why']})" for one in dataset["left_out"]]
