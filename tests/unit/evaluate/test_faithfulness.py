"""Measures of explanations, on a model small enough to be worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from youli.data.state import ShopperState
from youli.evaluate.faithfulness.cases import Explained, listed_cases, true_causes
from youli.evaluate.faithfulness.causes import precision_at, recall_at
from youli.evaluate.faithfulness.claims import abstains, claims_that_pass
from youli.evaluate.faithfulness.curves import (
    deletion,
    insertion,
    is_worth_explaining,
    neg_at,
    pos_at,
    steps,
)
from youli.evaluate.faithfulness.measure import means, measure_case
from youli.evaluate.faithfulness.orders import (
    left_out,
    overlap,
    same_first,
    sign_violations,
    spearman_with_left_out,
)
from youli.evaluate.faithfulness.sets import (
    explanation_size,
    gini,
    necessity,
    necessity_of_list,
    necessity_of_ranks,
)
from youli.evaluate.leave_one_out import splits
from youli.explain.attribution.base import Attribution, players, score_of, spearman
from youli.explain.attribution.claims import chosen_set, completeness_residual
from youli.explain.attribution.occlusion import OcclusionAttributor
from youli.explain.attribution.probe import Probe
from youli.explain.attribution.shapley import ShapleyAttributor
from youli.testing.shops import walk_shop

A, B, C, RIVAL, TARGET, N_ITEMS = 0, 1, 2, 4, 5, 6
AMOUNTS = {A: 2.0, B: 1.0, C: -0.5}


class Sum:
    """Score of the target: 1 + 2 (a) + 1 (b) − ½ (c), and `together` more with a and b both."""

    additive = True

    def __init__(self, together: float = 0.0) -> None:
        self.together = together

    def score_batch(self, states: Sequence[ShopperState]) -> np.ndarray:
        scores = np.zeros((len(states), N_ITEMS), dtype=np.float32)
        for row, state in zip(scores, states, strict=True):
            has = set(state.item_num[state.strength > 0.0].tolist())
            row[RIVAL] = 2.2
            row[TARGET] = 1.0 + sum(AMOUNTS.get(one, 0.0) for one in has)
            row[TARGET] += self.together if {A, B} <= has else 0.0
        return scores


class Pair(Sum):
    additive = False


def a_state(*items: int) -> ShopperState:
    state = ShopperState(user_id="u")
    for at, item in enumerate(items):
        state = state.record(item, "purchase", at)
    return state


ALLOWED = np.array([False, False, False, True, True, True])
ORDER = np.array([0, 1, 2])


def probe_of(model: Sum | None = None, *, k: int = 1, state: ShopperState | None = None) -> Probe:
    return Probe(model or Sum(), state or a_state(A, B, C), TARGET, ALLOWED, k=k)


def said(*amounts: float, in_score_units: bool = True, **numbers: float) -> Attribution:
    return Attribution(
        "said", TARGET, np.array([A, B, C], dtype=np.int32)[: len(amounts)], np.array(amounts),
        exact=False, in_score_units=in_score_units, numbers=numbers,
    )  # fmt: skip


TRUE = said(2.0, 1.0, -0.5)


def test_the_probe_gives_score_place_and_list():
    probe = probe_of(k=2)
    assert probe.full.score == pytest.approx(3.5)
    assert (probe.full.rank, probe.full.listed) == (1.0, (TARGET, RIVAL))
    assert probe.without([0]).score == pytest.approx(1.5)
    assert (probe.without([0]).rank, probe.without([0]).listed) == (2.0, (RIVAL, TARGET))
    assert probe.only([0]).score == pytest.approx(3.0)
    assert probe.empty.score == pytest.approx(1.0)


def test_a_tie_counts_against_the_explained_product():
    class Flat(Sum):
        def score_batch(self, states):
            return np.ones((len(states), N_ITEMS), dtype=np.float32)

    assert probe_of(Flat()).full.rank == 3.0


def test_deletion_and_insertion():
    probe = probe_of()
    assert deletion(probe, ORDER, 1) == pytest.approx((1.5 - 1.0) / 2.5)
    assert insertion(probe, ORDER, 1) == pytest.approx((3.0 - 1.0) / 2.5)
    assert deletion(probe, ORDER, 2) == 0.0  # ½ − 1 is below nothing
    assert insertion(probe, ORDER, 2) == 1.0  # without c it is more than all
    assert (deletion(probe, ORDER, 5), insertion(probe, ORDER, 5)) == (0.0, 1.0)
    assert deletion(probe, ORDER[::-1], 1) == 1.0


def test_a_history_that_does_not_lift_the_product_has_nothing_to_keep():
    probe = probe_of(state=a_state(C))
    assert not is_worth_explaining(probe)
    assert math.isnan(deletion(probe, np.array([0]), 1))


def test_places_while_evidence_goes():
    probe = probe_of()
    assert pos_at(probe, ORDER) == 0.0  # 1.5, ½ and 1 against 2.2
    assert neg_at(probe, ORDER) == pytest.approx(2 / 3)  # 4, 3 and 1
    assert math.isnan(pos_at(probe_of(state=a_state(C)), np.array([0]))), "it was not listed"
    assert steps(3) == [1, 2, 3]
    assert steps(23) == [3, 6, 9, 11, 13, 15, 17, 19, 21, 23]


def test_the_explanation_is_chosen_by_amounts_alone():
    assert chosen_set(TRUE).tolist() == [0, 1]  # 2 of 3 are less than four fifths
    assert chosen_set(said(0.1, 7.8, 2.0)).tolist() == [1, 2]
    assert chosen_set(said(0.1, 8.0, 1.0)).tolist() == [1]
    assert chosen_set(said(-1.0, 0.0)).tolist() == []
    assert explanation_size(chosen_set(TRUE)) == 2.0
    many = Attribution("m", 0, np.arange(9, dtype=np.int32), np.ones(9), False, False)
    assert chosen_set(many).tolist() == [0, 1, 2, 3, 4]


def test_necessity():
    chosen = chosen_set(TRUE)
    assert necessity(probe_of(), chosen) == 1.0
    assert necessity(probe_of(k=2), chosen) == 0.0
    assert necessity(probe_of(), np.array([1])) == 0.0  # 2.5 is still above 2.2
    assert math.isnan(necessity(probe_of(state=a_state(C)), np.array([0])))
    assert necessity_of_list(probe_of(), chosen) == 1.0
    assert necessity_of_list(probe_of(k=2), chosen) == 0.0
    assert necessity_of_ranks(probe_of(), chosen) == 1.0
    assert necessity_of_ranks(probe_of(k=2), chosen) == 0.0


def test_necessity_of_ranks_discounts_late_places():
    class Swap(Sum):
        def score_batch(self, states):
            scores = super().score_batch(states)
            for row, state in zip(scores, states, strict=True):
                row[3] = 0.0 if 0 in state.item_num[state.strength > 0.0] else 1.7
            return scores

    # 5, 4 before; 4, 3 after: the second of two places is new.
    probe = Probe(Swap(), a_state(A, B, C), TARGET, ALLOWED, k=2)
    assert probe.without([0]).listed == (RIVAL, 3)
    second = 1.0 / math.log2(3.0)
    assert necessity_of_ranks(probe, np.array([0])) == pytest.approx(second / (1.0 + second))
    assert necessity_of_list(probe, np.array([0])) == 0.5


def test_gini():
    # Scaled 1, .6, 0: 1 − 2 · (.6/1.6 · 1.5/3 + 1/1.6 · .5/3).
    assert gini(TRUE.amounts) == pytest.approx(1.0 - 2.0 * (0.375 * 0.5 + 0.625 / 6.0))
    assert gini(np.ones(4)) == 0.0
    assert gini(np.array([1.0, 0.0, 0.0, 0.0])) == pytest.approx(0.75)
    assert math.isnan(gini(np.zeros(0)))


def test_completeness():
    assert completeness_residual(probe_of(), TRUE) == pytest.approx(0.0, abs=1e-7)
    assert completeness_residual(probe_of(), said(2.0, 1.0, 0.5)) == pytest.approx(1.0 / 3.5)
    assert completeness_residual(probe_of(), said(2.0, 1.0, 0.5, base=0.0)) == pytest.approx(0.0)
    assert math.isnan(completeness_residual(probe_of(), said(1.0, in_score_units=False)))


def test_signs_and_order_against_leaving_out():
    np.testing.assert_allclose(left_out(probe_of()), [2.0, 1.0, -0.5], atol=1e-6)
    assert sign_violations(probe_of(), TRUE) == 0.0
    assert sign_violations(probe_of(), said(2.0, 1.0, 0.5)) == pytest.approx(1 / 3)
    assert sign_violations(probe_of(), said(2.0, 0.0, 0.5)) == 0.5  # 0 has no sign
    assert math.isnan(sign_violations(probe_of(), said(1.0, 1.0, 1.0, in_score_units=False)))
    assert spearman_with_left_out(probe_of(), TRUE) == pytest.approx(1.0)
    assert spearman_with_left_out(probe_of(), said(1.0, 2.0, 0.0)) == pytest.approx(0.5)
    assert math.isnan(spearman(np.ones(3), np.arange(3.0)))
    assert math.isnan(spearman(np.ones(1), np.ones(1)))


def test_agreement():
    assert same_first(TRUE, said(3.0, 0.0, 0.0)) == 1.0
    assert same_first(TRUE, said(0.0, 3.0, 0.0)) == 0.0
    assert overlap(np.array([1, 2]), np.array([2, 3])) == pytest.approx(1 / 3)
    assert math.isnan(overlap(np.zeros(0), np.zeros(0)))


def test_claims_of_a_sum_pass_and_those_of_no_sum_pass_by_direction_alone():
    model, state = Sum(), a_state(A, B, C)
    found = OcclusionAttributor().attribute(model, state, TARGET)
    passed = claims_that_pass(probe_of(model), found, chosen_set(found))
    assert (passed.same, passed.direction, passed.covered) == (1.0, 1.0, 1.0)
    pair = Pair(together=1.0)
    found = OcclusionAttributor().attribute(pair, state, TARGET)
    passed = claims_that_pass(probe_of(pair), found, chosen_set(found))
    assert (passed.same, passed.covered) == (0.0, 0.0), "3 + 2 − ½ is not 3½"
    assert (passed.direction, passed.covered_direction) == (1.0, 1.0)
    assert passed.amount == 1.0, "each removal does what its claim says"


def test_a_wrong_claim_fails():
    passed = claims_that_pass(probe_of(), said(0.0, 0.0, 2.5), np.array([2]))
    assert (passed.same, passed.amount, passed.direction) == (0.0, 0.0, 0.0)
    ordering = claims_that_pass(probe_of(), said(2.0, 1.0, in_score_units=False), np.array([0]))
    assert (ordering.amount, ordering.direction) == (0.0, 1.0), "it claims no amount"
    half = claims_that_pass(probe_of(), said(1.0, 1.0, 0.5), np.array([0, 1]))
    assert half.same == 0.5, "complete, but a gave 2"


def test_saying_nothing_is_counted_as_such():
    nothing = chosen_set(said(-1.0, 0.0))
    assert abstains(nothing) == 1.0
    assert abstains(chosen_set(TRUE)) == 0.0
    passed = claims_that_pass(probe_of(), said(-1.0, 0.0), nothing)
    assert math.isnan(passed.same)
    assert passed.covered == 0.0


def test_causes_named_first():
    assert precision_at(TRUE, {A}, 1) == 1.0
    assert precision_at(TRUE, {B}, 1) == 0.0
    assert precision_at(TRUE, {A, C}, 2) == 0.5
    assert recall_at(TRUE, {A, C}, 2) == 0.5
    assert recall_at(TRUE, {A, C}, 3) == 1.0
    assert math.isnan(recall_at(TRUE, set(), 3))
    assert precision_at(said(1.0), {A}, 3) == 1.0, "only one is named"


def test_ties_get_what_chance_gets():
    tied = said(1.0, 1.0, 0.0)
    assert precision_at(tied, {A}, 1) == 0.5
    assert precision_at(tied, {A}, 2) == 0.5
    assert recall_at(tied, {C}, 3) == 1.0
    assert precision_at(said(0.0, 0.0, 0.0), {B}, 1) == pytest.approx(1 / 3)


def test_shapley_shares_what_two_do_together():
    found = ShapleyAttributor().attribute(Pair(together=1.0), a_state(A, B, C), TARGET)
    np.testing.assert_allclose(found.amounts, [2.5, 1.5, -0.5], atol=1e-6)
    assert found.exact
    drawn = ShapleyAttributor(most_exact=0, n_pairs=16).attribute(
        Pair(together=1.0), a_state(A, B, C), TARGET
    )
    # An order and its reverse together give each of the two half of it: no spread is left.
    np.testing.assert_allclose(drawn.amounts, [2.5, 1.5, -0.5], atol=1e-6)
    assert not drawn.exact
    assert drawn.numbers["half_width_max"] == pytest.approx(0.0, abs=1e-5)


def test_occlusion_of_two_together_counts_it_twice():
    found = OcclusionAttributor().attribute(Pair(together=1.0), a_state(A, B, C), TARGET)
    np.testing.assert_allclose(found.amounts, [3.0, 2.0, -0.5], atol=1e-6)
    assert not found.exact


def test_events_of_one_product_are_one_player_and_ignored_ones_none():
    state = a_state(A, B, A, C).without([3])
    found = players(state)
    assert found.items.tolist() == [A, B]
    assert found.rows == ((0, 2), (1,))
    assert score_of(Sum(), [found.without(state, [0])], TARGET)[0] == pytest.approx(2.0)
    assert score_of(Sum(), [found.only(state, [1])], TARGET)[0] == pytest.approx(2.0)


def test_a_case_is_measured_once_for_all_methods():
    case = Explained(a_state(A, B, C), TARGET, ALLOWED)
    methods = {"occlusion": OcclusionAttributor(), "shapley": ShapleyAttributor()}
    found = measure_case(Sum(), case, methods, k=1)
    assert found.numbers["occlusion"]["del@1"] == pytest.approx(0.2)
    assert found.numbers["occlusion"]["yield_same_checks"] == 1.0
    assert found.numbers["occlusion"]["stability_first"] == 1.0
    assert found.pairs["occlusion", "shapley"]["same_first"] == 1.0
    assert found.n_past == 3
    assert means([{"x": 1.0}, {"x": math.nan}, {"x": 3.0}, {"y": math.nan}]) == {
        "x": 2.0,
        "y": None,
    }


def test_listed_products_are_explained_for_shoppers_with_a_history():
    shop = walk_shop({"u": "abcd", "v": "bcde", "w": "f"})
    test = splits(shop).test
    cases = listed_cases(Sum(), test, test.cases, n_products=2, repeats=False)
    assert [case.item_num for case in cases[:2]] == [TARGET, RIVAL]  # 3.5 and 2.2
    assert not cases[0].allowed[cases[0].state.item_num].any()


def test_true_causes_are_of_the_last_event():
    shop = walk_shop({"u": "abc", "v": "ab"})
    is_caused = np.array([False, True, True, False, False])
    support = [np.array([], dtype=int), np.array([0]), np.array([0, 1]), np.array([]), np.array([])]
    found = true_causes(shop, is_caused, ["x", "x", "brand", "x", "x"], support)
    assert list(found) == [0]
    assert found[0][0] == "brand"
    assert found[0][1].tolist() == [0, 1]
