"""Would it be shown? The checks of `youli.explain.checks`, put to the explanations of any model.

A claim is "because you had A": one past product of the chosen set with its amount. The ledger's
reasons are shown only where all checks pass; the *yield* is the share of a method's claims that
would pass the same ones. It is the price of a model that is no sum of parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from youli.explain.attribution.base import Attribution
from youli.explain.attribution.claims import check_claims
from youli.explain.attribution.probe import Probe
from youli.types import IntArray

__all__ = ["Yield", "abstains", "claims_that_pass"]


@dataclass(frozen=True, slots=True)
class Yield:
    """Shares of one explanation's claims, NaN where it makes none.

    ``same``: completeness, deletion by the very amount, and sufficiency, as for the ledger.
    ``amount``: the same without completeness: each claim is true, but they need not add up.
    ``direction``: the weaker claim that it helped: the score falls without it, and it alone lifts
    the product above a shopper without a history. ``covered``: 1 where at least one passes
    ``same``, and ``covered_direction`` likewise; 0 where there is no claim.
    """

    same: float
    amount: float
    direction: float
    covered: float
    covered_direction: float


def claims_that_pass(probe: Probe, attribution: Attribution, chosen: IntArray) -> Yield:
    """Check every claim by scoring again; tolerances are those of the served reasons."""
    if not len(chosen):
        return Yield(math.nan, math.nan, math.nan, 0.0, 0.0)
    checked = check_claims(probe, attribution, chosen)
    by_amount, direction = checked.n_by_amount, checked.n_by_direction
    same = by_amount if checked.is_complete else 0
    n = len(chosen)
    return Yield(same / n, by_amount / n, direction / n, float(same > 0), float(direction > 0))


def abstains(chosen: IntArray) -> float:
    """1 where a method names no past product at all: it has no positive amount."""
    return float(not len(chosen))
