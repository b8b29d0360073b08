"""What accuracy does not show: how much of the catalogue is used, and how evenly.

All take lists as rows of products, int32 [n_cases, k]; -1 fills lists that came short.
"""

from __future__ import annotations

import numpy as np

from youli.types import FloatArray, IntArray

__all__ = ["beyond", "coverage", "gini", "novelty"]


def coverage(lists: IntArray, n_items: int) -> float:
    """Share of the catalogue that is in at least one list (Ge et al. 2010); 0 without lists."""
    shown = lists[lists >= 0]
    return len(np.unique(shown)) / n_items if n_items else 0.0


def novelty(lists: IntArray, n_shoppers: FloatArray, n_users: int) -> float:
    """Mean of −log2 p(i) over all places, p(i) = shoppers of i / all shoppers (Zhou et al. 2010).

    In bits. A product that nobody chose counts as if half a shopper had, so that it is novel and
    finite; NaN without lists.
    """
    shown = lists[lists >= 0]
    if len(shown) == 0:
        return float("nan")
    share = np.clip(n_shoppers[shown], 0.5, None) / max(n_users, 1)
    return float(-np.log2(share).mean())


def gini(lists: IntArray, n_items: int) -> float:
    """How unevenly products are shown: 0 for all alike, towards 1 for one alone.

    G = Σ_r (2r - n - 1) · c_r / (n · Σ c), c the counts of all n products in ascending order
    (Gini 1912, in the form of Fleder and Hosanagar 2009); NaN without lists.
    """
    counts = np.sort(np.bincount(lists[lists >= 0], minlength=n_items)).astype(np.float64)
    total = float(counts.sum())
    if total == 0.0:
        return float("nan")
    place = 2.0 * np.arange(1, n_items + 1) - n_items - 1.0
    return float(place @ counts / (n_items * total))


def beyond(lists: IntArray, n_shoppers: FloatArray, n_users: int) -> dict[str, float]:
    """The three measures by their names in reports."""
    n_items, k = len(n_shoppers), lists.shape[1]
    return {
        f"coverage@{k}": coverage(lists, n_items),
        f"novelty@{k}": novelty(lists, n_shoppers, n_users),
        f"gini@{k}": gini(lists, n_items),
    }
