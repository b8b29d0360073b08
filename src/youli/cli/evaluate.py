"""`youli evaluate`: a saved shop's model against baselines, and how true its reasons are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from youli.cli.progress import bar
from youli.evaluate.explanations import ExplanationConfig
from youli.evaluate.report import evaluate_reasons, evaluate_shop

__all__ = ["evaluate", "print_evaluation"]

_COLUMNS = (
    ("overall", "hr@10"),
    ("overall", "ndcg@10"),
    ("new", "ndcg@10"),
    ("new", "hr@10"),
    ("repeat", "ndcg@10"),
    ("cold_products", "hr@10"),
    ("cold_shoppers", "ndcg@10"),
)

#: What a column of the table is called, so that the table fits into 80 columns.
_SHORT = {
    "overall": "all",
    "new": "new",
    "repeat": "again",
    "cold_products": "cold",
    "cold_shoppers": "comers",
}


def evaluate(
    shop: Annotated[Path, typer.Argument(help="Folder written by `youli fit`.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    explain_cases: Annotated[
        int, typer.Option(min=0, help="Counterfactuals to ask for and to try.")
    ] = ExplanationConfig().n_cases,
    reasons_only: Annotated[
        bool, typer.Option("--reasons-only", help="Judge the reasons alone; nothing is fitted.")
    ] = False,
) -> None:
    """Learn from all but the last four weeks and judge by them; then judge the reasons.

    Exit code 1 where something that must be exact is not.
    """
    explanations = ExplanationConfig(n_cases=explain_cases)
    with bar() as progress:
        if reasons_only:
            document = evaluate_reasons(shop, explanations=explanations, progress=progress)
        else:
            document = evaluate_shop(shop, explanations=explanations, progress=progress)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        print_evaluation(document, Console())
    if not all(document["explanations"]["exact"].values()):
        raise typer.Exit(1)


def print_evaluation(document: dict[str, Any], console: Console) -> None:
    """The document as two small tables."""
    if "models" in document:
        console.print(_accuracy_table(document))
        for line in _differences(document):
            console.print(line)
        for one in document["left_out"]:
            console.print(f"left out: {one['model']}; {one['why']}", highlight=False, markup=False)
    console.print(_explanation_table(document["explanations"]))


def _accuracy_table(document: dict[str, Any]) -> Table:
    simulated = " (simulated data)" if document["simulated"] else ""
    table = Table(
        title=f"Learned until {document['cutoff'][:10]}, judged by the "
        f"{document['test_days']} days after: {document['n_cases']:,} shoppers{simulated}",
        caption="at 10; new: never bought before · again: bought before · "
        "cold: products hardly known · comers: shoppers hardly known",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("model", no_wrap=True)
    for task, measure in _COLUMNS:
        table.add_column(
            f"{_SHORT[task]}\n{measure.removesuffix('@10')}", justify="right", no_wrap=True
        )
    for row in document["models"]:
        cells = (row[task].get(measure) for task, measure in _COLUMNS)
        table.add_row(row["model"], *("–" if cell is None else f"{cell:.3f}" for cell in cells))
    return table


def _differences(document: dict[str, Any]) -> list[str]:
    return [
        f"ledger − {row['against']} ({row['task']}): NDCG@10 {row['mean']:+.4f}, "
        f"95 % interval {row['low']:+.4f} to {row['high']:+.4f}"
        for row in document["differences"]
    ]


def _explanation_table(figures: dict[str, Any]) -> Table:
    title = f"Reasons of {figures['n_recommendations']:,} recommendations"
    table = Table(title=title, show_header=False)
    rows = (
        ("largest |score − sum of ledger|", f"{figures['completeness_residual']:.1e}"),
        ("with a checked reason about this shopper", _percent(figures["specific_share"])),
        ("… or that more choose it than before", _percent(figures["specific_or_rising_share"])),
        (
            f"counterfactuals found ({figures['counterfactual_n_events']} events)",
            f"{figures['n_counterfactuals_found']:,}",
        ),
        ("… valid when ranked again", _percent(figures["counterfactual_valid_share"])),
        ("… none of it can be put back", _percent(figures["counterfactual_minimal_share"])),
        ("… proven minimal", _percent(figures["counterfactual_proven_minimal_share"])),
        (
            f"… {figures['n_counterfactuals_forced']} of two or three, minimal by brute force",
            _percent(figures["counterfactual_forced_minimal_share"]),
        ),
        (
            "… CPU of one",
            _times(
                figures["counterfactual_cpu_p50_ms"], figures["counterfactual_cpu_p95_ms"], "p95"
            ),
        ),
        ("removals against the sign", f"{figures['n_sign_violations']:,}"),
        (
            "first evidence against the best, taken out · kept",
            f"{figures['del_1_gap']:.1e} · {figures['ins_1_gap']:.1e}",
        ),
        (
            f"recommend, explain, verify, say top {figures['k']}",
            _times(figures["latency_p50_ms"], figures["latency_p99_ms"], "p99"),
        ),
        ("… CPU", _times(figures["cpu_p50_ms"], figures["cpu_p99_ms"], "p99")),
        ("… CPU of the list alone", _times(figures["plain_cpu_p50_ms"], None, "")),
    )
    for name, value in rows:
        table.add_row(name, value)
    return table


def _times(p50: float | None, high: float | None, name: str) -> str:
    parts = [("p50", p50), (name, high)]
    return ", ".join(f"{what} {value:.1f} ms" for what, value in parts if value is not None) or "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
