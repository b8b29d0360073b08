"""Shoppers who buy one product after the other, and the truth about every purchase."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from youli.testing.known_cause.choices import (
    BLOCK,
    Draws,
    Moment,
    choose,
    draw,
    supporters,
)
from youli.testing.known_cause.config import CAUSES, FROM_PAST, Cause, KnownCauseConfig
from youli.testing.known_cause.world import World, build_world
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["Purchases", "simulate"]

_FIRST_DAYS = 120.0
#: Purchases of one shopper are at least this far apart, so that their order is their time.
_LEAST_GAP_DAYS = 0.01


@dataclass(frozen=True)
class Purchases:
    """All purchases, by shopper and then in time, and why each was made.

    ``user_num item_num position cause event`` int32: the shopper, the product, the place among the
    shopper's purchases, the place in `CAUSES`, and the position of the past purchase that caused
    it (-1 where none did); ``day`` float64; ``supports`` uint32, bit p is set where the purchase
    at position p could by itself have been this cause; ``possible`` uint16, bit c is set where
    cause c was possible; ``anyway`` bool, made again, for another cause, when all that supports it
    is taken away; ``is_noise`` bool. ``sensitive`` bool [n_shoppers].
    """

    config: KnownCauseConfig
    world: World
    user_num: IntArray
    item_num: IntArray
    position: IntArray
    day: FloatArray
    cause: IntArray
    event: IntArray
    supports: IntArray
    possible: IntArray
    anyway: BoolArray
    is_noise: BoolArray
    sensitive: BoolArray

    def __len__(self) -> int:
        return len(self.item_num)

    @cached_property
    def indptr(self) -> IntArray:
        """Where each shopper's purchases start, int64 [n_shoppers + 1]."""
        counts = np.bincount(self.user_num, minlength=self.config.n_shoppers)
        return np.concatenate([[0], np.cumsum(counts)])

    def of_cause(self, cause: Cause) -> BoolArray:
        """Which purchases have that cause, bool [n]."""
        return np.asarray(self.cause == CAUSES.index(cause))

    @property
    def is_from_past(self) -> BoolArray:
        """Which were made because of past purchases, and would not have been made without them."""
        return np.asarray((self.cause < len(FROM_PAST)) & ~self.anyway)

    def positions(self, row: int) -> IntArray:
        """Positions of the past purchases that support a purchase."""
        bits = int(self.supports[row])
        return np.array(
            [p for p in range(int(self.position[row])) if bits >> p & 1], dtype=np.int64
        )

    def buy_again(self, row: int, without: IntArray) -> tuple[int, Cause]:
        """What the shopper buys in that place, the same numbers drawn, if some past purchases
        (positions) had said nothing: the product and its cause.
        """
        user, n_past = int(self.user_num[row]), int(self.position[row])
        mine = slice(row - n_past, row)
        block, place = divmod(user, BLOCK)
        draws = _rows(draw(self.config, self.world, block, n_past), np.array([place]))
        owned = np.zeros((1, self.config.n_products), dtype=bool)
        owned[0, self.item_num[mine]] = True
        moment = Moment(
            self.item_num[mine][None], self.day[mine][None], self.day[row : row + 1],
            self.sensitive[user : user + 1], owned,
        )  # fmt: skip
        heard = np.ones((1, n_past), dtype=bool)
        heard[0, without] = False
        choice = choose(self.config, self.world, moment, draws, heard)
        return int(choice.item[0]), CAUSES[int(choice.cause[0])]


def simulate(config: KnownCauseConfig | None = None) -> Purchases:
    """Let everybody buy; decided by the settings alone."""
    config = KnownCauseConfig() if config is None else config
    world = build_world(config)
    parts = [_block(config, world, block) for block in range(-(-config.n_shoppers // BLOCK))]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Purchases(config=config, world=world, **joined)


def _block(config: KnownCauseConfig, world: World, block: int) -> dict[str, np.ndarray]:
    """All purchases of a block of shoppers, sorted."""
    first = block * BLOCK
    n = min(BLOCK, config.n_shoppers - first)
    rng = np.random.default_rng([config.seed, 2, block])
    length = 2 + rng.poisson(config.mean_purchases - 2.0, BLOCK)[:n]
    length = np.minimum(length, config.max_purchases)
    sensitive = (rng.random(BLOCK) < config.sensitive_share)[:n]
    gaps = _LEAST_GAP_DAYS + rng.exponential(config.gap_days, (BLOCK, config.max_purchases))[:n]
    gaps[:, 0] += (rng.random(BLOCK) * _FIRST_DAYS)[:n]
    days = np.cumsum(gaps, axis=1)
    past = np.zeros((n, config.max_purchases), dtype=np.int32)
    owned = np.zeros((n, config.n_products), dtype=bool)
    found: dict[str, list[np.ndarray]] = {}
    for at in range(int(length.max())):
        who = np.flatnonzero(length > at)
        moment = Moment(past[who, :at], days[who, :at], days[who, at], sensitive[who], owned[who])
        draws = _rows(draw(config, world, block, at), who)
        rows = _one(config, world, moment, draws)
        past[who, at] = rows["item_num"]
        owned[who, rows["item_num"]] = True
        rows |= {
            "user_num": (first + who).astype(np.int32),
            "position": np.full(len(who), at, dtype=np.int32),
            "day": days[who, at],
            "is_noise": draws.is_noise,
        }
        for name, values in rows.items():
            found.setdefault(name, []).append(values)
    joined = {name: np.concatenate(values) for name, values in found.items()}
    order = np.lexsort((joined["position"], joined["user_num"]))
    return {name: values[order] for name, values in joined.items()} | {"sensitive": sensitive}


def _one(
    config: KnownCauseConfig, world: World, moment: Moment, draws: Draws
) -> dict[str, np.ndarray]:
    """One purchase of everybody, and whether it would have been made without its cause."""
    n, n_past = moment.past.shape
    heard = np.ones((n, n_past), dtype=bool)
    choice = choose(config, world, moment, draws, heard)
    support = supporters(world, moment, choice.cause, choice.item)
    without = choose(config, world, moment, draws, heard & ~support)
    bits = np.left_shift(np.uint32(1), np.arange(n_past, dtype=np.uint32))
    causes = np.left_shift(np.uint16(1), np.arange(len(CAUSES), dtype=np.uint16))
    return {
        "item_num": choice.item,
        "cause": choice.cause,
        "event": choice.event,
        "supports": (support * bits).sum(axis=1).astype(np.uint32),
        "possible": (choice.possible * causes).sum(axis=1).astype(np.uint16),
        "anyway": support.any(axis=1) & (without.item == choice.item),
    }


def _rows(draws: Draws, who: IntArray) -> Draws:
    return Draws(
        draws.cause[who], draws.event[who], draws.item[who], draws.trend[who],
        draws.bargain[who], draws.chance[who], draws.is_noise[who],
    )  # fmt: skip
