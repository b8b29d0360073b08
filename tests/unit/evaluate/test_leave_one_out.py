"""The protocol: what is hidden, what the test may see, what is reported."""

from __future__ import annotations

import pytest

from youli.errors import ConfigError, NotEnoughDataError
from youli.evaluate.cost import fresh_process
from youli.evaluate.leave_one_out import run_model, run_on_folder, splits
from youli.evaluate.sequences import read_sequences

MEASURES = {
    *(f"{name}@{k}" for name in ("hr", "ndcg") for k in (5, 10, 20)),
    "mrr",
    "coverage@10",
    "novelty@10",
    "gini@10",
}


@pytest.fixture(scope="module")
def data(ring_folder):
    return splits(read_sequences(ring_folder))


def test_the_last_two_are_hidden_and_the_test_sees_the_validation(data):
    events = data.test.full.interactions
    assert len(data.valid.train.interactions) == len(events) - 2 * events.n_users
    for valid, test in zip(data.valid.cases, data.test.cases, strict=True):
        mine = events.item_num[events.rows_of(test.user_num)].tolist()
        assert valid.targets.tolist() == mine[-2:-1]
        assert test.targets.tolist() == mine[-1:]
        assert test.state(data.test.full).item_num.tolist() == mine[:-1]


def test_the_report(data):
    run = run_model(data, "transition", range(1))
    assert set(run.document) == {
        "model", "config", "additive", "test", "valid",
        "fit_cpu_s", "fit_wall_s", "peak_rss_mb", "users_per_cpu_s",
    }  # fmt: skip
    assert set(run.document["test"]) == set(run.document["valid"]) == MEASURES
    assert run.document["additive"] is True
    assert run.document["peak_rss_mb"] > 10
    assert run.per_case["hr@10"].mean() == run.document["test"]["hr@10"]


def test_a_ring_is_easy_for_counts_and_hard_for_popularity(data):
    ring, popular = (run_model(data, name, [0]).document for name in ("transition", "popularity"))
    assert ring["test"]["hr@5"] == 1.0
    assert ring["test"]["ndcg@5"] > popular["test"]["ndcg@5"] + 0.2


def test_seeds_give_a_mean_and_a_spread_only_where_something_is_drawn(data):
    assert "test_sd" in run_model(data, "transition", range(2)).document
    assert "test_sd" not in run_model(data, "popularity", range(2)).document


def test_a_fresh_process_gives_the_same(data, ring_folder):
    here = run_model(data, "item_knn", [0])
    told = []
    there = fresh_process(
        run_on_folder, ring_folder, "item_knn", [0], progress=lambda *step: told.append(step)
    )
    assert there.document["test"] == here.document["test"]
    assert told[0] == ("reading", 0.0)


def test_an_error_in_a_fresh_process_arrives_whole(ring_folder):
    with pytest.raises(ConfigError, match="no model named 'nonsense'") as error:
        fresh_process(run_on_folder, ring_folder, "nonsense", [0])
    assert "popularity" in error.value.hint


def test_nobody_with_three_events(tmp_path):
    (tmp_path / "sequences.txt").write_text("a x y\nb y x\n")
    with pytest.raises(NotEnoughDataError):
        splits(read_sequences(tmp_path))
