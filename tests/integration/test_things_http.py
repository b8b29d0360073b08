"""Products, shoppers, feedback, keys and metrics over HTTP: sent in, and in the next answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from youli_serving import CONFIG, KEY, asking

from youli.engine import Engine
from youli.storage.base import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    storage = Storage.open(tmp_path / "storage.db")
    yield storage
    storage.close()


@pytest.fixture
def client(engine: Engine, storage: Storage) -> Iterator[Client]:
    with asking(engine, CONFIG, storage) as one:
        yield one


def ids(client: Client, user: str = "ada", **params: object) -> list[str]:
    answer = client.get(f"/api/recommend/{user}", params=params)
    assert answer.status_code == 200, answer.text
    return [row["item_id"] for row in answer.json()["recommendations"]]


class TestEvents:
    def test_an_event_is_in_the_next_answer_of_another_worker(
        self, engine: Engine, storage: Storage, tmp_path: Path
    ) -> None:
        # A second storage of its own: other connections, as another process has them.
        second = Storage.open(tmp_path / "storage.db")
        with asking(engine, CONFIG, storage) as one, asking(engine, CONFIG, second) as other:
            for _ in range(5):
                first = ids(one)[0]
                assert ids(other)[0] == first
                sent = {"user_id": "ada", "item_id": first}
                assert one.post("/api/events", json=sent).status_code == 200
                assert first not in ids(other)
                assert ids(one) == ids(other)
        second.close()

    def test_a_restart_forgets_nothing(self, engine: Engine, storage: Storage) -> None:
        with asking(engine, CONFIG, storage) as one:
            first = ids(one)[0]
            one.post("/api/events", json={"user_id": "ada", "item_id": first})
            one.post("/api/ignore", json={"user_id": "ada", "item_id": "plum-jam"})
            after = one.get("/api/recommend/ada").json()
        with asking(engine, CONFIG, storage) as again:
            same = again.get("/api/recommend/ada").json()
        assert same["recommendations"] == after["recommendations"]
        assert same["ignored"] == after["ignored"] != []

    def test_sent_twice_it_counts_once(self, client: Client) -> None:
        event = {"user_id": "ada", "item_id": "whisk", "event_id": "e1"}
        timed = {"user_id": "ada", "item_id": "ladle", "timestamp": "2026-02-01T10:00:00Z"}
        first = client.post("/api/events", json=[event, timed, timed]).json()
        assert (first["accepted"], first["duplicates"]) == (3, 1)
        again = client.post("/api/events", json=[timed, event]).json()
        assert (again["accepted"], again["duplicates"]) == (2, 2)
        history = client.get("/api/user/ada/history", params={"limit": 100}).json()["items"]
        n_live = {one["item_id"]: sum(e["live"] for e in one["events"]) for one in history}
        assert (n_live["whisk"], n_live["ladle"]) == (1, 1)

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (
                {
                    "client_id": "7.8", "user_id": "ada", "timestamp_micros": "1767700000000000",
                    "events": [
                        {
                            "name": "purchase",
                            "params": {
                                "transaction_id": "T1", "currency": "GBP",
                                "items": [
                                    {"item_id": "whisk", "quantity": 2, "price": 4.35},
                                    {"item_id": "no-such-thing"},
                                ],
                            },
                        }
                    ],
                },
                ("purchase", "whisk", "T1", 435, 2.0, 1767700000000000),
            ),
            (
                {
                    "event_name": "view_item", "event_timestamp": 1767700000000001,
                    "user_pseudo_id": "ada", "items": [{"item_id": "whisk"}],
                },
                ("view_item", "whisk", None, None, None, 1767700000000001),
            ),
            (
                {
                    "batch": [
                        {
                            "type": "track", "event": "Order Completed", "userId": "ada",
                            "messageId": "m1", "timestamp": "2026-01-06T11:46:40.000Z",
                            "properties": {
                                "order_id": 17,
                                "products": [{"product_id": "whisk", "price": 1.0, "quantity": 1}],
                            },
                        }
                    ]
                },
                ("purchase", "whisk", "17", 100, 1.0, 1767700000000000),
            ),
            (
                {
                    "userEventInlineSource": {
                        "userEvents": [
                            {
                                "eventType": "detail-page-view", "visitorId": "v",
                                "userInfo": {"userId": "ada"},
                                "eventTime": "2026-01-06T11:46:40Z",
                                "productDetails": [{"product": {"id": "whisk"}, "quantity": 3}],
                            }
                        ]
                    }
                },
                ("view_item", "whisk", None, None, 3.0, 1767700000000000),
            ),
        ],
        ids=["ga4", "ga4-export", "segment", "retail"],
    )  # fmt: skip
    def test_shapes_of_others(
        self, client: Client, storage: Storage, body: dict[str, Any], told: tuple[Any, ...]
    ) -> None:
        answer = client.post("/api/events", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["accepted"] == 1
        (one,) = storage.events.of_shopper("ada")
        said = (
            one.event, one.item_id, one.order_id, one.price_minor, one.quantity, one.timestamp_us,
        )  # fmt: skip
        assert said == told
        if "client_id" in body:
            assert answer.json()["rejected"][0]["product"] == 1

    @pytest.mark.parametrize(
        "body",
        [
            {"client_id": "c", "events": [7, {"name": 3}, {"name": "purchase", "params": []}]},
            {"batch": [None, {"properties": "x"}, {"type": "track"}]},
            {"userEventInlineSource": {"userEvents": [[], {"eventType": "x", "visitorId": "v"}]}},
            {"event_name": "purchase", "items": [{"item_id": ["whisk"]}, None]},
            [{"user_id": "a\u0000", "item_id": "whisk"}, {"user_id": "\ud800", "item_id": "whisk"}],
        ],
    )
    def test_shapes_that_are_broken(self, client: Client, body: Any) -> None:
        import json

        answer = client.post(
            "/api/events", content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422
        assert {row["code"] for row in answer.json()["error"]["rows"]} <= {"bad_row"}

    def test_a_few_bytes_do_not_become_many_rows(self, client: Client) -> None:
        """Every part of a list would else be copied with all that stands around it."""
        around = {f"k{n}": 0 for n in range(20_000)}
        bodies: list[dict[str, Any]] = [
            {**around, "client_id": "ada", "events": [{}] * 20_000},
            {**around, "type": "track", "userId": "ada", "batch": [{}] * 20_000},
            {"event_name": "purchase", "user_pseudo_id": "ada", "items": [0] * 100_000},
            {"eventType": "view", "visitorId": "ada", "productDetails": [0] * 100_000},
        ]
        started = time.process_time()
        for body in bodies:
            answer = client.post("/api/events", json=body)
            assert answer.json()["error"]["code"] == "bad_batch"
        assert time.process_time() - started < 5

    @pytest.mark.parametrize("micros", [10**400, "9" * 5000, "²", -(10**30)])
    def test_a_moment_without_end_is_a_bad_row(self, client: Client, micros: object) -> None:
        event = {"name": "purchase", "params": {"items": [{"item_id": "whisk"}]}}
        body = {"client_id": "ada", "timestamp_micros": micros, "events": [event]}
        answer = client.post("/api/events", json=body)
        assert answer.status_code == 422
        assert {row["code"] for row in answer.json()["error"]["rows"]} == {"bad_row"}


class TestItems:
    def test_stock_price_and_title_are_in_the_next_answer(self, client: Client) -> None:
        first, second = ids(client)[:2]
        assert client.patch(f"/api/item/{first}", json={"in_stock": False}).status_code == 200
        assert first not in ids(client)
        changed = {"price": 4.35, "title": "Something else"}
        client.patch(f"/api/item/{second}", json=changed)
        row = client.get("/api/recommend/ada").json()["recommendations"][0]
        assert row["item_id"] == second
        assert (row["item"]["price_minor"], row["item"]["title"]) == (435, "Something else")
        client.patch(f"/api/item/{first}", json={"in_stock": True})
        assert ids(client)[0] == first

    def test_another_worker_sees_it(self, engine: Engine, storage: Storage, tmp_path: Path) -> None:
        second = Storage.open(tmp_path / "storage.db")
        with asking(engine, CONFIG, storage) as one, asking(engine, CONFIG, second) as other:
            first = ids(other)[0]
            one.patch(f"/api/item/{first}", json={"in_stock": False})
            assert first not in ids(other)
        second.close()

    def test_a_deleted_product_is_gone_until_it_is_sent_again(self, client: Client) -> None:
        first = ids(client)[0]
        client.delete(f"/api/item/{first}")
        assert first not in ids(client)
        assert client.get(f"/api/item/{first}").status_code == 404
        assert client.get(f"/api/explain/ada/{first}").status_code == 404
        sent = {"user_id": "ada", "item_id": first}
        assert client.post("/api/events", json=sent).status_code == 422
        client.post("/api/item", json={"item_id": first, "title": "Back again"})
        assert ids(client)[0] == first
        assert client.get(f"/api/item/{first}").json()["title"] == "Back again"

    def test_a_new_product_is_kept_for_the_next_refit(self, client: Client) -> None:
        rows = [
            {"item_id": "aaa-new", "title": "New", "price": 1.5, "attributes": {"colour": "red"}},
            {"item_id": "whisk", "price": 9.99},
            {"title": "nameless"},
        ]
        document = client.post("/api/item", json=rows).json()
        assert (document["accepted"], document["after_refit"]) == (2, ["aaa-new"])
        assert document["rejected"][0]["index"] == 2
        new = client.get("/api/item/aaa-new").json()
        assert (new["learned"], new["price_minor"]) == (False, 150)
        assert new["attributes"] == {"colour": ["red"]}
        assert client.get("/api/item/whisk").json()["learned"] is True
        event = client.post("/api/events", json={"user_id": "ada", "item_id": "aaa-new"}).json()
        assert event["after_refit"] == [0]

    def test_pages_have_everything_once(self, client: Client, engine: Engine) -> None:
        client.post("/api/item", json=[{"item_id": one} for one in ("0", "mmm", "zzz")])
        client.delete("/api/item/whisk")
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = client.get("/api/items", params={"cursor": cursor, "limit": 7}).json()
            seen += [one["item_id"] for one in page["items"]]
            cursor = page["next_cursor"]
        learned = set(engine.shop.interactions.items.ids) - {"whisk"}
        assert seen == sorted(learned | {"0", "mmm", "zzz"})

    @pytest.mark.parametrize(
        "change", [{"price": -1}, {"price": "nan"}, {"colour": "red"}, {"title": "a\u0000b"}]
    )
    def test_changes_that_are_none(self, client: Client, change: dict[str, Any]) -> None:
        assert client.patch("/api/item/whisk", json=change).status_code == 422
        assert client.patch("/api/item/no-such-thing", json={}).status_code == 404


class TestUsers:
    def test_attributes_are_kept_but_for_protected_ones(self, client: Client) -> None:
        row = {"user_id": "new", "attributes": {"region": "north", "age": "19-34"}}
        document = client.post("/api/user", json=row).json()
        assert document["left_out"] == ["age"]
        client.patch("/api/user/new", json={"attributes": {"club": "gold"}})
        assert client.get("/api/user/new").json()["attributes"] == {
            "region": "north",
            "club": "gold",
        }
        assert client.get("/api/user/nobody").status_code == 404


class TestFeedback:
    def test_not_for_me_acts_at_once_and_can_be_taken_back(self, client: Client) -> None:
        before = client.get("/api/recommend/ada").json()
        first = before["recommendations"][0]["item_id"]
        said = {
            "user_id": "ada",
            "item_id": first,
            "kind": "not_for_me",
            "recommendation_id": before["recommendation_id"],
        }
        answer = client.post("/api/feedback", json=said).json()
        assert answer["about"] == "item"
        assert first not in ids(client)
        assert first in ids(client, "nobody", k=100), "nobody else is touched"
        client.delete(f"/api/feedback/{answer['feedback_id']}")
        assert ids(client)[0] == first
        told = client.get("/api/user/ada/feedback").json()["feedback"]
        assert [(one["kind"], one["withdrawn"]) for one in told] == [("not_for_me", True)]

    def test_feedback_on_a_reason_leaves_the_product(self, client: Client) -> None:
        before = ids(client)
        said = {"user_id": "ada", "item_id": before[0], "kind": "not_helpful", "reason": "popular"}
        assert client.post("/api/feedback", json=said).json()["about"] == "reason"
        assert ids(client) == before

    def test_what_is_an_event_counts_as_one_and_goes_with_it(self, client: Client) -> None:
        before = ids(client)
        said = {"user_id": "ada", "item_id": "notebook", "kind": "saved", "feedback_id": "f1"}
        for _ in range(2):  # sent twice
            client.post("/api/feedback", json=said)
        history = client.get("/api/user/ada/history").json()["items"]
        assert [e["event"] for e in history[0]["events"]] == ["add_to_wishlist"]
        client.delete("/api/feedback/f1")
        assert ids(client) == before

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "rated"}, {"kind": "saved", "value": 3}, {"reason": "x"}, {"kind": "meh"},
            {"kind": "rated", "value": 0.9}, {"kind": "rated", "value": 1e300},
        ],
    )  # fmt: skip
    def test_what_cannot_be_said(self, client: Client, change: dict[str, Any]) -> None:
        said = {"user_id": "ada", "item_id": "whisk", "kind": "not_for_me", **change}
        assert client.post("/api/feedback", json=said).status_code == 422

    def test_a_rating_has_ends_and_says_so(self, client: Client) -> None:
        said = {"user_id": "ada", "item_id": "whisk", "kind": "rated"}
        error = client.post("/api/feedback", json={**said, "value": 5.5}).json()["error"]
        assert "between 1 and 5" in error["message"]
        for value in (1, 5):
            assert client.post("/api/feedback", json={**said, "value": value}).status_code == 200

    def test_an_id_is_one_persons_and_what_was_taken_back_stays_so(self, client: Client) -> None:
        said = {"user_id": "ada", "item_id": "whisk", "kind": "saved", "feedback_id": "mine"}
        assert client.post("/api/feedback", json=said).status_code == 200
        for change in ({"user_id": "bob"}, {"item_id": "honey"}, {"kind": "liked"}):
            answer = client.post("/api/feedback", json={**said, **change})
            assert answer.status_code == 409
            assert answer.json()["error"]["code"] == "feedback_id_taken"
        assert client.get("/api/user/bob/history").json()["n_events"] == 0
        before = client.get("/api/user/ada/history").json()["n_events"]
        client.delete("/api/feedback/mine")
        assert client.post("/api/feedback", json=said).status_code == 200  # the first, once more
        assert client.get("/api/user/ada/history").json()["n_events"] == before - 1

    def test_of_an_unknown_product(self, client: Client) -> None:
        said = {"user_id": "ada", "item_id": "no-such-thing", "kind": "not_for_me"}
        assert client.post("/api/feedback", json=said).status_code == 404
        assert client.delete("/api/feedback/none").status_code == 404


class TestMetrics:
    def test_what_happened_is_counted_without_shoppers(self, client: Client) -> None:
        ids(client)
        text = client.get("/metrics").text
        assert (
            'youli_requests_total{method="GET",route="/api/recommend/{user_id:path}",status="200"} '
            "1.0"
        ) in text
        assert "ada" not in text

    def test_through_a_proxy_it_needs_an_admin_key(self, engine: Engine, storage: Storage) -> None:
        with asking(engine, CONFIG, storage, key=None) as stranger:
            assert stranger.get("/metrics").status_code == 200
            proxied = {"X-Forwarded-For": "203.0.113.7"}
            assert stranger.get("/metrics", headers=proxied).status_code == 401
            proxied["X-API-Key"] = KEY
            assert stranger.get("/metrics", headers=proxied).status_code == 200
