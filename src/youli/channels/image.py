"""B looks like A: the products whose photos are nearest by what a convolutional network sees.

    K[a, b] = (cos(a, b) - FLOOR) / (1 - FLOOR)   where cos(a, b) ≥ FLOOR, for the nearest 50

over the vectors of `youli.data.photos.Photos`. Nothing depends on the events, so a product that
nobody has bought yet is found by its photo. From the floor on a likeness counts for something; it
is said only from `LEAST_SAID` on. On 1,500 photos of fashion (`docs/experiments.md`) 35 % of the
pairs above 0.7 and 67 % of those above 0.85 are of one type of article (T-shirts, say), 89 % and
96 % of one group of them (tops, say).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy import sparse

from youli.channels.base import Needs
from youli.channels.kernel import KernelChannel, without_diagonal
from youli.data.shop import Shop
from youli.features.nearest import nearest

__all__ = ["FLOOR", "LEAST_SAID", "ImageChannel"]

#: A cosine of two photos counts from here,
FLOOR = 0.7
#: and from here it may be said that they look alike.
LEAST_SAID = 0.85
#: Nearest products that are kept of each; the product itself is one of those looked at.
_N_NEAREST = 50


class ImageChannel(KernelChannel):
    """B looks like A."""

    name: ClassVar[str] = "image"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.PHOTOS})
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {"near": (1.0, 8.0)}

    def cosine(self, item_num: int, other: int) -> float:
        """Of two products' photos, as it ranked; nought where they are no near neighbours."""
        value = float(self.kernels["near"][item_num, other])
        return FLOOR + (1.0 - FLOOR) * value if value else 0.0

    @classmethod
    def compute(cls, shop: Shop, wanted: frozenset[str]) -> dict[str, sparse.csr_matrix]:
        """Compare every product that has a photo with every other."""
        if not wanted or shop.photos is None:
            return {}
        photos = shop.photos
        rows = np.flatnonzero(photos.has)
        cosine = nearest(
            photos.vectors[photos.photo_of[rows]], at_least=FLOOR, n_per_row=_N_NEAREST + 1
        ).tocoo()
        # Twins may come before the product itself, and a cosine may be a rounding above one.
        value = (np.minimum(cosine.data, 1.0) - FLOOR) / (1.0 - FLOOR)
        cells = (value.astype(np.float32), (rows[cosine.row], rows[cosine.col]))
        kernel = sparse.csr_matrix(cells, shape=(photos.n_items, photos.n_items))
        return {"near": without_diagonal(kernel)}
