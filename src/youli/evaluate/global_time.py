"""A shop's log, cut at one moment: learn from what came before, judge by the four weeks after.

Nothing after the cut is seen: the ledger is fitted as `youli fit` would have on that day, its
weights learned on the four weeks before. A case is a shopper who bought something after the cut;
targets are all the products they then bought. Tasks, each over the whole catalogue unless said:

- ``overall``: all targets, nothing left out;
- ``new``: targets the shopper never bought before, among products they never bought before;
- ``repeat``: targets they had bought before, among the products they had bought before;
- ``cold_products``: targets with fewer than `COLD_PRODUCT_SHOPPERS` shoppers before the cut;
- ``cold_shoppers``: all targets of shoppers with fewer than `COLD_SHOPPER_ORDERS` orders before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from youli.channels.popularity import n_shoppers_of
from youli.data.shop import Shop
from youli.data.split import Case, Split, split_last_days
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.evaluate.accuracy import accuracy
from youli.evaluate.beyond import beyond
from youli.evaluate.bootstrap import Difference, paired_bootstrap
from youli.evaluate.cost import Meter
from youli.evaluate.judge import Judged, Task, judge
from youli.models.base import Model
from youli.models.ledger import LedgerModel
from youli.models.served import ServedModel
from youli.models.tuning import Chosen
from youli.rank.fit import FitConfig
from youli.registry import MODELS
from youli.types import BoolArray, FloatArray, IntArray, Progress, no_progress

__all__ = [
    "BASELINES",
    "COLD_PRODUCT_SHOPPERS",
    "COLD_SHOPPER_ORDERS",
    "TEST_DAYS",
    "Cut",
    "ModelResult",
    "compare",
    "cut_last_days",
    "fit_then_all",
    "run_models",
    "tasks",
]

TEST_DAYS = 28
#: Below so many shoppers, others' behaviour says nothing that k-anonymity (5) would let be shown.
COLD_PRODUCT_SHOPPERS = 5
COLD_SHOPPER_ORDERS = 3
#: Names of the models that the ledger is held against; some need a package of their own.
BASELINES: tuple[str, ...] = ("popularity", "recent_popularity", "item_knn", "als", "own_repeat")


@dataclass(frozen=True)
class Cut:
    """What is judged (``test``), and what the baselines may tune on (``valid``)."""

    test: Split
    valid: Split
    moment: datetime


@dataclass(frozen=True)
class ModelResult:
    """One model on all tasks: what is reported, and every case's accuracy by task."""

    name: str
    document: dict[str, Any]
    per_case: Mapping[str, Mapping[str, FloatArray]]


def cut_last_days(shop: Shop, n_days: int = TEST_DAYS) -> Cut:
    """Cut `n_days` before the last event, and the past once more for tuning.

    Raises `NotEnoughDataError` where the log has no clock or is shorter than three such periods.
    """
    if not shop.interactions.timed:
        raise NotEnoughDataError(
            "this shop's events have an order but no dates, so there is no moment to cut at",
            hint="use `youli bench accuracy`, which leaves one out",
        )
    stamps = shop.interactions.timestamp
    span_days = (int(stamps.max()) - int(stamps.min())) / 86_400 if len(stamps) else 0.0
    if span_days < 3 * n_days:
        raise NotEnoughDataError(
            f"the log covers {span_days:.0f} days; judging needs {3 * n_days}",
            value=span_days,
            hint="give a longer log",
        )
    test = split_last_days(shop, n_days)
    moment = int(stamps.max()) - n_days * 86_400
    return Cut(test, split_last_days(test.train, n_days), datetime.fromtimestamp(moment, UTC))


def tasks(train: Shop) -> tuple[Task, ...]:
    """The five tasks; who and what is cold is counted in `train`."""
    is_cold = n_shoppers_of(train) < COLD_PRODUCT_SHOPPERS
    return (
        Task("overall", _everything),
        Task("new", _new),
        Task("repeat", _repeat),
        Task("cold_products", _among(lambda case, _: case.targets[is_cold[case.targets]])),
        Task("cold_shoppers", _among(_of_cold_shoppers)),
    )


