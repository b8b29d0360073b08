"""One model, one data set, one seed: fit it, judge it, look closer. Made for a fresh process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from youli.channels.popularity import n_shoppers_of
from youli.data.interactions import EVENT_NAMES
from youli.data.split import Case, Split
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.evaluate.accuracy import accuracy
from youli.evaluate.bench.exam import Exam, cold_products, exam_of, hold_out_products
from youli.evaluate.bench.sources import Source, read_source
from youli.evaluate.beyond import (
    attribute_rows,
    beyond,
    diversity,
    mean_popularity,
    popularity_lift,
    serendipity,
)
from youli.evaluate.breakdown import by_history, by_popularity
from youli.evaluate.calibration import Choice, best_temperature, calibration
from youli.evaluate.cost import Meter, peak_rss_mb
from youli.evaluate.judge import LIST_LENGTH, Closer, Judged, judge
from youli.models.base import Model
from youli.registry import MODELS
from youli.types import FloatArray, IntArray, Progress, no_progress

__all__ = ["COLD_SHARE", "PER_CASE", "Job", "Outcome", "newcomer", "run_job", "run_on_exam"]

#: Share of the described products that are held out to measure new ones.
COLD_SHARE = 0.1
#: Measures whose numbers of each case are kept, for intervals.
PER_CASE = ("ndcg@10", "hr@10")
#: How many events of a newcomer are known, and of how many cases that is measured.
NEWCOMER_EVENTS = (0, 1, 2, 3)
_N_NEWCOMERS = 2000
#: Cases of each half that its temperature is found on; one number needs no more.
_N_FOR_TEMPERATURE = 300
#: Cases on which answering is timed, and those of the validation that are judged again.
_N_TIMED, _N_VALID = 1000, 3000


@dataclass(frozen=True)
class Job:
    """What is to be run."""

    source: Source
    model: str
    seed: int
    #: Whether to fit once more without some products, to measure new ones.
    cold: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it: a document for JSON, and the numbers of each case by task and measure."""

    document: dict[str, Any]
    per_case: dict[str, FloatArray]


def run_job(job: Job, *, progress: Progress = no_progress) -> Outcome:
    """Read the data, fit and judge; raises as the reading and the model do."""
    progress("reading", 0.0)
    shop, config = read_source(job.source)
    return run_on_exam(exam_of(shop, config), job, progress=progress)


def run_on_exam(exam: Exam, job: Job, *, progress: Progress = no_progress) -> Outcome:
    """Fit one model with one seed and answer everything that the report asks."""
    model_class: type[Model] = MODELS.load(job.model)
    with Meter() as fitting:
        model = exam.fit(model_class, job.seed, progress)
    timed = exam.test.sample(_N_TIMED, seed=0)
    with Meter() as scoring:
        judge(model, exam.test.full, timed, exam.tasks[:1], progress=progress)
    measured, per_case = _tasks(model, exam, progress)
    document: dict[str, Any] = {
        "model": job.model,
        "seed": job.seed,
        "additive": model_class.additive,
        "is_random": model_class.is_random,
        "config": dict(model.config),
        **measured,
        "newcomers": _newcomers(model, exam, progress),
        "fit_cpu_s": fitting.cpu_s,
        "fit_wall_s": fitting.wall_s,
        "users_per_cpu_s": len(timed) / max(scoring.cpu_s, 1e-9),
        "peak_rss_mb": peak_rss_mb(),
        "cold": None,
    }
    if not exam.by_time:
        document["valid"] = _validation(model, exam.learn, exam, progress)
    if job.cold:
        document["cold"], cold_cases = _cold(model_class, exam, job.seed, progress)
        per_case |= cold_cases
    return Outcome(document, per_case)


def newcomer(state: ShopperState, n_events: int) -> ShopperState:
    """Somebody never seen before who did the last `n_events` of a history, with its attributes.

    Built event by event, as live ones are, so that nothing of the longer history is left in it.
    """
    found = ShopperState(user_id="newcomer", attributes=state.attributes)
    for row in state.rows[state.n_rows - n_events :]:
        found = found.record(
            int(row["item_num"]),
            EVENT_NAMES[row["event"]],
            int(row["timestamp"]),
            order_num=int(row["order"]),
        )
    return replace(found, now=state.now)


def _tasks(
    model: Model, exam: Exam, progress: Progress
) -> tuple[dict[str, Any], dict[str, FloatArray]]:
    """Every task's means; of the first, all that is more than accuracy."""
    train, cases = exam.test.train, exam.test.cases
    n_shoppers = n_shoppers_of(train)
    half = np.random.default_rng(0).permutation(len(cases)) % 2
    # The half that a case is in has its temperature from the other half.
    temperature = [_temperature(model, exam, np.flatnonzero(half != which)) for which in (0, 1)]
    closer = Closer(n_shoppers, lambda case_num: temperature[half[case_num]])
    found = judge(model, exam.test.full, cases, exam.tasks, closer=closer, progress=progress)
    tasks: dict[str, Any] = {}
    kept: dict[str, FloatArray] = {}
    for name, judged in found.items():
        counts = {"n_cases": len(judged.ranks), "n_targets": int(judged.ranks.n_targets.sum())}
        per_case = accuracy(judged.ranks) if len(judged.ranks) else {}
        tasks[name] = counts | {key: float(value.mean()) for key, value in per_case.items()}
        kept |= {f"{name}:{key}": per_case[key] for key in PER_CASE if per_case}
    first = found[exam.tasks[0].name]
    tasks[exam.tasks[0].name] |= _lists(first, exam, n_shoppers)
    truth = first.hit / first.ranks.n_targets[:, None]
    listed = first.lists >= 0
    calibrated = calibration(first.probability[listed], truth[listed])
    n_known = np.array([cases[at].n_known for at in first.case_num])
    document = {
        "tasks": tasks,
        "calibration": {"temperatures": temperature, **calibrated.document},
        "by_history": by_history(accuracy(first.ranks), n_known),
        "by_popularity": by_popularity(first.ranks, n_shoppers),
    }
    return document, kept


