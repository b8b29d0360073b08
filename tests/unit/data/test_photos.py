"""Photos by hand: two dimensions, cells that are easy to add up."""

from __future__ import annotations

import numpy as np
import pytest

from youli.data.photos import Photos


def photos(cells: dict[int, dict[int, tuple[int, int]]], photo_of: list[int]) -> Photos:
    """Photo → cell → features; all other cells are zero."""
    table = np.zeros((len(cells), 49, 2), dtype=np.int8)
    for photo, some in cells.items():
        for cell, features in some.items():
            table[photo, cell] = features
    thumbnails = np.frombuffer(b"aabbbc"[: 3 * len(cells)], dtype=np.uint8)
    starts = np.array([0, 2, 5, 6][: len(cells) + 1], dtype=np.int64)
    return Photos(np.array(photo_of, dtype=np.int32), table, thumbnails, starts, "hand")


@pytest.fixture
def shop() -> Photos:
    # Sums: photo 0 is (3, 4), length 5; photo 1 is (8, 6), length 10; on photo 2 nothing is seen.
    return photos({0: {0: (3, 0), 48: (0, 4)}, 1: {10: (8, 6)}, 2: {}}, [0, 1, -1, 2, 0])


def test_the_likeness_is_the_cosine_of_the_sums(shop):
    assert shop.likeness(0, 1) == pytest.approx((3 * 8 + 4 * 6) / (5 * 10))
    assert shop.likeness(1, 0) == pytest.approx(0.96)
    assert shop.likeness(0, 4) == pytest.approx(1.0)  # they share a photo
    np.testing.assert_allclose(shop.vectors, [[0.6, 0.8], [0.8, 0.6], [0, 0]], rtol=1e-6)


def test_the_map_says_which_cell_gives_what_and_adds_up(shop):
    found = shop.likeness_map(0, 1)
    assert found.shape == (7, 7)
    assert found[0, 0] == pytest.approx(3 * 8 / 50)
    assert found[6, 6] == pytest.approx(4 * 6 / 50)
    assert np.count_nonzero(found) == 2
    other = shop.likeness_map(1, 0)  # the same likeness, on the other photo
    assert other[1, 3] == pytest.approx(0.96)
    assert found.sum() == pytest.approx(other.sum())


def test_what_has_no_photo_or_an_empty_one_is_like_nothing(shop):
    assert shop.has.tolist() == [True, True, False, False, True]
    for pair in ((0, 2), (2, 0), (0, 3), (3, 0)):
        with pytest.raises(KeyError):
            shop.likeness_map(*pair)


def test_thumbnails(shop):
    assert [shop.thumbnail(item) for item in range(5)] == [b"aa", b"bbb", None, b"c", b"aa"]
    assert shop.n_items == 5


def test_the_map_adds_up_to_the_cosine_for_any_photos():
    rng = np.random.default_rng(0)
    cells = rng.integers(-127, 128, (6, 49, 64)).astype(np.int8)
    starts = np.zeros(7, dtype=np.int64)
    some = Photos(np.arange(6, dtype=np.int32), cells, np.zeros(0, np.uint8), starts, "random")
    cosine = some.vectors @ some.vectors.T
    for one in range(6):
        for other in range(6):
            assert some.likeness(one, other) == pytest.approx(float(cosine[one, other]), abs=1e-6)
