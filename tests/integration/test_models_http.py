"""`?model=` over HTTP: a saved model ranks under the same filters, and claims no reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from httpx import Client
from youli_serving import asking, tiny_shop

from youli.artifact import load_shop, save_shop
from youli.engine import Engine
from youli.learn import fit_models


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A shop that never lists again what was bought, with EASE beside its ledger."""
    folder = tmp_path_factory.mktemp("models") / "SHOP"
    fitted = tiny_shop().tiny_engine(folder).fitted
    models = fit_models(fitted.shop, {"ease": None}, fitted.config)
    save_shop(replace(fitted, models=models), folder)
    return Engine(load_shop(folder))


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[Client]:
    with asking(engine) as one:
        yield one


def test_a_saved_model_ranks(client: Client, engine: Engine) -> None:
    document = client.get("/api/recommend/ada", params={"model": "ease", "k": 5}).json()
    assert (document["model"], document["exact"]) == ("ease", False)
    assert "no reason is given" in document["note"]
    rows = document["recommendations"]
    state = engine.state("ada")
    scores = engine.fitted.models["ease"].score_batch([state])[0]
    scores[state.bought] = -1e9
    ids = engine.shop.interactions.items.ids
    best = sorted(range(len(ids)), key=lambda item: -scores[item])[:5]
    assert [row["item_id"] for row in rows] == [ids[item] for item in best]
    assert [row["score"] for row in rows] == [float(scores[item]) for item in best]
    for row in rows:
        assert row["reasons"] == row["ledger"] == []
        assert row["item"]["item_id"] == row["item_id"]


def test_a_saved_model_is_explained_and_asked_again(client: Client, engine: Engine) -> None:
    row = client.get("/api/recommend/ada", params={"model": "ease"}).json()["recommendations"][0]
    address = f"/api/explain/ada/{row['item_id']}"
    document = client.get(address, params={"method": "occlusion", "model": "ease"}).json()
    assert (document["model"], document["exact"], document["rank"]) == ("ease", False, 1)
    found, state = document["answer"]["found"], engine.state("ada")
    assert found["claims"]
    model, item_num = engine.fitted.models["ease"], engine.item_num(row["item_id"])
    for claim in found["claims"]:
        without = model.score_batch([state.without(claim["events"])])[0, item_num]
        assert row["score"] - float(without) == pytest.approx(claim["score_falls_by"], abs=1e-5)
    assert "the score of this falls" in document["answer"]["text"]


@pytest.mark.parametrize(
    "params",
    [
        {"method": "attention", "model": "ease"},
        {"method": "why-not", "model": "ease"},
        {"method": "occlusion", "model": "crystal ball"},
    ],
)
def test_what_cannot_be_asked_of_a_model_is_refused(client: Client, params: Any) -> None:
    item_id = client.get("/api/recommend/ada").json()["recommendations"][0]["item_id"]
    answer = client.get(f"/api/explain/ada/{item_id}", params=params)
    assert answer.status_code in (400, 404, 422)


def test_the_ledger_is_what_ranks_otherwise(client: Client) -> None:
    plain = client.get("/api/recommend/ada").json()
    named = client.get("/api/recommend/ada", params={"model": "ledger"}).json()
    assert (plain["model"], plain["exact"]) == ("ledger", True)
    assert plain["recommendations"] == named["recommendations"]
    assert all(row["reasons"] for row in plain["recommendations"])


def test_a_live_event_is_in_the_next_answer(client: Client) -> None:
    params: dict[str, str | int] = {"model": "ease", "k": 1}
    first = client.get("/api/recommend/ada", params=params).json()["recommendations"][0]
    event = {"user_id": "ada", "item_id": first["item_id"], "event": "purchase"}
    assert client.post("/api/events", json=event).is_success
    again = client.get("/api/recommend/ada", params=params).json()["recommendations"][0]
    assert again["item_id"] != first["item_id"], "what was bought is not listed again"


def test_a_model_that_is_not_there(client: Client) -> None:
    answer = client.get("/api/recommend/ada", params={"model": "lstm"})
    assert answer.status_code in (404, 422)
    error = answer.json()["error"]
    assert "no saved model" in error["message"]
    assert "ease" in error["hint"]


def test_the_shop_says_what_can_rank(client: Client) -> None:
    assert client.get("/api/shop").json()["models"] == ["ledger", "ease"]
