"""Precision of the nearest photos and colour histograms, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from youli.errors import SourceError
from youli.evaluate.photos import bench_photos, colour_histogram, neighbour_precision


def test_precision_counts_the_nearest_others_with_the_same_label():
    angles = np.array([0.0, 0.1, 0.2, 1.5])  # each nearest: b, a or c, b, c
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1) * [[1], [5], [2], [9]]
    assert neighbour_precision(vectors, ["x", "x", "y", "y"], k=1) == pytest.approx(
        (1 + 1 + 0 + 1) / 4
    )
    # k=2: a → b c: 1/2; b → a c: 1/2; c → b a: 0; d → c b: 1/2.
    assert neighbour_precision(vectors, ["x", "x", "y", "y"], k=2) == pytest.approx(1.5 / 4)


def test_products_without_a_label_ask_nothing_and_are_like_nothing():
    vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.9, 0.1]])
    assert neighbour_precision(vectors, ["x", "", "x"], k=1) == pytest.approx(0.0)
    assert neighbour_precision(vectors, ["x", "", "x"], k=5) == pytest.approx(0.5)
    assert math.isnan(neighbour_precision(vectors, ["", "", ""]))


def test_equal_cosines_go_by_row():
    vectors = np.array([[1.0, 0.0]] * 3)
    assert neighbour_precision(vectors, ["x", "x", "y"], k=1) == pytest.approx(2 / 3)


def test_colours_are_counted_in_eighths():
    pixels = np.zeros((2, 2, 3), dtype=np.uint8)
    pixels[0, 0] = (255, 32, 0)  # the eighth red, the second green: bin 7 · 64 + 1 · 8
    found = colour_histogram(pixels)
    assert found.shape == (512,)
    assert found[7 * 64 + 8] == pytest.approx(math.sqrt(1 / 4))
    assert found[0] == pytest.approx(math.sqrt(3 / 4))
    assert np.linalg.norm(found) == pytest.approx(1.0)


def test_what_is_no_folder_of_photos(tmp_path):
    with pytest.raises(SourceError, match=r"styles\.csv"):
        bench_photos(tmp_path, ["kind"])
    (tmp_path / "photos").mkdir()
    (tmp_path / "styles.csv").write_text("id,kind\n1,x\n")
    with pytest.raises(SourceError, match="no column 'colour'"):
        bench_photos(tmp_path, ["colour"])
