"""The closed loop over several seeds: what the loop brings over the frozen system, with intervals.

Every seed is a shop of its own, with kinds of reason dealt out anew. The systems of one seed meet
the same visitors with the same luck, so differences are taken seed by seed; the interval of their
mean is Student's t, 95 %.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from youli import __version__
from youli.evaluate.calibration import calibration
from youli.testing.known_cause.config import KnownCauseConfig
from youli.testing.known_cause.simulate import simulate
from youli.testing.known_cause.tables import known_cause_shop
from youli.testing.reacting.config import ReactingConfig
from youli.testing.reacting.people import People
from youli.testing.reacting.rounds import Course, lists_moved, run
from youli.testing.reacting.system import Frozen, Loop, fit_shop
from youli.types import FloatArray, Progress, no_progress

__all__ = ["SERIES", "SYSTEMS", "Measured", "Outcome", "measure_loop", "run_seed"]

#: What is compared.
SYSTEMS: Final = ("frozen", "loop", "loop, spammed")
#: What is kept of every round, for plots.
SERIES: Final = (
    "satisfied", "net", "staying", "regret", "regret_uniform", "best_shown", "popularity", "gini",
    "unreliable",
)  # fmt: skip
#: "At the end" is so many last rounds, "at first" so many first ones.
_END: Final = 5
_ECE_BINS: Final = 10


@dataclass(frozen=True)
class Measured:
    """One question, its answer over the seeds, and what was to be reached."""

    name: str
    mean: float
    low: float
    high: float
    #: In words; `met` says whether the mean reaches it.
    goal: str
    met: bool

    @property
    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name, "mean": self.mean, "interval": [self.low, self.high],
            "goal": self.goal, "met": self.met,
        }  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """One seed: the course of every system, and what spam moved with limits and without."""

    courses: Mapping[str, Course]
    moved: tuple[float, float]


def measure_loop(
    config: ReactingConfig,
    seeds: Sequence[int],
    progress: Progress = no_progress,
    *,
    n_workers: int = 1,
) -> dict[str, Any]:
    """Run every system on every seed and say what came of it, as a JSON document.

    Seeds do not depend on each other: `n_workers` processes share them, and the result is the same.
    """
    settings = [config.model_copy(update={"seed": seed}) for seed in seeds]
    outcomes = []
    for done, one in enumerate(_run_all(settings, n_workers), start=1):
        outcomes.append(one)
        progress(f"{done} of {len(seeds)} shops", done / len(seeds))
    courses = {name: [one.courses[name] for one in outcomes] for name in SYSTEMS}
    return {
        "version": __version__,
        "simulated": True,
        "config": config.model_dump(mode="json", exclude={"seed"}),
        "seeds": list(seeds),
        "measures": [
            one.document for one in _measures(config, courses, [one.moved for one in outcomes])
        ],
        "rounds": {
            name: {series: _by_round(many, series) for series in SERIES if _has(many, series)}
            for name, many in courses.items()
        },
    }


def _run_all(settings: Sequence[ReactingConfig], n_workers: int) -> Iterator[Outcome]:
    if n_workers == 1:
        yield from map(run_seed, settings)
        return
    # Not forked: the parent may hold threads of the libraries that it has used.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_workers, mp_context=context) as pool:
        yield from pool.map(run_seed, settings)


def run_seed(config: ReactingConfig) -> Outcome:
    """Every system on one shop, with visitors of the same nature and luck."""
    made = simulate(
        KnownCauseConfig(
            n_shoppers=config.n_shoppers, n_products=config.n_products, confounding=0.8,
            seed=config.seed,
        )
    )  # fmt: skip
    ranker = fit_shop(known_cause_shop(made, photos=True))
    frozen = run(Frozen(config, made, ranker), People(config, made), config)
    loop = run(Loop(config, made, ranker), People(config, made), config)
    system = Loop(config, made, ranker)
    spammed = run(system, People(config, made), config, attacked=True)
    courses = dict(zip(SYSTEMS, (frozen, loop, spammed), strict=True))
    return Outcome(courses, lists_moved(system, config))


def _measures(
    config: ReactingConfig,
    courses: Mapping[str, Sequence[Course]],
    moved: Sequence[tuple[float, float]],
) -> list[Measured]:
    frozen, loop = courses["frozen"], courses["loop"]
    total = {name: np.array([sum(c.satisfied) for c in many]) for name, many in courses.items()}
    net = {name: np.array([sum(c.net) for c in many]) for name, many in courses.items()}
    before = min(config.mended_at, config.n_rounds) - 1
    trust = np.array([one.unreliable for one in loop])  # [n_seeds, n_rounds]
    limited, unlimited = np.array(moved).T
    gain = total["loop"] / total["frozen"] - 1.0
    gain_spammed = total["loop, spammed"] / total["frozen"] - 1.0
    regret = np.array([_at_end(c.regret) / _at_end(c.regret_uniform) for c in loop])
    rows = [
        _measured("satisfaction, loop over frozen", gain, "at least +0.10", low=0.10),
        _measured(
            "kept minus regretted a visitor, loop minus frozen",
            net["loop"] - net["frozen"], "above 0", low=0.0,
        ),
        _measured("regret of reasons at the end, of uniform's", regret, "at most 0.10", high=0.1),
        _ece(loop),
        _measured(
            "trust in the unreliable kind, until it is mended", trust[:, before] - trust[:, 0],
            "below 0", high=0.0,
        ),
        _measured(
            "the same, from then to the end", trust[:, -1] - trust[:, before], "above 0", low=0.0
        ),
    ]  # fmt: skip
    for name in ("popularity", "gini"):
        grown = np.array([_grown(getattr(c, name)) for c in loop])
        usual = np.array([_grown(getattr(c, name)) for c in frozen])
        rows.append(_not_more(f"growth of {name}, loop minus frozen", grown - usual))
    rows += [
        _measured(
            "satisfaction with spam, loop over frozen", gain_spammed, "at least +0.10", low=0.10
        ),
        _measured(
            "places of others' lists that spam moves at a refit", limited, "at most 0.10", high=0.1
        ),
        _measured("the same without limits on accounts", unlimited, "for comparison"),
        _measured(
            "satisfaction lost to spam", 1.0 - total["loop, spammed"] / total["loop"],
            "for comparison",
        ),
    ]  # fmt: skip
    return rows


def _ece(loop: Sequence[Course]) -> Measured:
    """Over all seeds' purchases together, for one seed has too few for ten bins; the interval is
    that of leaving out one seed at a time (jackknife).
    """

    def of(courses: Sequence[Course]) -> float:
        believed = np.concatenate([np.array(one.believed) for one in courses])
        truth = np.concatenate([np.array(one.came_true) for one in courses])
        return calibration(believed, truth, _ECE_BINS).ece

    n, pooled, half = len(loop), of(loop), math.inf
    if n > 1:
        left = np.array([of([c for c in loop if c is not one]) for one in loop])
        half = _t(n) * math.sqrt((n - 1) / n * float(((left - left.mean()) ** 2).sum()))
    n_purchases = sum(len(one.believed) for one in loop)
    return Measured(
        f"ECE of trust against {n_purchases:,} purchases", pooled, max(0.0, pooled - half),
        pooled + half, "at most 0.05", pooled <= 0.05,
    )  # fmt: skip


def _measured(
    name: str,
    values: FloatArray,
    goal: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
) -> Measured:
    mean, half = _interval(values)
    return Measured(name, mean, mean - half, mean + half, goal, low <= mean <= high)


def _not_more(name: str, values: FloatArray) -> Measured:
    """What must not grow: it is not clearly above nothing."""
    mean, half = _interval(values)
    return Measured(name, mean, mean - half, mean + half, "not clearly above 0", mean - half <= 0.0)


def _interval(values: FloatArray) -> tuple[float, float]:
    """Mean and half the width of its interval; infinite for a single seed."""
    n = len(values)
    half = _t(n) * float(np.std(values, ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    return float(np.mean(values)), half


def _t(n: int) -> float:
    """Student's t for 95 %, n - 1 degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.975)) if n > 1 else math.inf


def _at_end(values: Sequence[float]) -> float:
    return float(np.nanmean(values[-_END:]))


def _grown(values: Sequence[float]) -> float:
    return _at_end(values) - float(np.nanmean(values[:_END]))


def _by_round(many: Sequence[Course], series: str) -> list[float]:
    found = np.nanmean(np.array([getattr(one, series) for one in many]), axis=0)
    return [float(one) for one in found]


def _has(many: Sequence[Course], series: str) -> bool:
    """Whether a system has such numbers at all: a frozen one chooses no reasons and trusts none."""
    return bool(np.isfinite(np.array([getattr(one, series) for one in many])).all()) and all(
        getattr(one, series) for one in many
    )
