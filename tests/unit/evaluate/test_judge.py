"""Running a model over cases: each task sees its own targets and candidates."""

from __future__ import annotations

import numpy as np
import pytest

from youli.data.split import leave_last_out
from youli.evaluate.judge import LIST_LENGTH, Task, judge, outside_history


class Fixed:
    """Scores every product by its row, downwards."""

    def __init__(self, n_items: int) -> None:
        self.scores = -np.arange(n_items, dtype=np.float32)

    def score_batch(self, states):
        return np.tile(self.scores, (len(states), 1))


@pytest.fixture
def cases(log):
    return leave_last_out(log).cases


def test_the_history_is_left_out_and_the_target_never(log, cases):
    found = judge(Fixed(15), log, cases, [Task("all", outside_history)])["all"]
    for at, case in enumerate(cases):
        past = set(case.state(log).item_num.tolist()) - set(case.targets.tolist())
        listed = [item for item in range(15) if item not in past]
        assert found.lists[at].tolist()[: len(listed)] == listed[:LIST_LENGTH]
        assert found.ranks.rank[at] == listed.index(int(case.targets[0])) + 1


def test_a_case_without_targets_is_no_case(log, cases):
    def none(case, state, n_items):
        return case.targets[:0], np.ones(n_items, dtype=bool)

    found = judge(Fixed(15), log, cases, [Task("none", none)])["none"]
    assert len(found.ranks) == 0
    assert found.lists.shape == (0, LIST_LENGTH)


def test_short_lists_are_filled(log, cases):
    def two(case, state, n_items):
        return case.targets, np.arange(n_items) < 2

    lists = judge(Fixed(15), log, cases, [Task("two", two)])["two"].lists
    assert (lists[:, 3:] == -1).all()


def test_what_cannot_be_scored_is_not_listed(log, cases):
    model = Fixed(15)
    model.scores[0] = np.nan
    lists = judge(model, log, cases, [Task("all", outside_history)])["all"].lists
    assert not (lists == 0).any()


def test_tells_how_far_it_is(log, cases):
    told = []
    judge(Fixed(15), log, cases, [], progress=lambda what, share: told.append((what, share)))
    assert told[0] == ("judging", 0.0)
    assert told[-1] == ("judging", 1.0)
