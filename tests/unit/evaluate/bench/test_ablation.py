"""Channels left out and alone: what they bring is what is missing without them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from youli.evaluate.bench import ablation
from youli.evaluate.bench.ablation import AblationRequest, run_ablation, variants
from youli.evaluate.bench.exam import exam_of
from youli.evaluate.bench.sources import Source, read_source
from youli.models.ledger import LedgerModel
from youli.models.ranks import target_ranks
from youli.rank.fit import FitConfig

CONFIG = FitConfig(channels=("transition", "attributes", "popularity"))


@pytest.fixture
def here(monkeypatch):
    """The work in this process, for speed."""
    monkeypatch.setattr(
        ablation, "fresh_process", lambda work, *given, progress: work(*given, progress=progress)
    )


@pytest.fixture
def ring(ring_folder):
    return Source("ring", "sequences", ring_folder)


def test_each_is_left_out_and_each_is_alone():
    found = {one.name: one.channels for one in variants(("a", "b"))}
    assert found == {
        "all": ("a", "b"), "without a": ("b",), "without b": ("a",), "only a": ("a",),
        "only b": ("b",),
    }  # fmt: skip
    assert [one.name for one in variants(("a",))] == ["all"]


def test_a_ring_needs_its_transitions(ring, here, tmp_path):
    document = run_ablation(AblationRequest(ring, CONFIG), tmp_path)
    assert json.dumps(document, allow_nan=False)
    rows = {row["variant"]: row for row in document["variants"]}
    assert next(iter(rows)) == "all"
    assert len(rows) == 7
    assert rows["without transition"]["mean"] < -0.2
    assert rows["without transition"]["clear"]
    assert rows["only transition"]["tasks"]["all"]["ndcg@10"] == pytest.approx(
        rows["all"]["tasks"]["all"]["ndcg@10"], abs=0.05
    )
    assert rows["only popularity"]["used"] == ["popularity"]


def test_all_channels_are_the_ledger_itself(ring, here, tmp_path):
    document = run_ablation(AblationRequest(ring, CONFIG), tmp_path)
    exam = exam_of(read_source(ring)[0])
    ledger = LedgerModel.fit(exam.learn, config=CONFIG)
    ranks = []
    for case in exam.test.cases:
        state = case.state(exam.test.full)
        _, allowed = exam.tasks[0].choose(case, state, 12)
        ranks += target_ranks(ledger.score_batch([state])[0], case.targets, allowed).tolist()
    ndcg = np.where(np.array(ranks) <= 10, 1 / np.log2(1 + np.array(ranks)), 0.0).mean()
    assert document["variants"][0]["tasks"]["all"]["ndcg@10"] == pytest.approx(ndcg)


def test_what_is_stored_is_not_run_again(ring, here, tmp_path, monkeypatch):
    request = AblationRequest(ring, FitConfig(channels=("transition", "popularity")), n_cases=20)
    first = run_ablation(request, tmp_path)
    assert first["variants"][0]["tasks"]["all"]["n_cases"] == 20
    monkeypatch.setattr(ablation, "_judged", None)
    assert run_ablation(request, tmp_path)["variants"] == first["variants"]


def test_a_dated_log_learns_before_and_serves_all(log, here, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "read_source", lambda source: (log, FitConfig()))
    config = FitConfig(channels=("repurchase", "popularity"))
    document = run_ablation(AblationRequest(Source("log", "tables", tmp_path), config), tmp_path)
    exam = exam_of(log, config)
    served = LedgerModel.fit_as_served(exam.test.train, config)
    learned = json.loads((tmp_path / "results/ablation-log/all-0.json").read_text())["document"]
    for name, values in served.ranker.coefficients.items():
        assert learned["coefficients"][name] == pytest.approx(values.tolist())
    assert set(document["variants"][0]["tasks"]) >= {"overall", "new", "repeat"}
