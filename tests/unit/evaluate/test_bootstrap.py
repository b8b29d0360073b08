"""Paired bootstrap: intervals that cover, pairs that count."""

from __future__ import annotations

import numpy as np
import pytest

from youli.evaluate.bootstrap import paired_bootstrap


def test_no_difference_is_exactly_none():
    same = np.array([0.0, 1.0, 0.5])
    found = paired_bootstrap(same, same)
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)
    assert not found.is_clear


def test_a_constant_lead_is_certain():
    base = np.random.default_rng(0).random(50)
    found = paired_bootstrap(base + 0.25, base)
    assert found.low == pytest.approx(0.25)
    assert found.high == pytest.approx(0.25)
    assert found.is_clear


def test_agrees_with_the_normal_interval():
    difference = np.random.default_rng(1).normal(0.1, 1.0, 400)
    found = paired_bootstrap(difference, np.zeros(400), n_samples=4000)
    half = 1.96 * difference.std(ddof=1) / 20.0
    assert found.low == pytest.approx(difference.mean() - half, abs=0.02)
    assert found.high == pytest.approx(difference.mean() + half, abs=0.02)


def test_seeded_and_independent_of_block_size(monkeypatch):
    ours = np.random.default_rng(2).random(30)
    first = paired_bootstrap(ours, np.zeros(30), seed=3)
    assert first == paired_bootstrap(ours, np.zeros(30), seed=3)
    monkeypatch.setattr("youli.evaluate.bootstrap._MAX_CELLS", 60)
    assert first == paired_bootstrap(ours, np.zeros(30), seed=3)


def test_other_cases_are_our_mistake():
    with pytest.raises(AssertionError):
        paired_bootstrap(np.ones(2), np.ones(3))
