"""Which of a product's checked reasons is shown: Thompson sampling among checked ones only.

What a shown reason earns is taken apart by a linear model with forgetting,

    reward = place + Σ of what reasons were at hand + kind + kind in the shopper's group + noise

because products for which a kind is at hand are better or worse by themselves, and lists change
over time: means by kind alone would credit the reason with the product. The kinds' effects are
normal a posteriori (Agrawal and Goyal 2013); each is compared with the mean of those at hand, one
number is drawn for each, and the highest is shown. The reward is satisfaction after use minus
over-persuasion (`records.rewards`), never the click. With probability `floor` one is drawn with
equal chances instead, so that every checked reason has a propensity of at least floor / n and logs
can be judged (`off_policy`).

The propensity is not estimated by drawing: P(c is highest) = ∫ f_c(x) Π_{d≠c} F_d(x) dx is summed
on a grid; `highest_probability` states its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError
from youli.explain.types import ClaimKind, Reason
from youli.feedback.additive import Additive
from youli.feedback.records import Shown
from youli.feedback.trust import Trust
from youli.types import FloatArray

__all__ = ["ChoiceConfig", "Chosen", "Plan", "ReasonChooser", "highest_probability"]

_GRID = 1024


class ChoiceConfig(BaseModel):
    """How reasons are chosen and how trust limits them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    floor: float = Field(default=0.02, ge=0.0, le=1.0)
    """Probability of drawing any of the allowed reasons alike."""
    boldness: float = Field(default=0.5, gt=0.0, le=1.0)
    """Share of the deviation that is drawn with; 1 is Thompson's own, which tries longer than a
    shop that forgets can repay."""
    trial: float = Field(default=0.1, ge=0.0, le=1.0)
    """The same while it is off, so that what it would choose can be judged from the log."""
    half_life_days: float = Field(default=90.0, gt=0.0)
    """After so many days what was earned counts half."""
    cap: float = Field(default=60.0, gt=0.0)
    """At most so many choices of one shopper count in full; further ones count ever less."""
    least_trust: float = Field(default=0.35, ge=0.0, le=1.0)
    """A kind of reason trusted surely less than this is not shown where another one is left."""
    second_trust: float = Field(default=0.6, ge=0.0, le=1.0)
    """A second reason is said only where both kinds are trusted this far."""
    exploration: float = Field(default=0.1, ge=0.0, le=1.0)
    """The most of a list that may be given to trying other products."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What trust lets be said to one shopper, before any reason is chosen."""

    #: Kinds that may be shown.
    allowed: frozenset[ClaimKind]
    #: 1 or 2.
    n_reasons: int
    #: Least share of a score that a reason must stand for: the less trust, the stronger it must be.
    least_share: float
    #: Share of the list that may be given to trying other products.
    exploration: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """The reasons to show, and the probabilities that a log needs to be judged by."""

    reasons: tuple[Reason, ...]
    #: With which the first was chosen.
    propensity: float
    #: With which the chooser, switched on, would have chosen it, as of now.
    target: float
    #: Of every kind that might have been chosen, in the order of the options; they sum to 1.
    propensities: Mapping[ClaimKind, float]
    #: What trust kept out.
    left_out: tuple[ClaimKind, ...] = ()


