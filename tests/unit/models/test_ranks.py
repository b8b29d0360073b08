"""Ranks of targets: ties, what is left out, what cannot be scored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from youli.models.ranks import place, target_ranks

ALL = np.ones(6, dtype=bool)


def ranks(scores, targets, allowed=ALL):
    found = target_ranks(np.array(scores, dtype=np.float32), np.array(targets), allowed)
    return found.tolist()


def test_counts_the_better_ones():
    assert ranks([0.9, 0.5, 0.7, 0.1, 0.0, -1.0], [1]) == [3]


def test_a_tie_counts_against_the_target():
    assert ranks([1.0, 1.0, 1.0, 1.0, 0.0, 2.0], [2]) == [5]
    assert ranks([0.0] * 6, [4]) == [6]


def test_targets_do_not_stand_in_each_others_way():
    assert ranks([1.0, 1.0, 0.5, 2.0, 0.0, 0.0], [0, 1]) == [2, 3]


def test_left_out_products_do_not_compete_but_a_target_always_does():
    allowed = np.array([False, True, False, True, True, True])
    assert ranks([9.0, 8.0, 1.0, 0.5, 2.0, 0.0], [2], allowed) == [3]


def test_what_cannot_be_scored_is_missed_and_never_in_front():
    assert ranks([np.nan, 0.2, 0.1, np.nan, 0.0, 0.0], [0, 2]) == [2, np.inf]


def test_minus_infinity_is_a_score_like_any_other():
    assert ranks([-np.inf, 0.2, -np.inf, 0.0, 0.0, 0.0], [0]) == [6]


@st.composite
def a_case(draw):
    n = draw(st.integers(1, 12))
    values = st.one_of(st.integers(-2, 2).map(float), st.just(float("nan")))
    scores = np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype=np.float32)
    targets = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True))
    allowed = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    return scores, np.array(targets), allowed


@given(a_case())
def test_equals_sorting_with_targets_last_among_equals(case):
    scores, targets, allowed = case
    is_target = np.isin(np.arange(len(scores)), targets)
    listed = np.flatnonzero((allowed | is_target) & ~np.isnan(scores))
    order = sorted(listed, key=lambda item: (-scores[item], is_target[item]))
    expected = [float(place) for place, item in enumerate(order, 1) if is_target[item]]
    expected += [np.inf] * (len(targets) - len(expected))
    assert target_ranks(scores, targets, allowed).tolist() == expected


@pytest.mark.parametrize("shift", [-3.0, 10.0])
def test_only_the_order_counts(shift):
    scores = np.arange(6.0)
    assert ranks(scores + shift, [1, 4]) == ranks(scores, [1, 4]) == [2, 5]


@given(a_case())
def test_ties_rivals_and_whose_rank_it_is(case):
    scores, targets, allowed = case
    found = place(scores, targets, allowed)
    rivals = [i for i in range(len(scores)) if allowed[i] and i not in targets]
    assert found.n_rivals == len(rivals)
    assert sorted(found.target.tolist()) == sorted(targets.tolist())
    for at, target in enumerate(found.target.tolist()):
        assert found.tied[at] == sum(scores[r] == scores[target] for r in rivals)
        assert np.isinf(found.rank[at]) == np.isnan(scores[target])
    own = scores[found.target]
    assert (np.diff(own[~np.isnan(own)]) <= 0).all()
