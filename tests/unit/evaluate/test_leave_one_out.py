"""The protocol: what is hidden and what the test may see."""

from __future__ import annotations

import pytest

from youli.errors import NotEnoughDataError
from youli.evaluate.leave_one_out import splits
from youli.evaluate.sequences import read_sequences


def test_the_last_two_are_hidden_and_the_test_sees_the_validation(ring_folder):
    data = splits(read_sequences(ring_folder))
    events = data.test.full.interactions
    assert len(data.valid.train.interactions) == len(events) - 2 * events.n_users
    for valid, test in zip(data.valid.cases, data.test.cases, strict=True):
        mine = events.item_num[events.rows_of(test.user_num)].tolist()
        assert valid.targets.tolist() == mine[-2:-1]
        assert test.targets.tolist() == mine[-1:]
        assert test.state(data.test.full).item_num.tolist() == mine[:-1]


def test_nobody_with_three_events(tmp_path):
    (tmp_path / "sequences.txt").write_text("a x y\nb y x\n")
    with pytest.raises(NotEnoughDataError):
        splits(read_sequences(tmp_path))
