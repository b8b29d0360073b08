"""What each channel brings: the ledger without it, and with it alone.

Channels are fitted once and the weights learned again for every choice of channels, as a shop with
those channels would learn them. That is what serves: a channel that others stand in for loses
little when it goes, and one that is strong alone may add nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

import youli
from youli.channels.base import Channel
from youli.evaluate.accuracy import accuracy
from youli.evaluate.bench.exam import Exam, exam_of
from youli.evaluate.bench.job import PER_CASE, Outcome
from youli.evaluate.bench.sources import Source, read_source
from youli.evaluate.bench.store import load_outcome, plain, save_outcome
from youli.evaluate.bootstrap import paired_bootstrap
from youli.evaluate.cost import fresh_process, machine
from youli.evaluate.judge import judge
from youli.models.ledger import LedgerModel
from youli.rank.combine import learn_coefficients
from youli.rank.fit import FitConfig, fit_channels, fit_on_split, validation
from youli.rank.ranker import Ranker
from youli.types import FloatArray, Progress, no_progress

__all__ = ["AblationRequest", "Fitted", "Variant", "ablate", "run_ablation", "variants"]


@dataclass(frozen=True)
class Variant:
    """One choice of channels; `channel` is the one that is left out or alone."""

    kind: Literal["all", "without", "only"]
    channel: str
    channels: tuple[str, ...]

    @property
    def name(self) -> str:
        """How it is called in tables and files."""
        return "all" if self.kind == "all" else f"{self.kind} {self.channel}"


@dataclass(frozen=True)
class AblationRequest:
    """What to run: on what, how the ledger learns, and of how many test cases (None is all)."""

    source: Source
    config: FitConfig
    n_cases: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """Every channel, once as the weights are learned and once as it serves.

    Where one is left out, both are the same.
    """

    learn: Ranker
    serve: Mapping[str, Channel]


def variants(names: Sequence[str]) -> list[Variant]:
    """All channels, then each left out, then each alone."""
    found = [Variant("all", "", tuple(names))]
    if len(names) > 1:
        found += [
            Variant("without", one, tuple(other for other in names if other != one))
            for one in names
        ]
        found += [Variant("only", one, (one,)) for one in names]
    return found


def run_ablation(
    request: AblationRequest, folder: Path, *, progress: Progress = no_progress
) -> dict[str, Any]:
    """Run the variants that `folder` lacks in one fresh process and give the document.

    Results are stored as they come, so that a run that was stopped goes on where it was.
    """
    names, keys = fresh_process(ablate, request, folder, progress=progress)
    outcomes = {}
    for variant, key in zip(variants(names), keys, strict=True):
        found = load_outcome(folder, _FOLDER.format(request.source.name), key)
        assert found is not None, "the process stores every variant or raises"
        outcomes[variant] = found
    shop, _ = read_source(request.source)
    document: dict[str, Any] = plain(
        {
            "version": youli.__version__,
            "machine": machine(),
            "seed": request.seed,
            "dataset": request.source.name,
            "data_hash": shop.data_hash,
            "simulated": shop.simulated,
            "channels": list(names),
            "variants": _rows(outcomes),
            "sources": sorted({one.document["source"] for one in outcomes.values()}),
        }
    )
    return document


#: Where the results of a data set lie, apart from those of whole models.
_FOLDER = "ablation-{}"


def ablate(
    request: AblationRequest, folder: Path, *, progress: Progress = no_progress
) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """Fit the channels, and learn and judge every variant that is not stored yet.

    Gives the channels' names and the key of every variant. Made for a process of its own.
    """
    progress("reading", 0.0)
    shop, _ = read_source(request.source)
    exam = exam_of(shop, request.config)
    config = request.config.model_copy(update={"seed": request.seed})
    fitted = _fitted(exam, config, progress)
    names = tuple(fitted.serve)
    keys = [_key(request, shop.data_hash, one) for one in variants(names)]
    for at, (variant, key) in enumerate(zip(variants(names), keys, strict=True)):
        where = _FOLDER.format(request.source.name)
        if load_outcome(folder, where, key) is not None:
            continue
        progress(variant.name, at / len(keys))
        save_outcome(folder, where, key, _judged(exam, request, fitted, variant, progress))
    return names, keys


def _fitted(exam: Exam, config: FitConfig, progress: Progress) -> Fitted:
    if not exam.by_time:
        ranker, _ = fit_on_split(exam.learn, config, progress)
        return Fitted(ranker, ranker.channels)
    before = exam.test.train
    ranker, _ = fit_on_split(validation(before, config), config, progress)
    names = tuple(ranker.channels)
    return Fitted(ranker, fit_channels(before, names, config=config, progress=progress))


def _judged(
    exam: Exam, request: AblationRequest, fitted: Fitted, variant: Variant, progress: Progress
) -> Outcome:
    """Learn the weights of some channels and judge their ledger."""
    config = request.config
    split = validation(exam.test.train, config) if exam.by_time else exam.learn
    n_items = split.full.interactions.n_items
    learned = learn_coefficients(
        split.full,
        {name: fitted.learn.channels[name] for name in variant.channels},
        split.sample(config.combine.cases_for(n_items), request.seed),
        config=config.combine,
        repeats=fitted.learn.config.repeats,
        seed=request.seed,
        progress=progress,
    )
    serve = {name: fitted.serve[name] for name in variant.channels}
    ranker = Ranker(exam.test.train, serve, learned.coefficients, fitted.learn.config)
    cases = (
        exam.test.cases
        if request.n_cases is None
        else exam.test.sample(request.n_cases, request.seed)
    )
    model = LedgerModel(ranker, config)
    found = judge(model, exam.test.full, cases, exam.tasks, progress=progress)
    tasks: dict[str, Any] = {}
    kept: dict[str, FloatArray] = {}
    for name, judged in found.items():
        if len(judged.ranks):
            per_case = accuracy(judged.ranks)
            means = {key: float(value.mean()) for key, value in per_case.items()}
            tasks[name] = {"n_cases": len(judged.ranks), **means}
            kept |= {f"{name}:{key}": per_case[key] for key in PER_CASE}
    document = {
        "variant": variant.name,
        "kind": variant.kind,
        "channel": variant.channel,
        "tasks": tasks,
        "coefficients": {name: values.tolist() for name, values in learned.coefficients.items()},
    }
    return Outcome(document, kept)


def _key(request: AblationRequest, data_hash: str, variant: Variant) -> dict[str, Any]:
    config = json.loads(request.config.model_dump_json())
    return {
        "format": 1,
        "model": variant.name.replace(" ", "-"),
        "seed": request.seed,
        "channels": list(variant.channels),
        "data_hash": data_hash,
        "version": youli.__version__,
        "n_cases": request.n_cases,
        "ledger": config,
    }


def _rows(outcomes: Mapping[Variant, Outcome]) -> list[dict[str, Any]]:
    """Each variant with its difference to all channels, on the first task."""
    whole = next(iter(outcomes.values()))
    first = next(iter(whole.document["tasks"]))
    rows = []
    for variant, outcome in outcomes.items():
        row = {name: outcome.document[name] for name in ("variant", "kind", "channel", "tasks")}
        if variant.kind != "all":
            name = f"{first}:ndcg@10"
            found = paired_bootstrap(outcome.per_case[name], whole.per_case[name])
            row |= {"mean": found.mean, "low": found.low, "high": found.high}
            row["clear"] = found.is_clear
        row["used"] = sorted(
            name
            for name, values in outcome.document["coefficients"].items()
            if np.any(np.array(values) != 0.0)
        )
        rows.append(row)
    return rows
