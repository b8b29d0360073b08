"""The console's answers over HTTP: for administrators, and true to what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client
from youli_serving import CONFIG, asking

from youli.engine import Engine
from youli.storage.base import Storage


@pytest.fixture(scope="module")
def server(engine: Engine, storage: Storage) -> Iterator[Client]:
    with asking(engine, CONFIG, storage) as client:
        yield client


def get(server: Client, path: str, **params: Any) -> Any:
    answer = server.get(f"/api/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_servers_key_is_not_enough(server: Client) -> None:
    made = server.post("/api/keys", json={"name": "shop", "role": "server"}).json()["key"]
    for path in ("data", "model", "drivers", "live", "lists", "lists/x", "item/whisk"):
        answer = server.get(f"/api/console/{path}", headers={"X-API-Key": made})
        assert answer.status_code == 403, path
    assert server.put("/api/console/evaluation", headers={"X-API-Key": made}).status_code == 403


def test_a_list_is_replayed_as_of_its_moment(server: Client) -> None:
    shown = get(server, "recommend/shopper-001", k=5)
    asked = f"console/lists/{shown['recommendation_id']}"
    first = get(server, asked)
    assert first["replayed"]["equal"], first["replayed"]["differences"]
    assert first["replayed"]["n_later_events"] == 0
    kept = [(row["item_id"], row["reasons"]) for row in first["items"]]
    assert kept == [
        (row["item_id"], [reason["text"] for reason in row["reasons"]])
        for row in shown["recommendations"]
    ]

    event = {"user_id": "shopper-001", "item_id": shown["recommendations"][0]["item_id"]}
    assert server.post("/api/events", json={**event, "event": "purchase"}).status_code == 200
    assert get(server, "recommend/shopper-001", k=5)["recommendations"] != shown["recommendations"]
    later = get(server, asked)["replayed"]
    assert later["equal"], "what came later is left out"
    assert later["n_later_events"] == 1

    said = {**event, "kind": "not_for_me"}
    assert server.post("/api/feedback", json=said).status_code == 200
    now = get(server, asked)["replayed"]
    assert not now["equal"], "feedback is as it is now, and the difference is told"
    assert {"rank": 1, "what": "item"} in now["differences"]


def test_lists_that_cannot_be_replayed_say_so(server: Client) -> None:
    shown = get(server, "trending", k=3)
    found = get(server, f"console/lists/{shown['recommendation_id']}")
    assert found["replayed"] is None
    assert found["not_replayed"] == "list"
    assert server.get("/api/console/lists/none-such").status_code == 404
    assert [row["placement"] for row in get(server, "console/lists", limit=1)["lists"]]


def test_evaluations_are_kept_one_a_version(server: Client) -> None:
    sent = {
        "model_version": "v1", "protocol": "p", "cutoff": "2026-01-01", "test_days": 28,
        "n_cases": 3, "models": [], "differences": [], "explanations": {}, "machine": "dropped",
    }  # fmt: skip
    for version in ("v1", "v2", "v1"):
        answer = server.put("/api/console/evaluation", json={**sent, "model_version": version})
        assert answer.status_code == 200
    kept = get(server, "console/model")["evaluations"]
    assert [one["model_version"] for one in kept] == ["v1", "v2"]
    assert "machine" not in kept[0]
    assert server.put("/api/console/evaluation", json={"model_version": "v3"}).status_code == 422


def test_a_products_weeks_add_up_to_its_events_within_half_a_year(server: Client) -> None:
    found = get(server, "console/item/whisk")
    assert found["item"]["title"] == "Whisk"
    assert sum(found["weeks"]["counts"]) == found["n_events"] >= found["n_shoppers"] > 0
    assert len(found["weeks"]["ends"]) == len(found["weeks"]["counts"]) == 26


def test_shares_add_up_and_unknown_groups_are_told(server: Client) -> None:
    found = get(server, "console/drivers", segment="age=55+", shoppers=20)
    assert found["n_in_group"] == 46
    assert sum(one["share"] for one in found["shares"]["channel"]) == pytest.approx(1.0, abs=1e-4)
    assert "age=55+" in found["segments"]
    wrong = server.get("/api/console/drivers", params={"segment": "age=3"})
    assert wrong.status_code == 422
    assert wrong.json()["error"]["code"] == "bad_config"


def test_what_decides_the_lists_is_open_to_shoppers(server: Client) -> None:
    found = get(server, "how")
    shares = [one["share"] for one in found["kinds"] if one["share"] is not None]
    assert sum(shares) == pytest.approx(1.0, abs=1e-4)
    weights = {one["channel"]: one["weights"] for one in found["kinds"]}
    assert any(weights.values())
    assert all(row["weight"] for rows in weights.values() for row in rows)
