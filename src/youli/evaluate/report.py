"""Everything that `youli evaluate` says of a saved shop, as one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from youli import __version__
from youli.engine import Engine
from youli.evaluate.cost import machine
from youli.evaluate.explanations import ExplanationConfig, judge_explanations
from youli.evaluate.global_time import (
    BASELINES,
    TEST_DAYS,
    ModelResult,
    compare,
    cut_last_days,
    run_models,
)
from youli.registry import MODELS
from youli.types import Progress, no_progress

__all__ = ["evaluate_reasons", "evaluate_shop"]

Json = dict[str, Any]

_EXPLANATIONS = ExplanationConfig()


def evaluate_shop(
    path: Path,
    *,
    baselines: Sequence[str] = BASELINES,
    explanations: ExplanationConfig = _EXPLANATIONS,
    progress: Progress = no_progress,
) -> Json:
    """Judge the lists by a global time split and the reasons on the model that is served.

    Raises `ArtifactError` where the folder is no shop and `NotEnoughDataError` where its log is
    too short or has no dates.
    """
    engine = Engine.open(path)
    cut = cut_last_days(engine.shop)
    results = run_models(cut, engine.fitted.config, baselines=baselines, progress=progress)
    return {
        "protocol": "global time split",
        "cutoff": cut.moment.isoformat(),
        "data_until": engine.shop.data_until.isoformat(),
        "test_days": TEST_DAYS,
        "n_cases": len(cut.test.cases),
        "n_users": engine.shop.interactions.n_users,
        "n_items": engine.shop.interactions.n_items,
        "n_interactions": len(engine.shop.interactions),
        "simulated": engine.shop.simulated,
        "models": [result.document for result in results],
        "left_out": [
            {"model": name, "why": why} for name in baselines if (why := MODELS.lacking(name))
        ],
        "differences": _differences(results),
        **_of_reasons(engine, explanations, progress),
    }


def evaluate_reasons(
    path: Path,
    *,
    explanations: ExplanationConfig = _EXPLANATIONS,
    progress: Progress = no_progress,
) -> Json:
    """Judge the reasons of a saved shop alone; nothing is fitted.

    Raises `ArtifactError` where the folder is no shop.
    """
    return _of_reasons(Engine.open(path), explanations, progress)


def _of_reasons(engine: Engine, explanations: ExplanationConfig, progress: Progress) -> Json:
    """The figures of the reasons, and what they were taken on."""
    return {
        "explanations": judge_explanations(engine, explanations, progress=progress),
        "model_version": engine.model_version,
        "data_hash": engine.shop.data_hash,
        "seed": engine.fitted.config.seed,
        "version": __version__,
        "machine": machine(),
    }


def _differences(results: Sequence[ModelResult]) -> list[Json]:
    """NDCG@10 of the ledger against the best baseline of each task, with its interval."""
    by_name = {result.name: result for result in results}
    ours, rows = by_name["ledger"], []
    for task in ours.per_case:
        rivals = [by_name[name] for name in BASELINES if name in by_name]
        best = max(rivals, key=lambda rival: float(rival.per_case[task]["ndcg@10"].mean()))
        found = compare(ours, best, task, "ndcg@10")
        rows.append(
            {
                "task": task,
                "measure": "ndcg@10",
                "against": best.name,
                "mean": found.mean,
                "low": found.low,
                "high": found.high,
                "confidence": found.confidence,
            }
        )
    return rows
