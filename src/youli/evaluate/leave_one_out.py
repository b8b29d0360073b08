"""Sequences, leave one out: a shopper's last product is the test, the one before the validation.

Models learn from everything before those two and may tune on the validation; at test time the
history holds the validation product. The whole catalogue is ranked except the history. This is the
protocol of SASRec (Kang and McAuley 2018) without its sampled negatives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from youli.channels.popularity import n_shoppers_of
from youli.data.shop import Shop
from youli.data.split import Split, leave_last_out
from youli.evaluate.accuracy import accuracy
from youli.evaluate.beyond import beyond
from youli.evaluate.cost import Meter, peak_rss_mb
from youli.evaluate.judge import Task, judge, outside_history
from youli.evaluate.sequences import read_sequences
from youli.models.base import Model
from youli.registry import MODELS
from youli.types import FloatArray, Progress, no_progress

__all__ = ["ModelRun", "Splits", "run_model", "run_on_folder", "splits"]

_TASK = Task("all", outside_history)


@dataclass(frozen=True)
class Splits:
    """The same training part, with the validation cases and with the test cases."""

    valid: Split
    test: Split


@dataclass(frozen=True)
class ModelRun:
    """One model on one data set: means over the seeds, and the test's cases of the first seed."""

    document: dict[str, Any]
    per_case: dict[str, FloatArray]


def splits(shop: Shop) -> Splits:
    """Hide each shopper's last two events; `NotEnoughDataError` where nobody has three."""
    return Splits(
        valid=leave_last_out(shop, n_last=2, n_hidden=2),
        test=leave_last_out(shop, n_last=1, n_hidden=2),
    )


def run_on_folder(
    folder: Path, name: str, seeds: Sequence[int], *, progress: Progress = no_progress
) -> ModelRun:
    """Read the folder and run one model; made for a process of its own."""
    progress("reading", 0.0)
    return run_model(splits(read_sequences(folder)), name, seeds, progress=progress)


def run_model(
    data: Splits, name: str, seeds: Sequence[int], *, progress: Progress = no_progress
) -> ModelRun:
    """Fit and judge a model once for each seed; once where it draws nothing.

    Times are means over the seeds; peak memory is that of the whole process at its end.
    """
    model_class: type[Model] = MODELS.load(name)
    used = tuple(seeds) if model_class.is_random else tuple(seeds[:1])
    fitting, scoring = Meter(), Meter()
    valid: list[dict[str, float]] = []
    test: list[dict[str, float]] = []
    config: Mapping[str, Any] = {}
    per_case: dict[str, FloatArray] = {}
    for seed in used:
        with fitting:
            model = model_class.fit(data.valid, seed=seed, progress=progress)
        valid.append(_measure(model, data.valid, progress)[0])
        with scoring:
            means, cases = _measure(model, data.test, progress)
        test.append(means)
        if seed == used[0]:
            config, per_case = model.config, cases
    document: dict[str, Any] = {
        "model": name,
        "config": dict(config),
        "additive": model_class.additive,
        "test": _mean(test),
        "valid": _mean(valid),
        "fit_cpu_s": fitting.cpu_s / len(used),
        "fit_wall_s": fitting.wall_s / len(used),
        "peak_rss_mb": peak_rss_mb(),
        "users_per_cpu_s": len(used) * len(data.test.cases) / max(scoring.cpu_s, 1e-9),
    }
    if len(used) > 1:
        document |= {"test_sd": _sd(test), "valid_sd": _sd(valid)}
    return ModelRun(document, per_case)


def _measure(
    model: Model, split: Split, progress: Progress
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    """Means by measure, and the accuracy of each case."""
    judged = judge(model, split.full, split.cases, [_TASK], progress=progress)[_TASK.name]
    per_case = accuracy(judged.ranks)
    means = {name: float(values.mean()) for name, values in per_case.items()}
    train = split.train
    means |= beyond(judged.lists, n_shoppers_of(train), train.interactions.n_users)
    return means, per_case


def _mean(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


def _sd(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Sample standard deviation over the seeds."""
    return {name: float(np.std([run[name] for run in runs], ddof=1)) for name in runs[0]}
