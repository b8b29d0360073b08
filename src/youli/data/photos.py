"""The products' photos as a fitted shop keeps them: small maps of features, and thumbnails.

A photo is 7 × 7 cells of features, f_c. Its vector is the unit-length sum of its cells,
u = Σ_c f_c / ‖Σ_c f_c‖, and two photos are as alike as the cosine of their vectors:

    likeness(a, b) = u_a · u_b = Σ_c (f_ac · u_b) / ‖Σ_c f_ac‖

So the likeness *is* a sum over the cells of either photo, and the map of its parts is exact: what
Grad-CAM (Selvaraju et al. 2017, §3; CAM, Zhou et al. 2016) gives for a head that is linear in
pooled features. Nothing here needs the network that made the features.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["GRID", "Photos"]

#: Cells of a photo along one side.
GRID = 7
#: A sum of cells shorter than this is no direction: a photo on which nothing was seen.
_SHORTEST = 1e-6


@dataclass(frozen=True)
class Photos:
    """Features and thumbnails of a shop's photos; products may share one, and many have none."""

    #: Photo of each product, int32 [n_items]; -1 where it has none.
    photo_of: IntArray
    #: Features of the cells, row by row from the upper left; int8 [n_photos, 49, n_dims]. The
    #: scale of a photo's features does not matter: its vector has unit length.
    cells: npt.NDArray[np.int8]
    #: All thumbnails (JPEG) one after another, uint8 [n_bytes], and where each starts,
    #: int64 [n_photos + 1].
    thumbnails: npt.NDArray[np.uint8]
    starts: IntArray
    #: Name and version of what made the features.
    encoder: str

    def __post_init__(self) -> None:
        n_photos = len(self.cells)
        assert self.cells.shape[1:2] == (GRID * GRID,)
        assert len(self.starts) == n_photos + 1
        assert self.photo_of.max(initial=-1) < n_photos

    @property
    def n_items(self) -> int:
        """How many products the shop has, with a photo or without."""
        return len(self.photo_of)

    def taken(self, rows: IntArray) -> Photos:
        """The same photos for other rows of products, int32 [n_items]; -1 for a new product."""
        photo_of = np.full(len(rows), -1, dtype=np.int32)
        photo_of[rows >= 0] = self.photo_of[rows[rows >= 0]]
        return replace(self, photo_of=photo_of)

    @cached_property
    def has(self) -> BoolArray:
        """Whether each product has a photo on which something was seen, bool [n_items]."""
        seen = np.append(self._length > _SHORTEST, False)
        return np.asarray(seen[self.photo_of], dtype=bool)

    @cached_property
    def vectors(self) -> FloatArray:
        """Unit vector of each photo, float32 [n_photos, n_dims]; zero where nothing was seen."""
        return (self._sums / np.maximum(self._length, _SHORTEST)[:, None]).astype(np.float32)

    def likeness(self, item_num: int, other: int) -> float:
        """Cosine of two products' photos, by way of the map: the sum of its cells."""
        return float(self.likeness_map(item_num, other).sum())

    def likeness_map(self, item_num: int, other: int) -> FloatArray:
        """Where on the first product's photo the likeness to the other's lies, float64 [7, 7].

        The cells add up to the likeness. Raises `KeyError` where one of them has no photo.
        """
        for one in (item_num, other):
            if not self.has[one]:
                raise KeyError(one)
        mine, theirs = int(self.photo_of[item_num]), int(self.photo_of[other])
        cells = self.cells[mine].astype(np.float64)
        direction = self.cells[theirs].sum(axis=0, dtype=np.float64)
        length = np.linalg.norm(cells.sum(axis=0)) * np.linalg.norm(direction)
        return np.asarray((cells @ direction / length).reshape(GRID, GRID))

    def thumbnail(self, item_num: int) -> bytes | None:
        """The product's small picture as JPEG; None where it has no photo."""
        photo = int(self.photo_of[item_num])
        if photo < 0:
            return None
        return self.thumbnails[self.starts[photo] : self.starts[photo + 1]].tobytes()

    @cached_property
    def _sums(self) -> FloatArray:
        return np.asarray(self.cells.sum(axis=1, dtype=np.int32), dtype=np.float64)

    @cached_property
    def _length(self) -> FloatArray:
        return np.asarray(np.linalg.norm(self._sums, axis=1))
