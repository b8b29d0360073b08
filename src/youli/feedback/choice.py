"""Which of a product's checked reasons is shown: Thompson sampling among checked ones only.

For each kind of reason the mean reward of a shopper's group is believed to be normal,

    reward(g, c) ~ N( mean, σ² / n )          (Thompson 1933; Agrawal and Goyal 2013)

with σ² the variance of all rewards so far. One number is drawn for each checked reason, and the
highest is shown. The reward is satisfaction after use minus over-persuasion (`records.rewards`),
never the click. With probability `floor` one is drawn with equal chances instead, so that every
checked reason has a propensity of at least floor / n and logs can be judged (`off_policy`).

The propensity is not estimated by drawing: P(c is highest) = ∫ f_c(x) Π_{d≠c} F_d(x) dx is summed
on a grid, and the propensities are scaled to add up to 1; the sum before is off by less than 1e-4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError
from youli.explain.types import ClaimKind, Reason
from youli.feedback.means import Means, MeansConfig
from youli.feedback.records import Shown
from youli.feedback.trust import Trust
from youli.types import FloatArray

__all__ = ["ChoiceConfig", "Chosen", "Plan", "ReasonChooser", "highest_probability"]

_GRID = 512
#: Rewards before any is known: nothing earned, and a spread of half the range.
_PRIOR_MEAN, _PRIOR_VARIANCE, _PRIOR_WEIGHT = 0.0, 0.25, 4.0


class ChoiceConfig(BaseModel):
    """How reasons are chosen and how trust limits them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    floor: float = Field(default=0.02, ge=0.0, le=1.0)
    """Probability of drawing any of the allowed reasons alike."""
    trial: float = Field(default=0.1, ge=0.0, le=1.0)
    """The same while it is off, so that what it would choose can be judged from the log."""
    means: MeansConfig = MeansConfig(strength_all=2.0, strength_group=20.0, strength_shopper=1e6)
    """How rewards of groups lean on everybody's; one shopper tells too little to be told apart."""
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
        self._means = Means(_PRIOR_MEAN, self.config.means)
        self._n = self._sum = self._squares = 0.0

    def learn(self, shown: Shown, reward: float) -> None:
        """Count what one shown reason earned, in [-1, 1]."""
        if shown.reason is None:
            return
        if not -1.0 <= reward <= 1.0:
            raise InputError(
                "a reward lies between -1 and 1", value=reward, hint="use records.rewards"
            )
        self._means.add(
            shown.user_id, shown.group, shown.reason, n=1.0, total=reward, at=shown.timestamp
        )
        self._n += 1.0
        self._sum += reward
        self._squares += reward * reward

    @property
    def variance(self) -> float:
        """The variance of a reward, leaning on a prior until some are known."""
        mean = self._sum / self._n if self._n else 0.0
        spread = self._squares - self._n * mean * mean
        return (spread + _PRIOR_WEIGHT * _PRIOR_VARIANCE) / (self._n + _PRIOR_WEIGHT)

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
            kind for kind, one in beliefs.items() if one.bounds[1] >= self.config.least_trust
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
        target = self.propensities(user_id, kinds, group=group, now=now)
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

    def propensities(
        self, user_id: str, kinds: Sequence[ClaimKind], *, group: str = "", now: int
    ) -> FloatArray:
        """The probability of showing each of some kinds, float64 [len(kinds)]; sums to 1."""
        found = [self._means.of(user_id, group, kind, now=now) for kind in kinds]
        mean = np.array([one.mean for one in found])
        deviation = np.sqrt(self.variance / np.array([one.n for one in found]))
        best = highest_probability(mean, deviation)
        return np.asarray((1.0 - self.config.floor) * best + self.config.floor / len(kinds))

    def expected(
        self, user_id: str, kind: ClaimKind, *, group: str = "", now: int
    ) -> tuple[float, float]:
        """The believed mean reward of a kind and its standard deviation."""
        found = self._means.of(user_id, group, kind, now=now)
        return found.mean, float(np.sqrt(self.variance / found.n))

    def forget(self, user_id: str) -> None:
        """Drop what one shopper taught; the pooled variance is of nobody and stays."""
        self._means.forget(user_id)

    @property
    def document(self) -> dict[str, Any]:
        """Everything learned, as JSON."""
        sums = [self._n, self._sum, self._squares]
        return {"is_on": self.is_on, "means": self._means.document, "sums": sums}

    @classmethod
    def of_document(
        cls, document: Mapping[str, Any], config: ChoiceConfig | None = None
    ) -> ReasonChooser:
        """The chooser again; `InputError` where it is no such document."""
        try:
            chooser = cls(config, is_on=bool(document["is_on"]))
            chooser._means.load(document["means"])
            chooser._n, chooser._sum, chooser._squares = map(float, document["sums"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "this is no record of choices",
                value=str(error),
                hint="use one that `document` wrote",
            ) from error
        return chooser


def highest_probability(mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """P(each of some independent normal variables is the highest), float64 [n]; sums to 1."""
    from scipy.special import ndtr  # a tenth of a second that a plain list need not pay

    if len(mean) == 1:
        return np.ones(1)
    low, high = (mean - 8.0 * deviation).min(), (mean + 8.0 * deviation).max()
    # The narrowest curve must be met by the grid: below so many points a deviation it is widened.
    deviation = np.maximum(deviation, (high - low) / _GRID * 2.0)
    x = np.linspace(low, high, _GRID)
    z = (x - mean[:, None]) / deviation[:, None]  # [n, grid]
    density = np.exp(-0.5 * z * z) / deviation[:, None]
    below = ndtr(z)
    others = np.array([np.delete(below, at, axis=0).prod(axis=0) for at in range(len(mean))])
    weight = (density * others).sum(axis=1)
    return np.asarray(weight / weight.sum())
