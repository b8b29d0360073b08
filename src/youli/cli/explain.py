"""`youli explain`: why, why not, what if: one product for one shopper, by any method."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from youli.audit import append_record, asked_document, audit_record
from youli.cli.found import found_tables
from youli.cli.options import Audit, Json, Lang, Language, ShopFolder, To, User
from youli.data.schema import EVENTS
from youli.engine import Engine
from youli.errors import ConfigError
from youli.explain.types import By
from youli.language.vocabulary import Audience
from youli.registry import EXPLAINERS

__all__ = ["explain"]


def explain(
    shop: ShopFolder,
    user: User,
    item: Annotated[str, typer.Option("--item", help="The shop's id of the product.")],
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="ledger, counterfactual, why-not, contrast, what-if, pipeline, global, rules, "
            "surrogate, attention, gradient, shapley, occlusion, activations, or a plug-in's.",
        ),
    ] = "ledger",
    other: Annotated[
        str | None, typer.Option("--other", help="contrast: the product to compare with.")
    ] = None,
    by: Annotated[
        By | None, typer.Option("--by", help="counterfactual: what is taken out.")
    ] = None,
    add: Annotated[
        str | None, typer.Option("--add", help="what-if: one more event with this product.")
    ] = None,
    event: Annotated[
        str, typer.Option("--event", help="what-if: which event --add is, such as view_item.")
    ] = "purchase",
    remove: Annotated[
        str | None, typer.Option("--remove", help="what-if: no events with this product.")
    ] = None,
    price: Annotated[
        float | None, typer.Option("--price", min=0, help="what-if: another price, such as 2.50.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="A model saved beside the ledger, for estimates and trees."),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Length of the list.")] = 10,
    only_new: Annotated[
        bool, typer.Option("--new", help="In the list of what was not bought before.")
    ] = False,
    lang: Lang = Language.EN,
    audience: To = Audience.SHOPPER,
    audit: Audit = None,
    as_json: Json = False,
) -> None:
    """Say why a product is (or is not) recommended to a shopper."""
    EXPLAINERS.load(method)  # an unknown one is told before the shop is opened
    engine = Engine.open(shop)
    state = engine.state(user)
    if EVENTS.get(event, 0.0) <= 0.0:
        raise ConfigError(
            f"{event!r} is no event that says something",
            value=event,
            hint=f"choose from {', '.join(name for name, says in EVENTS.items() if says > 0.0)}",
        )
    asked: dict[str, Any] = {
        "kind": "explain", "k": k, "lang": lang.value, "only_new": only_new, "item_id": item,
        "method": method, "other": other, "by": None if by is None else by.value, "add": add,
        "event": event, "remove": remove, "model": model,
        "audience": audience.value,
        "price_minor": None if price is None else round(price * engine.shop.minor_per_major),
    }  # fmt: skip
    if audit is None:
        document = asked_document(engine, state, asked)
    else:
        record = audit_record(engine, state, asked)
        append_record(record, audit)
        document = record["output"]
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document, Console())


def _print(document: dict[str, Any], console: Console) -> None:
    place = f"rank {document['rank']}" if document["rank"] else "not in the list"
    console.print(f"[bold]{document['title']}[/bold]  {place}", highlight=False)
    for reason in document.get("reasons", ()):
        console.print(f"  {reason['text']}", highlight=False, markup=False)
    answer = document["answer"]
    console.print(f"  {answer['text']}", highlight=False, markup=False)
    kind = "exact" if document["exact"] else "an estimate"
    if "ledger" in document:
        console.print(_ledger(document, kind))
    elif "entries" in (found := answer["found"]) or "against" in found:
        sides = _SIDES.get(document["method"], ("first", "second"))
        console.print(_differences(found.get("against", found), kind, sides))
    for part in found_tables(answer["found"], kind):
        console.print(part, highlight=False)
    for stage in answer["found"].get("stages", ()):
        said = ", ".join(
            f"{name} {_short(what)}" for name, what in stage.items() if name != "stage"
        )
        console.print(f"  {stage['stage']}: {said}", highlight=False, markup=False)
    for check in (*document.get("checks", ()), *answer["checks"]):
        mark = "passed" if check["passed"] else "FAILED"
        console.print(f"  check {check['name']}: {mark}", style="dim", highlight=False)


def _short(what: Any) -> str:
    """A value of a stage in a few letters."""
    if isinstance(what, list):
        named = [one.get("title", one) for one in what]
        return ", ".join(map(str, named)) or "none"
    return f"{what:.4f}" if isinstance(what, float) else str(what)


def _ledger(document: dict[str, Any], kind: str) -> Table:
    table = Table(caption=f"sums to {document['score']:.4f}; {kind}")
    table.add_column("channel")
    table.add_column("evidence")
    table.add_column("amount", justify="right")
    for entry in document["ledger"]:
        table.add_row(entry["channel"], _words(entry["evidence"]), f"{entry['amount']:+.4f}")
    return table


#: Rows of a table of differences that a terminal shows; the JSON has all.
_MOST_ROWS = 15


#: What the two amounts of a difference are, by method.
_SIDES = {
    "why-not": ("this", "last listed"),
    "contrast": ("above", "below"),
    "what-if": ("after", "before"),
}


def _differences(found: dict[str, Any], kind: str, sides: tuple[str, str]) -> Table:
    entries = found["entries"]
    left = len(entries) - _MOST_ROWS
    total = sum(one["difference"] for one in entries)
    more = f"; {left} smaller ones are in --json" if left > 0 else ""
    table = Table(caption=f"sums to {total:+.4f}; {kind}{more}")
    for name in ("channel", "evidence"):
        table.add_column(name)
    for name in (*sides, "difference"):
        table.add_column(name, justify="right")
    for one in entries[:_MOST_ROWS]:
        evidence = {**one, **one.get("source", {})}
        table.add_row(
            one["channel"],
            _words(evidence),
            f"{one['first']:+.4f}",
            f"{one['second']:+.4f}",
            f"{one['difference']:+.4f}",
        )
    return table


def _words(evidence: dict[str, Any]) -> str:
    """One line on what an amount rests on."""
    parts = [evidence["kind"]]
    if "attribute" in evidence:
        parts.append(f"{evidence['attribute']['name']} = {evidence['attribute']['value']}")
    if "title" in evidence:
        n_events = len(evidence.get("events", ()))
        events = f" ({n_events} event{'s' * (n_events != 1)})" if n_events else ""
        parts.append(f"{evidence['title']}{events}")
    if "n_merged" in evidence:
        parts.append(f"{evidence['n_merged']} together")
    return ": ".join(parts)
