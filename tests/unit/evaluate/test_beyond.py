"""Coverage, novelty, Gini: answers by hand and bounds."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from youli.data.shop import Catalogue
from youli.evaluate.beyond import (
    attribute_rows,
    beyond,
    coverage,
    diversity,
    gini,
    mean_popularity,
    novelty,
    popularity_lift,
    serendipity,
)

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


def test_attribute_rows_by_hand():
    table = pa.table({"item_id": ["a", "b", "c", "d"], "brand": ["x", "x", "y", None],
                      "tags": ["m|n", "m", "m", None]})  # fmt: skip
    rows = attribute_rows(Catalogue(table)).toarray()
    x, y, m, n = (math.log(4 / k) for k in (2, 1, 3, 1))
    a = np.array([x, 0, m, n])
    assert rows[0] == pytest.approx(a / np.linalg.norm(a))
    assert rows[2] == pytest.approx(np.array([0, y, m, 0]) / math.hypot(y, m))
    assert not rows[3].any()


def test_no_attributes_no_rows():
    rows = attribute_rows(Catalogue(pa.table({"item_id": ["a", "b"]})))
    assert rows.shape == (2, 0)
    assert np.isnan(diversity(np.array([[0, 1]]), rows)).all()


def test_diversity_by_hand():
    rows = sparse.csr_matrix([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.0, 0.0]])
    lists = np.array([[0, 1, 2], [2, 2, -1], [0, 3, 1], [0, -1, 3]], dtype=np.int32)
    # Cosines 0, .6, .8; then 1; the product without labels is in no pair; then no pair is left.
    assert diversity(lists, rows) == pytest.approx(
        [1 - (0 + 0.6 + 0.8) / 3, 0.0, 1.0, np.nan], nan_ok=True
    )


def test_serendipity_by_hand():
    hit = np.array([[True, True, False, False], [False, True, False, False]])
    expected = np.array([[True, False, True, False], [False, True, False, False]])
    assert serendipity(hit, expected).tolist() == [0.25, 0.0]


def test_mean_popularity_by_hand():
    n_shoppers = np.array([8.0, 4.0, 0.0, 1.0])
    # Lists of (8 + 4)/2, (8 + 0)/2 and 8, of 16 shoppers.
    assert mean_popularity(LISTS, n_shoppers, 16) == pytest.approx((6 + 4 + 8) / 3 / 16)
    assert math.isnan(mean_popularity(np.full((2, 3), -1), n_shoppers, 16))


def test_popularity_lift_by_hand():
    n_shoppers = np.array([8.0, 4.0, 0.0, 1.0])
    # The third shopper has no past; lists of 6 and 4 against histories of 2 and 3.
    lift = popularity_lift(LISTS, np.array([2.0, 3.0, np.nan]), n_shoppers)
    assert lift == pytest.approx(5 / 2.5 - 1)
    assert math.isnan(popularity_lift(LISTS, np.full(3, np.nan), n_shoppers))
