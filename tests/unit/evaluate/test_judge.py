"""Running a model over cases: each task sees its own targets and candidates."""

from __future__ import annotations

import numpy as np
import pytest

from youli.data.split import leave_last_out
from youli.evaluate.judge import LIST_LENGTH, Closer, Task, judge, outside_history


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


def test_rows_are_cases_and_hits_are_targets(log, cases):
    def every_other(case, state, n_items):
        chosen = case.targets if case.user_num % 2 else case.targets[:0]
        return chosen, np.ones(n_items, dtype=bool)

    found = judge(Fixed(15), log, cases, [Task("odd", every_other)])["odd"]
    assert [cases[at].user_num % 2 for at in found.case_num] == [1] * len(found.ranks)
    assert (found.hit.any(axis=1) == (found.ranks.rank <= LIST_LENGTH)).all()
    assert not found.expected.any()


def test_a_closer_look_knows_the_popular_and_the_probabilities(log, cases):
    popularity = np.arange(15.0)  # the last five rows are popular, the model lists the first ten
    closer = Closer(popularity, temperature=lambda case_num: 1.0 + case_num % 2)

    def everything(case, state, n_items):
        return case.targets, np.ones(n_items, dtype=bool)

    found = judge(Fixed(15), log, cases, [Task("all", everything)], closer=closer)["all"]
    assert found.lists[0].tolist() == list(range(10))
    assert found.expected[0].tolist() == [False] * 5 + [True] * 5
    for at, temperature in ((0, 1.0), (1, 2.0)):
        weights = np.exp(-np.arange(15) / temperature)
        assert found.probability[at] == pytest.approx((weights / weights.sum())[:10])


def test_what_is_known_is_cut_for_the_model_alone(log, cases):
    asked = []

    class Asked(Fixed):
        def score_batch(self, states):
            asked.extend(states)
            return super().score_batch(states)

    plain = judge(Fixed(15), log, cases, [Task("all", outside_history)])["all"]
    cut = judge(
        Asked(15), log, cases, [Task("all", outside_history)],
        known=lambda state: state.only([]),
    )["all"]  # fmt: skip
    assert all(state.strength.sum() == 0 for state in asked)
    assert (cut.lists == plain.lists).all()
