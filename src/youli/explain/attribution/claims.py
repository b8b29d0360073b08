"""What an attribution claims of a shopper's past, and what the model says when it is asked again.

A claim is "because you had A": one past product of the chosen set. Every explanation of a model
without a ledger goes through here before it is shown, and `youli bench explain` counts with the
same code how many claims pass: the *yield*, the price of a model that is no sum of parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from youli.explain.attribution.base import Attribution
from youli.explain.attribution.probe import Probe
from youli.explain.checks import TOLERANCE
from youli.types import IntArray

__all__ = ["CheckedClaim", "CheckedClaims", "check_claims", "chosen_set", "completeness_residual"]

#: What a set has to hold of the positive amounts, and how many products it may name.
_SHARE, _MOST = 0.8, 5


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """One past product (a place among the players), what is claimed of it, and what was measured.

    ``measured`` is what the score loses without it; ``alone`` what it lifts the score by above a
    shopper without a history. `by_amount`: the claimed amount is what was measured, and alone it
    lifts. `by_direction`: the score falls without it, and alone it lifts.
    """

    player: int
    amount: float
    measured: float
    alone: float
    by_amount: bool
    by_direction: bool


@dataclass(frozen=True, slots=True)
class CheckedClaims:
    """All claims of one explanation; ``residual`` is NaN where amounts are no parts of a score."""

    claims: tuple[CheckedClaim, ...]
    residual: float

    @property
    def is_complete(self) -> bool:
        """Whether the amounts add up to the score."""
        return self.residual <= TOLERANCE

    @property
    def n_by_amount(self) -> int:
        """Claims whose amount holds."""
        return sum(one.by_amount for one in self.claims)

    @property
    def n_by_direction(self) -> int:
        """Claims of which at least the direction holds."""
        return sum(one.by_direction for one in self.claims)


def check_claims(probe: Probe, attribution: Attribution, chosen: IntArray) -> CheckedClaims:
    """Score again without each of the chosen past products, and with each alone.

    Tolerances are those of the served reasons.
    """
    tolerance = TOLERANCE * max(1.0, abs(probe.full.score))
    probe.prepare([*([one] for one in chosen.tolist())])
    found = []
    for one in chosen.tolist():
        measured = probe.full.score - probe.without([one]).score
        alone = probe.only([one]).score - probe.empty.score
        amount = float(attribution.amounts[one])
        is_amount = attribution.in_score_units and abs(measured - amount) <= tolerance
        found.append(
            CheckedClaim(
                one, amount, measured, alone,
                by_amount=alone > 0.0 and is_amount,
                by_direction=alone > 0.0 and measured > tolerance,
            )
        )  # fmt: skip
    return CheckedClaims(tuple(found), completeness_residual(probe, attribution))


def chosen_set(attribution: Attribution) -> IntArray:
    """The one explanation that is judged: places of players, largest amount first.

    The positive amounts until four fifths of their sum are reached, at most five; empty where no
    amount is positive. It looks at nothing but the amounts, so no measure can be favoured.
    """
    order = attribution.order
    positive = order[attribution.amounts[order] > 0.0]
    sums = np.cumsum(attribution.amounts[positive])
    if not len(sums):
        return positive
    enough = int(np.searchsorted(sums, _SHARE * sums[-1] * (1.0 - 1e-12))) + 1
    return positive[: min(enough, _MOST)]


def completeness_residual(probe: Probe, attribution: Attribution) -> float:
    """|score − base − Σ amounts| / max(1, |score|); NaN where amounts are no parts of a score.

    The score is asked again here; the base is what the method says it is (`numbers["base"]`), and
    that of a shopper without a history where it says nothing.
    """
    if not attribution.in_score_units:
        return math.nan
    base = attribution.numbers.get("base", probe.empty.score)
    score = probe.full.score
    return abs(score - base - attribution.total) / max(1.0, abs(score))
