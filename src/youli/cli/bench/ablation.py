"""`youli bench ablation`: the ledger without each of its channels, and with each alone."""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from youli.cli.options import Json, Maps, split_names
from youli.cli.progress import bar
from youli.config import load_config
from youli.data.config import DataConfig
from youli.data.maps import parse_maps
from youli.errors import StorageError
from youli.evaluate.bench.ablation import AblationRequest, run_ablation
from youli.evaluate.bench.sources import find_source
from youli.rank.combine import CombineConfig
from youli.rank.fit import FitConfig

__all__ = ["ablation"]


def ablation(
    data: Annotated[
        str, typer.Option(help="Folder of sequences, fitted shop, log, or demo, or demo-fast.")
    ],
    channels: Annotated[
        str, typer.Option(help="Names, separated by commas; all that the data allows by default.")
    ] = "",
    cases: Annotated[
        int | None, typer.Option(min=1, help="Judge by so many test cases, drawn at random.")
    ] = None,
    learn_cases: Annotated[
        int | None, typer.Option(min=1, help="Learn the weights from so many held-out cases.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for ablation.json and results, which a later run goes on from."),
    ] = None,
    maps: Maps = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with [data] and [fit] tables.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What each channel brings: leave each out, take each alone, learn the weights again."""
    names = split_names(channels)
    given = {"channels": names or None}
    fit_config = load_config(FitConfig, "fit", file=config, given=given)
    if learn_cases is not None:
        combine = CombineConfig(**{**fit_config.combine.model_dump(), "n_cases": learn_cases})
        fit_config = fit_config.model_copy(update={"combine": combine})
    data_config = load_config(DataConfig, "data", file=config)
    folder: Any = tempfile.TemporaryDirectory() if out is None else nullcontext(out)
    with bar() as progress, folder as where:
        keep = Path(where)
        source = find_source(
            data, keep / "data", maps=parse_maps(maps or []), config=data_config, progress=progress
        )
        request = AblationRequest(source, fit_config, cases, seed)
        document = run_ablation(request, keep, progress=progress)
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    if out is not None:
        _write(out / f"ablation-{source.name}.json", text)
    if as_json:
        typer.echo(text)
    else:
        _print(document, Console())


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(
            f"the result could not be written ({error.strerror})",
            where=str(path),
            hint="make room, or name another folder with --out",
        ) from error


def _print(document: dict[str, Any], console: Console) -> None:
    rows = document["variants"]
    first = next(iter(rows[0]["tasks"]))
    simulated = " (simulated data)" if document["simulated"] else ""
    table = Table(
        title=f"{document['dataset']}: channels of the ledger{simulated}",
        caption=f"test, {rows[0]['tasks'][first]['n_cases']:,} cases; difference to all channels, "
        f"NDCG@10, 95 % interval (paired bootstrap); youli {document['version']}, "
        f"seed {document['seed']}, data {document['data_hash'][:12]}",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("channels", no_wrap=True)
    for name in ("hr@10", "ndcg@10", "difference", "interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        measured = row["tasks"][first]
        difference = ("", "") if row["kind"] == "all" else (
            f"{row['mean']:+.4f}", f"{row['low']:+.4f} to {row['high']:+.4f}"
        )  # fmt: skip
        table.add_row(
            row["variant"], f"{measured['hr@10']:.4f}", f"{measured['ndcg@10']:.4f}", *difference
        )
    console.print(table)
