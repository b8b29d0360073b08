"""Experiments: the same arm for ever, one outcome a shopper, intervals that hold at every look."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError

from youli.errors import InputError
from youli.feedback.experiments import (
    Experiment,
    ExperimentConfig,
    Guardrail,
    Status,
    assign,
    interleave,
)
from youli.feedback.sequential import AlwaysValid

CONFIG = ExperimentConfig(name="reasons on or off")
KEY = b"a secret of this shop"


def test_an_arm_is_for_ever_and_hangs_on_key_and_name():
    users = [f"u{n}" for n in range(4000)]
    arms = [assign(KEY, CONFIG, user) for user in users]
    assert arms == [assign(KEY, CONFIG, user) for user in users]
    assert Counter(arms)["treatment"] == pytest.approx(2000, abs=130)  # four standard deviations
    for other in (
        [assign(b"another", CONFIG, user) for user in users],
        [assign(KEY, ExperimentConfig(name="styles"), user) for user in users],
    ):
        same = sum(a == b for a, b in zip(arms, other, strict=True))
        assert same == pytest.approx(2000, abs=130)  # independent of the first


def test_shares_are_kept():
    config = ExperimentConfig(name="x", share=0.1)
    arms = Counter(assign(KEY, config, f"u{n}") for n in range(4000))
    assert arms["treatment"] == pytest.approx(400, abs=80)


def filled(treatment: float, n: int, seed: int = 0, **config) -> Experiment:
    rng = np.random.default_rng(seed)
    experiment = Experiment(ExperimentConfig(name="x", **config))
    for number in range(n):
        user, arm = f"u{number}", ("control", "treatment")[number % 2]
        experiment.expose(user, arm)
        rate = treatment if arm == "treatment" else 0.4
        experiment.outcome(user, "satisfaction", float(rng.random() < rate))
    return experiment


def test_a_clear_difference_is_found_and_no_difference_is_not():
    assert filled(0.7, 1200).status is Status.BETTER
    assert filled(0.1, 1200).status is Status.WORSE
    assert filled(0.4, 1200).status is Status.RUNNING


def test_only_exposed_shoppers_count_and_only_once():
    experiment = Experiment(CONFIG)
    assert not experiment.outcome("ann", "satisfaction", 1.0)
    experiment.expose("ann", "control")
    assert experiment.outcome("ann", "satisfaction", 1.0)
    assert not experiment.outcome("ann", "satisfaction", 0.0)
    assert experiment.known("satisfaction").n == (1, 0)
    with pytest.raises(InputError, match="one arm only"):
        experiment.expose("ann", "treatment")
    with pytest.raises(InputError, match="no such arm"):
        experiment.expose("bob", "third")
    with pytest.raises(InputError, match="does not measure"):
        experiment.outcome("ann", "money", 1.0)
    with pytest.raises(InputError, match="outside the range"):
        experiment.expose("bob", "control") or experiment.outcome("bob", "satisfaction", 2.0)


def test_a_guardrail_stops_it_though_the_measure_is_better():
    rail = Guardrail(measure="kept", allowed_fall=0.05)
    experiment = filled(0.9, 400, guardrails=(rail,))
    assert experiment.status is Status.BETTER
    for number in range(400):
        experiment.outcome(f"u{number}", "kept", float(number % 2 == 0))
    assert experiment.status is Status.STOPPED
    experiment.expose("late", "control")
    assert not experiment.outcome("late", "satisfaction", 1.0)
    assert experiment.document["status"] == "stopped"


def test_lost_shoppers_of_one_arm_are_noticed():
    experiment = Experiment(CONFIG)
    for number in range(200):
        experiment.expose(f"u{number}", "control" if number % 3 else "treatment")
    assert not experiment.is_balanced
    assert filled(0.4, 200).is_balanced
    assert Experiment(CONFIG).is_balanced


def test_names_are_told_apart():
    with pytest.raises(ValidationError, match="names of their own"):
        ExperimentConfig(name="x", guardrails=(Guardrail(measure="satisfaction"),))


def coverage(draw, mean: float, n_runs: int, n: int, alpha: float) -> int:
    """Runs in which the interval left the mean out at any look."""
    wrong = 0
    for seed in range(n_runs):
        sequence, rng = AlwaysValid(alpha), np.random.default_rng(seed)
        for value in draw(rng, n).tolist():
            sequence.add(value)
            low, high = sequence.interval
            if not low <= mean <= high:
                wrong += 1
                break
    return wrong


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda rng, n: (rng.random(n) < 0.3).astype(float), 0.3),
        (lambda rng, n: rng.beta(2, 6, n), 0.25),
        (lambda rng, n: (rng.random(n) < 0.02).astype(float), 0.02),
    ],
)
def test_looking_after_every_value_is_allowed(draw, mean):
    """Of 200 runs at most alpha + four standard errors are ever wrong; a t-interval is in many."""
    assert coverage(draw, mean, 200, 300, 0.1) <= 20 + 17


def test_the_interval_shrinks_towards_the_truth_and_never_widens():
    sequence, rng = AlwaysValid(0.05, low=-1.0, high=1.0), np.random.default_rng(0)
    width = 2.0
    for value in rng.choice([-1.0, 1.0], 3000, p=[0.25, 0.75]).tolist():
        sequence.add(value)
        low, high = sequence.interval
        assert high - low <= width + 1e-12
        width = high - low
    assert width < 0.15
    assert low <= 0.5 <= high
    assert sequence.mean == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("alpha", "low"), [(0.0, 0.0), (1.0, 0.0), (0.05, 1.0)])
def test_settings_without_meaning_are_refused(alpha, low):
    with pytest.raises(InputError, match="alpha"):
        AlwaysValid(alpha, low=low)


def test_teams_take_turns_and_share_the_list():
    rng = np.random.default_rng(0)
    for _ in range(50):
        mixed = interleave("abcdefgh", "hgfedcba", 6, rng)
        assert len(set(mixed.items)) == 6
        assert abs(2 * sum(mixed.team) - 6) == 0
        firsts = [one for one, team in zip(mixed.items, mixed.team, strict=True) if team == 0]
        assert firsts == sorted(firsts)  # each team keeps its order


def test_equal_lists_prefer_neither_and_short_ones_end():
    rng = np.random.default_rng(1)
    wins = [interleave("abc", "abc", 3, rng).preference("a") for _ in range(400)]
    assert np.mean(wins) == pytest.approx(0.5, abs=0.1)
    assert len(interleave("ab", "a", 5, rng).items) == 2
    assert interleave("", "", 5, rng).items == ()


def test_the_list_with_what_is_chosen_is_preferred():
    rng = np.random.default_rng(2)
    wins = [interleave("abcd", "wxyz", 4, rng).preference("wxyz") for _ in range(50)]
    assert wins == [1.0] * 50
    assert interleave("abcd", "wxyz", 4, rng).preference("") == 0.5
