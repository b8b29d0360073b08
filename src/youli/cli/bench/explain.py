"""`youli bench explain`: how true the explanations of models are, method by method."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json, split_names
from youli.cli.progress import bar
from youli.data.shop import Shop
from youli.errors import ConfigError
from youli.evaluate.bench.tables import number
from youli.evaluate.faithfulness.cases import true_causes
from youli.evaluate.faithfulness.run import ExplainRequest, Subject, run_explain
from youli.evaluate.faithfulness.tables import write_explain_report
from youli.evaluate.sequences import read_sequences
from youli.registry import ATTRIBUTORS, MODELS
from youli.testing.known_cause.config import CAUSES, KnownCauseConfig
from youli.testing.known_cause.simulate import simulate
from youli.testing.known_cause.tables import known_cause_shop

__all__ = ["explain"]

#: Measure → the head of its column.
_COLUMNS = {
    "del@1": "del@1", "ins@1": "ins@1", "pn_s": "pn-s", "spearman_left_out": "order",
    "yield_same_checks": "yield", "yield_direction": "by dir.",
}  # fmt: skip


def explain(
    data: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of sequences (repeatable); the known-cause shop by default."),
    ] = None,
    models: Annotated[str, typer.Option(help="Names, separated by commas.")] = "ledger,transformer",
    methods: Annotated[
        str, typer.Option(help="Names, separated by commas; all that are installed by default.")
    ] = "",
    shoppers: Annotated[
        int, typer.Option(min=1, help="Shoppers whose listed products are explained.")
    ] = 40,
    causes: Annotated[
        int, typer.Option(min=1, help="Purchases of known cause that are explained.")
    ] = 200,
    limit: Annotated[
        int | None,
        typer.Option(min=3, help="Take so many shoppers; all of a folder, 2,000 simulated."),
    ] = None,
    products: Annotated[int, typer.Option(min=40, help="Products of a known-cause shop.")] = 400,
    noise: Annotated[
        str, typer.Option(help="Of known-cause shops: shares of chance, separated by commas.")
    ] = "0.1",
    confounding: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Of known-cause shops.")
    ] = 0.3,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small deep models, to see in a minute that all works.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.html, report.md and report.json.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Explain models with every method, and measure each explanation on the model it explains."""
    request = ExplainRequest(
        models=_known(models, MODELS), methods=_known(methods, ATTRIBUTORS), n_shoppers=shoppers,
        n_caused=causes, seed=seed, quick=quick,
    )  # fmt: skip
    levels = _levels(noise)
    with bar() as progress:
        if data:
            subjects = [_folder(path, limit, seed) for path in data]
        else:
            subjects = [
                _simulated(
                    KnownCauseConfig(
                        n_shoppers=limit or 2000,
                        n_products=products,
                        noise=level,
                        confounding=confounding,
                        seed=seed,
                    )
                )
                for level in levels
            ]
        document = run_explain(subjects, request, progress=progress)
    written = write_explain_report(document, out) if out is not None else []
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
        return
    console = Console()
    for dataset in document["datasets"]:
        _print(dataset, document, console)
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def _known(given: str, registry: Any) -> tuple[str, ...]:
    names = split_names(given)
    for name in names:
        registry.load(name)  # an unknown or missing one is an error before anything is done
    return names


def _levels(given: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(one) for one in given.split(",") if one.strip())
    except ValueError:
        levels = ()
    if not levels or not all(0.0 <= one <= 1.0 for one in levels):
        raise ConfigError(
            "noise is no list of shares", value=given, hint="write for example --noise 0,0.2,0.5"
        )
    return levels


def _folder(path: Path, limit: int | None, seed: int) -> Subject:
    shop = read_sequences(path)
    about = {}
    n_users = shop.interactions.n_users
    if limit is not None and limit < n_users:
        shop = _some(shop, limit, seed)
        about["drawn of shoppers"] = n_users
    return Subject(path.resolve().name, shop, about=about)


def _some(shop: Shop, n_shoppers: int, seed: int) -> Shop:
    """The events of some shoppers, drawn at random."""
    events = shop.interactions
    kept = np.random.default_rng(seed).choice(events.n_users, n_shoppers, replace=False)
    return shop.select(np.isin(events.user_num, kept))


def _simulated(config: KnownCauseConfig) -> Subject:
    made = simulate(config)
    shop = known_cause_shop(made)
    causes = true_causes(
        shop,
        made.is_from_past,
        [CAUSES[code].value for code in made.cause.tolist()],
        [made.positions(row) for row in range(len(made))],
    )
    about = {"noise": config.noise, "confounding": config.confounding, "seed": config.seed}
    name = f"known causes, noise {config.noise:g}"
    return Subject(name, shop, repeats=True, causes=causes, about=about)


def _print(dataset: dict[str, Any], document: dict[str, Any], console: Console) -> None:
    simulated = " (simulated data)" if dataset["simulated"] else ""
    console.print(
        f"[bold]{dataset['dataset']}[/bold]: {dataset['n_users']:,} shoppers, "
        f"{dataset['n_items']:,} products, {dataset['n_interactions']:,} events{simulated}; "
        f"youli {document['version']}, seed {document['seed']}, data {dataset['data_hash'][:12]}",
        highlight=False,
    )
    for model in dataset["models"]:
        console.print(_of_model(model))
        for one in model["left_out"]:
            console.print(f"left out: {one['method']} ({one['why']})", highlight=False)
    for one in document["not_installed"]:
        console.print(f"left out: {one['method']} ({one['why']})", highlight=False)


def _of_model(model: dict[str, Any]) -> Table:
    """The numbers that matter most, narrow enough for a terminal; the report has all of them."""
    additive = "additive" if model["additive"] else "not additive"
    table = Table(
        title=f"{model['model']} ({additive}): HR@10 {model['hr@10']:.3f}",
        caption=f"{model['n_cases']:,} listed products, {model['n_caused']:,} purchases of known "
        "cause (p@1). Score kept without (del) and with only (ins) the first; pn-s: it leaves the "
        "list without its explanation; yield: claims that pass the checks of served reasons, and "
        "by direction alone",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("method", no_wrap=True)
    for column in (*_COLUMNS.values(), "p@1", "ms"):
        table.add_column(column, justify="right", no_wrap=True)
    for way in model["methods"]:
        found = way["causes"].get("all", {}).get("precision@1")
        cells = [number(way["numbers"].get(name), 2) for name in _COLUMNS]
        table.add_row(way["method"], *cells, number(found, 2), number(way["ms_p50"], 1))
    return table
