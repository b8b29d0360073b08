"""How far a shopper may trust each kind of reason, as far as what happened tells.

    t = (s · t(others) + good) / (s + good + w · bad)          w: bad experience weighs more

A Beta estimate with forgetting, for a shopper, their group and everybody (`youli.feedback.means`).
`t` is careful by intent: with w = 2 one disappointment outweighs two good experiences. The
*probability* of a good experience is what the same counts say without w,

    p = w·t / (1 + (w - 1)·t)

and p is what is held against later behaviour (calibration). Trust is kept for each model version:
a new one starts from what is known, with `carry_over` of the counts.

Beta reputation with forgetting is that of Jøsang and Ismail (2002); that bad experience weighs more
is Slovic's (1993) asymmetry of trust; the levels and w are ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError
from youli.explain.types import ClaimKind
from youli.feedback.means import Means, MeansConfig
from youli.feedback.records import Experience

__all__ = ["Belief", "Moved", "Trust", "TrustConfig"]

#: What moved a shopper's trust is kept for showing, so far back.
_N_MOVED = 20
#: Share of a belief's distribution outside its bounds, on each side.
_TAIL = 0.05


class TrustConfig(BaseModel):
    """How trust is counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prior: float = Field(default=0.7, gt=0.0, lt=1.0)
    """Probability of a good experience before anything is known."""
    bad_weight: float = Field(default=2.0, ge=1.0)
    """How many good experiences one bad one outweighs."""
    carry_over: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of the counts that a new model version starts with."""
    means: MeansConfig = MeansConfig(
        strength_group=20.0, strength_shopper=20.0, half_life_days=30.0
    )
    """How shoppers lean on others, and how fast experiences fade."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of one kind of reason for one shopper: a Beta distribution of t."""

    #: t above: careful, falls faster than it rises.
    trust: float
    #: p above: the calibrated probability of a good experience.
    probability: float
    #: Experiences behind it, bad ones weighing more, those of others included.
    n: float
    #: The shopper's own, likewise.
    n_own: float
    #: Other shoppers behind it; 0 where they were fewer than k.
    n_others: int

    @property
    def bounds(self) -> tuple[float, float]:
        """The middle nine tenths of the distribution of t."""
        from scipy.special import betaincinv  # a tenth of a second that few requests need pay

        a, b = self.n * self.trust, self.n * (1.0 - self.trust)
        return float(betaincinv(a, b, _TAIL)), float(betaincinv(a, b, 1.0 - _TAIL))

    def is_surely_below(self, level: float) -> bool:
        """Whether the upper bound lies below a level."""
        return self.trust < level and self.bounds[1] < level


@dataclass(frozen=True, slots=True)
class Moved:
    """One experience, and what it did to a shopper's trust."""

    timestamp: int
    reason: ClaimKind
    was_good: bool
    before: float
    after: float


class Trust:
    """Trust of all shoppers in the reasons of the model version that serves.

    Not safe to change from several threads at once. `document` and `of_document` are for storing.
    """

    def __init__(self, model_version: str, config: TrustConfig | None = None) -> None:
        self.model_version = model_version
        self.config = TrustConfig() if config is None else config
        good, bad = self.config.prior, self.config.bad_weight * (1.0 - self.config.prior)
        self._means = Means(good / (good + bad), self.config.means)
        self._moved: dict[str, deque[Moved]] = {}

    def observe(self, one: Experience) -> None:
        """Count one experience; one with another model's reasons counts by `carry_over`."""
        share = 1.0 if one.model_version == self.model_version else self.config.carry_over
        before = self.of(one.user_id, one.reason, group=one.group, now=one.timestamp).trust
        self._means.add(
            one.user_id,
            one.group,
            one.reason,
            n=share * (1.0 if one.was_good else self.config.bad_weight),
            total=share * one.was_good,
            at=one.timestamp,
            heard=one.heard,
        )
        after = self.of(one.user_id, one.reason, group=one.group, now=one.timestamp).trust
        moved = self._moved.setdefault(one.user_id, deque(maxlen=_N_MOVED))
        moved.append(Moved(one.timestamp, one.reason, one.was_good, before, after))

    def observe_all(self, many: Iterable[Experience]) -> None:
        """Count experiences in the order of their time."""
        for one in sorted(many, key=lambda experience: experience.timestamp):
            self.observe(one)

    def of(self, user_id: str, reason: ClaimKind, *, group: str = "", now: int) -> Belief:
        """What is believed for one shopper at a moment; somebody never seen is their group."""
        found = self._means.of(user_id, group, reason, now=now)
        w = self.config.bad_weight
        probability = w * found.mean / (1.0 + (w - 1.0) * found.mean)
        return Belief(found.mean, probability, found.n, found.n_own, found.n_others)

    def moved_by(self, user_id: str) -> tuple[Moved, ...]:
        """The latest experiences of a shopper and what each did, newest last."""
        return tuple(self._moved.get(user_id, ()))

    def forget(self, user_id: str) -> None:
        """Drop everything of one shopper, their part of what others are told included."""
        self._means.forget(user_id)
        self._moved.pop(user_id, None)

    def next_version(self, model_version: str) -> Trust:
        """Trust in the reasons of a new model: what is known, at `carry_over` of its weight."""
        after = Trust(model_version, self.config)
        after._means = self._means.carried(self.config.carry_over)
        after._moved = {user: deque(many, maxlen=_N_MOVED) for user, many in self._moved.items()}
        return after

    @property
    def document(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "model_version": self.model_version,
            "means": self._means.document,
            "moved": {
                user: [[m.timestamp, m.reason.value, m.was_good, m.before, m.after] for m in many]
                for user, many in self._moved.items()
            },
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any], config: TrustConfig | None = None) -> Trust:
        """Trust again, equal in every belief; `InputError` where it is no such document."""
        try:
            trust = cls(str(document["model_version"]), config)
            trust._means.load(document["means"])
            for user, many in document["moved"].items():
                moved = (Moved(at, ClaimKind(kind), good, b, a) for at, kind, good, b, a in many)
                trust._moved[user] = deque(moved, maxlen=_N_MOVED)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                "this is no record of trust", value=str(error), hint="use one that `document` wrote"
            ) from error
        return trust
