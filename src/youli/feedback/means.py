"""Means by kind of reason, for a shopper, their group and everybody: each level leans on the next.

    mean(level) = (s · mean(next level) + total) / (s + n),   s = min(strength, s + n of the next)

n and total are of the level's own observations and halve in `half_life_days`. A level takes the
next one for at most its `strength`, and never for more than that one has seen itself. What others
are told of a shopper is bounded: at most `cap` observations, and only from `k` other shoppers on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError
from youli.explain.types import ClaimKind

__all__ = ["Mean", "Means", "MeansConfig"]

_DAY_S = 86_400.0
_EVERYBODY = ""
#: Fewer observations than this are what rounding left of none.
_ROUNDING = 1e-9


class MeansConfig(BaseModel):
    """How far levels lean on each other, and how fast observations fade."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strength_all: float = Field(default=4.0, gt=0.0)
    """The prior counts as so many observations of everybody."""
    strength_group: float = Field(default=10.0, gt=0.0)
    """What everybody's observations say counts as at most so many of a group."""
    strength_shopper: float = Field(default=10.0, gt=0.0)
    """What the group's observations say counts as at most so many of a shopper."""
    half_life_days: float = Field(default=60.0, gt=0.0)
    """After so many days an observation counts half."""
    k: int = Field(default=5, ge=1)
    """Others speak only where there are so many of them."""
    cap: float = Field(default=10.0, gt=0.0)
    """At most so many observations of one shopper go into what others are told."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean as one shopper's level sees it."""

    mean: float
    #: Observations behind it, those of the levels above included.
    n: float
    #: The shopper's own that still count.
    n_own: float
    #: Other shoppers behind it; 0 where they were fewer than k.
    n_others: int


@dataclass(slots=True)
class _Sum:
    """Observations and their total, as of `at`."""

    n: float = 0.0
    total: float = 0.0
    at: int = 0


@dataclass(slots=True)
class _Shared:
    """A group's sum and how many shoppers are in it."""

    sum: _Sum = field(default_factory=_Sum)
    n_shoppers: int = 0


@dataclass(slots=True)
class _Own:
    """One shopper's sum, what of it may be told to others, and the part that they are told."""

    group: str
    sum: _Sum = field(default_factory=_Sum)
    heard: _Sum = field(default_factory=_Sum)
    given: _Sum = field(default_factory=_Sum)


