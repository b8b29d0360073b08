"""The public JSON, from the engine on a small shop."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pytest

from youli.artifact import FittedShop
from youli.documents import explain_document, recommend_document
from youli.engine import Engine
from youli.errors import ConfigError, UnknownEntityError
from youli.explain.types import ClaimKind
from youli.rank.combine import CombineConfig
from youli.rank.fit import FitConfig, fit_ranker
from youli.testing.shops import SHOPS, order_shop


@pytest.fixture(scope="module")
def engine() -> Engine:
    config = FitConfig(repeats="include", combine=CombineConfig(max_iterations=30, n_rounds=1))
    ranker, _ = fit_ranker(SHOPS["grocery"](), config)
    return Engine(FittedShop(ranker, config, version="v1"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_recommend(engine, lang):
    state = engine.state("u03")
    document = recommend_document(engine, state, engine.recommend(state, k=5, lang=lang), lang)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["user_id"], document["model_version"], document["lang"]) == ("u03", "v1", lang)
    assert datetime.fromisoformat(document["data_until"]).utcoffset() is not None
    ids = engine.shop.interactions.items.ids
    history = {ids[item] for item in state.item_num}
    for row in document["recommendations"]:
        assert math.fsum(e["amount"] for e in row["ledger"]) == pytest.approx(row["score"], 1e-9)
        assert row["title"] == engine.shop.catalogue.titles[engine.item_num(row["item_id"])]
        for entry in row["ledger"]:
            evidence = entry["evidence"]
            if evidence["kind"] in {"history", "repurchase", "attribute"}:
                assert evidence["item_id"] in history
                for event in evidence["events"]:
                    assert ids[state.item_num[event["row"]]] == evidence["item_id"]
                    moment = datetime.fromisoformat(event["timestamp"]).timestamp()
                    assert moment == state.rows["timestamp"][event["row"]]
                    assert event["event"] == "purchase"
            if evidence["kind"] == "attribute":
                assert set(evidence["attribute"]) == {"name", "value"}
            if evidence["kind"] == "item":
                assert set(evidence) == {"kind"}


def test_explain_has_the_ledger_of_the_list(engine):
    state = engine.state("u03")
    best = engine.recommend(state, k=1)[0]
    explanation = engine.explain(state, best.item_num, counterfactual=True)
    document = explain_document(engine, state, explanation, "en")
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["rank"] == 1
    assert document["score"] == pytest.approx(best.score)
    assert {check["name"] for check in document["checks"]}
    plain = explain_document(engine, state, engine.explain(state, best.item_num), "en")
    assert plain["counterfactual"] is None


def test_what_there_is_not_is_named(engine):
    with pytest.raises(UnknownEntityError, match="'p77'") as caught:
        engine.item_num("p77")
    assert caught.value.value == "p77"
    with pytest.raises(ConfigError, match="'la'") as caught:
        engine.recommend(engine.state("u03"), lang="la")
    assert "en" in caught.value.hint


def test_beside_a_product_stands_only_what_a_checked_reason_speaks_for():
    # a and b are in one order of twelve shoppers each, as are c and d of twelve others: twelve of
    # 24 support either pair, at twice the share by chance. Nothing ties a to c, and e is a's twin.
    orders = {f"u{n:02}": [(n, "a b"), (40 + n, "e a")] for n in range(12)}
    orders |= {f"v{n:02}": [(n, "c d"), (40 + n, "d")] for n in range(12)}
    titles = {"item_id": list("abcde"), "title": ["Tea", "Milk", "Ink", "Pen", "Tea"]}
    config = FitConfig(repeats="include", combine=CombineConfig(max_iterations=30, n_rounds=1))
    ranker, _ = fit_ranker(order_shop(orders, titles), config)
    engine = Engine(FittedShop(ranker, config, version="v1"))
    [only] = engine.bought_together(engine.item_num("a"))
    assert (only.item_num, only.rank) == (engine.item_num("b"), 1)
    assert only.reasons[0].claim.kind is ClaimKind.TOGETHER
    assert all(check.passed for reason in only.reasons for check in reason.checks)
