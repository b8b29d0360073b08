"""What is bought together in one order.

    K[a, b] = n(a, b) / (n(a)^½ · n(b)^½ + s)

the cosine of two products over orders, shrunk so that one shared order of two rare products does
not look like a rule. Support, confidence and lift of a pair are counted again from the log when it
is shown.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from youli.channels.base import Needs
from youli.channels.kernel import KernelChannel, pruned_product, without_diagonal
from youli.data.shop import Shop

__all__ = ["BasketChannel"]


class BasketChannel(KernelChannel):
    """A and B are often in one order."""

    name: ClassVar[str] = "basket"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.ORDERS})
    n_per_row = 200
    shrinkage = 10.0

    @classmethod
    def fit(cls, shop: Shop) -> Self:
        """Count the pairs of all orders."""
        events = shop.interactions
        in_order = events.order_num >= 0
        baskets = sparse.csr_matrix(
            (
                np.ones(int(in_order.sum()), dtype=np.float32),
                (events.order_num[in_order], events.item_num[in_order]),
            ),
            shape=(int(events.order_num.max()) + 1, events.n_items),
        )
        baskets.sum_duplicates()
        baskets.data[:] = 1.0
        n_orders = np.asarray(baskets.sum(axis=0)).ravel()

        def cosine(block: sparse.csr_matrix, start: int) -> sparse.csr_matrix:
            row = np.repeat(np.arange(block.shape[0]) + start, np.diff(block.indptr))
            block.data /= np.sqrt(n_orders[row] * n_orders[block.indices]) + cls.shrinkage
            return block

        return cls(without_diagonal(pruned_product(baskets, baskets, cls.n_per_row, cosine)))
