"""The explanation as a set of past products: chosen from amounts alone, then judged as it is."""

from __future__ import annotations

import math

import numpy as np

from youli.explain.attribution.probe import Probe
from youli.types import FloatArray, IntArray

__all__ = [
    "explanation_size",
    "gini",
    "necessity",
    "necessity_of_list",
    "necessity_of_ranks",
]


def explanation_size(chosen: IntArray) -> float:
    """How many past products the explanation names; smaller is easier to read."""
    return float(len(chosen))


def necessity(probe: Probe, chosen: IntArray) -> float:
    """PN-S of a product: 1 where it leaves the list when the explanation is taken away.

    NaN where it was not listed; 0 for an empty explanation. As CFExpRec defines it for an item,
    after the probability of necessity of CountER (Tan et al. 2021).
    """
    if probe.full.rank > probe.k:
        return math.nan
    return float(probe.without(chosen.tolist()).rank > probe.k)


def necessity_of_list(probe: Probe, chosen: IntArray) -> float:
    """PN-S of a list: the share of its places taken by products that were not in it before."""
    before, after = set(probe.full.listed), probe.without(chosen.tolist()).listed
    return sum(one not in before for one in after) / max(len(after), 1)


def necessity_of_ranks(probe: Probe, chosen: IntArray) -> float:
    """PN-R of a list: the same with places discounted as in NDCG, so that the first counts most.

    Σ over new products of 1 / log2(1 + place), divided by the sum over all places.
    """
    before, after = set(probe.full.listed), probe.without(chosen.tolist()).listed
    discount = 1.0 / np.log2(np.arange(2, len(after) + 2))
    new = np.array([one not in before for one in after])
    return float(discount[new].sum() / discount.sum()) if len(after) else 0.0


def gini(amounts: FloatArray) -> float:
    """How unevenly importance is spread: 0 all alike, towards 1 on one alone.

    Of amounts scaled to 0 … 1 by their smallest and largest (as CFExpRec does before
    1 − 2 Σ_k a_(k) / Σ a · (n − k + ½) / n, k from 1, smallest first; Hurley and Rickard 2009).
    0 where all are alike; NaN without amounts.
    """
    n = len(amounts)
    if not n:
        return math.nan
    low, high = float(amounts.min()), float(amounts.max())
    if high <= low:
        return 0.0
    scaled = np.sort((amounts - low) / (high - low))
    weight = (n - np.arange(1, n + 1) + 0.5) / n
    return float(1.0 - 2.0 * (scaled / scaled.sum() * weight).sum())
