"""What a benchmark runs on: a folder of sequences, a fitted shop, a shop's log, or the demo.

A log is prepared once (read, checked, cleaned) and its tables are kept, so that every model's own
process starts from the same ones without doing it again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from youli.artifact import load_shop
from youli.data.config import DataConfig
from youli.data.datasets import load_demo
from youli.data.prepare import PreparedShop, prepare_shop
from youli.data.protected import without_protected
from youli.data.shop import Shop, build_shop
from youli.errors import SourceError
from youli.evaluate.sequences import FILES, read_sequences
from youli.rank.fit import FitConfig
from youli.types import Progress, no_progress

__all__ = ["DEMOS", "Source", "find_source", "read_source"]

#: Words that stand for the packaged demo shop, and whether it is the small sample.
DEMOS: Mapping[str, bool] = {"demo": False, "demo-fast": True}
_TABLES = ("events", "items", "users")
_ABOUT = "about.json"


@dataclass(frozen=True)
class Source:
    """Where one data set lies and how it is read."""

    name: str
    kind: Literal["sequences", "shop", "tables"]
    path: Path


def find_source(
    spec: str,
    keep: Path,
    *,
    maps: Mapping[str, str] | None = None,
    config: DataConfig | None = None,
    progress: Progress = no_progress,
) -> Source:
    """The data set that `spec` names; a log or the demo is prepared and its tables kept in `keep`.

    `maps` and `config` are those of `youli fit`, for logs. Raises as `prepare_shop`, and
    `SourceError` where nothing of that name is found.
    """
    path = Path(spec)
    if spec in DEMOS:
        prepared = load_demo(fast=DEMOS[spec], progress=progress)
        return Source(spec, "tables", _keep(prepared, keep / spec))
    if path.is_dir() and (path / FILES[0]).is_file():
        return Source(path.resolve().name, "sequences", path)
    if path.is_dir() and (path / "manifest.json").is_file():
        return Source(path.resolve().name, "shop", path)
    if path.is_dir() or not (path.exists() or "://" in spec):
        raise SourceError(
            "there is nothing here to measure on",
            where=spec,
            hint="name a folder with sequences.txt, a folder written by `youli fit`, a log, "
            f"or one of {', '.join(DEMOS)}",
        )
    prepared = prepare_shop([spec], column_map=maps, config=config, progress=progress)
    name = path.name.partition(".")[0] or "log"
    return Source(name, "tables", _keep(prepared, keep / name))


def read_source(source: Source) -> tuple[Shop, FitConfig]:
    """The shop, and how its ledger is learned: as it was, for a fitted shop; else the default."""
    if source.kind == "sequences":
        return read_sequences(source.path), FitConfig()
    if source.kind == "shop":
        fitted = load_shop(source.path)
        return fitted.shop, fitted.config
    about: dict[str, Any] = json.loads((source.path / _ABOUT).read_text("utf-8"))
    events, items, users = (pq.read_table(source.path / f"{name}.parquet") for name in _TABLES)
    return build_shop(events, items, users, **about), FitConfig()


def _keep(prepared: PreparedShop, folder: Path) -> Path:
    """Write the tables, without the protected attributes of shoppers; replaces older ones."""
    users, _ = without_protected(prepared.users, ())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tables: tuple[pa.Table, ...] = (prepared.events, prepared.items, users)
    for name, table in zip(_TABLES, tables, strict=True):
        pq.write_table(table, folder / f"{name}.parquet")
    about = {
        "currency": prepared.currency,
        "data_hash": prepared.data_hash,
        "simulated": prepared.simulated,
        "timed": not prepared.time_is_order,
    }
    (folder / _ABOUT).write_text(json.dumps(about), "utf-8")
    return folder
