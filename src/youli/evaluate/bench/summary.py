"""Seeds into means, and models against each other with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from youli.evaluate.bench.job import Outcome
from youli.evaluate.bootstrap import paired_bootstrap
from youli.types import FloatArray

__all__ = ["BASELINES", "differences", "summarise"]

#: What "the best baseline" is chosen from: nothing of ours that is meant to be served.
BASELINES = frozenset({"popularity", "recent_popularity", "own_repeat", "item_knn", "als", "ease"})
LEDGER = "ledger"
_MEASURE = "ndcg@10"


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """One model: every number its mean over the seeds, and the spread of the main ones.

    ``sd`` holds the sample standard deviation of each task's measures; none with one seed. What is
    no number (settings, labels, what was left out) is that of the first seed.
    """
    documents = [outcome.document for outcome in outcomes]
    found: dict[str, Any] = _mean(documents)
    found["seeds"] = [document["seed"] for document in documents]
    found["config"] = documents[0]["config"]
    del found["seed"]
    if len(documents) > 1:
        tasks = [document["tasks"] for document in documents]
        found["sd"] = {
            task: {
                name: float(np.std([one[task][name] for one in tasks], ddof=1))
                for name, value in means.items()
                if isinstance(value, float) and all(one[task][name] is not None for one in tasks)
            }
            for task, means in tasks[0].items()
        }
    return found


def _mean(values: Sequence[Any]) -> Any:
    """The mean where all are numbers, by name and by place where they are not; else the first."""
    first = values[0]
    if isinstance(first, Mapping):
        names = [name for name in first if all(name in one for one in values)]
        return {name: _mean([one[name] for one in values]) for name in names}
    if isinstance(first, list) and all(len(one) == len(first) for one in values):
        return [_mean(parts) for parts in zip(*values, strict=True)]
    if all(isinstance(one, float) for one in values):
        return float(np.mean(values))
    return first


def differences(runs: Mapping[str, Sequence[Outcome]]) -> list[dict[str, Any]]:
    """NDCG@10 of every model less that of the best baseline, and less that of the ledger.

    For every task, with the 95 % interval of a paired bootstrap over its cases; a case's number is
    its mean over the seeds. The best baseline is the one with the best *test* mean, which makes it
    as hard to beat as it can be. The ledger stands beside it as a yardstick of its own.
    """
    rows: list[dict[str, Any]] = []
    per_case = {name: _cases(outcomes) for name, outcomes in runs.items()}
    tasks = dict.fromkeys(task for found in per_case.values() for task in found)
    for task in tasks:
        able = {name: found[task] for name, found in per_case.items() if task in found}
        baselines = [name for name in able if name in BASELINES]
        rivals = {
            "ledger": LEDGER if LEDGER in able else None,
            "best baseline": max(baselines, key=lambda one: able[one].mean(), default=None),
        }
        for role, rival in rivals.items():
            if rival is None:
                continue
            rows += [
                _row(task, name, rival, role, able[name], able[rival])
                for name in able
                if name != rival
            ]
    return rows


def _row(
    task: str, name: str, rival: str, role: str, ours: FloatArray, theirs: FloatArray
) -> dict[str, Any]:
    found = paired_bootstrap(ours, theirs)
    return {
        "task": task,
        "measure": _MEASURE,
        "model": name,
        "against": rival,
        "role": role,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "confidence": found.confidence,
        "n_cases": found.n_cases,
        "clear": found.is_clear,
    }


def _cases(outcomes: Sequence[Outcome]) -> dict[str, FloatArray]:
    """NDCG@10 of each case by task, mean over the seeds."""
    ending = f":{_MEASURE}"
    names = [name for name in outcomes[0].per_case if name.endswith(ending)]
    return {
        name.removesuffix(ending): np.mean([one.per_case[name] for one in outcomes], axis=0)
        for name in names
    }
