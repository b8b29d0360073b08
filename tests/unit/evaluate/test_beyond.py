"""Coverage, novelty, Gini: answers by hand and bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from youli.evaluate.beyond import beyond, coverage, gini, novelty

LISTS = np.array([[0, 1], [0, 2], [0, -1]], dtype=np.int32)


def test_coverage_by_hand():
    assert coverage(LISTS, 4) == 0.75


def test_novelty_by_hand():
    n_shoppers = np.array([8.0, 4.0, 0.0, 1.0])
    # Shares of 8 shoppers: 1, 1/2, and half a shopper for what nobody chose.
    assert novelty(LISTS, n_shoppers, 8) == pytest.approx((3 * 0 + 1 + 4) / 5)


def test_gini_by_hand():
    # Counts 0 1 1 3 of 5: Σ (2r - 5) c / (4 · 5) = (-1 + 1 + 9) / 20.
    assert gini(LISTS, 4) == pytest.approx(9 / 20)


def test_gini_of_even_and_of_one():
    assert gini(np.arange(6, dtype=np.int32)[None], 6) == pytest.approx(0.0)
    assert gini(np.zeros((1, 5), dtype=np.int32), 100) == pytest.approx(0.99)


def test_nothing_shown():
    empty = np.zeros((0, 10), dtype=np.int32)
    assert coverage(empty, 4) == 0.0
    assert math.isnan(novelty(empty, np.ones(4), 3))
    assert math.isnan(gini(empty, 4))


@given(st.lists(st.lists(st.integers(-1, 7), min_size=3, max_size=3), min_size=1, max_size=6))
def test_bounds(rows):
    lists = np.array(rows, dtype=np.int32)
    if (lists < 0).all():
        return
    found = beyond(lists, np.arange(8.0), 8)
    assert set(found) == {"coverage@3", "novelty@3", "gini@3"}
    assert 0.0 <= found["coverage@3"] <= 1.0
    assert -1e-9 <= found["gini@3"] < 1.0
    assert found["novelty@3"] >= 0.0
