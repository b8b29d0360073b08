"""How true and how specific the reasons are, and how long they take; on the served engine.

Nothing is taken on trust: scores are computed again by the channels' slow route, and what is said
of removals is done for real (`exactness`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from youli.data.state import ShopperState
from youli.engine import Engine
from youli.evaluate.exactness import judge_counterfactuals, judge_orderings, latest
from youli.explain.reasons import GENERAL
from youli.explain.types import ClaimKind, Reason, Recommendation
from youli.types import Progress, no_progress

__all__ = ["LARGEST_RESIDUAL", "ExplanationConfig", "judge_explanations"]

#: Of max(1, |score|): what counts as exact.
LARGEST_RESIDUAL = 1e-5

#: Events from which on a shopper is asked about: of who is newer, little specific can be said.
_N_LEAST = 3
#: Requests before the clock counts: caches fill once per process.
_N_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class ExplanationConfig:
    """How much is tried."""

    n_shoppers: int = 200
    #: Products a list.
    k: int = 10
    #: Counterfactuals asked for.
    n_cases: int = 500
    #: Of each shopper the latest events, for counterfactuals; a set is compared with all smaller
    #: ones, of which a long history has too many.
    n_events: int = 50
    #: Cases, of those whose set has two or three products, held against brute force.
    n_brute_force: int = 20
    #: Lists whose past products are taken out, and kept alone, one by one.
    n_orderings: int = 20
    lang: str = "en"
    seed: int = 0


_DEFAULT = ExplanationConfig()


@dataclass
class _Found:
    """What was seen so far."""

    latency_ms: list[float] = field(default_factory=list)
    residual: float = 0.0
    n_recommendations: int = 0
    n_specific: int = 0
    n_dropped: int = 0
    n_covered: int = 0
    plain_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def judge_explanations(
    engine: Engine,
    config: ExplanationConfig = _DEFAULT,
    *,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The figures, ready for JSON; shares are None where nothing could be counted.

    ``completeness_residual`` is the largest |score − Σ entries| / max(1, |score|) over all lists;
    ``specific_share`` counts recommendations with a checked reason of a kind outside `GENERAL`;
    ``specific_or_rising_share`` also those that are said to be chosen more than before;
    ``exact`` are the assertions: what must be true of every case; latency is of recommend, explain,
    verify and say for a whole list, ``plain_cpu_p50_ms`` of the list alone.
    """
    found = _Found()
    states = _states(engine, config, config.n_shoppers)
    for state in states[:_N_WARM_UP]:
        engine.recommend(state, k=config.k, lang=config.lang)
    for done, state in enumerate(states):
        progress("explaining", done / len(states))
        recommendations = _timed(engine, state, config, found)
        _judge_lists(engine, state, recommendations, found)
    progress("explaining", 1.0)
    n_lists = -(-config.n_cases // max(1, config.k))
    short = [latest(state, config.n_events) for state in _states(engine, config, n_lists)]
    removals = judge_counterfactuals(
        engine.ranker, short, n_cases=config.n_cases, n_brute_force=config.n_brute_force,
        k=config.k, progress=progress,
    )  # fmt: skip
    orderings = judge_orderings(engine.ranker, short[: config.n_orderings], k=config.k)
    return _document(found, len(states), config, removals, orderings)


def _states(engine: Engine, config: ExplanationConfig, n_shoppers: int) -> list[ShopperState]:
    """Shoppers with a few events, drawn at random, as they are at the end of the log."""
    events = engine.shop.interactions
    active = np.flatnonzero(np.diff(events.indptr) >= _N_LEAST)
    n = min(n_shoppers, len(active))
    drawn = np.random.default_rng(config.seed).choice(active, n, replace=False)
    return [engine.state(events.users.ids[user_num]) for user_num in drawn.tolist()]


def _timed(
    engine: Engine, state: ShopperState, config: ExplanationConfig, found: _Found
) -> tuple[Recommendation, ...]:
    fresh = replace(state)  # what is kept on a state would make the second request the quicker
    start = time.thread_time()
    engine.plain(fresh, k=config.k)
    found.plain_ms.append((time.thread_time() - start) * 1e3)
    fresh = replace(state)
    start, start_cpu = time.perf_counter(), time.thread_time()
    recommendations = engine.recommend(fresh, k=config.k, lang=config.lang)
    found.latency_ms.append((time.perf_counter() - start) * 1e3)
    found.cpu_ms.append((time.thread_time() - start_cpu) * 1e3)
    return recommendations


def _judge_lists(
    engine: Engine, state: ShopperState, recommendations: Sequence[Recommendation], found: _Found
) -> None:
    item_nums = np.array([one.item_num for one in recommendations], dtype=np.int32)
    scores = engine.ranker.score_items(state, item_nums)
    for one, score in zip(recommendations, scores.tolist(), strict=True):
        placed = sum(entry.amount for entry in one.ledger.entries if entry.of_place)
        residual = abs(score + placed - one.ledger.score) / max(1.0, abs(score + placed))
        found.residual = max(found.residual, residual)
        found.n_recommendations += 1
        found.n_dropped += one.n_dropped
        found.n_specific += any(reason.claim.kind not in GENERAL for reason in one.reasons)
        found.n_covered += any(map(_is_news, one.reasons))


def _is_news(reason: Reason) -> bool:
    """Whether a reason says more than that others choose it: "more than before" is news."""
    claim = reason.claim
    return claim.kind not in GENERAL or (claim.kind is ClaimKind.TRENDING and "rose" in claim.facts)


def _document(
    found: _Found,
    n_shoppers: int,
    config: ExplanationConfig,
    removals: dict[str, Any],
    orderings: dict[str, Any],
) -> dict[str, Any]:
    n = found.n_recommendations
    return {
        "n_shoppers": n_shoppers,
        "k": config.k,
        "lang": config.lang,
        "n_recommendations": n,
        "completeness_residual": found.residual,
        "specific_share": _share(found.n_specific, n),
        "specific_or_rising_share": _share(found.n_covered, n),
        "claims_dropped_per_recommendation": _share(found.n_dropped, n),
        "counterfactual_n_events": config.n_events,
        **removals,
        **orderings,
        "exact": {
            "completeness_residual": found.residual <= LARGEST_RESIDUAL,
            "del_1": orderings["del_1_gap"] <= LARGEST_RESIDUAL,
            "ins_1": orderings["ins_1_gap"] <= LARGEST_RESIDUAL,
            "sign_violations": orderings["n_sign_violations"] == 0,
            "counterfactuals_valid": removals["counterfactual_valid_share"] in (None, 1.0),
        },
        "latency_p50_ms": _quantile(found.latency_ms, 0.5),
        "latency_p99_ms": _quantile(found.latency_ms, 0.99),
        "cpu_p50_ms": _quantile(found.cpu_ms, 0.5),
        "cpu_p99_ms": _quantile(found.cpu_ms, 0.99),
        "plain_cpu_p50_ms": _quantile(found.plain_ms, 0.5),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _quantile(values: Sequence[float], q: float) -> float | None:
    return float(np.quantile(values, q)) if values else None
