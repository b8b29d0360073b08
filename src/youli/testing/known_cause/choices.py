"""One purchase of many shoppers: a pure function of what they bought and of given random numbers.

Every possible cause has a random key of its own, and so has every past purchase and every product
that it leads to; the largest key among what is possible wins (Gumbel-max). What a shopper bought
can therefore be changed and the same numbers used again: taking away what was not the cause
changes nothing, taking away the cause changes the purchase. That is the structural meaning of
"cause" here (Pearl 2009, ch. 7).

Taking a past purchase away takes its influence: the product stays bought, and what is bought is
not bought again except to replenish.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.testing.known_cause.config import CAUSES, FROM_PAST, Cause, KnownCauseConfig
from youli.testing.known_cause.world import N_PERIODS, PERIOD_DAYS, World
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["BLOCK", "Choice", "Draws", "Moment", "choose", "draw", "supporters"]

#: Shoppers whose numbers are drawn together; a shopper's numbers do not depend on how many follow.
BLOCK = 2048
_N_TRIES = 8
#: A product runs out after about its rhythm: it is bought again within this part of it.
_DUE = (0.8, 1.6)
_CHANCE = CAUSES.index(Cause.CHANCE)


@dataclass(frozen=True)
class Draws:
    """The random numbers of one purchase, a row a shopper; nothing in them depends on a choice."""

    cause: FloatArray  # [n, n_causes]
    event: FloatArray  # [n, n_past]
    item: FloatArray  # [n, n_partners]
    trend: FloatArray  # [n, n_trending]
    bargain: FloatArray  # [n, n_bargains]
    chance: FloatArray  # [n, tries], uniform
    is_noise: BoolArray  # [n]


@dataclass(frozen=True)
class Moment:
    """What shoppers know when they buy: past products int32 [n, n_past] and their days, now.

    ``sensitive`` says who looks at prices; ``owned`` bool [n, n_products].
    """

    past: IntArray
    day: FloatArray
    now: FloatArray
    sensitive: BoolArray
    owned: BoolArray


@dataclass(frozen=True)
class Choice:
    """What is bought and why, a row a shopper.

    ``item`` and ``cause`` int32; ``event`` int32, the past purchase that caused it, -1 where none
    did; ``possible`` bool [n, n_causes], what could have been a cause.
    """

    item: IntArray
    cause: IntArray
    event: IntArray
    possible: BoolArray


def draw(config: KnownCauseConfig, world: World, block: int, n_past: int) -> Draws:
    """The numbers of a block of shoppers for the purchase after `n_past` others."""
    rng = np.random.default_rng([config.seed, 1, block, n_past])
    return Draws(
        cause=rng.gumbel(size=(BLOCK, len(CAUSES))),
        event=rng.gumbel(size=(BLOCK, n_past)),
        item=rng.gumbel(size=(BLOCK, config.n_partners)),
        trend=rng.gumbel(size=(BLOCK, world.trending.shape[1])),
        bargain=rng.gumbel(size=(BLOCK, len(world.bargains))),
        chance=rng.random((BLOCK, _N_TRIES)),
        is_noise=rng.random(BLOCK) < config.noise,
    )


def choose(
    config: KnownCauseConfig, world: World, moment: Moment, draws: Draws, heard: BoolArray
) -> Choice:
    """What everybody buys; past purchases that are not `heard` (bool [n, n_past]) say nothing."""
    n, n_past = moment.past.shape
    lag = np.arange(n_past - 1, -1, -1) / config.recency
    keys = draws.event - lag
    possible = np.zeros((n, len(CAUSES)), dtype=bool)
    item = np.full((n, len(CAUSES)), -1, dtype=np.int32)
    event = np.full((n, len(CAUSES)), -1, dtype=np.int32)
    for at, cause in enumerate(FROM_PAST):
        if not config.share(cause) or not n_past:
            continue
        if cause is Cause.REPLENISH:
            leads = _due(world, moment, heard)
        else:
            partners = world.partners[cause][moment.past]  # [n, n_past, n_partners]
            owned = moment.owned[np.arange(n)[:, None, None], partners]
            open_ = (partners >= 0) & heard[:, :, None] & np.logical_not(owned)
            leads = np.asarray(open_.any(axis=2))
        possible[:, at] = leads.any(axis=1)
        event[:, at] = np.where(leads, keys, -np.inf).argmax(axis=1)
        rows = np.arange(n)
        if cause is Cause.REPLENISH:
            item[:, at] = moment.past[rows, event[:, at]]
        else:
            mine = open_[rows, event[:, at]]
            best = np.where(mine, draws.item, -np.inf).argmax(axis=1)
            item[:, at] = partners[rows, event[:, at], best]
    for cause, options, numbers, may in (
        (Cause.PRICE, world.bargains[None], draws.bargain, moment.sensitive),
        (Cause.TREND, world.trending[_period(moment.now)], draws.trend, np.ones(n, dtype=bool)),
    ):
        at = CAUSES.index(cause)
        possible[:, at], item[:, at] = _listed(moment, options, numbers)
        possible[:, at] &= may
    possible[:, _CHANCE] = True
    item[:, _CHANCE] = _by_chance(world, moment, draws)
    code = _code(config, draws, possible)
    rows = np.arange(n)
    return Choice(item[rows, code], code, event[rows, code], possible)


def supporters(world: World, moment: Moment, cause: IntArray, item: IntArray) -> BoolArray:
    """Past purchases each of which could have been that cause of that product, [n, n_past]."""
    found = np.zeros(moment.past.shape, dtype=bool)
    for code, one in enumerate(FROM_PAST):
        mine = np.flatnonzero(cause == code)
        if one is Cause.REPLENISH:
            found[mine] = moment.past[mine] == item[mine, None]
        else:
            leads = world.partners[one][moment.past[mine]] == item[mine, None, None]
            found[mine] = leads.any(axis=2)
    return found


def _due(world: World, moment: Moment, heard: BoolArray) -> BoolArray:
    """The last purchase of a product that has run out, bool [n, n_past]."""
    n_past = moment.past.shape[1]
    rhythm = world.rhythm_days[moment.past]
    waited = (moment.now[:, None] - moment.day) / np.where(rhythm > 0.0, rhythm, np.inf)
    due: BoolArray = heard & (waited >= _DUE[0]) & (waited <= _DUE[1])
    for at in range(n_past - 1):
        again = (moment.past[:, at + 1 :] == moment.past[:, at, None]) & heard[:, at + 1 :]
        due[:, at] &= ~again.any(axis=1)
    return due


def _listed(moment: Moment, options: IntArray, numbers: FloatArray) -> tuple[BoolArray, IntArray]:
    """The best of some products that is not owned yet, and whether there is one."""
    rows = np.arange(len(moment.now))
    options = np.broadcast_to(options, numbers[: len(rows)].shape)
    open_ = np.logical_not(moment.owned[rows[:, None], options])
    best = np.where(open_, numbers, -np.inf).argmax(axis=1)
    return np.asarray(open_.any(axis=1)), np.asarray(options[rows, best])


def _by_chance(world: World, moment: Moment, draws: Draws) -> IntArray:
    """By popularity; the first of some tries that is not owned yet."""
    rows = np.arange(len(moment.now))
    edges = np.cumsum(world.weight)
    tried = np.minimum(np.searchsorted(edges, draws.chance), len(edges) - 1).astype(np.int32)
    first = (~moment.owned[rows[:, None], tried]).argmax(axis=1)
    return np.asarray(tried[rows, first])


def _code(config: KnownCauseConfig, draws: Draws, possible: BoolArray) -> IntArray:
    share = np.array([config.share(cause) for cause in CAUSES])
    with np.errstate(divide="ignore"):
        keys = np.where(possible, np.log(share) + draws.cause, -np.inf)
    keys[:, _CHANCE] = -np.inf
    code = np.where(np.isfinite(keys).any(axis=1), keys.argmax(axis=1), _CHANCE)
    return np.where(draws.is_noise, _CHANCE, code).astype(np.int32)


def _period(day: FloatArray) -> IntArray:
    return (day // PERIOD_DAYS).astype(np.int64) % N_PERIODS
