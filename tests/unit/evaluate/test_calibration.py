"""Probabilities of being chosen: the softmax, its temperature, and how far off it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from youli.evaluate.calibration import Choice, best_temperature, calibration, probabilities

ALL = np.ones(4, dtype=bool)


def test_softmax_by_hand():
    found = probabilities(np.array([0.0, math.log(3), np.nan]), 1.0)
    assert found == pytest.approx([0.25, 0.75, 0.0])
    assert probabilities(np.array([0.0, math.log(3)]), 2.0)[1] == pytest.approx(
        3**0.5 / (1 + 3**0.5)
    )
    assert probabilities(np.array([5000.0, 0.0]), 1.0).tolist() == [1.0, 0.0]


def test_a_choice_holds_what_competes():
    scores = np.array([1.0, np.nan, 3.0, 4.0], dtype=np.float32)
    allowed = np.array([True, True, False, False])
    found = Choice.of(scores, np.array([3]), allowed)
    assert found.scores.tolist() == [1.0, 4.0]
    assert found.chosen.tolist() == [1]
    assert Choice.of(scores, np.array([1]), allowed) is None


def test_the_temperature_is_found_again():
    """Choices drawn from a softmax at τ = 2 of scores of spread 1."""
    rng = np.random.default_rng(0)
    choices = []
    for _ in range(800):
        scores = rng.normal(size=20)
        drawn = rng.choice(20, p=probabilities(scores, 2.0))
        choices.append(Choice(scores, np.array([drawn])))
    found = best_temperature(choices)
    assert 1.4 < found < 2.9
    scaled = [Choice(100.0 * one.scores, one.chosen) for one in choices]
    assert best_temperature(scaled) == pytest.approx(100.0 * found)


def test_equal_scores_have_no_temperature():
    assert best_temperature([Choice(np.zeros(3), np.array([0]))]) == 1.0
    assert best_temperature([]) == 1.0


def test_ece_by_hand():
    probability = np.array([0.9, 0.1, 0.2, 0.8])
    truth = np.array([1.0, 0.0, 1.0, 0.0])
    found = calibration(probability, truth, n_bins=2)
    # Unlikely: mean .15 against .5; likely: .85 against .5.
    assert found.bins == ((pytest.approx(0.15), 0.5, 2), (pytest.approx(0.85), 0.5, 2))
    assert found.ece == pytest.approx(0.35)
    assert calibration(probability, probability, n_bins=4).ece == pytest.approx(0.0)


def test_nothing_has_no_error():
    found = calibration(np.zeros(0), np.zeros(0))
    assert math.isnan(found.ece)
    assert found.bins == ()