class Means:
    """Sums of observations by kind of reason; not safe to change from several threads at once."""

    def __init__(self, prior: float, config: MeansConfig) -> None:
        self.prior = prior
        self.config = config
        self._own: dict[tuple[ClaimKind, str], _Own] = {}
        self._shared: dict[tuple[ClaimKind, str], _Shared] = {}

    def add(
        self,
        user_id: str,
        group: str,
        reason: ClaimKind,
        *,
        n: float,
        total: float,
        at: int,
        heard: float = 1.0,
    ) -> None:
        """Count one observation of weight `n`, of which others are told the share `heard`.

        A shopper stays in the group they were first in.
        """
        key = reason, user_id
        was_heard = key in self._own and self._own[key].given.n > 0.0
        own = self._own.setdefault(key, _Own(group))
        own.sum = self._plus(own.sum, _Sum(n, total, at))
        own.heard = self._plus(own.heard, _Sum(heard * n, heard * total, at))
        most = min(1.0, self.config.cap / own.heard.n) if own.heard.n else 0.0
        given = _Sum(most * own.heard.n, most * own.heard.total, own.heard.at)
        for name in {_EVERYBODY, own.group}:
            shared = self._shared.setdefault((reason, name), _Shared())
            shared.sum = self._plus(self._plus(shared.sum, own.given, -1.0), given)
            shared.n_shoppers += int(given.n > 0.0) - int(was_heard)
        own.given = given

    def of(self, user_id: str, group: str, reason: ClaimKind, *, now: int) -> Mean:
        """The mean for one shopper; somebody never seen is their group."""
        config = self.config
        own = self._own.get((reason, user_id))
        mean, n, n_others = self.prior, config.strength_all, 0
        levels = [(_EVERYBODY, config.strength_all), (group, config.strength_group)]
        for name, strength in levels if group else levels[:1]:
            found, n_shoppers = self._others(reason, name, own, now)
            if n_shoppers >= config.k:
                mean, n = _leaning(mean, min(strength, n), found)
                n_others = n_shoppers
        mine = self._faded(own.sum, now) if own else _Sum()
        mean, n = _leaning(mean, min(config.strength_shopper, n), mine)
        return Mean(mean, n, mine.n, n_others)

    def forget(self, user_id: str) -> None:
        """Drop everything of one shopper, their part of what others are told included."""
        for key in [key for key in self._own if key[1] == user_id]:
            own = self._own.pop(key)
            for name in {_EVERYBODY, own.group}:
                shared = self._shared[key[0], name]
                shared.sum = self._plus(shared.sum, own.given, -1.0)
                shared.n_shoppers -= int(own.given.n > 0.0)

    def carried(self, share: float) -> Means:
        """A copy in which everything counts by a share of itself."""

        def part(one: _Sum) -> _Sum:
            return _Sum(share * one.n, share * one.total, one.at)

        copy = Means(self.prior, self.config)
        copy._own = {
            key: _Own(own.group, part(own.sum), part(own.heard), part(own.given))
            for key, own in self._own.items()
        }
        copy._shared = {
            key: _Shared(part(one.sum), one.n_shoppers) for key, one in self._shared.items()
        }
        return copy

    @property
    def document(self) -> dict[str, Any]:
        """Everything, as JSON."""

        def row(one: _Sum) -> list[float]:
            return [one.n, one.total, one.at]

        return {
            "own": [
                [kind.value, user, own.group, row(own.sum), row(own.heard), row(own.given)]
                for (kind, user), own in self._own.items()
            ],
            "shared": [
                [kind.value, name, one.n_shoppers, row(one.sum)]
                for (kind, name), one in self._shared.items()
            ],
        }

    def load(self, document: Mapping[str, Any]) -> None:
        """Take over what `document` gave; `InputError` where it is no such document."""

        def sums(row: list[float]) -> _Sum:
            n, total, at = row
            return _Sum(float(n), float(total), int(at))

        try:
            own = {
                (ClaimKind(kind), str(user)): _Own(str(group), sums(mine), sums(heard), sums(given))
                for kind, user, group, mine, heard, given in document["own"]
            }
            shared = {
                (ClaimKind(kind), str(name)): _Shared(sums(row), int(n_shoppers))
                for kind, name, n_shoppers, row in document["shared"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "this is no record of what was observed",
                value=str(error),
                hint="use one that `document` wrote",
            ) from error
        self._own, self._shared = own, shared

    def _others(self, reason: ClaimKind, name: str, own: _Own | None, now: int) -> tuple[_Sum, int]:
        """A group's sum and size without the shopper who asks."""
        shared = self._shared.get((reason, name))
        if shared is None:
            return _Sum(), 0
        found = self._faded(shared.sum, now)
        if own is None or name not in {_EVERYBODY, own.group}:
            return found, shared.n_shoppers
        others = shared.n_shoppers - int(own.given.n > 0.0)
        return self._plus(found, own.given, -1.0), others

    def _faded(self, one: _Sum, now: int) -> _Sum:
        share = 2.0 ** (-max(0, now - one.at) / _DAY_S / self.config.half_life_days)
        return _Sum(share * one.n, share * one.total, max(now, one.at))

    def _plus(self, one: _Sum, other: _Sum, sign: float = 1.0) -> _Sum:
        """The sum of both as of the later; taking away leaves no less than nothing."""
        at = max(one.at, other.at)
        a, b = self._faded(one, at), self._faded(other, at)
        n = a.n + sign * b.n
        if n <= _ROUNDING:
            return _Sum(at=at)
        return _Sum(n, a.total + sign * b.total, at)


def _leaning(mean: float, strength: float, found: _Sum) -> tuple[float, float]:
    n = strength + found.n
    return (strength * mean + found.total) / n, n
