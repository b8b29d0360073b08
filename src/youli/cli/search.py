"""`youli search`: find products by words and meaning, with reasons."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from youli.cli.options import Json, Lang, Language, ShopFolder, split_names
from youli.cli.progress import bar
from youli.engine import Engine
from youli.search.desk import Found, SearchDesk, SearchRequest
from youli.search.documents import search_document

__all__ = ["search"]


def search(
    shop: ShopFolder,
    query: Annotated[str, typer.Argument(help="What to look for; the whole shop where empty.")],
    user: Annotated[
        str, typer.Option("--user", help="The shopper whose ledger takes part; nobody's without.")
    ] = "",
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Length of the page.")] = 10,
    offset: Annotated[int, typer.Option(min=0, max=10_000, help="Products to pass over.")] = 0,
    filter_text: Annotated[
        str, typer.Option("--filter", help="Which products, such as 'price < 20'.")
    ] = "",
    facets: Annotated[
        str, typer.Option(help="Attributes to count the found products by, separated by commas.")
    ] = "",
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Find products; every score is a ledger of words, meaning and what the shopper did."""
    engine = Engine.open(shop)
    with bar() as progress:
        desk = SearchDesk.open(engine, shop_folder=shop, progress=progress)
    state = engine.state(user)
    request = SearchRequest(query, k, offset, lang.value, filter_text, split_names(facets))
    found = desk.search(state, request)
    if as_json:
        document = search_document(engine, state, request, found)
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    _print(engine, found)


def _print(engine: Engine, found: Found) -> None:
    console = Console()
    if engine.shop.simulated:
        console.print("(simulated data)", style="dim")
    if found.query.did_you_mean is not None:
        console.print(f"searched for {found.query.did_you_mean!r}", style="dim", highlight=False)
    if found.query.unknown:
        unknown = ", ".join(found.query.unknown)
        console.print(f"no product says: {unknown}", style="dim", highlight=False, markup=False)
    console.print(f"{found.total:,} found", style="dim", highlight=False)
    for one in found.results:
        title = engine.shop.catalogue.titles[one.item_num]
        line = f"{one.rank:>3}  {title}  {one.score:.3f}"
        console.print(line, highlight=False, markup=False, style="bold")
        for reason in one.reasons:
            console.print(f"     {reason.text}", style="dim", highlight=False, markup=False)
    for facet in found.facets:
        values = ", ".join(f"{one.value} ({one.count:,})" for one in facet.values)
        console.print(f"{facet.name}: {values}", style="dim", highlight=False, markup=False)
