"""`youli recommend`: a list for a shopper, with reasons."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from youli.cli.options import Json, Lang, Language, ShopFolder, User
from youli.documents import recommend_document
from youli.engine import Engine

__all__ = ["recommend"]


def recommend(
    shop: ShopFolder,
    user: User,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Length of the list.")] = 10,
    only_new: Annotated[
        bool, typer.Option("--new", help="Only products that the shopper has not bought before.")
    ] = False,
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Recommend products to a shopper; somebody never seen gets what is popular."""
    engine = Engine.open(shop)
    state = engine.state(user)
    recommendations = engine.recommend(state, k=k, lang=lang.value, only_new=only_new)
    if as_json:
        document = recommend_document(engine, state, recommendations, lang.value)
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    console = Console()
    if engine.shop.simulated:
        console.print("(simulated data)", style="dim")
    if state.n_rows == 0:
        console.print(f"{user} has no events in this shop yet", style="dim", highlight=False)
    for one in recommendations:
        title = engine.shop.catalogue.titles[one.item_num]
        console.print(f"{one.rank:>3}  [bold]{title}[/bold]  {one.score:.3f}", highlight=False)
        for reason in one.reasons:
            console.print(f"     {reason.text}", style="dim", highlight=False, markup=False)
