"""The served list: the same ten products in the same order as the ranker serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from youli.data.split import leave_last_out
from youli.models.ledger import LedgerModel
from youli.models.served import ServedModel
from youli.rank.fit import FitConfig
from youli.rank.ranker import RankConfig


@pytest.fixture(scope="module")
def ledger(log):
    config = FitConfig(channels=("transition", "repurchase", "attributes", "popularity"))
    return LedgerModel.fit(leave_last_out(log), config=config)


@pytest.mark.parametrize("rules", [RankConfig(True, 0.0), RankConfig(True, 2.0), RankConfig()])
def test_the_first_ten_are_those_that_are_served(log, ledger, rules):
    ranker = replace(ledger.ranker, config=rules)
    served = ServedModel(LedgerModel(ranker, ledger.settings))
    states = [case.state(log) for case in leave_last_out(log).cases]
    scores = served.score_batch(states)
    reordered = 0
    for row, state in zip(scores, states, strict=True):
        expected = ranker.rank(state, k=10).item_nums
        found = np.argsort(-np.nan_to_num(row, nan=-np.inf), kind="stable")[: len(expected)]
        assert found.tolist() == expected.tolist()
        assert np.isnan(row).tolist() == (~ranker.eligible(state)).tolist()
        plain = ranker.score(state)
        reordered += np.any(np.diff(plain[expected]) > 0)
    assert (reordered > 0) == (rules.diversity > 0.0)
