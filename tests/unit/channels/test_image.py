"""Photos that look alike, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from youli.channels.image import FLOOR, LEAST_SAID, ImageChannel
from youli.data.photos import Photos
from youli.rank.fit import capabilities
from youli.testing.shops import walk_shop


def shop_of(vectors: list[tuple[int, int] | None]):
    """One product a letter, a to …; its photo is one cell of two features, None for no photo."""
    shop = walk_shop({"u": "abcdef"[: len(vectors)], "v": "ab"})
    known = [one for one in vectors if one is not None]
    cells = np.zeros((len(known), 49, 2), dtype=np.int8)
    cells[:, 24] = known
    has = np.array([one is not None for one in vectors])
    photo_of = np.where(has, np.cumsum(has) - 1, -1).astype(np.int32)
    starts = np.zeros(len(known) + 1, dtype=np.int64)
    return replace(shop, photos=Photos(photo_of, cells, np.zeros(0, np.uint8), starts, "hand"))


def kernel_of(shop):
    return ImageChannel.fit(shop).kernels["near"].toarray()


def test_what_is_alike_counts_from_the_floor_on():
    # a (3, 4) and b (8, 6): cosine .96. a and c (1, 0): .6, below the floor. b and c: .8.
    kernel = kernel_of(shop_of([(3, 4), (8, 6), (1, 0)]))
    wanted = np.zeros((3, 3))
    wanted[0, 1] = wanted[1, 0] = (0.96 - FLOOR) / (1 - FLOOR)
    wanted[1, 2] = wanted[2, 1] = (0.80 - FLOOR) / (1 - FLOOR)
    np.testing.assert_allclose(kernel, wanted, atol=1e-6)


def test_twins_are_as_alike_as_can_be_and_nothing_is_like_itself():
    kernel = kernel_of(shop_of([(3, 4), (6, 8), (3, 4)]))
    np.testing.assert_allclose(kernel, 1.0 - np.eye(3), atol=1e-6)


def test_a_product_without_a_photo_has_no_likes():
    kernel = kernel_of(shop_of([(3, 4), None, (8, 6), (0, 0)]))
    assert not kernel[[1, 3]].any()
    assert not kernel[:, [1, 3]].any()
    assert kernel[0, 2] > 0.8


def test_the_cosine_that_ranked_can_be_read_back():
    channel = ImageChannel.fit(shop_of([(3, 4), (8, 6), (1, 0)]))
    assert channel.cosine(0, 1) == pytest.approx(0.96, abs=1e-6)
    assert channel.cosine(0, 2) == 0.0
    assert FLOOR < LEAST_SAID < 1.0


def test_what_a_shop_needs_for_it():
    assert "photos" in capabilities(shop_of([(3, 4), (8, 6)]))
    assert "photos" not in capabilities(shop_of([(3, 4), None]))
    assert "photos" not in capabilities(shop_of([(3, 4), (0, 0)]))
    assert "photos" not in capabilities(walk_shop({"u": "ab", "v": "ab"}))
