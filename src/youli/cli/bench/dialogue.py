"""`youli bench dialogue`: how well what shoppers say is understood, on written utterances."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli import __version__
from youli.dialogue.measure import bench_dialogue
from youli.evaluate.cost import machine
from youli.features.text import PACKAGED, encoder_for

__all__ = ["dialogue"]

_PARTS = (
    ("held_out", "held out: never tuned on"),
    ("held_out_patterns_alone", "held out, patterns alone"),
    ("examples", "learning half, by folds"),
)


def dialogue(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Understand the written utterances and count intents and slots, with a table of confusions."""
    document = bench_dialogue(encoder_for(PACKAGED))
    document |= {"version": __version__, "machine": machine()}
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document, Console())


def _print(document: dict[str, Any], console: Console) -> None:
    table = Table(title="Understanding, with 95 % intervals over utterances")
    for name in (
        "half",
        "language",
        "n",
        "intents",
        "slots (F1)",
        "all right",
        "CPU ms p50",
        "p95",
    ):
        table.add_column(name, justify="left" if name in ("half", "language") else "right")
    for part, words in _PARTS:
        for name, row in document[part].items():
            table.add_row(
                words, name, str(row["n"]), _share(row, "intent_accuracy", "intent_interval"),
                _share(row, "slot_f1", "slot_interval"), f"{row['whole_frame']:.3f}",
                f"{row['cpu_ms_p50']:.1f}", f"{row['cpu_ms_p95']:.1f}",
            )  # fmt: skip
    console.print(table, _confusions(document["held_out"]["all"]))
    if not document["held_out_unchanged"]:
        console.print("the held-out utterances are NOT those of their first commit", style="red")


def _share(row: dict[str, Any], name: str, interval: str) -> str:
    low, high = row[interval]
    return f"{row[name]:.3f} ({low:.3f} to {high:.3f})"


def _confusions(row: dict[str, Any]) -> Table:
    table = Table(title="Held out: right of each intent, and what the others were taken for")
    for name in ("intent", "right", "of", "taken for"):
        table.add_column(name, justify="right" if name in ("right", "of") else "left")
    for intent, counts in row["by_intent"].items():
        taken = [f"{one['taken_for']} {one['n']}" for one in row["confused"] if one["is"] == intent]
        table.add_row(intent, str(counts["right"]), str(counts["n"]), ", ".join(taken))
    return table
