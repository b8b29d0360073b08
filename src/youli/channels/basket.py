"""What is bought together in one order.

    K[a, b] = n(a, b) / (n(a)^½ · n(b)^½ + s)

the cosine of two products over orders, shrunk so that one shared order of two rare products does
not look like a rule. Support, confidence and lift of a pair are counted again from the log when it
is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy import sparse

from youli.channels.base import Needs
from youli.channels.kernel import KernelChannel, blocks_of_product, keep_largest, without_diagonal
from youli.channels.transition import prune_limit
from youli.data.shop import Shop

__all__ = ["BasketChannel"]

_SHRINKAGE = 10.0


class BasketChannel(KernelChannel):
    """A and B are often in one order."""

    name: ClassVar[str] = "basket"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.ORDERS})
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {"cosine": (1.0, 8.0, 60.0)}

    @classmethod
    def compute(cls, shop: Shop, wanted: frozenset[str]) -> dict[str, sparse.csr_matrix]:
        """Count the pairs of all orders; always, for "bought together" rests on nothing else."""
        del wanted
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
        n_per_row = prune_limit(shop)

        def cosine(block: sparse.csr_matrix, start: int) -> sparse.csr_matrix:
            row = np.repeat(np.arange(block.shape[0]) + start, np.diff(block.indptr))
            block.data /= np.sqrt(n_orders[row] * n_orders[block.indices]) + _SHRINKAGE
            return keep_largest(block, n_per_row)

        kernel = blocks_of_product(baskets.T.tocsr(), baskets, cosine)
        return {"cosine": without_diagonal(kernel)}
