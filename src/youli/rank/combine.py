"""Learn one number for each basis of each channel, listwise, on held-out choices.

For a case with candidates C and targets T ⊂ C, with x(i) the vector of all bases:

    loss = - 1/|T| · Σ_{t ∈ T} log softmax_{i ∈ C}(w · x(i))_t  +  l2 · Σ_b (w_b · sd_b)²

(Cao et al. 2007, ListNet with a uniform target). It is convex in w; history bases are kept ≥ 0, so
that a past product never speaks against what it leads to. C are the best of every channel, what
was chosen, and some products at random that stand for all the rest: each of them counts in the
softmax as often as there are such products for each drawn. Without that, popular products would be
alternatives far more often than others, and popularity would be learned to speak against a product.

The loss spends itself on targets that no list of ten will reach, so its minimum is where a second
step starts: one coefficient at a time is halved, doubled, dropped or added while NDCG@10 of the
same cases rises (coordinate ascent, Metzler and Croft 2007).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from youli.channels.base import Channel, Coefficients
from youli.data.shop import Shop
from youli.data.split import Case
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.parallel import thread_map
from youli.rank.ascent import ascend
from youli.rank.ranker import top
from youli.types import BoolArray, FloatArray, IntArray, Progress, no_progress

__all__ = ["CombineConfig", "Learned", "learn_coefficients"]


#: A standardised weight below this share of the largest is dropped: it costs, and moves nothing.
_IDLE = 0.003


class CombineConfig(BaseModel):
    """How the coefficients are learned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_cases: int | None = None
    """At most so many held-out cases, drawn at random; None takes 4,000 in a shop of 12,000
    products and fewer, down to 1,000, in a larger one, where each takes longer."""
    n_best: int = 60
    """Candidates that each channel proposes for a case."""
    n_random: int = 100
    """Candidates drawn at random for a case."""
    max_targets: int = 4
    """At most so many targets of one case, drawn at random."""
    l2: float = 1e-3
    """Strength of the pull of each standardised coefficient towards zero."""
    max_iterations: int = 200
    """Bound on the optimiser's steps."""
    n_rounds: int = 5
    """Rounds of coordinate ascent on NDCG@10; 0 leaves the minimum of the loss."""

    def cases_for(self, n_items: int) -> int:
        """How many cases to learn from in a shop of so many products."""
        if self.n_cases is not None:
            return self.n_cases
        return int(np.clip(48_000_000 // max(n_items, 1), 1000, 4000))


@dataclass(frozen=True)
class Learned:
    """The coefficients, and how well they order the held-out cases' candidates."""

    coefficients: dict[str, Coefficients]
    loss: float
    ndcg: float
    n_cases: int
    n_candidates: int

    @property
    def summary(self) -> dict[str, float]:
        """How it went, for reports."""
        return {
            "loss": self.loss,
            "validation_ndcg@10_of_candidates": self.ndcg,
            "n_cases": self.n_cases,
            "n_candidates": self.n_candidates,
        }


@dataclass(frozen=True)
class _Table:
    """All cases' candidates in one table.

    ``features`` float32 [n_bases, n_rows]; ``start`` int64 [n_cases], first row of each case;
    ``target`` float64 [n_rows], 1/|T| on what was chosen, else 0; ``log_stands_for`` float64
    [n_rows], log of how many products a row stands for.
    """

    features: FloatArray
    start: IntArray
    target: FloatArray
    log_stands_for: FloatArray

    @property
    def sizes(self) -> IntArray:
        """Candidates of each case, int64 [n_cases]."""
        return np.diff(np.append(self.start, len(self.target)))


@dataclass(frozen=True)
class _Candidates:
    """One case's candidates: int32, bool and float64 [n_candidates]."""

    state: ShopperState
    item_nums: IntArray
    is_target: BoolArray
    stands_for: FloatArray


def learn_coefficients(
    shop: Shop,
    channels: Mapping[str, Channel],
    cases: Sequence[Case],
    *,
    config: CombineConfig,
    repeats: bool,
    seed: int,
    progress: Progress = no_progress,
) -> Learned:
    """Fit the coefficients on cases that the channels were not fitted on.

    `shop` holds the histories of the cases; `repeats` says whether products that were bought
    before may be candidates again. Then cases are asked without them, too: what comes back is so
    much easier to tell that nothing would be learned about what is new.

    Raises `NotEnoughDataError` where no case has a target that may be a candidate.
    """
    questions = _questions(cases, config.cases_for(shop.interactions.n_items), repeats=repeats)

    def asked(number: int) -> tuple[_Candidates, FloatArray] | None:
        rng = np.random.default_rng([seed, number])
        found = _candidates(shop, channels, *questions[number], config, rng)
        if found is None:
            return None
        bases = [channel.bases(found.state, found.item_nums) for channel in channels.values()]
        return found, np.concatenate(bases).astype(np.float32)  # [n_bases, n_candidates]

    parts, targets, stands_for = [], [], []
    for number, answer in enumerate(thread_map(asked, range(len(questions)))):
        progress("learning the weights", 0.9 * number / len(questions))
        if answer is not None:
            found, bases = answer
            parts.append(bases)
            targets.append(found.is_target / found.is_target.sum())
            stands_for.append(found.stands_for)
    if not parts:
        raise NotEnoughDataError(
            "every held-out choice is a product that its shopper had bought before, and those are "
            "not recommended",
            value=len(cases),
            hint="set repeats to include (YOULI_FIT__REPEATS=include), or give a longer log",
        )
    sizes = [part.shape[1] for part in parts]
    table = _Table(
        features=np.concatenate(parts, axis=1),
        start=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
        target=np.concatenate(targets),
        log_stands_for=np.log(np.concatenate(stands_for)),
    )
    parts.clear()
    scale = table.features.std(axis=1).astype(np.float64)
    scale[scale == 0.0] = 1.0
    table.features[:] /= scale.astype(np.float32)[:, None]
    lower = _lower_bounds(channels)
    weights, loss = _minimise(table, lower, config)
    weights, ndcg = ascend(
        table.features, table.start, table.target, weights, lower, n_rounds=config.n_rounds
    )
    weights[np.abs(weights) < _IDLE * np.abs(weights).max()] = 0.0
    progress("learning the weights", 1.0)
    return Learned(
        _by_channel(channels, weights / scale), loss, ndcg, len(sizes), len(table.target)
    )


def _questions(cases: Sequence[Case], n_most: int, *, repeats: bool) -> list[tuple[Case, bool]]:
    """The cases, each with whether what was bought before may be a candidate.

    Both ways where the shop repeats, taking turns where that would be too many questions.
    """
    if not repeats:
        return [(case, False) for case in cases]
    if 2 * len(cases) <= n_most:
        return [(case, may_repeat) for case in cases for may_repeat in (True, False)]
    return [(case, number % 2 == 0) for number, case in enumerate(cases)]


def _candidates(
    shop: Shop,
    channels: Mapping[str, Channel],
    case: Case,
    may_repeat: bool,
    config: CombineConfig,
    rng: np.random.Generator,
) -> _Candidates | None:
    """Draw a case's candidates; None where nothing that was chosen may be one."""
    state = case.state(shop)
    eligible = np.ones(shop.interactions.n_items, dtype=bool)
    if not may_repeat:
        eligible[state.bought] = False
    chosen = case.targets[eligible[case.targets]]
    if len(chosen) == 0:
        return None
    if len(chosen) > config.max_targets:
        chosen = rng.choice(chosen, config.max_targets, replace=False)
    best = [chosen]
    for channel in channels.values():
        scores = channel.score(state, np.ones(len(channel.basis_names)))
        if scores is not None:
            best.append(top(scores, eligible, config.n_best))
    # What was chosen too, but left out above, is neither a target nor an alternative.
    eligible[case.targets] = False
    eligible[chosen] = True
    hard = np.unique(np.concatenate(best))
    hard = hard[eligible[hard]]
    eligible[hard] = False
    others = np.flatnonzero(eligible)
    drawn = rng.choice(others, min(config.n_random, len(others)), replace=False)
    return _Candidates(
        state=state,
        item_nums=np.concatenate([hard, drawn]).astype(np.int32),
        is_target=np.concatenate([np.isin(hard, chosen), np.zeros(len(drawn), dtype=bool)]),
        stands_for=np.repeat([1.0, len(others) / max(len(drawn), 1)], [len(hard), len(drawn)]),
    )


def _minimise(table: _Table, lower: FloatArray, config: CombineConfig) -> tuple[FloatArray, float]:
    """The weights with the least loss, float64 [n_bases], and that loss."""
    features, sizes = table.features, table.sizes

    def loss_and_gradient(weights: FloatArray) -> tuple[float, FloatArray]:
        scores = (weights.astype(np.float32) @ features) + table.log_stands_for
        scores -= np.repeat(np.maximum.reduceat(scores, table.start), sizes)
        total = np.add.reduceat(np.exp(scores), table.start)
        log_share = scores - np.repeat(np.log(total), sizes)
        error = (np.exp(log_share) - table.target) / len(sizes)
        loss = -float(table.target @ log_share) / len(sizes)
        gradient = (features @ error.astype(np.float32)).astype(np.float64)
        return (
            loss + config.l2 * float(weights @ weights),
            gradient + 2.0 * config.l2 * weights,
        )

    from scipy.optimize import minimize  # half a second to import, and a server never fits

    result = minimize(
        loss_and_gradient,
        np.where(lower == 0.0, 0.1, 0.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(low, None) for low in lower],
        options={"maxiter": config.max_iterations},
    )
    return result.x, float(result.fun)


def _lower_bounds(channels: Mapping[str, Channel]) -> FloatArray:
    return np.concatenate(
        [
            np.full(len(channel.basis_names), -np.inf if channel.signed else 0.0)
            for channel in channels.values()
        ]
    )


def _by_channel(channels: Mapping[str, Channel], weights: FloatArray) -> dict[str, Coefficients]:
    ends = np.cumsum([len(channel.basis_names) for channel in channels.values()])
    return dict(zip(channels, np.split(weights, ends[:-1]), strict=True))
