"""`youli rules`: what goes with what, and what comes after what, in the whole log."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json, Lang, Language, Plot, ShopFolder, drawn
from youli.engine import Engine
from youli.explain.overview.rules import RulesConfig
from youli.language.rules import RuleDesk

__all__ = ["Kind", "Sort", "rules"]


class Kind(StrEnum):
    """Kinds of rules."""

    TOGETHER = "together"
    WENT_ON = "went_on"


class Sort(StrEnum):
    """What a list is sorted by."""

    LIFT_LOW = "lift_low"
    LIFT = "lift"
    CONFIDENCE = "confidence"
    SUPPORT = "support"
    N_SHOPPERS = "n_shoppers"


def rules(
    shop: ShopFolder,
    item: Annotated[
        str | None, typer.Option("--item", help="Only rules in which this product takes part.")
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option("--kind", help="In one order, or one after the other.")
    ] = None,
    sort: Annotated[
        Sort, typer.Option("--sort", help="Strongest first by this; lift_low is the surest lift.")
    ] = Sort.LIFT_LOW,
    n_rules: Annotated[int, typer.Option("-n", min=1, max=100_000, help="Rules listed.")] = 20,
    min_shoppers: Annotated[
        int, typer.Option("--min-shoppers", min=5, help="Shoppers behind every rule.")
    ] = 5,
    min_confidence: Annotated[
        float, typer.Option("--min-confidence", min=0.0, max=1.0, help="Least share.")
    ] = 0.02,
    min_lift: Annotated[float, typer.Option("--min-lift", min=1.0, help="Least lift.")] = 1.2,
    lang: Lang = Language.EN,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """List the rules of the log: bought together, or one after the other, with all counts."""
    engine = Engine.open(shop)
    config = RulesConfig(
        min_shoppers=min_shoppers, min_confidence=min_confidence, min_lift=min_lift
    )
    desk = RuleDesk(engine.shop, config)
    about = None if item is None else engine.item_num(item)
    wanted = "" if kind is None else kind.value
    document = {
        "model_version": engine.model_version,
        "simulated": engine.shop.simulated,
        **desk.document(
            item_num=about, kind=wanted, sort=sort.value, n_rules=n_rules, lang=lang.value
        ),
    }
    if plot is not None:
        _plot(desk, plot, about, wanted, sort.value, lang.value)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    table = Table(caption=f"{len(document['rules'])} of {document['n_rules']:,} rules; exact")
    for name in ("rule", "lift", "surely", "shoppers"):
        table.add_column(name, justify="left" if name == "rule" else "right")
    for row in document["rules"]:
        numbers = (f"{row['lift']:.1f}", f"{row['lift_low']:.1f}", f"{row['n_shoppers']:,}")
        table.add_row(row["text"].replace("[", "\\["), *numbers)
    Console().print(table)


def _plot(
    desk: RuleDesk, file: Path, item_num: int | None, kind: str, sort: str, lang: str
) -> None:
    from youli.plots.whole import rule_graph  # Matplotlib, where a picture is wanted alone

    _, shown = desk.listed(item_num=item_num, kind=kind, sort=sort)
    drawn(rule_graph(shown, lang=lang), file)
