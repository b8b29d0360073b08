"""Run what is missing, one fresh process a job, and put everything into one document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from youli import __version__
from youli.errors import ConfigError, InputError
from youli.evaluate.bench.exam import exam_of
from youli.evaluate.bench.job import Job, Outcome, run_job
from youli.evaluate.bench.sources import Source, read_source
from youli.evaluate.bench.store import key_of, load_outcome, plain, save_outcome
from youli.evaluate.bench.summary import differences, summarise
from youli.evaluate.cost import fresh_process, machine
from youli.rank.fit import FitConfig
from youli.registry import MODELS
from youli.types import Progress, no_progress

__all__ = ["FOR_DATED_LOGS", "Request", "run_benchmark"]

#: Models that say something only where events have dates or products are bought again.
FOR_DATED_LOGS = frozenset({"recent_popularity", "own_repeat"})


@dataclass(frozen=True)
class Request:
    """What to run: on what, which models, with how many seeds, whether to measure new products.

    No `models` stands for all that there are and that say something on the data set; `fresh` takes
    no stored result.
    """

    sources: tuple[Source, ...]
    models: tuple[str, ...] = ()
    n_seeds: int = 1
    cold: bool = False
    fresh: bool = False


def run_benchmark(
    request: Request, folder: Path, *, progress: Progress = no_progress
) -> dict[str, Any]:
    """Fill `folder` with the results that are missing and give the report's document.

    What a model refuses (a catalogue too large, a missing package) is noted with its reason and
    the others go on. Raises `InputError` where nothing at all could be run.
    """
    for name in request.models:
        MODELS.load(name)  # an unknown one is an error before anything is computed
    names = [source.name for source in request.sources]
    if len(set(names)) < len(names):
        raise ConfigError(
            f"two data sets have the same name: {', '.join(names)}",
            value=names,
            hint="rename a folder or file; results are kept by name",
        )
    datasets = [_dataset(source, request, folder, progress) for source in request.sources]
    document: dict[str, Any] = plain(
        {
            "version": __version__,
            "machine": machine(),
            "seeds": list(range(request.n_seeds)),
            "cold": request.cold,
            "datasets": datasets,
        }
    )
    return document


def _dataset(source: Source, request: Request, folder: Path, progress: Progress) -> dict[str, Any]:
    progress(f"{source.name}: reading", 0.0)
    shop, config = read_source(source)
    exam = exam_of(shop, config)
    names = request.models or tuple(
        name for name in MODELS.names() if exam.by_time or name not in FOR_DATED_LOGS
    )
    left_out: list[dict[str, str]] = []
    runs: dict[str, list[Outcome]] = {}
    refused: InputError | None = None
    for at, name in enumerate(names):

        def told(what: str, share: float, name: str = name, at: int = at) -> None:
            progress(f"{source.name}, {name}: {what}", (at + share) / len(names))

        lacking = MODELS.lacking(name)
        if lacking is not None:
            left_out.append({"model": name, "why": lacking})
            continue
        try:
            runs[name] = _seeds(source, name, request, folder, shop.data_hash, config, told)
        except InputError as error:
            refused = error
            left_out.append({"model": name, "why": str(error).replace("\n  next: ", "; ")})
    if not runs and refused is not None:
        raise refused
    return {
        "dataset": source.name,
        "protocol": exam.protocol,
        "by_time": exam.by_time,
        "data_hash": shop.data_hash,
        "simulated": shop.simulated,
        "n_users": shop.interactions.n_users,
        "n_items": shop.interactions.n_items,
        "n_interactions": len(shop.interactions),
        "n_cases": len(exam.test.cases),
        "models": [summarise(outcomes) for outcomes in runs.values()],
        "differences": differences(runs),
        "left_out": left_out,
        "sources": sorted({one.document["source"] for many in runs.values() for one in many}),
    }


def _seeds(
    source: Source,
    name: str,
    request: Request,
    folder: Path,
    data_hash: str,
    config: FitConfig,
    progress: Progress,
) -> list[Outcome]:
    """One outcome a seed; one alone where the model draws nothing."""
    outcomes: list[Outcome] = []
    for seed in range(request.n_seeds if MODELS.load(name).is_random else 1):
        job = Job(source, name, seed, request.cold)
        key = key_of(job, data_hash, config)
        found = None if request.fresh else load_outcome(folder, source.name, key)
        if found is None:
            found = save_outcome(
                folder, source.name, key, fresh_process(run_job, job, progress=progress)
            )
        outcomes.append(found)
    return outcomes