def _lists(judged: Judged, exam: Exam, n_shoppers: FloatArray) -> dict[str, float]:
    """What is measured on the lists of ten, all over one set of cases."""
    train, n_users = exam.test.train, exam.test.train.interactions.n_users
    k = LIST_LENGTH
    spread = diversity(judged.lists, attribute_rows(train.catalogue))
    known = ~np.isnan(spread)
    past = _popularity_of_histories(exam, judged.case_num, n_shoppers)
    truth = judged.hit / judged.ranks.n_targets[:, None]
    listed = judged.lists >= 0
    return {
        **beyond(judged.lists, n_shoppers, n_users),
        f"diversity@{k}": float(spread[known].mean()) if known.any() else float("nan"),
        f"serendipity@{k}": float(serendipity(judged.hit, judged.expected).mean()),
        f"popularity@{k}": mean_popularity(judged.lists, n_shoppers, n_users),
        f"popularity_lift@{k}": popularity_lift(judged.lists, past, n_shoppers),
        f"ece@{k}": calibration(judged.probability[listed], truth[listed]).ece,
    }


def _popularity_of_histories(exam: Exam, case_num: IntArray, n_shoppers: FloatArray) -> FloatArray:
    """Mean shoppers of the products of each history, by event; NaN where it is empty."""
    events = exam.test.full.interactions
    found = np.full(len(case_num), np.nan)
    for at, number in enumerate(case_num.tolist()):
        case = exam.test.cases[number]
        start = events.rows_of(case.user_num).start
        if case.n_known:
            found[at] = n_shoppers[events.item_num[start : start + case.n_known]].mean()
    return found


def _temperature(model: Model, exam: Exam, numbers: IntArray) -> float:
    """The best temperature for some of these cases of the test."""
    shop = exam.test.full
    chosen: list[Choice] = []
    for number in numbers[:: max(1, len(numbers) // _N_FOR_TEMPERATURE)][:_N_FOR_TEMPERATURE]:
        case = exam.test.cases[number]
        state = case.state(shop)
        targets, allowed = exam.tasks[0].choose(case, state, shop.interactions.n_items)
        if len(targets):
            choice = Choice.of(model.score_batch([state])[0], targets, allowed)
            chosen += [] if choice is None else [choice]
    return best_temperature(chosen)


def _newcomers(model: Model, exam: Exam, progress: Progress) -> list[dict[str, Any]]:
    """The same cases with no more known than the last 0, 1, 2 and 3 events, then all of them."""
    longest = NEWCOMER_EVENTS[-1]
    able = [case for case in exam.test.cases if case.n_known >= longest]
    cases = Split(exam.test.full, exam.test.train, tuple(able)).sample(_N_NEWCOMERS, seed=0)
    rows: list[dict[str, Any]] = []
    for n_events in (*NEWCOMER_EVENTS, None):
        known = None if n_events is None else partial(newcomer, n_events=n_events)
        means = _means(model, exam, cases, progress, known)
        rows += [{"n_events": n_events, **means}] if means else []
    return rows


def _means(
    model: Model, exam: Exam, cases: Sequence[Case], progress: Progress, known: Any = None
) -> dict[str, Any]:
    """HR@10 and NDCG@10 of the first task; nothing where it has no case."""
    task = exam.tasks[0]
    found = judge(model, exam.test.full, cases, [task], known=known, progress=progress)[task.name]
    if not len(found.ranks):
        return {}
    per_case = accuracy(found.ranks)
    means = {name: float(per_case[name].mean()) for name in PER_CASE}
    return {"n_cases": len(found.ranks), **means}


def _validation(model: Model, valid: Split, exam: Exam, progress: Progress) -> dict[str, float]:
    """Accuracy on the cases that models tune on; no second test."""
    task = exam.tasks[0]
    cases = valid.sample(_N_VALID, seed=0)
    found = judge(model, valid.full, cases, [task], progress=progress)[task.name]
    return {name: float(values.mean()) for name, values in accuracy(found.ranks).items()}


def _cold(
    model_class: type[Model], exam: Exam, seed: int, progress: Progress
) -> tuple[dict[str, Any], dict[str, FloatArray]]:
    """New products: fit once more without some, and look where they are placed."""
    is_cold = cold_products(exam.test.full, COLD_SHARE)
    try:
        without = hold_out_products(exam, is_cold)
    except NotEnoughDataError as error:
        return {"n_held_out": int(is_cold.sum()), "left_out": error.problem}, {}
    model = without.fit(model_class, seed, progress)
    test = without.test
    found = judge(model, test.full, test.cases, without.tasks, progress=progress)
    tasks: dict[str, Any] = {}
    kept: dict[str, FloatArray] = {}
    for name, judged in found.items():
        per_case: Mapping[str, FloatArray] = accuracy(judged.ranks)
        means = {key: float(value.mean()) for key, value in per_case.items()}
        tasks[name] = {"n_cases": len(judged.ranks), **means}
        kept |= {f"{name}:{key}": per_case[key] for key in PER_CASE}
    return {"n_held_out": int(is_cold.sum()), **tasks}, kept
