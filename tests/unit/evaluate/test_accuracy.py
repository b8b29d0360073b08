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
    auc,
    f1,
    hit_rate,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)
from youli.models.ranks import Placed, place

N_RIVALS = 100


def placed(ranks, tied=0.0) -> Placed:
    """Targets at these ranks among a hundred others."""
    ranks = np.array(ranks, dtype=np.float64)
    return Placed(ranks, np.full(len(ranks), tied), np.arange(len(ranks)), N_RIVALS)


#: One target at place 1, one at 3, one at 11, one never; then two targets at 2 and 4.
BY_HAND = Ranks.of([placed(one) for one in ([1.0], [3.0], [11.0], [np.inf], [2.0, 4.0])])


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
    assert ndcg(Ranks.of([placed([1, 2, 3])]), 2) == pytest.approx([1.0])


def test_reciprocal_rank_by_hand():
    assert reciprocal_rank(BY_HAND) == pytest.approx([1, 1 / 3, 1 / 11, 0, 0.5])


def test_f1_by_hand():
    # One of one target in five places: P = 1/5, R = 1. Both of two: P = 2/5, R = 1.
    assert f1(BY_HAND, 5) == pytest.approx([1 / 3, 1 / 3, 0, 0, 4 / 7])


def test_auc_by_hand():
    # At place 3 two of a hundred are in front; two targets at 2 and 4 have 1 and 2 in front.
    assert auc(BY_HAND) == pytest.approx([1.0, 0.98, 0.9, 0.0, 1 - (0.01 + 0.02) / 2])


def test_auc_counts_a_tie_half():
    assert auc(Ranks.of([placed([101], tied=100)])) == pytest.approx([0.5])


def test_auc_without_a_rival_is_one():
    only = Placed(np.array([1.0]), np.zeros(1), np.zeros(1, dtype=np.int32), 0)
    assert auc(Ranks.of([only])).tolist() == [1.0]


@given(st.lists(st.integers(-2, 2) | st.just(np.nan), min_size=2, max_size=9), st.integers(1, 3))
def test_auc_equals_counting_pairs(scores, n_targets):
    scores = np.array(scores, dtype=np.float32)
    targets = np.arange(min(n_targets, len(scores) - 1))
    found = auc(Ranks.of([place(scores, targets, np.ones(len(scores), dtype=bool))]))
    pairs = [
        0.0 if np.isnan(t) else 1.0 if np.isnan(r) or t > r else 0.5 if t == r else 0.0
        for t in scores[targets].tolist()
        for r in scores[len(targets) :].tolist()
    ]
    assert found == pytest.approx([np.mean(pairs)])


def test_with_one_target_recall_is_hr():
    measures = accuracy(Ranks.of([placed([3]), placed([12])]))
    assert measures["recall@10"].tolist() == measures["hr@10"].tolist() == [1, 0]


cases = st.lists(
    st.lists(st.integers(1, 40), min_size=1, max_size=5, unique=True).map(
        lambda ranks: np.array(sorted(ranks), dtype=np.float64)
    ),
    min_size=1,
    max_size=6,
)


@given(cases, st.sampled_from(CUTS))
def test_equals_the_plain_definition(per_case, k):
    ranks = Ranks.of([placed(one) for one in per_case])
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
    measures = accuracy(Ranks.of([placed(one) for one in per_case]))
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
    before, after = (
        accuracy(Ranks.of([placed(one[:1]) for one in lists])) for lists in (plain, better)
    )
    assert all((after[name] >= before[name]).all() for name in before)


def test_a_case_without_targets_is_our_mistake():
    with pytest.raises(AssertionError):
        Ranks.of([placed([])])
