"""What is said over HTTP acts on the next list as entries of its ledgers, and on trust."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client
from youli_serving import CONFIG, asking

from youli.engine import Engine
from youli.storage.base import Storage


@pytest.fixture(scope="module")
def client(engine: Engine, storage: Storage) -> Iterator[Client]:
    with asking(engine, CONFIG, storage) as client:
        yield client


def user_of(client: Client, at: int) -> str:
    users = client.get("/api/users", params={"limit": 20}).json()["users"]
    return str(users[at]["user_id"])


def listed(client: Client, user: str) -> dict[str, Any]:
    answer = client.get(f"/api/recommend/{user}", params={"k": 20})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def said_entries(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in row["ledger"] if one["channel"].startswith("said_")]


def say(client: Client, **sent: Any) -> str:
    answer = client.post("/api/feedback", json=sent)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["feedback_id"])


def test_not_for_me_is_an_entry_on_what_is_like_it_and_goes_when_taken_back(client: Client) -> None:
    user = user_of(client, 0)
    before = listed(client, user)
    assert not any(said_entries(row) for row in before["recommendations"])
    item = before["recommendations"][0]["item_id"]
    feedback_id = say(client, user_id=user, item_id=item, kind="not_for_me")
    after = listed(client, user)["recommendations"]
    touched = [row for row in after if said_entries(row)]
    assert touched, "something else of the shop shares an attribute with it"
    for row in touched:
        mine = said_entries(row)
        assert {one["channel"] for one in mine} == {"said_not_for_me"}
        assert all(one["amount"] < 0 for one in mine)
        assert all(one["evidence"]["kind"] == "feedback" for one in mine)
        total = math.fsum(one["amount"] for one in row["ledger"])
        assert total == pytest.approx(row["score"], abs=1e-6)
    assert client.delete(f"/api/feedback/{feedback_id}").status_code == 200
    again = listed(client, user)
    assert [(r["item_id"], r["score"]) for r in again["recommendations"]] == [
        (r["item_id"], r["score"]) for r in before["recommendations"]
    ]


def test_why_not_sees_it_too(client: Client) -> None:
    user = user_of(client, 1)
    item = listed(client, user)["recommendations"][0]["item_id"]
    say(client, user_id=user, item_id=item, kind="rated", value=1)
    explained = client.get(f"/api/explain/{user}/{item}").json()
    mine = [one for one in explained["ledger"] if one["channel"] == "said_rated"]
    assert min(one["amount"] for one in mine) == pytest.approx(-2.0, abs=1e-6)


def test_trust_falls_with_a_wrong_reason_and_says_what_moved_it(client: Client) -> None:
    user = user_of(client, 2)
    found = listed(client, user)
    row = next(row for row in found["recommendations"] if row["reasons"])
    kind = row["reasons"][0]["kind"]
    say(
        client, user_id=user, item_id=row["item_id"], kind="wrong", reason=kind,
        recommendation_id=found["recommendation_id"],
    )  # fmt: skip
    document = client.get(f"/api/trust/{user}").json()
    reasons = {one["reason"]: one for one in document["reasons"]}
    others = [one["trust"] for name, one in reasons.items() if name != kind]
    assert reasons[kind]["trust"] < min(others)
    assert reasons[kind]["n_own"] == pytest.approx(2.0, abs=0.01)  # a bad one weighs two
    low, high = reasons[kind]["interval"]
    assert low < reasons[kind]["trust"] < high
    (moved,) = document["moved_by"]
    assert (moved["reason"], moved["was_good"]) == (kind, False)
    assert moved["after"] < moved["before"]


def test_nothing_is_heeded_where_personalisation_is_off(client: Client) -> None:
    user = user_of(client, 3)
    item = listed(client, user)["recommendations"][0]["item_id"]
    say(client, user_id=user, item_id=item, kind="rated", value=5)
    assert any(said_entries(row) for row in listed(client, user)["recommendations"])
    answer = client.patch(f"/api/profile/{user}", json={"personalised": False})
    assert answer.status_code == 200, answer.text
    assert not any(said_entries(row) for row in listed(client, user)["recommendations"])
