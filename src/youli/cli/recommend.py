"""`youli recommend`: a list for a shopper, with reasons."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from youli.audit import append_record, audit_record
from youli.cli.options import Audit, Json, Lang, Language, ShopFolder, To, User
from youli.documents import NO_REASONS, ranked_document, recommend_document
from youli.engine import LEDGER, Engine, Ranked
from youli.explain.types import Recommendation
from youli.language.vocabulary import Audience

__all__ = ["recommend"]


def recommend(
    shop: ShopFolder,
    user: User,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Length of the list.")] = 10,
    only_new: Annotated[
        bool, typer.Option("--new", help="Only products that the shopper has not bought before.")
    ] = False,
    model: Annotated[
        str,
        typer.Option("--model", help="What ranks: the ledger, with reasons, or a saved model."),
    ] = LEDGER,
    lang: Lang = Language.EN,
    audience: To = Audience.SHOPPER,
    audit: Audit = None,
    as_json: Json = False,
) -> None:
    """Recommend products to a shopper; somebody never seen gets what is popular."""
    engine = Engine.open(shop)
    state = engine.state(user)
    found: tuple[Recommendation, ...] | tuple[Ranked, ...]
    if model == LEDGER:
        found = engine.recommend(state, k=k, lang=lang.value, only_new=only_new, audience=audience)
        document = recommend_document(engine, state, found, lang.value)
    else:
        found = engine.rank_with(model, state, k=k, only_new=only_new)
        document = ranked_document(engine, state, model, found, lang.value)
    if audit is not None:
        asked = {"kind": "recommend", "k": k, "lang": lang.value, "only_new": only_new}
        asked["audience"] = audience.value
        append_record(audit_record(engine, state, {**asked, "model": model}), audit)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    console = Console()
    if engine.shop.simulated:
        console.print("(simulated data)", style="dim")
    if state.n_rows == 0:
        console.print(f"{user} has no events in this shop yet", style="dim", highlight=False)
    for one in found:
        title = engine.shop.catalogue.titles[one.item_num]
        console.print(f"{one.rank:>3}  [bold]{title}[/bold]  {one.score:.3f}", highlight=False)
        for reason in one.reasons if isinstance(one, Recommendation) else ():
            console.print(f"     {reason.text}", style="dim", highlight=False, markup=False)
    if model != LEDGER:
        console.print(f"ranked by {model}. {NO_REASONS}", style="dim", highlight=False)