def run_models(
    cut: Cut,
    config: FitConfig,
    *,
    baselines: Sequence[str] = BASELINES,
    progress: Progress = no_progress,
) -> list[ModelResult]:
    """Fit and judge the baselines, the ledger, and the ledger's lists as they are served.

    Baselines whose package is not installed are left out: `MODELS.lacking` says why.
    """
    before = cut.test.train
    results = []
    for name in baselines:
        if MODELS.lacking(name) is not None:
            continue
        progress(f"fitting {name}", 0.0)
        model_class: type[Model] = MODELS.load(name)
        with Meter() as fitting:
            model = fit_then_all(model_class, cut.valid, before, config.seed, progress)
        results.append(_result(model, cut, fitting, progress))
    with Meter() as fitting:
        ledger = LedgerModel.fit_as_served(before, config, progress)
    results.append(_result(ledger, cut, fitting, progress))
    if _has_rules(ledger, before):
        results.append(_result(ServedModel(ledger), cut, fitting, progress))
    return results


def fit_then_all(
    model_class: type[Model], valid: Split, before: Shop, seed: int, progress: Progress
) -> Model:
    """Choose settings on the last weeks, unseen, then fit by them on all that came before.

    A model that cannot say what it chose (`youli.models.tuning.Chosen`) stays as it was fitted
    without those weeks.
    """
    model = model_class.fit(valid, seed=seed, progress=progress)
    if not isinstance(model, Chosen):
        return model
    again: Any = model_class  # its settings' class is its own
    refitted: Model = again.fit(
        Split(before, before, ()), seed=seed, progress=progress, config=model.chosen
    )
    return refitted


def _has_rules(ledger: LedgerModel, shop: Shop) -> bool:
    """Whether a served list can differ from the order of the scores."""
    diversifies = ledger.ranker.config.diversity > 0.0
    has_groups = bool(shop.catalogue.attributes_of_category)
    is_filtered = not ledger.ranker.config.repeats or not shop.catalogue.in_stock.all()
    return (diversifies and has_groups) or is_filtered


def compare(ours: ModelResult, theirs: ModelResult, task: str, measure: str) -> Difference:
    """Paired bootstrap of one measure of one task."""
    return paired_bootstrap(ours.per_case[task][measure], theirs.per_case[task][measure])


def _result(model: Model, cut: Cut, fitting: Meter, progress: Progress) -> ModelResult:
    with Meter() as scoring:
        judged = judge(
            model, cut.test.full, cut.test.cases, tasks(cut.test.train), progress=progress
        )
    per_case = {name: accuracy(found.ranks) for name, found in judged.items() if len(found.ranks)}
    document = {
        "model": model.name,
        "config": dict(model.config),
        "additive": model.additive,
        **{name: _means(name, found, per_case, cut) for name, found in judged.items()},
        "fit_cpu_s": fitting.cpu_s,
        "fit_wall_s": fitting.wall_s,
        "users_per_cpu_s": len(cut.test.cases) / max(scoring.cpu_s, 1e-9),
    }
    return ModelResult(model.name, document, per_case)


def _means(
    task: str, judged: Judged, per_case: Mapping[str, Mapping[str, FloatArray]], cut: Cut
) -> dict[str, float | int]:
    """Number of cases and targets, and the mean of each measure; only numbers without cases."""
    counts: dict[str, float | int] = {
        "n_cases": len(judged.ranks),
        "n_targets": int(judged.ranks.n_targets.sum()),
    }
    if task not in per_case:
        return counts
    means = {name: float(values.mean()) for name, values in per_case[task].items()}
    train = cut.test.train
    wider = beyond(judged.lists, n_shoppers_of(train), train.interactions.n_users)
    return {**counts, **means, **(wider if task == "overall" else {})}


def _everything(case: Case, state: ShopperState, n_items: int) -> tuple[IntArray, BoolArray]:
    return case.targets, np.ones(n_items, dtype=bool)


def _new(case: Case, state: ShopperState, n_items: int) -> tuple[IntArray, BoolArray]:
    allowed = np.ones(n_items, dtype=bool)
    allowed[state.bought] = False
    return case.targets[allowed[case.targets]], allowed


def _repeat(case: Case, state: ShopperState, n_items: int) -> tuple[IntArray, BoolArray]:
    allowed = np.zeros(n_items, dtype=bool)
    allowed[state.bought] = True
    return case.targets[allowed[case.targets]], allowed


def _among(
    targets: Callable[[Case, ShopperState], IntArray],
) -> Callable[[Case, ShopperState, int], tuple[IntArray, BoolArray]]:
    def choose(case: Case, state: ShopperState, n_items: int) -> tuple[IntArray, BoolArray]:
        return targets(case, state), np.ones(n_items, dtype=bool)

    return choose


def _of_cold_shoppers(case: Case, state: ShopperState) -> IntArray:
    return case.targets if state.next_step < COLD_SHOPPER_ORDERS else case.targets[:0]
