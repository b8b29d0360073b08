"""Experiments: who sees what, what came of it, and what is known so far.

- *Assignment* is stable and needs no table: a keyed hash of experiment and shopper.
- *Exposure* is logged where somebody really saw an arm; who was only assigned does not count.
- *One outcome a shopper*: whoever comes back is the same draw again, so only the first outcome of a
  shopper counts, and intervals stay those of independent draws.
- *Always valid*: intervals hold at every look (`youli.feedback.sequential`), so an experiment may
  be watched and stopped. Each arm has half of α, so the difference is covered.
- *Guardrails* are further measures; one that is surely worse than allowed stops the experiment.
- *Interleaving* mixes two lists for one shopper by team draft (Radlinski, Kurup and Joachims 2008).
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from youli.errors import InputError
from youli.feedback.sequential import AlwaysValid, Interval

__all__ = [
    "Experiment",
    "ExperimentConfig",
    "Guardrail",
    "Interleaved",
    "Known",
    "Status",
    "assign",
    "interleave",
]

Product = TypeVar("Product")
_HASH_BITS = 53
#: Below this chance the arms' sizes do not fit the shares: something loses shoppers of one arm.
_LEAST_CHANCE = 1e-3


class Status(StrEnum):
    """How an experiment stands."""

    RUNNING = "running"
    BETTER = "better"
    WORSE = "worse"
    STOPPED = "stopped"  # by a guardrail


class Guardrail(BaseModel):
    """A measure that must not fall by more than an allowance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str = Field(min_length=1)
    """What is measured; higher is better."""
    allowed_fall: float = Field(default=0.0, ge=0.0)
    """The treatment may lie so far below the control."""
    low: float = 0.0
    """The least value of the measure."""
    high: float = 1.0
    """Its greatest value."""


class ExperimentConfig(BaseModel):
    """One comparison of two ways of doing something."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64)
    """Goes into the hash: the same shopper gets other arms in other experiments."""
    arms: tuple[str, str] = ("control", "treatment")
    """What is compared, the usual way first."""
    share: float = Field(default=0.5, gt=0.0, lt=1.0)
    """Share of shoppers who get the second arm."""
    measure: str = "satisfaction"
    """What decides; higher is better."""
    low: float = 0.0
    """The least value of the measure."""
    high: float = 1.0
    """Its greatest value."""
    alpha: float = Field(default=0.05, gt=0.0, lt=1.0)
    """Chance that an interval is ever wrong."""
    guardrails: tuple[Guardrail, ...] = ()
    """What must not suffer meanwhile; each has its own alpha."""

    @model_validator(mode="after")
    def _distinct(self) -> ExperimentConfig:
        names = [self.measure, *(one.measure for one in self.guardrails)]
        if len(set(names)) < len(names) or self.arms[0] == self.arms[1]:
            raise ValueError("arms and measures have names of their own")
        return self


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one measure: second arm minus first."""

    measure: str
    means: tuple[float, float]
    n: tuple[int, int]
    difference: float
    interval: Interval


def assign(key: bytes, config: ExperimentConfig, user_id: str) -> str:
    """The arm of a shopper: the same at every request, on every machine that has the key."""
    message = f"{config.name}\x00{user_id}".encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    share = (int.from_bytes(digest[:8], "big") >> (64 - _HASH_BITS)) / 2.0**_HASH_BITS
    return config.arms[1] if share < config.share else config.arms[0]


