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
from youli.explain.types import Counterfactual
from youli.rank.fit import FitConfig, fit_ranker

CONFIG = FitConfig(channels=("transition", "repurchase", "attributes", "popularity"))
FEW = ExplanationConfig(n_shoppers=6, k=3, n_counterfactual_shoppers=2)


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
            replace(one, ledger=replace(one.ledger, entries=one.ledger.entries[1:]))
            for one in engine.recommend(state, **options)
        )

    assert (
        judge_explanations(Wrong(engine, recommend=recommend), FEW)["completeness_residual"] > 0.01
    )


def test_a_counterfactual_that_does_not_hold_is_seen(engine):
    """It claims that taking out the latest product drops the first: ranking again decides."""

    def explain(state, item_num, **options):
        found = engine.explain(state, item_num, **options)
        claimed = Counterfactual(
            item_num=item_num, removed_items=(int(state.item_num[-1]),), removed_events=(),
            k=3, rank_before=1, rank_after=None, valid=True, minimal=True,
        )  # fmt: skip
        return replace(found, counterfactual=claimed)

    found = judge_explanations(Wrong(engine, explain=explain), FEW)
    assert found["n_counterfactuals_found"] == 6
    assert found["counterfactual_valid_share"] < 1.0


def test_a_superfluous_product_is_seen(engine):
    """It removes the whole history: far more than is needed."""

    def explain(state, item_num, **options):
        found = engine.explain(state, item_num, **options)
        everything = tuple(np.unique(state.item_num).tolist())
        claimed = Counterfactual(
            item_num=item_num, removed_items=everything, removed_events=(),
            k=3, rank_before=1, rank_after=None, valid=True, minimal=True,
        )  # fmt: skip
        return replace(found, counterfactual=claimed)

    found = judge_explanations(Wrong(engine, explain=explain), FEW)
    assert found["counterfactual_minimal_share"] < 1.0


def test_general_reasons_are_not_specific(engine):
    def recommend(state, **options):
        return tuple(replace(one, reasons=()) for one in engine.recommend(state, **options))

    assert judge_explanations(Wrong(engine, recommend=recommend), FEW)["specific_share"] == 0.0
