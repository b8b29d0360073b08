"""The whole document of a saved shop, and the figures on its reasons."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from youli.artifact import FittedShop, save_shop
from youli.cli.evaluate import print_evaluation
from youli.engine import Engine
from youli.evaluate.explanations import ExplanationConfig, judge_explanations
from youli.evaluate.report import evaluate_shop
from youli.explain.counterfactual import find_counterfactual
from youli.explain.types import Counterfactual
from youli.rank.fit import FitConfig, fit_ranker
from youli.types import Ledger

CONFIG = FitConfig(channels=("transition", "repurchase", "attributes", "popularity"))
FEW = ExplanationConfig(n_shoppers=6, k=3, n_cases=6, n_orderings=2)


@pytest.fixture(scope="module")
def folder(log, tmp_path_factory):
    ranker, _ = fit_ranker(replace(log, data_hash="hash"), CONFIG)
    path = tmp_path_factory.mktemp("saved") / "SHOP"
    save_shop(FittedShop(ranker, CONFIG), path)
    return path


@pytest.fixture(scope="module")
def engine(folder):
    return Engine.open(folder)


@pytest.fixture(scope="module")
def figures(engine):
    return judge_explanations(engine, FEW)


def test_the_document_is_json_and_says_what_it_is(folder):
    document = json.loads(json.dumps(evaluate_shop(folder, explanations=FEW), allow_nan=False))
    assert document["protocol"] == "global time split"
    assert document["n_cases"] > 0
    assert document["data_hash"] == "hash"
    assert {row["model"] for row in document["models"]} > {"popularity", "own_repeat", "ledger"}
    assert {row["task"] for row in document["differences"]} >= {"overall", "new", "repeat"}
    assert document["explanations"]["n_shoppers"] == 6
    assert document["left_out"] == []


def test_what_is_left_out_is_said_and_nobody_stands_in_for_it(folder, monkeypatch, capsys):
    monkeypatch.setattr("youli.registry.find_spec", lambda package: None)
    document = evaluate_shop(folder, explanations=FEW)
    assert {one["model"] for one in document["left_out"]} == {"item_knn", "als"}
    assert not {row["model"] for row in document["models"]} & {"item_knn", "als"}
    print_evaluation(document, Console(width=200))
    assert "left out: als; als needs the package implicit" in capsys.readouterr().out


def test_scores_are_the_sums_of_their_ledgers(figures):
    assert figures["n_recommendations"] == 18
    assert figures["completeness_residual"] <= 1e-9


def test_counterfactuals_hold(figures):
    assert figures["n_counterfactuals_asked"] == 6
    assert figures["counterfactual_valid_share"] in (None, 1.0)
    assert figures["counterfactual_minimal_share"] in (None, 1.0)


def test_latency_is_counted_for_whole_lists(figures):
    assert 0.0 < figures["latency_p50_ms"] <= figures["latency_p99_ms"]


class Wrong:
    """An engine that tells the truth but for one thing."""

    def __init__(self, engine, **lies):
        self._engine, self._lies = engine, lies

    def __getattr__(self, name):
        return self._lies.get(name) or getattr(self._engine, name)


def test_a_ledger_that_lacks_an_entry_is_seen(engine):
    def recommend(state, **options):
        return tuple(
            replace(one, ledger=Ledger(one.item_num, one.ledger.entries[1:]))
            for one in engine.recommend(state, **options)
        )

    assert (
        judge_explanations(Wrong(engine, recommend=recommend), FEW)["completeness_residual"] > 0.01
    )


def lying(monkeypatch, removed):
    """Have every listed product's counterfactual claim to be some of the past products."""

    def find(ranker, state, item_num, *, k, served):
        return Counterfactual(
            item_num=item_num, removed_items=removed(state), removed_events=(),
            k=k, rank_before=1, rank_after=None, valid=True, minimal=True,
        )  # fmt: skip

    monkeypatch.setattr("youli.evaluate.exactness.find_counterfactual", find)


def test_a_counterfactual_that_does_not_hold_is_seen(engine, monkeypatch):
    """It claims that taking out the latest product drops any: ranking again decides."""
    lying(monkeypatch, lambda state: (int(state.item_num[-1]),))
    found = judge_explanations(engine, FEW)
    assert found["n_counterfactuals_found"] == 6
    assert found["counterfactual_valid_share"] < 1.0
    assert not found["exact"]["counterfactuals_valid"]


def test_a_superfluous_product_is_seen(engine, monkeypatch):
    """It removes the whole history: far more than is needed."""
    lying(monkeypatch, lambda state: tuple(np.unique(state.item_num).tolist()))
    assert judge_explanations(engine, FEW)["counterfactual_minimal_share"] < 1.0


def test_a_set_that_is_not_the_smallest_is_seen_by_brute_force(engine, monkeypatch):
    """Two products are claimed where one would do, whatever the second is."""
    honest = find_counterfactual

    def find(ranker, state, item_num, **options):
        found = honest(ranker, state, item_num, **options)
        others = [
            one for one in np.unique(state.item_num).tolist() if one not in found.removed_items
        ]
        return replace(found, removed_items=(*found.removed_items[:1], others[0]))

    monkeypatch.setattr("youli.evaluate.exactness.find_counterfactual", find)
    found = judge_explanations(engine, FEW)
    assert found["n_counterfactuals_forced"] > 0
    assert found["counterfactual_forced_minimal_share"] < 1.0


def test_the_first_evidence_is_the_best_to_take_out_and_to_keep(figures):
    assert figures["n_orderings"] > 0
    assert figures["del_1_gap"] <= 1e-5
    assert figures["ins_1_gap"] <= 1e-5
    assert figures["n_signs"] > 0
    assert figures["n_sign_violations"] == 0
    assert all(figures["exact"].values())


def test_a_ledger_with_wrong_amounts_is_seen(engine, monkeypatch):
    """The amounts of past products turned round: the worst is first, and every sign is wrong."""
    honest = Ledger.amount_of
    monkeypatch.setattr(Ledger, "amount_of", lambda self, events: -honest(self, events))
    found = judge_explanations(engine, FEW)
    assert found["n_sign_violations"] > 0
    assert found["del_1_gap"] > 1e-3
    assert not found["exact"]["sign_violations"]
    assert not found["exact"]["del_1"]


def test_general_reasons_are_not_specific(engine):
    def recommend(state, **options):
        return tuple(replace(one, reasons=()) for one in engine.recommend(state, **options))

    assert judge_explanations(Wrong(engine, recommend=recommend), FEW)["specific_share"] == 0.0
