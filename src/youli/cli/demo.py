"""`youli demo`: the whole path on the demo shop: load, check, learn, evaluate, recommend, serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from youli.artifact import save_shop
from youli.cli.evaluate import print_evaluation
from youli.cli.fit import print_fitted
from youli.cli.progress import bar
from youli.cli.serve import serve
from youli.data.datasets import load_demo
from youli.data.report.terminal import print_report
from youli.engine import Engine
from youli.evaluate.explanations import ExplanationConfig
from youli.evaluate.global_time import BASELINES
from youli.evaluate.report import evaluate_shop
from youli.learn import learn
from youli.rank.combine import CombineConfig
from youli.rank.fit import FitConfig
from youli.search.store import index_of

__all__ = ["demo"]

_N_SHOWN = 5
#: How the fast demo learns: from fewer held-out cases.
_QUICK = CombineConfig(n_cases=300)
#: What the fast demo is compared with: what needs no tuning.
_QUICK_BASELINES = ("popularity", "recent_popularity", "own_repeat")
#: How many reasons and counterfactuals the fast demo judges.
_FEW = ExplanationConfig(n_shoppers=50, n_cases=50, n_brute_force=3, n_orderings=5)


def demo(
    fast: Annotated[
        bool, typer.Option("--fast", help="A sample of 500 households, ready within a minute.")
    ] = False,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after printing.")] = False,
    port: Annotated[int, typer.Option(help="Port of the store page.")] = 8000,
    out: Annotated[Path, typer.Option(help="Folder to save the fitted shop in.")] = Path(
        ".youli/demo"
    ),
) -> None:
    """Show everything on a simulated grocery: 2,469 households, 1.5 million purchases."""
    console = Console()
    with bar() as progress:
        prepared = load_demo(fast=fast, progress=progress)
    print_report(prepared.report, console)
    with bar() as progress:
        config = FitConfig(combine=_QUICK) if fast else FitConfig()
        fitted, _ = learn(prepared, config, progress=progress)
        fitted = save_shop(fitted, out)
        index_of(fitted.shop.catalogue, shop_folder=out, progress=progress)
    print_fitted(fitted, out, console)
    with bar() as progress:
        document = evaluate_shop(
            out,
            baselines=_QUICK_BASELINES if fast else BASELINES,
            explanations=_FEW if fast else ExplanationConfig(),
            progress=progress,
        )
    print_evaluation(document, console)
    _show_one(Engine(fitted), console)
    if not no_serve:
        serve(out, port=port)


def _show_one(engine: Engine, console: Console) -> None:
    """The start of one household's list."""
    users = engine.shop.interactions.users.ids
    user = users[len(users) // 2]
    console.print(f"\nHousehold {user} (simulated) would see, and why:", highlight=False)
    for one in engine.recommend(engine.state(user), k=_N_SHOWN):
        title = engine.shop.catalogue.titles[one.item_num]
        console.print(f" {one.rank}. [bold]{title}[/bold]", highlight=False)
        console.print(f"    {one.reasons[0].text}", highlight=False, markup=False)
