"""Explain with every method on every model, and measure: the work of `youli bench explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from youli import __version__
from youli.data.shop import Shop
from youli.data.split import Case, Split
from youli.evaluate.bootstrap import paired_bootstrap
from youli.evaluate.cost import Meter, machine
from youli.evaluate.faithfulness.attributes import judge_attributes
from youli.evaluate.faithfulness.cases import (
    Caused,
    Explained,
    caused_cases,
    competing,
    listed_cases,
)
from youli.evaluate.faithfulness.measure import (
    Measured,
    means,
    measure_case,
    recovery_of,
)
from youli.evaluate.leave_one_out import splits
from youli.explain.attribution.base import Attributor, Scorer, players
from youli.models.deep import DeepModel
from youli.models.ledger import LedgerModel
from youli.models.ranks import target_ranks
from youli.registry import ATTRIBUTORS, MODELS
from youli.types import FloatArray, IntArray, Progress, no_progress

__all__ = ["GROUPS", "ExplainRequest", "Subject", "run_explain"]

#: Groups of cases, by length of history and by how many shoppers chose the product.
GROUPS = ("cold shoppers", "heavy shoppers", "rare products", "popular products")
#: A shopper with fewer past products is cold, with at least so many heavy.
_COLD, _HEAVY = 4, 10
#: Of the products that anybody chose: the less popular half is rare, the first tenth popular.
_RARE, _POPULAR = 0.5, 0.9
_IN_GROUPS = (
    "del@1", "ins@1", "pn_s", "yield_same_checks", "yield_direction", "coverage",
    "coverage_direction", "abstention",
)  # fmt: skip
#: Explanations before the clock counts: caches fill once.
_N_WARM_UP = 2


@dataclass(frozen=True)
class Subject:
    """A data set to explain on.

    `causes` maps a shopper to the cause of their last event and its past products, where that is
    known. `about` goes into the document. With `repeats` what a shopper had may be listed again.
    """

    name: str
    shop: Shop
    repeats: bool = False
    causes: Mapping[int, tuple[str, IntArray]] | None = None
    about: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ExplainRequest:
    """What is to be measured, and on how much."""

    models: tuple[str, ...]
    #: Names of attributors; empty for all that are installed.
    methods: tuple[str, ...] = ()
    n_shoppers: int = 40
    #: Listed products of each shopper that are explained.
    n_products: int = 5
    #: Purchases of known cause that are explained, where there are any.
    n_caused: int = 200
    k: int = 10
    seed: int = 0
    #: Small deep models that are soon trained.
    quick: bool = False


def run_explain(
    subjects: Sequence[Subject], request: ExplainRequest, *, progress: Progress = no_progress
) -> dict[str, Any]:
    """The whole document, ready for JSON; shares are None where nothing could be counted.

    Models learn from all but each shopper's last two events and tune on the second last; what is
    explained is asked with the second last known. Raises as the models' fits do.
    """
    names = request.methods or ATTRIBUTORS.names()
    methods = {name: ATTRIBUTORS.load(name)() for name in names if not ATTRIBUTORS.lacking(name)}
    return {
        "version": __version__,
        "machine": machine(),
        "seed": request.seed,
        "k": request.k,
        "quick": request.quick,
        "not_installed": [
            {"method": name, "why": why} for name in names if (why := ATTRIBUTORS.lacking(name))
        ],
        "datasets": [_dataset(subject, methods, request, progress) for subject in subjects],
    }


def _dataset(
    subject: Subject, methods: Mapping[str, Attributor], request: ExplainRequest, progress: Progress
) -> dict[str, Any]:
    parts = splits(subject.shop)
    events = subject.shop.interactions
    return {
        "dataset": subject.name,
        "data_hash": subject.shop.data_hash,
        "simulated": subject.shop.simulated,
        "about": dict(subject.about or {}),
        "n_users": int((np.diff(events.indptr) > 0).sum()),
        "n_items": events.n_items,
        "n_interactions": len(events),
        "repeats": subject.repeats,
        "knows_causes": subject.causes is not None,
        "models": [
            _model(subject, parts.valid, parts.test, name, methods, request, progress)
            for name in request.models
        ],
    }


def _model(
    subject: Subject, valid: Split, test: Split, name: str,
    methods: Mapping[str, Attributor], request: ExplainRequest, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    model_class = MODELS.load(name)
    settings: dict[str, Any] = {}
    if request.quick and issubclass(model_class, DeepModel):
        settings["config"] = model_class.quick()
    if subject.repeats and issubclass(model_class, LedgerModel):
        # What may be listed again is learned for; the log alone would have to show it often.
        settings["config"] = model_class.default.model_copy(update={"repeats": "include"})
    with Meter() as fitting:
        model = model_class.fit(valid, seed=request.seed, progress=progress, **settings)
    able = {one: way for one, way in methods.items() if way.lacking(model) is None}
    listed = listed_cases(
        model, test, test.sample(request.n_shoppers, request.seed),
        n_products=request.n_products, repeats=subject.repeats,
    )  # fmt: skip
    caused = _caused(model, subject, test, request)
    measured = _measure(model, name, listed, able, request, progress)
    recovered = _recover(model, name, caused, able, progress)
    hr, ndcg = _accuracy(model, test, request, repeats=subject.repeats)
    return {
        "model": name,
        "additive": bool(model_class.additive),
        "fit_cpu_s": fitting.cpu_s,
        "hr@10": hr,
        "ndcg@10": ndcg,
        "n_cases": len(listed),
        "n_caused": len(caused),
        "n_caused_listed": sum(case.rank <= request.k for case in caused),
        "left_out": [
            {"method": one, "why": why}
            for one, way in methods.items()
            if (why := way.lacking(model)) is not None
        ],
        "methods": [
            {
                "method": one,
                "numbers": means([case.numbers[one] for case in measured]),
                "groups": _groups(one, measured, test),
                "causes": _cause_rows(recovered.get(one, []), caused, request.k),
                "ms_p50": _quantile([case.took_ms[one] for case in measured], 0.5),
                "ms_p95": _quantile([case.took_ms[one] for case in measured], 0.95),
            }
            for one in able
        ],
        "agreement": _agreement(measured),
        "attributes": judge_attributes(model, listed, k=request.k, seed=request.seed),
    }


def _measure(
    model: Scorer, name: str, cases: Sequence[Explained], methods: Mapping[str, Attributor],
    request: ExplainRequest, progress: Progress,
) -> list[Measured]:  # fmt: skip
    for case in cases[:_N_WARM_UP]:
        for way in methods.values():
            way.attribute(model, case.state, case.item_num)
    found = []
    for done, case in enumerate(cases):
        progress(f"explaining {name}", done / len(cases))
        found.append(measure_case(model, case, methods, k=request.k))
    return found


def _caused(model: Scorer, subject: Subject, test: Split, request: ExplainRequest) -> list[Caused]:
    if subject.causes is None:
        return []
    known = [case for case in test.cases if case.user_num in subject.causes]
    order = np.random.default_rng(request.seed).permutation(len(known))[: request.n_caused]
    cases = [known[i] for i in np.sort(order)]
    return caused_cases(model, test, cases, subject.causes, repeats=subject.repeats)


def _recover(
    model: Scorer, name: str, cases: Sequence[Caused], methods: Mapping[str, Attributor],
    progress: Progress,
) -> dict[str, list[dict[str, float]]]:  # fmt: skip
    found: dict[str, list[dict[str, float]]] = {}
    for done, case in enumerate(cases):
        progress(f"causes found with {name}", done / len(cases))
        for method, way in methods.items():
            attribution = way.attribute(model, case.state, case.item_num)
            found.setdefault(method, []).append(recovery_of(attribution, case))
    return found


def _cause_rows(
    rows: Sequence[Mapping[str, float]], cases: Sequence[Caused], k: int
) -> dict[str, dict[str, Any]]:
    """Recovery over all, where the model listed the product, and by cause."""
    if not rows:
        return {}
    wanted: dict[str, list[int]] = {"all": list(range(len(rows)))}
    wanted["listed"] = [at for at, case in enumerate(cases) if case.rank <= k]
    for cause in sorted({case.cause for case in cases}):
        wanted[cause] = [at for at, case in enumerate(cases) if case.cause == cause]
    return {
        name: {"n": len(mine), **means([rows[at] for at in mine])} | _interval(rows, mine)
        for name, mine in wanted.items()
        if mine
    }


def _interval(rows: Sequence[Mapping[str, float]], mine: Sequence[int]) -> dict[str, float]:
    """95 % bootstrap interval of precision@1; a shopper is one case."""
    values = np.array([rows[at]["precision@1"] for at in mine])
    found = paired_bootstrap(values, np.zeros(len(values)))
    return {"low": found.low, "high": found.high}


def _groups(
    method: str, measured: Sequence[Measured], test: Split
) -> dict[str, dict[str, float | int | None]]:
    events = test.train.interactions
    chosen = np.bincount(events.item_num, minlength=events.n_items)
    some = chosen[chosen > 0]
    rare, popular = np.quantile(some, [_RARE, _POPULAR])
    belongs = {
        "cold shoppers": [case.n_past < _COLD for case in measured],
        "heavy shoppers": [case.n_past >= _HEAVY for case in measured],
        "rare products": [bool(chosen[case.item_num] <= rare) for case in measured],
        "popular products": [bool(chosen[case.item_num] >= popular) for case in measured],
    }
    found: dict[str, dict[str, float | int | None]] = {}
    for name in GROUPS:
        mine = [case for case, one in zip(measured, belongs[name], strict=True) if one]
        rows = [{key: case.numbers[method][key] for key in _IN_GROUPS} for case in mine]
        found[name] = {"n": len(mine), **means(rows)}
    return found


def _agreement(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    pairs = dict.fromkeys(pair for case in measured for pair in case.pairs)
    return [
        {"methods": list(pair), **means([case.pairs[pair] for case in measured])} for pair in pairs
    ]


def _accuracy(
    model: Scorer, test: Split, request: ExplainRequest, *, repeats: bool
) -> tuple[float, float]:
    """HR@10 and NDCG@10 of a sample of the test cases, so that a reader knows what is explained."""
    ranks = []
    for case in _with_history(test, request):
        state = case.state(test.full)
        allowed = competing(test.full, state, repeats=repeats)
        ranks.append(float(target_ranks(model.score_batch([state])[0], case.targets, allowed)[0]))
    found: FloatArray = np.array(ranks)
    gain = np.where(found <= 10.0, 1.0 / np.log2(1.0 + found), 0.0)
    return float((found <= 10.0).mean()), float(gain.mean())


def _with_history(test: Split, request: ExplainRequest) -> list[Case]:
    n = max(request.n_caused, request.n_shoppers, 300)
    return [case for case in test.sample(n, request.seed) if len(players(case.state(test.full)))]


def _quantile(values: Sequence[float], share: float) -> float | None:
    return float(np.quantile(values, share)) if len(values) else None
