"""Results on disk, one file a job, so that a run that was stopped goes on where it was.

::

    DIR/results/<data set>/<model>-<seed>.json    key and document
    DIR/results/<data set>/<model>-<seed>.npz     numbers of each case

A result is taken only where its key is the one that is asked for now: the data's hash, the version,
the model's settings and how it is measured. What else of the code has changed is not in the key,
for then nothing would ever be taken while the code is worked on; it is written down instead
(``source``), and a report says where its results come from different code.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

import youli
from youli.errors import StorageError
from youli.evaluate.bench.job import Job, Outcome
from youli.models.ledger import LedgerModel
from youli.rank.fit import FitConfig
from youli.registry import MODELS

__all__ = ["key_of", "load_outcome", "plain", "save_outcome", "settings_of", "source_hash"]

#: Counts up when what a job measures changes, so that older results are not taken.
FORMAT = 2


def key_of(job: Job, data_hash: str, config: FitConfig) -> dict[str, Any]:
    """Everything that decides whether a stored result is the one that is wanted."""
    return {
        "format": FORMAT,
        "model": job.model,
        "seed": job.seed,
        "data_hash": data_hash,
        "version": youli.__version__,
        "cold": job.cold,
        "settings": settings_of(job.model),
        # A shop's settings of the ledger say nothing of a model that has settings of its own.
        "ledger": config.model_dump(mode="json") if _is_ledger(job.model) else None,
    }


def settings_of(model: str) -> dict[str, Any]:
    """The settings that a model's module works with, at their defaults, by their class."""
    module = sys.modules[MODELS.load(model).__module__]
    classes = {one for one in vars(module).values() if _is_settings(one)}
    return {
        one.__name__: one.model_construct().model_dump(mode="json")
        for one in sorted(classes, key=lambda one: one.__name__)
    }


def _is_ledger(model: str) -> bool:
    return issubclass(MODELS.load(model), LedgerModel)


def _is_settings(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel) and one is not BaseModel


@lru_cache
def source_hash() -> str:
    """Hash of this package's source, 12 hexadecimal digits."""
    root = Path(youli.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def load_outcome(folder: Path, dataset: str, key: Mapping[str, Any]) -> Outcome | None:
    """The stored result of that key; None where there is none, or one of another key."""
    path = _path(folder, dataset, key)
    try:
        stored = json.loads(path.read_text("utf-8"))
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
            per_case = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError):
        return None
    return Outcome(stored["document"], per_case) if stored.get("key") == key else None


def save_outcome(folder: Path, dataset: str, key: Mapping[str, Any], outcome: Outcome) -> Outcome:
    """Write a result, the numbers first, each file whole or not at all; gives it as stored.

    Raises `StorageError` where the disk refuses.
    """
    path = _path(folder, dataset, key)
    document = plain({**outcome.document, "source": source_hash()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".writing")
        with beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **outcome.per_case)
        os.replace(beside, path.with_suffix(".npz"))
        beside.write_text(json.dumps({"key": key, "document": document}, ensure_ascii=False))
        os.replace(beside, path)
    except OSError as error:
        raise StorageError(
            f"a result could not be written ({error.strerror})",
            where=str(path),
            hint="make room, or name another folder with --out",
        ) from error
    return Outcome(document, outcome.per_case)


def plain(value: Any) -> Any:
    """The same for JSON, which knows neither NaN nor infinity: they become null."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _path(folder: Path, dataset: str, key: Mapping[str, Any]) -> Path:
    return folder / "results" / dataset / f"{key['model']}-{key['seed']}.json"
