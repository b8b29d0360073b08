"""`youli bench search`: what a search finds of what people judged, against BM25 alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli import __version__
from youli.cli.progress import bar
from youli.evaluate.cost import machine
from youli.evaluate.search import bench_search

__all__ = ["search"]

_NAMES = {
    "judged_ndcg": "NDCG@10, judged alone",
    "whole_ndcg": "NDCG@10, whole catalogue",
    "whole_mrr": "MRR, whole catalogue",
}


def search(
    data: Annotated[Path, typer.Option(help="Folder with judgements.csv.gz.")],
    tune: Annotated[
        bool, typer.Option(help="Look for the best weights on the tuning half of the queries.")
    ] = True,
    limit: Annotated[
        int | None, typer.Option(min=10, help="Take only the first queries of each half.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Tune weights on one half of the judged queries and report on the other."""
    with bar() as progress:
        document = bench_search(data, tune=tune, limit=limit, progress=progress)
    document |= {"version": __version__, "machine": machine()}
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document)


def _print(document: dict[str, Any]) -> None:
    console = Console()
    n_queries = document["n_queries"]
    table = Table(
        title=f"{document['dataset']}: {n_queries['test']:,} queries, "
        f"{document['n_items']:,} products"
    )
    table.add_column("searched by")
    for name in _NAMES.values():
        table.add_column(name, justify="right")
    for way, found in document["test"].items():
        table.add_row(way, *(f"{found[name]:.4f}" for name in _NAMES))
    console.print(table)
    for name, words in _NAMES.items():
        one = document["against_bm25"][name]
        console.print(
            f"{words}: {one['gain']:+.1%} against BM25 alone "
            f"(95 % of resamples: {one['low']:+.1%} to {one['high']:+.1%})",
            highlight=False,
        )
    if document["tried"]:
        console.print(
            f"tuned on {n_queries['tuning']:,} other queries: "
            f"b {document['index_config']['length']}, meaning {document['config']['meaning']}, "
            f"least cosine {document['config']['least_cosine']}",
            highlight=False,
        )
