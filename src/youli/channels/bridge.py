"""Transitions over a bridge, for products too rare to have transitions of their own.

- ``similar``  what shoppers of products *like A* went on to:   log(1 + 50 · (sim · N))
- ``towards``  products *like* what shoppers of A went on to:   log(1 + 50 · (N · sim))
- ``steps``    what A leads to in two steps:                    log(1 + 500 · (N · N))

N are transition rates, sim the sharpened cosine of attributes and title words. For shops whose
events come one by one: an order brings so many pairs that products have links enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy import sparse

from youli.channels.base import Needs
from youli.channels.counts import count_following, log_scaled, row_scaled
from youli.channels.kernel import KernelChannel, blocks_of_product, keep_largest, without_diagonal
from youli.channels.labels import similarity
from youli.channels.sequence import positions
from youli.channels.transition import prune_limit
from youli.data.shop import WORDS, Shop

__all__ = ["BridgeChannel"]

_DECAY = 0.75 ** np.arange(20)
_N_SIMILAR = 50


class BridgeChannel(KernelChannel):
    """Shoppers of A went on to products like B."""

    name: ClassVar[str] = "bridge"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.SINGLE_EVENTS})
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "similar": (2.0,),
        "towards": (2.0,),
        "steps": (2.0,),
    }

    @classmethod
    def compute(cls, shop: Shop, wanted: frozenset[str]) -> dict[str, sparse.csr_matrix]:
        """Count once, then multiply."""
        if not wanted:
            return {}
        n_kept = prune_limit(shop)
        n_linked = _links(shop)
        counts = count_following(
            positions(shop.interactions), _DECAY, lambda block, _: keep_largest(block, 4 * n_linked)
        )
        kernels = {}
        if "steps" in wanted:
            rates = keep_largest(row_scaled(counts, 1.0, 20.0), min(n_linked, 200))
            kernels["steps"] = _product(rates, rates, n_kept, 500.0)
        alike = _alike(shop) if wanted & {"similar", "towards"} else None
        if alike is not None:
            rates = keep_largest(row_scaled(counts, 1.0, 5.0), n_linked)
            kernels["similar"] = _product(alike, rates, n_kept, 50.0)
            kernels["towards"] = _product(rates, alike, n_kept, 50.0)
        return {name: kernel for name, kernel in kernels.items() if name in wanted}


def _links(shop: Shop) -> int:
    """Links a product keeps before links are multiplied: their product costs the square."""
    return int(np.clip(4_000_000 // max(shop.interactions.n_items, 1), 30, 400))


def _alike(shop: Shop) -> sparse.csr_matrix | None:
    """How alike products are, by attributes and by title words."""
    attributes = [one for one in shop.catalogue.attributes if one.name != WORDS]
    words = [one for one in shop.catalogue.attributes if one.name == WORDS]
    found = [
        similarity(attributes, at_least=0.5, power=3.0, n_per_row=_N_SIMILAR),
        similarity(words, at_least=0.3, power=2.0, n_per_row=_N_SIMILAR),
    ]
    known = [one for one in found if one is not None]
    return sum(known[1:], start=known[0]).tocsr() if known else None


def _product(
    left: sparse.csr_matrix, right: sparse.csr_matrix, n_kept: int, scale: float
) -> sparse.csr_matrix:
    product = blocks_of_product(left, right, lambda block, _: keep_largest(block, n_kept + 1))
    return log_scaled(without_diagonal(product), scale)
