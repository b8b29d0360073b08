"""How many shoppers chose a product: the honest part of every score.

p(i) = log(1 + shoppers of i) / log(1 + shoppers of the most chosen)
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from youli.channels.base import Coefficients
from youli.channels.item import ItemChannel
from youli.channels.sequence import positions
from youli.data.shop import Shop
from youli.data.state import EVENT_STRENGTH, learning_strength
from youli.types import FloatArray

__all__ = ["PopularityChannel", "n_shoppers_of"]


class PopularityChannel(ItemChannel):
    """Many shoppers choose it."""

    name: ClassVar[str] = "popularity"
    facts: ClassVar[tuple[str, ...]] = ("log shoppers", "late 3", "late 15")

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Count each product's shoppers once, and its late events against all."""
        del coefficients
        log_count = np.log1p(n_shoppers_of(shop))
        facts = [log_count / max(log_count.max(), 1.0), *(_late(shop, b) for b in (3.0, 15.0))]
        return cls(np.stack(facts).astype(np.float32))


def _late(shop: Shop, reach: float) -> FloatArray:
    """Log of late events against what the product's share of all would give, [n_items]."""
    places = positions(shop.interactions)
    item_num, n_items = shop.interactions.item_num, shop.interactions.n_items
    weight = np.exp(-places.ticks_left[places.of_event] / reach)
    late = np.bincount(item_num, weights=weight, minlength=n_items)
    every = np.bincount(item_num, minlength=n_items)
    expected = every * (late.sum() / max(len(item_num), 1))
    return np.asarray(np.log((late + 1.0) / (expected + 1.0)))


def n_shoppers_of(shop: Shop) -> FloatArray:
    """Shoppers of each product, each at the strength of their strongest event; [n_items]."""
    events = shop.interactions
    pair = events.user_num.astype(np.int64) * events.n_items + events.item_num
    order = np.lexsort((-EVENT_STRENGTH[events.event], pair))
    first = np.append(True, np.diff(pair[order]) > 0) if len(order) else np.zeros(0, dtype=bool)
    strongest = order[first]
    total = np.bincount(
        events.item_num[strongest],
        weights=learning_strength(events)[strongest],
        minlength=events.n_items,
    )
    return total.astype(np.float64)
