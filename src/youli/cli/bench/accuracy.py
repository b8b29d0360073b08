"""`youli bench accuracy`: models compared on a folder of sequences, leave one out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli import __version__
from youli.cli.progress import bar
from youli.evaluate.bootstrap import paired_bootstrap
from youli.evaluate.cost import fresh_process, machine
from youli.evaluate.leave_one_out import ModelRun, run_on_folder
from youli.evaluate.sequences import read_sequences
from youli.registry import MODELS

__all__ = ["accuracy"]

_COLUMNS = ("hr@10", "ndcg@10", "mrr", "coverage@10", "novelty@10", "gini@10")


def accuracy(
    data: Annotated[Path, typer.Option(help="Folder with sequences.txt.")],
    models: Annotated[
        str, typer.Option(help="Names, separated by commas; all of them by default.")
    ] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Runs of what is random.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Rank the whole catalogue for every shopper's last product, with every model."""
    names = [name.strip() for name in models.split(",") if name.strip()] or list(MODELS.names())
    for name in names:
        MODELS.load(name)  # an unknown one is an error before anything is computed
    document = _header(data, seeds)
    with bar() as progress:
        runs = [
            fresh_process(run_on_folder, data, name, range(seeds), progress=progress.named(name))
            for name in names
        ]
    document["models"] = [run.document for run in runs]
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document, runs)


def _header(data: Path, seeds: int) -> dict[str, Any]:
    shop = read_sequences(data)
    return {
        "dataset": data.resolve().name,
        "data_hash": shop.data_hash,
        "n_users": shop.interactions.n_users,
        "n_items": shop.interactions.n_items,
        "n_interactions": len(shop.interactions),
        "models": [],
        "seeds": list(range(seeds)),
        "version": __version__,
        "machine": machine(),
    }


def _print(document: dict[str, Any], runs: list[ModelRun]) -> None:
    table = Table(
        title=f"{document['dataset']}: {document['n_users']:,} shoppers, "
        f"{document['n_items']:,} products, {document['n_interactions']:,} events; test",
        caption=f"youli {document['version']}, seeds {document['seeds']}, "
        f"data {document['data_hash'][:12]}; the whole catalogue ranked",
    )
    table.add_column("model")
    for column in (*_COLUMNS, "fit CPU s", "peak MB", "shoppers/CPU s"):
        table.add_column(column, justify="right")
    for row in document["models"]:
        table.add_row(
            row["model"],
            *(f"{row['test'][column]:.4f}" for column in _COLUMNS),
            f"{row['fit_cpu_s']:.1f}",
            f"{row['peak_rss_mb']:.0f}",
            f"{row['users_per_cpu_s']:.0f}",
        )
    console = Console()
    console.print(table)
    if len(runs) > 1:
        console.print(_difference(runs))


def _difference(runs: list[ModelRun]) -> str:
    """How sure the lead of the best over the second best is."""
    best, second = sorted(runs, key=lambda run: -run.document["test"]["ndcg@10"])[:2]
    found = paired_bootstrap(best.per_case["ndcg@10"], second.per_case["ndcg@10"])
    return (
        f"{best.document['model']} − {second.document['model']}: NDCG@10 {found.mean:+.4f}, "
        f"95 % interval {found.low:+.4f} to {found.high:+.4f} "
        f"(paired bootstrap over {found.n_cases:,} shoppers, first seed)"
    )
