"""`youli explain`: why one product for one shopper."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json, Lang, Language, ShopFolder, User
from youli.documents import explain_document
from youli.engine import Engine

__all__ = ["Method", "explain"]


class Method(StrEnum):
    """Ways to explain; both are exact."""

    LEDGER = "ledger"
    COUNTERFACTUAL = "counterfactual"


def explain(
    shop: ShopFolder,
    user: User,
    item: Annotated[str, typer.Option("--item", help="The shop's id of the product.")],
    method: Annotated[
        Method, typer.Option("--method", help="The parts of the score, or what would undo it.")
    ] = Method.LEDGER,
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Say why a product is (or is not) recommended to a shopper."""
    engine = Engine.open(shop)
    state = engine.state(user)
    explanation = engine.explain(
        state,
        engine.item_num(item),
        lang=lang.value,
        counterfactual=method is Method.COUNTERFACTUAL,
    )
    document = explain_document(engine, state, explanation, lang.value)
    document["method"] = method.value
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document, Console())


def _print(document: dict[str, Any], console: Console) -> None:
    place = f"rank {document['rank']}" if document["rank"] else "not in the list"
    console.print(f"[bold]{document['title']}[/bold]  {place}", highlight=False)
    for reason in document["reasons"]:
        console.print(f"  {reason['text']}", highlight=False, markup=False)
    if document["counterfactual"] is not None:
        console.print(f"  {document['counterfactual']['text']}", highlight=False, markup=False)
    table = Table(caption=f"sums to {document['score']:.4f}; exact")
    table.add_column("channel")
    table.add_column("evidence")
    table.add_column("amount", justify="right")
    for entry in document["ledger"]:
        table.add_row(entry["channel"], _words(entry["evidence"]), f"{entry['amount']:+.4f}")
    console.print(table)
    for check in document["checks"]:
        mark = "passed" if check["passed"] else "FAILED"
        console.print(f"  check {check['name']}: {mark}", style="dim", highlight=False)


def _words(evidence: dict[str, Any]) -> str:
    """One line on what an amount rests on."""
    parts = [evidence["kind"]]
    if "attribute" in evidence:
        parts.append(f"{evidence['attribute']['name']} = {evidence['attribute']['value']}")
    if "title" in evidence:
        n_events = len(evidence.get("events", ()))
        parts.append(f"{evidence['title']} ({n_events} event{'s' * (n_events != 1)})")
    if "n_merged" in evidence:
        parts.append(f"{evidence['n_merged']} together")
    return ": ".join(parts)