class Experiment:
    """The log of one experiment; not safe to change from several threads at once."""

    def __init__(self, config: ExperimentConfig) -> None:
        self.config = config
        self._exposed: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()
        ranges = {config.measure: (config.low, config.high)}
        ranges |= {one.measure: (one.low, one.high) for one in config.guardrails}
        self._means = {
            (measure, arm): AlwaysValid(config.alpha / 2.0, low=low, high=high)
            for measure, (low, high) in ranges.items()
            for arm in config.arms
        }

    def expose(self, user_id: str, arm: str) -> None:
        """Note that a shopper saw an arm; `InputError` for one who saw the other."""
        if arm not in self.config.arms:
            raise InputError(
                f"experiment {self.config.name} has no such arm", value=arm,
                hint=f"it has {' and '.join(self.config.arms)}",
            )  # fmt: skip
        if self._exposed.setdefault(user_id, arm) != arm:
            raise InputError(
                "a shopper sees one arm only", value=arm, hint="take the arm that `assign` gives"
            )

    def outcome(self, user_id: str, measure: str, value: float) -> bool:
        """Count one outcome, and whether it counted: whoever was exposed counts once a measure.

        Raises `InputError` for a measure that the experiment does not have or a value out of range.
        """
        arm = self._exposed.get(user_id)
        if (measure, self.config.arms[0]) not in self._means:
            raise InputError(
                f"experiment {self.config.name} does not measure this", value=measure,
                hint=f"it measures {', '.join(sorted({name for name, _ in self._means}))}",
            )  # fmt: skip
        if arm is None or (user_id, measure) in self._seen or self.status is Status.STOPPED:
            return False
        self._means[measure, arm].add(value)
        self._seen.add((user_id, measure))
        return True

    def known(self, measure: str) -> Known:
        """What is known of one measure so far."""
        first, second = (self._means[measure, arm] for arm in self.config.arms)
        (low_1, high_1), (low_2, high_2) = first.interval, second.interval
        return Known(
            measure,
            (first.mean, second.mean),
            (first.n, second.n),
            second.mean - first.mean,
            (low_2 - high_1, high_2 - low_1),
        )

    @property
    def status(self) -> Status:
        """How it stands; a guardrail goes before everything else."""
        for guardrail in self.config.guardrails:
            if self.known(guardrail.measure).interval[1] < -guardrail.allowed_fall:
                return Status.STOPPED
        low, high = self.known(self.config.measure).interval
        return Status.BETTER if low > 0.0 else Status.WORSE if high < 0.0 else Status.RUNNING

    @property
    def n_exposed(self) -> dict[str, int]:
        """Shoppers who saw each arm."""
        arms = list(self._exposed.values())
        return {arm: arms.count(arm) for arm in self.config.arms}

    @property
    def is_balanced(self) -> bool:
        """Whether the arms' sizes fit the shares (two-sided normal test, chance of .001)."""
        n_first, n_second = self.n_exposed.values()
        n, share = n_first + n_second, self.config.share
        if not n:
            return True
        z = abs(n_second - n * share) / math.sqrt(n * share * (1.0 - share))
        return math.erfc(z / math.sqrt(2.0)) >= _LEAST_CHANCE

    @property
    def document(self) -> dict[str, Any]:
        """What a page says of it; every number with its interval."""
        measures = [self.config.measure, *(one.measure for one in self.config.guardrails)]
        rows = []
        for measure in measures:
            found = self.known(measure)
            rows.append(
                {
                    "measure": measure,
                    "means": dict(zip(self.config.arms, found.means, strict=True)),
                    "n": dict(zip(self.config.arms, found.n, strict=True)),
                    "difference": found.difference,
                    "interval": list(found.interval),
                }
            )
        return {
            "name": self.config.name,
            "status": self.status.value,
            "exposed": self.n_exposed,
            "balanced": self.is_balanced,
            "confidence": 1.0 - self.config.alpha,
            "measures": rows,
        }


@dataclass(frozen=True)
class Interleaved:
    """One list made of two; ``team`` says whose product each is, 0 or 1."""

    items: tuple[Any, ...]
    team: tuple[int, ...]

    def preference(self, chosen: Sequence[Any]) -> float:
        """1 where the second list's products were chosen more often, 0 where less, 1/2 if alike."""
        wins = [0, 0]
        teams: Mapping[Any, int] = dict(zip(self.items, self.team, strict=True))
        for one in chosen:
            if one in teams:
                wins[teams[one]] += 1
        return 0.5 if wins[0] == wins[1] else float(wins[1] > wins[0])


def interleave(
    first: Sequence[Product], second: Sequence[Product], k: int, rng: np.random.Generator
) -> Interleaved:
    """Mix two lists by team draft: who picked less picks next, a coin where both picked alike."""
    lists = (tuple(first), tuple(second))
    items: list[Product] = []
    team: list[int] = []
    while len(items) < k:
        left = [[one for one in many if one not in items] for many in lists]
        if not left[0] and not left[1]:
            break
        n_second = sum(team)
        n_first = len(team) - n_second
        turn = int(n_second < n_first) if n_first != n_second else int(rng.integers(2))
        if not left[turn]:
            turn = 1 - turn
        items.append(left[turn][0])
        team.append(turn)
    return Interleaved(tuple(items), tuple(team))
