"""What is chosen now against before.

    recent(i) = log(1 + r_i) / max;   growth(i) = log((r_i + s) / (e_i + s)), e_i = r · b_i / b

r counts events of the last four weeks, b those before; s = 5 keeps a handful of events from
looking like a trend.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from youli.channels.base import Coefficients, Needs
from youli.channels.item import ItemChannel
from youli.data.shop import Shop
from youli.data.state import learning_strength

__all__ = ["RECENT_DAYS", "TrendChannel"]

#: What "now" means, in days.
RECENT_DAYS = 28
_DAY_S = 86_400
_SMOOTHING = 5.0


class TrendChannel(ItemChannel):
    """More chosen now than before."""

    name: ClassVar[str] = "trend"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.TIME})
    facts: ClassVar[tuple[str, ...]] = ("log recent", "growth")

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Count before and after `RECENT_DAYS` before the last event."""
        del coefficients
        events = shop.interactions
        since = int(shop.data_until.timestamp()) - RECENT_DAYS * _DAY_S
        strength = learning_strength(events)
        is_recent = events.timestamp > since
        recent = np.bincount(
            events.item_num, weights=strength * is_recent, minlength=events.n_items
        )
        before = np.bincount(
            events.item_num, weights=strength * ~is_recent, minlength=events.n_items
        )
        expected = before * (recent.sum() / max(before.sum(), 1.0))
        log_recent = np.log1p(recent)
        growth = np.log((recent + _SMOOTHING) / (expected + _SMOOTHING))
        return cls(np.stack([log_recent / max(log_recent.max(), 1.0), growth]).astype(np.float32))
