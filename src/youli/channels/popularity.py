"""How many shoppers chose a product: the honest part of every score.

p(i) = log(1 + shoppers of i) / log(1 + shoppers of the most chosen)
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from youli.channels.item import ItemChannel
from youli.data.shop import Shop
from youli.data.state import EVENT_STRENGTH
from youli.types import FloatArray

__all__ = ["PopularityChannel", "n_shoppers_of"]


class PopularityChannel(ItemChannel):
    """Many shoppers choose it."""

    name: ClassVar[str] = "popularity"
    facts: ClassVar[tuple[str, ...]] = ("log shoppers",)

    @classmethod
    def fit(cls, shop: Shop) -> Self:
        """Count each product's shoppers once."""
        log_count = np.log1p(n_shoppers_of(shop))
        return cls((log_count / max(log_count.max(), 1.0)).astype(np.float32)[None])


def n_shoppers_of(shop: Shop) -> FloatArray:
    """Shoppers of each product, each at the strength of their strongest event; [n_items]."""
    events = shop.interactions
    pair = events.user_num.astype(np.int64) * events.n_items + events.item_num
    order = np.lexsort((-EVENT_STRENGTH[events.event], pair))
    first = np.append(True, np.diff(pair[order]) > 0) if len(order) else np.zeros(0, dtype=bool)
    strongest = order[first]
    return np.bincount(
        events.item_num[strongest],
        weights=EVENT_STRENGTH[events.event[strongest]],
        minlength=events.n_items,
    )
