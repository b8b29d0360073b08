"""Deletion and insertion: what becomes of a score, and of a place, along an explanation's order.

All take a `Probe`, which asks the model, and an order of the players, most important first.
"""

from __future__ import annotations

import math

import numpy as np

from youli.explain.attribution.probe import Probe
from youli.types import IntArray

__all__ = ["deletion", "insertion", "is_worth_explaining", "neg_at", "pos_at", "steps"]

#: Less than this part of max(1, |score|) is no worth that could be shared out.
_LEAST_WORTH = 0.01
#: Steps in which all evidence is taken away; the number used by CFExpRec.
_N_STEPS = 10


def is_worth_explaining(probe: Probe) -> bool:
    """Whether the history lifts the product at all: by more than 1 % of max(1, |score|)."""
    worth = probe.full.score - probe.empty.score
    return worth > _LEAST_WORTH * max(1.0, abs(probe.full.score))


def deletion(probe: Probe, order: IntArray, q: int) -> float:
    """DEL@q: the part of the score that is kept without the first q past products; lower is better.

        (score without them − score without any) / (score − score without any)

    Between 0 and 1 (cut there, so that no case outweighs the others); NaN where the history does
    not lift the product (`is_worth_explaining`); 0 where there are no more than q.
    After Petsiuk et al. 2018 (RISE) at fixed sizes, as in Baklanov et al. 2025.
    """
    return _kept(probe, probe.without(order[:q].tolist()).score)


def insertion(probe: Probe, order: IntArray, q: int) -> float:
    """INS@q: the same with the first q past products alone; higher is better."""
    return _kept(probe, probe.only(order[:q].tolist()).score)


def pos_at(probe: Probe, order: IntArray) -> float:
    """POS@T: how often the product is still listed while evidence goes, most important first.

    Evidence is taken away in ten growing parts (fewer where there are fewer past products), each
    time the product is in the list of k or not; the mean. Lower is better. NaN without a history
    or where the product was not listed. After LXR (Barkan et al. 2024) as CFExpRec counts it.
    """
    return _still_listed(probe, order)


def neg_at(probe: Probe, order: IntArray) -> float:
    """NEG@T: the same, least important first; higher is better."""
    return _still_listed(probe, order[::-1])


def steps(n: int) -> list[int]:
    """How many past products are gone at each step: ten about equal parts of n, none empty."""
    parts = np.full(_N_STEPS, n // _N_STEPS)
    parts[: n % _N_STEPS] += 1
    return [int(size) for size in np.cumsum(parts[parts > 0])]


def _kept(probe: Probe, score: float) -> float:
    if not is_worth_explaining(probe):
        return math.nan
    base = probe.empty.score
    return float(np.clip((score - base) / (probe.full.score - base), 0.0, 1.0))


def _still_listed(probe: Probe, order: IntArray) -> float:
    if not len(order) or probe.full.rank > probe.k:
        return math.nan
    removals = [order[:size].tolist() for size in steps(len(order))]
    probe.prepare(removals)
    return float(np.mean([probe.without(one).rank <= probe.k for one in removals]))
