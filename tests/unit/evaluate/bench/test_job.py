"""One model, one seed: everything that the report asks is in its document."""

from __future__ import annotations

import json

import numpy as np
import pytest

from youli.data.state import ShopperState
from youli.evaluate.bench.exam import exam_of
from youli.evaluate.bench.job import Job, newcomer, run_job, run_on_exam
from youli.evaluate.bench.sources import Source
from youli.evaluate.bench.store import plain
from youli.evaluate.cost import fresh_process
from youli.evaluate.sequences import read_sequences
from youli.rank.fit import FitConfig

ACCURACY = {
    *(f"{name}@{k}" for name in ("hr", "ndcg", "recall", "precision", "f1") for k in (5, 10, 20)),
    "mrr",
    "auc",
}
LISTS = {
    f"{name}@10"
    for name in (
        "coverage", "novelty", "gini", "diversity", "serendipity", "popularity",
        "popularity_lift", "ece",
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def source(ring_folder):
    return Source("ring", "sequences", ring_folder)


@pytest.fixture(scope="module")
def ring(ring_folder):
    return exam_of(read_sequences(ring_folder))


@pytest.fixture(scope="module")
def outcome(ring, source):
    return run_on_exam(ring, Job(source, "transition", 0, cold=True))


def test_the_document(outcome):
    document = outcome.document
    assert set(document) == {
        "model", "seed", "additive", "is_random", "config", "tasks", "calibration", "by_history",
        "by_popularity", "newcomers", "fit_cpu_s", "fit_wall_s", "users_per_cpu_s",
        "peak_rss_mb", "cold", "valid",
    }  # fmt: skip
    assert set(document["tasks"]["all"]) == ACCURACY | LISTS | {"n_cases", "n_targets"}
    assert set(document["valid"]) == ACCURACY
    assert document["peak_rss_mb"] > 10
    assert json.dumps(plain(document), allow_nan=False)


def test_numbers_of_cases_are_those_of_the_means(outcome):
    assert set(outcome.per_case) == {
        f"{task}:{measure}"
        for task in ("all", "cold", "cold_among_cold")
        for measure in ("hr@10", "ndcg@10")
    }
    mean = outcome.per_case["all:ndcg@10"].mean()
    assert mean == pytest.approx(outcome.document["tasks"]["all"]["ndcg@10"])
    assert sum(row["n_cases"] for row in outcome.document["by_history"]) == 30


def test_a_ring_is_easy_for_counts_and_hard_for_popularity(ring, source, outcome):
    popular = run_on_exam(ring, Job(source, "popularity", 0)).document["tasks"]["all"]
    counts = outcome.document["tasks"]["all"]
    assert counts["hr@5"] == 1.0
    assert counts["ndcg@5"] > popular["ndcg@5"] + 0.2
    assert counts["auc"] > 0.95 > popular["auc"]
    assert counts["serendipity@10"] >= popular["serendipity@10"] == 0.0


def test_newcomers_are_the_same_cases_with_less_known(ring, source, outcome):
    rows = outcome.document["newcomers"]
    assert [row["n_events"] for row in rows] == [0, 1, 2, 3, None]
    assert len({row["n_cases"] for row in rows}) == 1
    # The next product of a ring follows from the last one alone.
    assert rows[0]["ndcg@10"] < rows[1]["ndcg@10"] == rows[-1]["ndcg@10"] == 1.0


def test_a_newcomer_has_nothing_of_the_longer_history(log):
    state = ShopperState.of(log, "u03")
    for n_events in (0, 2):
        found = newcomer(state, n_events)
        assert (found.n_rows, found.user_num, found.now) == (n_events, -1, state.now)
        assert found.item_num.tolist() == state.item_num[state.n_rows - n_events :].tolist()
        assert found.steps_ago.tolist() == state.steps_ago[state.n_rows - n_events :].tolist()
        assert set(found.bought.tolist()) == set(found.item_num.tolist())


def test_new_products_are_hard_for_who_only_counts(outcome):
    cold = outcome.document["cold"]
    assert cold["n_held_out"] == 2
    assert cold["cold"]["ndcg@10"] < outcome.document["tasks"]["all"]["ndcg@10"]
    assert cold["cold_among_cold"]["ndcg@10"] >= cold["cold"]["ndcg@10"]


def test_a_log_with_dates_is_asked_every_task(log):
    exam = exam_of(log, FitConfig(channels=("repurchase", "popularity")))
    source = Source("log", "tables", None)
    document = run_on_exam(exam, Job(source, "own_repeat", 0)).document
    assert list(document["tasks"]) == [
        "overall", "new", "repeat", "cold_products", "cold_shoppers",
    ]  # fmt: skip
    assert "valid" not in document
    assert document["tasks"]["overall"]["n_targets"] > document["tasks"]["overall"]["n_cases"]


def test_a_fresh_process_gives_the_same(source, ring):
    here = run_on_exam(ring, Job(source, "item_knn", 0))
    told = []
    there = fresh_process(
        run_job, Job(source, "item_knn", 0), progress=lambda *step: told.append(step)
    )
    assert there.document["tasks"] == here.document["tasks"]
    assert (there.per_case["all:ndcg@10"] == here.per_case["all:ndcg@10"]).all()
    assert told[0] == ("reading", 0.0)


def test_calibration_is_of_probabilities(outcome):
    bins = np.array(outcome.document["calibration"]["bins"])
    assert ((bins[:, :2] >= 0) & (bins[:, :2] <= 1)).all()
    assert outcome.document["calibration"]["ece"] == outcome.document["tasks"]["all"]["ece@10"]
