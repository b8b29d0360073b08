"""What nets are told of products: labels, numbers, texts, photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from youli.data.photos import Photos
from youli.data.shop import Shop
from youli.features import items as items_module
from youli.features import vectors as vectors_module
from youli.features.blocks import reduced
from youli.features.items import ItemFeatures, item_features
from youli.testing.shops import order_shop

N = 12


class Letters:
    """An encoder without a package: how often a, b and c are in a text."""

    name, version, n_dims = "letters", "1", 3

    def encode(self, texts):
        rows = np.array([[1.0 + one.lower().count(a) for a in "abc"] for one in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(autouse=True)
def letters(monkeypatch, tmp_path):
    monkeypatch.setenv("YOULI_CACHE", str(tmp_path))
    monkeypatch.setattr(vectors_module, "encoder_for", lambda _name: Letters())


def a_shop(**columns: object) -> Shop:
    items = {"item_id": [f"p{num:02}" for num in range(N)], **columns}
    return order_shop({"u": [(0, "p00 p01"), (1, "p02")]}, items)


def test_nothing_is_known():
    found = item_features(a_shop())
    assert found.labels.shape == (N, 0)
    assert not found.dense
    assert not found.attributes


def test_prices_and_ratings_are_numbers():
    """One gap in the price, and one number that is none: both are unknown."""
    price = pa.array([None, *(100 * n for n in range(1, N))], pa.int64())
    rating = pa.array([float("nan"), *(n / 10 for n in range(1, N))])
    block = item_features(a_shop(price_minor=price, rating=rating)).dense["numbers"]
    assert block.shape == (N, 4)
    assert block.dtype == np.float32
    assert np.isfinite(block).all()
    np.testing.assert_array_equal(block[0], [0, 0, 1, 1])
    assert (np.diff(block[1:, 0]) > 0).all()
    np.testing.assert_allclose(block[6], [0, 0, 0, 0], atol=1e-6)  # the medians


def test_titles_are_vectors_and_an_empty_one_is_zero():
    titles = ["aaa", "bbb", "", None, *["ccc ab"] * (N - 4)]
    shop = a_shop(title=titles)
    block = item_features(shop).dense["text"]
    assert block.shape == (N, 3)
    assert (block[2:4] == 0.0).all()
    assert (block[[0, 1, 4]] != 0.0).any(axis=1).all()
    np.testing.assert_array_equal(block[4], block[5])
    assert np.linalg.norm(block[block.any(axis=1)], axis=1).mean() == pytest.approx(1.0, abs=0.4)
    assert "text" not in item_features(shop, texts=False).dense


def test_texts_are_read_once_for_a_catalogue(monkeypatch):
    shop = a_shop(title=[f"a{'b' * n}" for n in range(N)])
    first = item_features(shop).dense["text"]
    monkeypatch.setattr(items_module, "reduced", None)
    np.testing.assert_array_equal(item_features(shop).dense["text"], first)


@pytest.mark.parametrize("titles", [[""] * N, ["..."] * N, [None] * N, ["one", *[""] * (N - 1)]])
def test_without_texts_there_is_no_block(titles):
    assert "text" not in item_features(a_shop(title=pa.array(titles, pa.string()))).dense


def test_photos_are_vectors_and_without_one_zero():
    rng = np.random.default_rng(0)
    photos = Photos(
        photo_of=np.array([-1, *range(N - 1)], np.int32),
        cells=rng.integers(-50, 50, (N - 1, 49, 100)).astype(np.int8),
        thumbnails=np.zeros(0, np.uint8), starts=np.zeros(N, np.int64), encoder="drawn",
    )  # fmt: skip
    shop = replace(a_shop(), photos=photos)
    block = item_features(shop).dense["photo"]
    assert block.shape == (N, 64)
    assert (block[0] == 0.0).all()
    assert block[1:].any(axis=1).all()
    assert "photo" not in item_features(shop, photos=False).dense
    blind = replace(photos, cells=np.zeros_like(photos.cells))
    assert "photo" not in item_features(replace(shop, photos=blind)).dense


def test_attributes_are_runs_of_labels():
    found = item_features(a_shop(brand=["x", "y"] * 6, colour=["r", "g", "b"] * 4))
    assert list(found.attributes) == ["brand", "colour"]
    assert [found.label_names[at] for at in (0, 2)] == [("brand", "x"), ("colour", "r")]
    assert found.attributes == {"brand": slice(0, 2), "colour": slice(2, 5)}
    assert ItemFeatures.none(3).labels.shape == (3, 0)


def test_reduced_keeps_the_directions_in_which_rows_differ():
    """Two directions hold everything: distances between rows stay as they were, but for scale."""
    rng = np.random.default_rng(1)
    plane = rng.normal(size=(2, 9))
    rows = rng.normal(size=(30, 2)) @ plane
    has = np.ones(31, dtype=bool)
    has[4] = False
    rows = np.insert(rows, 4, 99.0, axis=0)
    block = reduced(rows, has, n_dims=2)
    assert block.shape == (31, 2)
    assert (block[4] == 0.0).all()
    assert np.sqrt((block[has] ** 2).sum(axis=1).mean()) == pytest.approx(1.0, rel=1e-5)
    before = np.linalg.norm(rows[has][:-1] - rows[has][1:], axis=1)
    after = np.linalg.norm(block[has][:-1] - block[has][1:], axis=1)
    np.testing.assert_allclose(after / after[0], before / before[0], rtol=1e-4)
    np.testing.assert_array_equal(reduced(rows, has, n_dims=2), block)
    assert reduced(rows, np.zeros(31, dtype=bool)).shape == (31, 0)


def test_few_numbers_are_left_as_they_are():
    rows = np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32)
    np.testing.assert_allclose(reduced(rows, np.ones(2, bool)), rows)
