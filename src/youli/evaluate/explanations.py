"""How true and how specific the reasons are, and how long they take; on the served engine.

Nothing is taken on trust: scores are computed again by the channels' slow route, a counterfactual
is ranked again through the whole pipeline, and its minimality is tried by putting each removed
product back.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from youli.data.state import ShopperState
from youli.engine import Engine
from youli.explain.reasons import GENERAL
from youli.explain.types import ClaimKind, Counterfactual, Recommendation
from youli.types import EvidenceKind, Progress, no_progress

__all__ = ["ExplanationConfig", "judge_explanations"]

#: Requests before the clock counts: caches fill once per process.
_N_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class ExplanationConfig:
    """How much is tried."""

    n_shoppers: int = 200
    #: Products a list.
    k: int = 10
    #: Shoppers whose whole lists get counterfactuals.
    n_counterfactual_shoppers: int = 50
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
    n_asked: int = 0
    valid: list[bool] = field(default_factory=list)
    minimal: list[bool] = field(default_factory=list)
    claimed_minimal: list[bool] = field(default_factory=list)
    size: list[int] = field(default_factory=list)


def judge_explanations(
    engine: Engine,
    config: ExplanationConfig = _DEFAULT,
    *,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The figures, ready for JSON; shares are None where nothing could be counted.

    ``completeness_residual`` is the largest |score − Σ entries| / max(1, |score|) over all lists;
    ``specific_share`` counts recommendations with a checked reason of a kind outside `GENERAL`;
    ``counterfactual_minimal_share`` counts sets from which no removed product can be put back,
    by ranking again; latency is of recommend, explain, verify and say for a whole list.
    """
    found = _Found()
    states = _states(engine, config)
    for state in states[:_N_WARM_UP]:
        engine.recommend(state, k=config.k, lang=config.lang)
    for done, state in enumerate(states):
        progress("explaining", done / len(states))
        recommendations = _timed(engine, state, config, found)
        _judge_lists(engine, state, recommendations, found)
        if done < config.n_counterfactual_shoppers:
            _judge_counterfactuals(engine, state, recommendations, config, found)
    progress("explaining", 1.0)
    return _document(found, len(states), config)


def _states(engine: Engine, config: ExplanationConfig) -> list[ShopperState]:
    """Shoppers with events, drawn at random, as they are at the end of the log."""
    events = engine.shop.interactions
    active = np.flatnonzero(np.diff(events.indptr) > 0)
    n = min(config.n_shoppers, len(active))
    drawn = np.random.default_rng(config.seed).choice(active, n, replace=False)
    return [engine.state(events.users.ids[user_num]) for user_num in drawn.tolist()]


def _timed(
    engine: Engine, state: ShopperState, config: ExplanationConfig, found: _Found
) -> tuple[Recommendation, ...]:
    start = time.perf_counter()
    recommendations = engine.recommend(state, k=config.k, lang=config.lang)
    found.latency_ms.append((time.perf_counter() - start) * 1e3)
    return recommendations


def _judge_lists(
    engine: Engine, state: ShopperState, recommendations: Sequence[Recommendation], found: _Found
) -> None:
    item_nums = np.array([one.item_num for one in recommendations], dtype=np.int32)
    scores = engine.ranker.score_items(state, item_nums)
    for one, score in zip(recommendations, scores.tolist(), strict=True):
        rules = sum(e.amount for e in one.ledger.entries if e.evidence.kind is EvidenceKind.RULE)
        residual = abs(score + rules - one.ledger.score) / max(1.0, abs(score + rules))
        found.residual = max(found.residual, residual)
        found.n_recommendations += 1
        found.n_dropped += one.n_dropped
        found.n_specific += any(reason.claim.kind not in GENERAL for reason in one.reasons)


def _judge_counterfactuals(
    engine: Engine,
    state: ShopperState,
    recommendations: Sequence[Recommendation],
    config: ExplanationConfig,
    found: _Found,
) -> None:
    for one in recommendations:
        explanation = engine.explain(
            state, one.item_num, k=config.k, lang=config.lang, counterfactual=True
        )
        found.n_asked += 1
        counterfactual = explanation.counterfactual
        if counterfactual is None or not counterfactual.removed_items:
            continue
        found.valid.append(_leaves(engine, state, counterfactual, config.k, None))
        found.minimal.append(
            not any(
                _leaves(engine, state, counterfactual, config.k, kept)
                for kept in counterfactual.removed_items
            )
        )
        found.claimed_minimal.append(counterfactual.minimal)
        found.size.append(len(counterfactual.removed_items))


def _leaves(
    engine: Engine, state: ShopperState, found: Counterfactual, k: int, kept: int | None
) -> bool:
    """Whether the product leaves the list without the removed products, one of them kept."""
    if kept is not None and len(found.removed_items) == 1:
        return False  # putting the only one back is the list as it was
    removed = set(found.removed_items) - {kept}
    rows = [row for item in removed for row in state.rows_about(item)]
    return found.item_num not in engine.ranker.rank(state.without(rows), k=k).item_nums


def _document(found: _Found, n_shoppers: int, config: ExplanationConfig) -> dict[str, Any]:
    p50, p99 = np.quantile(found.latency_ms, [0.5, 0.99]).tolist() if found.latency_ms else (0, 0)
    return {
        "n_shoppers": n_shoppers,
        "k": config.k,
        "lang": config.lang,
        "n_recommendations": found.n_recommendations,
        "completeness_residual": found.residual,
        "specific_share": _share(found.n_specific, found.n_recommendations),
        "claims_dropped_per_recommendation": _share(found.n_dropped, found.n_recommendations),
        "n_counterfactuals_asked": found.n_asked,
        "n_counterfactuals_found": len(found.valid),
        "counterfactual_valid_share": _share(sum(found.valid), len(found.valid)),
        "counterfactual_minimal_share": _share(sum(found.minimal), len(found.minimal)),
        "counterfactual_proven_minimal_share": _share(
            sum(found.claimed_minimal), len(found.claimed_minimal)
        ),
        "counterfactual_mean_size": _share(sum(found.size), len(found.size)),
        "latency_p50_ms": p50,
        "latency_p99_ms": p99,
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
