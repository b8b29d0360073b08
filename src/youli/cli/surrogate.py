"""`youli surrogate`: a shallow tree that imitates the ranking, with how well it does."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from youli.cli.options import Json, Lang, Language, Plot, ShopFolder, drawn
from youli.engine import Engine
from youli.errors import ConfigError
from youli.explain.lists import ModelLists, Ranks
from youli.explain.overview.surrogate import SurrogateConfig, fit_local, fit_surrogate

__all__ = ["What", "surrogate"]


class What(StrEnum):
    """What a tree imitates."""

    LISTED = "listed"
    SCORE = "score"


def surrogate(
    shop: ShopFolder,
    user: Annotated[
        str | None, typer.Option("--user", help="Around one shopper; --item is then needed.")
    ] = None,
    item: Annotated[
        str | None, typer.Option("--item", help="The product of a tree around one shopper.")
    ] = None,
    target: Annotated[
        What, typer.Option("--target", help="Is it listed, or how far does it score?")
    ] = What.LISTED,
    depth: Annotated[int, typer.Option("--depth", min=1, max=4, help="Questions, at most.")] = 3,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Length of the list.")] = 10,
    model: Annotated[
        str | None, typer.Option("--model", help="A model saved beside the ledger, by its name.")
    ] = None,
    n_shoppers: Annotated[int, typer.Option("--shoppers", min=10, help="Shoppers drawn.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Seed of all draws.")] = 0,
    lang: Lang = Language.EN,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Imitate the ranking by a tree of a few readable questions, and say how well that works."""
    if (user is None) != (item is None):
        raise ConfigError(
            "a tree around one shopper needs both the shopper and the product",
            value=user if item is None else item,
            hint="give --user and --item, or neither for the whole shop",
        )
    engine = Engine.open(shop)
    ranks: Ranks = engine.ranker
    if model is not None:
        ranks = ModelLists(engine.ranker, engine.saved(model))
    config = SurrogateConfig(depth=depth, k=k, n_shoppers=n_shoppers, seed=seed)
    if user is None or item is None:
        found = fit_surrogate(ranks, target.value, config)
    else:
        state = engine.state(user)
        found = fit_local(ranks, state, engine.item_num(item), target.value, config)
    if plot is not None:
        from youli.plots.whole import surrogate_tree  # Matplotlib, where a picture is wanted alone

        drawn(surrogate_tree(found, lang=lang.value), plot)
    document = {
        "model_version": engine.model_version,
        "model": model or "ledger",
        "simulated": engine.shop.simulated,
        **found.document(),
    }
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    typer.echo(found.about)
    typer.echo(found.verdict)
    typer.echo("\n".join(found.tree.lines()))
