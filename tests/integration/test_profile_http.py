"""A shopper sees what is believed of them, changes it, takes it along, and erases it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client
from sqlalchemy import select
from youli_serving import CONFIG, asking

from youli.engine import Engine
from youli.storage.base import Storage
from youli.storage.tables import METADATA


@pytest.fixture(scope="module")
def client(engine: Engine, storage: Storage) -> Iterator[Client]:
    """One server for all of these: each test has a shopper of its own."""
    with asking(engine, CONFIG, storage) as client:
        yield client


def listed(client: Client, user: str) -> dict[str, Any]:
    answer = client.get(f"/api/recommend/{user}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def ids(client: Client, user: str) -> list[str]:
    return [row["item_id"] for row in listed(client, user)["recommendations"]]


def test_what_is_believed_rests_on_named_events(client: Client) -> None:
    profile = client.get("/api/profile/shopper-001").json()
    assert profile["known"]
    assert profile["interests"]
    history = client.get("/api/user/shopper-001/history", params={"limit": 100}).json()["items"]
    of_item = {one["item_id"]: one for one in history}
    for one in profile["interests"]:
        assert one["attribute"] in {"category", "category 1", "category 2", "brand"}
        assert one["n_events"] >= len(one["because"]) > 0
        for event in one["because"]:
            card = of_item[event["item_id"]]
            told = [card["brand"], *card["category"], " > ".join(card["category"])]
            assert one["value"] in told
            assert event["row"] in [known["row"] for known in card["events"]]
    by_attribute: dict[str, list[float]] = {}
    for one in profile["interests"]:
        by_attribute.setdefault(one["attribute"], []).append(one["share"])
    assert math.fsum(by_attribute["brand"]) == pytest.approx(1.0, abs=0.01)


def test_a_deleted_interest_is_out_of_every_reason_until_it_is_restored(client: Client) -> None:
    user = "shopper-002"
    before = listed(client, user)
    (interest, *_) = [
        one
        for one in client.get(f"/api/profile/{user}").json()["interests"]
        if one["attribute"].startswith("category")
    ]
    named = {key: interest[key] for key in ("attribute", "value")}
    body = {"interests": [{**named, "choice": "deleted"}]}
    after = client.patch(f"/api/profile/{user}", json=body).json()
    (deleted,) = [one for one in after["interests"] if one["choice"] == "deleted"]
    assert (deleted["value"], deleted["n_events"]) == (interest["value"], 0)
    own = {event["item_id"] for event in interest["because"]}
    rows = listed(client, user)["recommendations"]
    assert rows != before["recommendations"]
    cited = {entry["evidence"].get("item_id") for row in rows for entry in row["ledger"]}
    assert not own & cited
    body = {"interests": [{**named, "choice": None}]}
    client.patch(f"/api/profile/{user}", json=body)
    assert listed(client, user)["recommendations"] == before["recommendations"]


def test_a_pinned_interest_counts_for_more(client: Client) -> None:
    user = "shopper-003"
    history = client.get(f"/api/user/{user}/history", params={"limit": 100}).json()["items"]
    oldest = history[-1]["brand"]
    before = {r["item_id"]: r["score"] for r in listed(client, user)["recommendations"]}
    body = {"interests": [{"attribute": "brand", "value": oldest, "choice": "pinned"}]}
    profile = client.patch(f"/api/profile/{user}", json=body).json()
    assert profile["interests"][0]["choice"] == "pinned", "what is pinned stands first"
    rows = listed(client, user)["recommendations"]
    assert {r["item_id"]: r["score"] for r in rows} != before
    for row in rows:
        assert math.fsum(entry["amount"] for entry in row["ledger"]) == pytest.approx(row["score"])


def test_an_event_is_ignored_and_restored(client: Client) -> None:
    user = "shopper-004"
    before = ids(client, user)
    n_rows = client.get(f"/api/profile/{user}").json()["n_events"]
    rows = list(range(n_rows - 3, n_rows))
    assert client.patch(f"/api/profile/{user}", json={"ignore": rows}).json()["n_ignored"] == 3
    assert ids(client, user) != before
    assert client.patch(f"/api/profile/{user}", json={"restore": rows}).json()["n_ignored"] == 0
    assert ids(client, user) == before
    assert client.patch(f"/api/profile/{user}", json={"ignore": [n_rows]}).status_code == 422


def test_personalisation_off_is_the_list_of_somebody_never_seen(client: Client) -> None:
    user = "shopper-005"
    before = ids(client, user)
    client.patch(f"/api/profile/{user}", json={"personalised": False})
    document = listed(client, user)
    anonymous = listed(client, "nobody-at-all")["recommendations"]
    assert document["recommendations"] == anonymous
    assert ids(client, user) != before
    assert client.get(f"/api/profile/{user}").json()["personalised"] is False
    client.patch(f"/api/profile/{user}", json={"personalised": True})
    assert ids(client, user) == before


def test_everything_is_given_out_and_then_erased(
    client: Client, storage: Storage, engine: Engine
) -> None:
    user = "shopper-006"
    sent = {"user_id": user, "item_id": "ink", "event": "view_item"}
    client.post("/api/events", json=sent)
    client.post("/api/ignore", json={"user_id": user, "item_id": "ink"})
    client.post("/api/user", json={"user_id": user, "attributes": {"region": "north"}})
    client.post("/api/feedback", json={"user_id": user, "item_id": "ink", "kind": "not_for_me"})
    client.patch(
        f"/api/profile/{user}",
        json={"interests": [{"attribute": "brand", "value": "Own", "choice": "pinned"}]},
    )
    listed(client, user)
    export = client.get(f"/api/profile/{user}/export")
    assert "attachment" in export.headers["content-disposition"]
    stored = export.json()["stored"]
    assert set(stored) >= {"events", "feedback", "ignored_events", "interests", "shoppers"}
    assert len(export.json()["learned_events"]) == len(engine.state(user).rows), (
        "what was learned is part of it"
    )

    assert client.delete(f"/api/profile/{user}").status_code == 422
    assert client.delete(f"/api/profile/{user}?confirm=somebody").status_code == 422
    gone = client.delete(f"/api/profile/{user}", params={"confirm": user})
    assert gone.status_code == 200, gone.text
    assert gone.json()["erased"]["events"] == 1
    with storage.database._reader.connect() as connection:
        for table in METADATA.tables.values():
            assert user not in repr(connection.execute(select(table)).all()), table.name
    assert client.get(f"/api/profile/{user}").json()["known"] is False
    assert client.get(f"/api/user/{user}").status_code == 404
    assert (
        listed(client, user)["recommendations"]
        == (listed(client, "nobody-at-all")["recommendations"])
    ), "what was learned is masked"
    assert client.get(f"/api/profile/{user}/export").json()["learned_events"] == []
    client.post("/api/events", json=sent)
    assert client.get(f"/api/profile/{user}").json()["n_events"] == 1, "the same id is somebody new"
    assert json.dumps(client.get("/api/audit").json()).count(user) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"interests": [{"attribute": "brand", "value": "Nobody's", "choice": "pinned"}]},
        {"interests": [{"attribute": "colour", "value": "red", "choice": "deleted"}]},
        {"interests": [{"attribute": "brand", "value": "Own", "choice": "loved"}]},
        {"ignore": [-1]},
        {"personalised": "perhaps"},
        {"more": 1},
    ],
)
def test_changes_that_are_none(client: Client, change: dict[str, Any]) -> None:
    assert client.patch("/api/profile/ada", json=change).status_code == 422
