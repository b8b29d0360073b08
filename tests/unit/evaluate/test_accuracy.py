"""Measures of placing: answers by hand, bounds, and agreement with a plain definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from youli.evaluate.accuracy import (
    CUTS,
    Ranks,
    accuracy,
    hit_rate,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)

#: One target at place 1, one at 3, one at 11, one never; then two targets at 2 and 4.
BY_HAND = Ranks.of([np.array(one) for one in ([1.0], [3.0], [11.0], [np.inf], [2.0, 4.0])])


def test_hit_rate_by_hand():
    assert hit_rate(BY_HAND, 10).tolist() == [1, 1, 0, 0, 1]
    assert hit_rate(BY_HAND, 1).tolist() == [1, 0, 0, 0, 0]


def test_recall_and_precision_by_hand():
    assert recall(BY_HAND, 3).tolist() == [1, 1, 0, 0, 0.5]
    assert precision(BY_HAND, 5).tolist() == [0.2, 0.2, 0, 0, 0.4]


def test_ndcg_by_hand():
    two = (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert ndcg(BY_HAND, 10) == pytest.approx([1.0, 0.5, 0.0, 0.0, two])


def test_ndcg_of_more_targets_than_places_can_be_one():
    assert ndcg(Ranks.of([np.array([1.0, 2.0, 3.0])]), 2) == pytest.approx([1.0])


def test_reciprocal_rank_by_hand():
    assert reciprocal_rank(BY_HAND) == pytest.approx([1, 1 / 3, 1 / 11, 0, 0.5])


def test_one_target_needs_no_recall():
    assert "recall@10" not in accuracy(BY_HAND)
    assert "recall@10" in accuracy(BY_HAND, multi=True)


cases = st.lists(
    st.lists(st.integers(1, 40), min_size=1, max_size=5, unique=True).map(
        lambda ranks: np.array(sorted(ranks), dtype=np.float64)
    ),
    min_size=1,
    max_size=6,
)


@given(cases, st.sampled_from(CUTS))
def test_equals_the_plain_definition(per_case, k):
    ranks = Ranks.of(per_case)
    for at, mine in enumerate(per_case):
        hits = [r for r in mine if r <= k]
        ideal = sum(1 / math.log2(1 + r) for r in range(1, min(len(mine), k) + 1))
        assert hit_rate(ranks, k)[at] == float(bool(hits))
        assert recall(ranks, k)[at] == pytest.approx(len(hits) / len(mine))
        assert precision(ranks, k)[at] == pytest.approx(len(hits) / k)
        assert ndcg(ranks, k)[at] == pytest.approx(sum(1 / math.log2(1 + r) for r in hits) / ideal)
        assert reciprocal_rank(ranks)[at] == pytest.approx(1 / mine[0])


@given(cases)
def test_bounds_and_order_in_k(per_case):
    measures = accuracy(Ranks.of(per_case), multi=True)
    for values in measures.values():
        assert ((values >= 0.0) & (values <= 1.0 + 1e-12)).all()
    for name in ("hr", "recall"):
        assert (measures[f"{name}@5"] <= measures[f"{name}@20"]).all()
    assert (measures["ndcg@10"] <= measures["hr@10"] + 1e-12).all()


@given(cases, st.data())
def test_a_better_place_never_hurts(per_case, data):
    at = data.draw(st.integers(0, len(per_case) - 1))
    better = [one.copy() for one in per_case]
    better[at] = np.array([1.0])
    plain = [one[:1] for one in per_case]
    before, after = accuracy(Ranks.of(plain)), accuracy(Ranks.of([b[:1] for b in better]))
    assert all((after[name] >= before[name]).all() for name in before)


def test_a_case_without_targets_is_our_mistake():
    with pytest.raises(AssertionError):
        Ranks.of([np.zeros(0)])
