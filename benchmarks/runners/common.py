"""What every peer's runner does: read the hand-over, measure, hand back lists.

A runner works in the peer's own environment, where Youli is not installed: it imports nothing of
Youli. The hand-over is a folder with ``train.parquet`` and ``histories.parquet`` (columns ``user``
``item`` ``position``, int64, in order) and ``options.json``; what comes back is ``lists.parquet``
(``user`` ``place`` ``item``) and ``meta.json``.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

Result = TypeVar("Result")


def measured(work: Callable[[], Result]) -> tuple[Result, float, float]:
    """The result, the CPU-seconds of this process and its ended children, and wall seconds."""
    cpu, wall = _cpu_s(), time.perf_counter()
    result = work()
    return result, _cpu_s() - cpu, time.perf_counter() - wall


def _cpu_s() -> float:
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        total += used.ru_utime + used.ru_stime
    return total


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Training events, the shoppers' histories and the options."""
    options = json.loads((folder / "options.json").read_text())
    train, histories = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "histories")
    )
    return train, histories, options


def write(
    folder: Path,
    lists: pd.DataFrame | None,
    *,
    packages: tuple[str, ...],
    fit: tuple[float, float],
    answer: tuple[float, float] | None,
    settings: dict[str, Any],
) -> None:
    """Hand back the lists (none where only the cost of fitting was asked) and what they cost."""
    if lists is not None:
        lists[["user", "place", "item"]].to_parquet(folder / "lists.parquet", index=False)
    meta = {
        "packages": {name: version(name) for name in packages},
        "fit_cpu_s": fit[0],
        "fit_wall_s": fit[1],
        "answer_cpu_s": None if answer is None else answer[0],
        "settings": settings,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }
    (folder / "meta.json").write_text(json.dumps(meta))
