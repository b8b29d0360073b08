"""What shoppers of one product went on to: decayed counts of "A, then B", normalised.

    K[a, b] = n(a → b) / (n(a → ·)^α · n(b)^β),   n(a → b) = Σ over positions of decayed (a before b)

Counts are shrunk by the power of both sides; recent positions of a shopper count more. The idea
is the first-order Markov recommender (Rendle et al. 2010) with longer, decayed reach.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from youli.channels.kernel import KernelChannel, pruned_product, without_diagonal
from youli.channels.sequence import positions
from youli.data.shop import Shop

__all__ = ["TransitionChannel"]


class TransitionChannel(KernelChannel):
    """Shoppers who had A went on to B."""

    name: ClassVar[str] = "transition"
    window = 10
    lag_decay = 0.6
    from_power = 0.5
    to_power = 0.3
    n_per_row = 200

    @classmethod
    def fit(cls, shop: Shop) -> Self:
        """Count the transitions of all shoppers."""
        places = positions(shop.interactions)
        history = places.history(cls.lag_decay ** np.arange(cls.window))
        following = places.following()
        n_from = np.asarray(history.sum(axis=0)).ravel()
        n_to = np.asarray(following.sum(axis=0)).ravel()
        to_scale = sparse.diags(np.maximum(n_to, 1.0) ** -cls.to_power)
        from_scale = np.maximum(n_from, 1.0) ** -cls.from_power

        def normalised(block: sparse.csr_matrix, start: int) -> sparse.csr_matrix:
            rows = from_scale[start : start + block.shape[0]]
            return (sparse.diags(rows) @ block @ to_scale).tocsr()

        kernel = pruned_product(history, following, cls.n_per_row, normalised)
        return cls(without_diagonal(kernel))
