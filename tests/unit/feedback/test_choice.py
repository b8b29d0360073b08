"""Reasons are chosen among checked ones, with propensities that are what they say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.errors import InputError, NotEnoughDataError
from youli.explain.types import Claim, ClaimKind, Reason
from youli.feedback.additive import Additive
from youli.feedback.choice import ChoiceConfig, ReasonChooser, highest_probability
from youli.feedback.means import MeansConfig
from youli.feedback.off_policy import GateConfig, judge, snips
from youli.feedback.records import Experience, Shown
from youli.feedback.trust import Trust, TrustConfig
from youli.types import Evidence, EvidenceKind

KINDS = (ClaimKind.WENT_ON, ClaimKind.SHARED_ATTRIBUTE, ClaimKind.POPULAR)


def option(kind: ClaimKind, amount: float = 1.0) -> Reason:
    return Reason(Claim(kind, ("c",), Evidence(EvidenceKind.HISTORY), amount), ())


OPTIONS = [option(kind) for kind in KINDS]


def shown(kind=ClaimKind.WENT_ON, user="ann", propensity=1.0, target=1.0, group="") -> Shown:
    return Shown("r", user, "tea", 1, kind, "v1", 0, propensity, target, KINDS, group)


def taught(rewards: dict[ClaimKind, list[float]], **settings_) -> ReasonChooser:
    chooser = ReasonChooser(ChoiceConfig(**settings_))
    for kind, many in rewards.items():
        for n, reward in enumerate(many):
            chooser.learn(shown(kind, user=f"u{n % 20}"), reward)
    return chooser


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 1.0)), min_size=2, max_size=6),
    st.integers(0, 2**31),
)
def test_the_summed_propensity_is_that_of_drawing(arms, seed):
    """Against 40,000 draws: five standard errors and what the grid may be off."""
    mean, deviation = map(np.array, zip(*arms, strict=True))
    found = highest_probability(mean, deviation)
    draws = np.random.default_rng(seed).normal(mean, deviation, (40_000, len(mean)))
    drawn = np.bincount(draws.argmax(axis=1), minlength=len(mean)) / len(draws)
    assert found.sum() == pytest.approx(1.0)
    error = 5.0 * np.sqrt(np.maximum(drawn * (1 - drawn), 1e-4) / len(draws))
    assert (np.abs(found - drawn) <= error + 3.2e-3).all()


def test_two_arms_have_a_closed_form():
    """P(X > Y) = Φ((a - b) / sqrt(s² + t²)); Φ(0.2) = .579260."""
    found = highest_probability(np.array([0.1, 0.0]), np.array([0.3, 0.4]))
    assert found[0] == pytest.approx(0.579260, abs=1e-4)


def test_nothing_is_chosen_that_was_not_offered():
    chooser = ReasonChooser()
    for seed in range(30):
        chosen = chooser.choose("ann", OPTIONS, np.random.default_rng(seed), now=0)
        assert all(any(one is option for option in OPTIONS) for one in chosen.reasons)
        assert len({one.claim.kind for one in chosen.reasons}) == len(chosen.reasons)
        assert chosen.propensity == chosen.propensities[chosen.reasons[0].claim.kind]
        assert sum(chosen.propensities.values()) == pytest.approx(1.0)


def test_it_is_chosen_as_often_as_the_log_says():
    chooser = taught({KINDS[0]: [0.2] * 10 + [-0.1] * 10, KINDS[1]: [0.1] * 20})
    rng = np.random.default_rng(3)
    firsts = [chooser.choose("ann", OPTIONS, rng, now=0).reasons[0].claim.kind for _ in range(3000)]
    stated = chooser.choose("ann", OPTIONS, rng, now=0).propensities
    for kind in KINDS:
        share = firsts.count(kind) / len(firsts)
        assert share == pytest.approx(stated[kind], abs=0.04)


def test_what_earns_most_is_shown_most_and_the_rest_keeps_its_floor():
    chooser = taught({KINDS[0]: [0.0] * 400, KINDS[1]: [0.5] * 400, KINDS[2]: [-0.5] * 400})
    found = chooser.propensities(KINDS)
    assert found[1] > 0.97
    assert found[[0, 2]].tolist() == pytest.approx([0.02 / 3] * 2, abs=1e-6)


def test_groups_have_their_own_best():
    chooser = ReasonChooser()
    for n in range(300):
        for group, best in (("a", KINDS[0]), ("b", KINDS[1])):
            for kind in KINDS[:2]:
                chooser.learn(shown(kind, f"{group}{n % 30}", group=group), 0.5 * (kind is best))
    for group, best in (("a", 0), ("b", 1)):
        assert chooser.propensities(KINDS[:2], group=group)[best] > 0.95


def test_a_good_product_is_no_credit_to_its_reason():
    """The first kind is at hand for good products only, where the second would earn more."""
    chooser, rng = ReasonChooser(), np.random.default_rng(0)
    first, second = KINDS[:2]
    for n in range(600):
        is_good = n % 2 == 0
        options = (first, second) if is_good else (second,)
        kind = options[int(rng.integers(len(options)))]
        mean = (0.6 if is_good else -0.2) + (0.2 if kind is second else 0.0)
        reward = float(np.clip(mean + rng.normal(0, 0.2), -1, 1))
        chooser.learn(replace(shown(kind, f"u{n % 50}"), options=options), reward)
    mean, deviation = chooser.effects([first, second])
    assert mean[1] - mean[0] == pytest.approx(0.2, abs=0.06)
    assert chooser.propensities([first, second])[1] > 0.95
    assert deviation.max() < 0.05


def test_the_regression_is_that_of_the_normal_equations():
    model, rng = Additive(30.0), np.random.default_rng(1)
    names = ["a", "b", "x", "y"]
    rows, values, weights = [], [], []
    for n in range(50):
        around, effect = names[int(rng.integers(2))], names[2 + int(rng.integers(2))]
        value, at = float(rng.normal()), n * 86_400
        model.add([around], [effect], value, weight=1.0, at=at)
        rows.append([float(name in (around, effect)) for name in names])
        values.append(value)
        weights.append(2.0 ** (-(49 - n) / 30))
    x, w = np.array(rows), np.array(weights)
    inverse = np.linalg.inv(x.T @ (w[:, None] * x) + np.diag([1.0, 1.0, 4.0, 4.0]))
    expected = inverse @ (x.T @ (w * np.array(values)))
    mean, _ = model.contrasts([["x"], ["y"]])
    assert mean[0] - mean[1] == pytest.approx(expected[2] - expected[3])


def test_switched_off_it_shows_the_strongest_but_for_trials():
    chooser = ReasonChooser(is_on=False)
    chosen = chooser.choose("ann", OPTIONS, np.random.default_rng(0), now=0)
    assert chosen.propensities[KINDS[0]] == pytest.approx(0.9 + 0.1 / 3)
    assert chosen.propensities[KINDS[2]] == pytest.approx(0.1 / 3)
    assert chosen.target == pytest.approx(1 / 3, abs=1e-3)  # switched on, it knows nothing yet


def trust_in(**good: tuple[int, int]) -> Trust:
    """Kind → good and bad experiences of ann."""
    trust = Trust("v1", TrustConfig(means=MeansConfig(strength_shopper=1.0)))
    for name, (n_good, n_bad) in good.items():
        for was_good in [True] * n_good + [False] * n_bad:
            trust.observe(Experience("ann", ClaimKind(name), "v1", 0, was_good))
    return trust


def test_a_kind_that_is_surely_not_trusted_is_kept_back():
    chooser, trust = ReasonChooser(), trust_in(went_on=(0, 12), shared_attribute=(9, 0))
    chosen = chooser.choose("ann", OPTIONS, np.random.default_rng(0), now=0, trust=trust)
    assert chosen.left_out == (ClaimKind.WENT_ON,)
    assert ClaimKind.WENT_ON not in chosen.propensities


def test_where_nothing_is_trusted_the_least_bad_is_said():
    chooser, trust = ReasonChooser(), trust_in(went_on=(0, 30), shared_attribute=(3, 30))
    chosen = chooser.choose("ann", OPTIONS[:2], np.random.default_rng(0), now=0, trust=trust)
    assert [one.claim.kind for one in chosen.reasons] == [ClaimKind.SHARED_ATTRIBUTE]


def test_trust_says_how_many_how_strong_and_how_much_is_tried():
    chooser = ReasonChooser()
    much = chooser.plan(
        "ann", KINDS[:2], trust_in(went_on=(20, 0), shared_attribute=(20, 0)), now=0
    )
    little = chooser.plan(
        "ann", KINDS[:2], trust_in(went_on=(2, 9), shared_attribute=(1, 9)), now=0
    )
    assert (much.n_reasons, little.n_reasons) == (2, 1)
    assert much.least_share < little.least_share
    assert much.exploration > little.exploration > 0.0


def test_it_survives_storing_and_forgets_a_shopper():
    chooser = taught({KINDS[0]: [0.5, -1.0, 0.0] * 7})
    again = ReasonChooser.of_document(json.loads(json.dumps(chooser.document)))
    for one, other in zip(again.effects(KINDS), chooser.effects(KINDS), strict=True):
        assert one.tolist() == other.tolist()
    chooser.forget("u3")
    assert '"u3"' not in json.dumps(chooser.document)
    with pytest.raises(InputError):
        ReasonChooser.of_document({"is_on": True})


def test_a_reward_has_its_range_and_a_choice_its_options():
    with pytest.raises(InputError, match="reward"):
        ReasonChooser().learn(shown(), 1.5)
    with pytest.raises(InputError, match="no checked reason"):
        ReasonChooser().choose("ann", [], np.random.default_rng(0), now=0)


def test_snips_by_hand():
    found = snips(np.array([1.0, 0.0, 1.0]), np.array([2.0, 1.0, 1.0]), ["a", "b", "c"])
    assert found.mean == pytest.approx(0.75)
    # influences .5, -.75, .25 over a sum of weights of 4
    half = 1.959964 * np.sqrt(0.25 + 0.5625 + 0.0625) / 4
    assert found.high - found.mean == pytest.approx(half)
    with pytest.raises(NotEnoughDataError):
        snips(np.ones(2), np.zeros(2), ["a", "b"])


def logged(n_shoppers: int, gain: float, seed: int) -> list[tuple[Shown, float]]:
    """Two kinds drawn alike; the second earns `gain` more; what is judged always shows it."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_shoppers):
        for _ in range(4):
            second = rng.random() < 0.5
            earned = float(rng.random() < 0.3 + gain * second)
            rows.append((shown(KINDS[int(second)], f"u{user}", 0.5, float(second)), earned))
    return rows


def test_the_interval_covers_what_the_other_way_earns():
    truth, n_covered = 0.3 + 0.2, 0
    for seed in range(200):
        verdict = judge(logged(60, 0.2, seed))
        n_covered += verdict.value.low <= truth <= verdict.value.high
    assert 178 <= n_covered <= 200  # 95 % of 200 are 190; four standard errors


def test_only_what_surely_earns_more_may_be_switched_on():
    assert judge(logged(200, 0.3, 0)).may_switch_on
    assert not judge(logged(200, 0.0, 0)).may_switch_on
    assert not judge(logged(200, -0.2, 0)).may_switch_on
    few = judge(logged(20, 0.3, 0))
    assert not few.may_switch_on
    assert "20 shoppers" in few.because
    worth = judge(logged(60, 0.3, 0), config=GateConfig(least_effective=1000))
    assert "worth" in worth.because
    with pytest.raises(NotEnoughDataError):
        judge([])
