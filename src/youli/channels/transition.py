"""What shoppers of one product went on to.

Four ways to read decayed counts C of "A, then B" (`youli.channels.counts`), weighed against each
other in learning:

- ``share``   R / (column of R + 10)^.1 with R = C / row^.7, the plain transition rate;
- ``log``     log(1 + 500 · C / (row + 50)), so that no single link outweighs all others;
- ``next``    the same on immediate successors alone;
- ``lift``    log(1 + 5 c̄ · C' / (column + 1)), with C' of longer reach and c̄ its mean row: what B
  owes to A, whatever B's popularity.

The idea is the Markov recommender (Rendle et al. 2010) with longer, decayed reach. Constants were
chosen on the validation items of three public data sets (`docs/experiments.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy import sparse

from youli.channels.counts import column_scaled, count_following, log_scaled, row_scaled
from youli.channels.kernel import KernelChannel, keep_largest, without_diagonal
from youli.channels.sequence import Positions, positions
from youli.data.shop import Shop
from youli.types import FloatArray

__all__ = ["TransitionChannel", "prune_limit"]

_NEAR = 0.75 ** np.arange(20)
_FAR = 0.93 ** np.arange(40)
#: Orders are long steps: six of them reach back over weeks. They serve for both reaches.
_NEAR_ORDERS = 0.75 ** np.arange(6)


class TransitionChannel(KernelChannel):
    """Shoppers who had A went on to B."""

    name: ClassVar[str] = "transition"
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "share": (2.0,),
        "log": (0.8, 2.5, 8.0),
        "next": (1.0,),
        "lift": (8.0, 25.0),
    }

    @classmethod
    def compute(cls, shop: Shop, wanted: frozenset[str]) -> dict[str, sparse.csr_matrix]:
        """Count once for each reach, then normalise."""
        if not wanted:
            return {}
        places = positions(shop.interactions)
        n_per_row = prune_limit(shop)
        orders = shop.interactions.has_orders
        kernels = {}
        near = _counted(places, _NEAR_ORDERS if orders else _NEAR, n_per_row)
        if wanted & {"share", "log"}:
            kernels["share"] = column_scaled(row_scaled(near, 0.7, 0.0), 0.1, 10.0)
            kernels["log"] = log_scaled(row_scaled(near, 1.0, 50.0), 500.0)
        if "next" in wanted:
            counts = _counted(places, np.ones(1), n_per_row)
            kernels["next"] = log_scaled(row_scaled(counts, 1.0, 20.0), 200.0)
        if "lift" in wanted:
            far = near if orders else _counted(places, _FAR, n_per_row)
            mean = far.sum() / shop.interactions.n_items
            kernels["lift"] = log_scaled(column_scaled(far, 1.0, 1.0), 5.0 * mean)
        return {
            name: without_diagonal(keep_largest(kernel, n_per_row))
            for name, kernel in kernels.items()
            if name in wanted
        }


def _counted(places: Positions, decay: FloatArray, n_per_row: int) -> sparse.csr_matrix:
    """Counts of which each block of rows keeps twice what the kernel will.

    Totals of rows and columns are those of what was kept.
    """
    return count_following(places, decay, lambda block, _: keep_largest(block, 2 * n_per_row))


def prune_limit(shop: Shop) -> int:
    """How many products a kernel keeps for each: 500, fewer in a large catalogue.

    So that a kernel of 100,000 products has 10 million cells, 80 MB.
    """
    return int(np.clip(10_000_000 // max(shop.interactions.n_items, 1), 50, 500))