class ReasonChooser:
    """Learns which kinds of reason serve which shoppers; not safe to change from many threads.

    Until `is_on` the first option, the strongest, is shown as without it, but for a few trials; it
    learns all the same.
    """

    def __init__(self, config: ChoiceConfig | None = None, *, is_on: bool = True) -> None:
        self.config = ChoiceConfig() if config is None else config
        self.is_on = is_on
        self._model = Additive(self.config.half_life_days)
        self._n_of: dict[str, float] = {}

    def learn(self, shown: Shown, reward: float, *, heard: float = 1.0) -> None:
        """Count what one shown reason earned, in [-1, 1], at the weight `heard` of its account."""
        if shown.reason is None:
            return
        if not -1.0 <= reward <= 1.0:
            raise InputError(
                "a reward lies between -1 and 1", value=reward, hint="use records.rewards"
            )
        n = self._n_of.get(shown.user_id, 0.0) + 1.0
        self._n_of[shown.user_id] = n
        around = [f"place {shown.rank}", *(f"at hand {kind}" for kind in shown.options)]
        self._model.add(
            around,
            _effects(shown.reason, shown.group),
            reward,
            weight=heard * min(1.0, self.config.cap / n),
            at=shown.timestamp,
        )

    def plan(
        self,
        user_id: str,
        kinds: Sequence[ClaimKind],
        trust: Trust | None,
        *,
        group: str = "",
        now: int,
    ) -> Plan:
        """What trust lets be said; without `trust` everything that is checked."""
        if trust is None:
            return Plan(frozenset(kinds), 2, 0.0, self.config.exploration)
        beliefs = {kind: trust.of(user_id, kind, group=group, now=now) for kind in kinds}
        allowed = [
            kind
            for kind, one in beliefs.items()
            if not one.is_surely_below(self.config.least_trust)
        ]
        if not allowed and kinds:  # something is said all the same: what is trusted most
            allowed = [max(kinds, key=lambda kind: beliefs[kind].trust)]
        trusted = sorted((beliefs[kind].trust for kind in allowed), reverse=True)
        best = trusted[0] if trusted else self.config.second_trust
        n_reasons = 2 if len(trusted) > 1 and trusted[1] >= self.config.second_trust else 1
        # Who trusts little is not experimented on; who trusts much, the more the less is known.
        unsure = 1.0 / (1.0 + sum(one.n_own for one in beliefs.values()) / 10.0)
        return Plan(
            frozenset(allowed), n_reasons, 0.25 * (1.0 - best),
            self.config.exploration * best * (0.5 + 0.5 * unsure),
        )  # fmt: skip

    def choose(
        self,
        user_id: str,
        options: Sequence[Reason],
        rng: np.random.Generator,
        *,
        group: str = "",
        now: int,
        trust: Trust | None = None,
    ) -> Chosen:
        """Choose among a product's checked reasons, strongest first; one option a kind.

        Raises `InputError` without options: what to say then is not the chooser's business.
        """
        if not options:
            raise InputError(
                "there is no checked reason to choose from",
                value=0,
                hint="show the product with what can be said of it at all times: its popularity",
            )
        kinds = [one.claim.kind for one in options]
        plan = self.plan(user_id, kinds, trust, group=group, now=now)
        open_ = [one for one in options if one.claim.kind in plan.allowed]
        left_out = tuple(kind for kind in kinds if kind not in plan.allowed)
        kinds = [one.claim.kind for one in open_]
        target = self.propensities(kinds, group=group)
        propensities = target
        if not self.is_on:
            propensities = np.full(len(open_), self.config.trial / len(open_))
            propensities[0] += 1.0 - self.config.trial
        at = int(rng.choice(len(open_), p=propensities))
        rest = [one for place, one in enumerate(open_) if place != at]
        return Chosen(
            (open_[at], *rest[: plan.n_reasons - 1]),
            float(propensities[at]),
            float(target[at]),
            dict(zip(kinds, propensities.tolist(), strict=True)),
            left_out,
        )

    def propensities(self, kinds: Sequence[ClaimKind], *, group: str = "") -> FloatArray:
        """The probability of showing each of some kinds, float64 [len(kinds)]; sums to 1."""
        mean, deviation = self.effects(kinds, group=group)
        best = highest_probability(mean, self.config.boldness * deviation)
        return np.asarray((1.0 - self.config.floor) * best + self.config.floor / len(kinds))

    def effects(
        self, kinds: Sequence[ClaimKind], *, group: str = ""
    ) -> tuple[FloatArray, FloatArray]:
        """What each kind is believed to earn beyond the mean of all of them, and the deviations."""
        return self._model.contrasts([_effects(kind, group) for kind in kinds])

    def forget(self, user_id: str) -> None:
        """Drop what is kept of one shopper by name; sums over everybody are of nobody."""
        self._n_of.pop(user_id, None)

    @property
    def document(self) -> dict[str, Any]:
        """Everything learned, as JSON."""
        return {"is_on": self.is_on, "model": self._model.document, "n_of": dict(self._n_of)}

    @classmethod
    def of_document(
        cls, document: Mapping[str, Any], config: ChoiceConfig | None = None
    ) -> ReasonChooser:
        """The chooser again; `InputError` where it is no such document."""
        try:
            chooser = cls(config, is_on=bool(document["is_on"]))
            chooser._model = Additive.of_document(document["model"], chooser.config.half_life_days)
            chooser._n_of = {str(user): float(n) for user, n in document["n_of"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                "this is no record of choices",
                value=str(error),
                hint="use one that `document` wrote",
            ) from error
        return chooser


def _effects(kind: ClaimKind, group: str) -> list[str]:
    """Names of a kind's effects: everybody's, and that of the group where one is known."""
    return [f"kind {kind}", f"kind {kind} in {group}"] if group else [f"kind {kind}"]


def highest_probability(mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """P(each of some independent normal variables is the highest), float64 [n]; sums to 1.

    Each is summed over its own curve, so a narrow one is met as well as a wide one. What others add
    may be as sharp as a step, which a grid of width h misses by φ(0)·h/2 at most: .0032.
    """
    from scipy.special import ndtr  # a tenth of a second that a plain list need not pay

    if len(mean) == 1:
        return np.ones(1)
    z = np.linspace(-8.0, 8.0, _GRID)
    density = np.exp(-0.5 * z * z)
    x = mean[:, None] + deviation[:, None] * z  # [n, grid]
    below = ndtr((x[:, None, :] - mean[None, :, None]) / deviation[None, :, None])
    places = np.arange(len(mean))
    below[places, places] = 1.0  # [n, n, grid]: none is below itself
    weight = below.prod(axis=1) @ density
    return np.asarray(weight / weight.sum())
