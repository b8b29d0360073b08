"""What shoppers of one product also choose, in whatever order.

Decayed co-occurrence over 40 ticks, N = C + Cᵀ, read in two ways: ``cosine``, after the item-kNN
of Sarwar et al. (2001): R = N / √(row + 2), then R / √(column of R + 2), so it is not symmetric;
and ``lift``, log(1 + 5 n̄ · N / (column + 1)). For shops whose events come one by one; where there
are orders, `basket` says what belongs together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy import sparse

from youli.channels.base import Needs
from youli.channels.counts import column_scaled, count_following, log_scaled, row_scaled
from youli.channels.kernel import KernelChannel, keep_largest, without_diagonal
from youli.channels.sequence import positions
from youli.channels.transition import prune_limit
from youli.data.shop import Shop

__all__ = ["NeighboursChannel"]

_DECAY = 0.98 ** np.arange(40)


class NeighboursChannel(KernelChannel):
    """Shoppers of A also choose B."""

    name: ClassVar[str] = "neighbours"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.SINGLE_EVENTS})
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {"cosine": (20.0,), "lift": (100.0,)}

    @classmethod
    def compute(cls, shop: Shop, wanted: frozenset[str]) -> dict[str, sparse.csr_matrix]:
        """Count both directions once, then normalise."""
        if not wanted:
            return {}
        counts = count_following(positions(shop.interactions), _DECAY)
        counts = (counts + counts.T).tocsr()
        n_per_row = prune_limit(shop)
        kernels = {}
        if "cosine" in wanted:
            kernels["cosine"] = column_scaled(row_scaled(counts, 0.5, 2.0), 0.5, 2.0)
        if "lift" in wanted:
            mean = counts.sum() / shop.interactions.n_items
            lift = keep_largest(column_scaled(counts, 1.0, 1.0), n_per_row)
            kernels["lift"] = log_scaled(lift, 5.0 * mean)
        return {
            name: without_diagonal(keep_largest(kernel, n_per_row))
            for name, kernel in kernels.items()
        }
