"""The API over the real engine and a small shop, through the whole HTTP stack."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Client
from youli_serving import CONFIG, asking, error_of, tiny_shop

from youli.engine import Engine
from youli.registry import EXPLAINERS
from youli.serve.security import PAGE_HEADER

PAGE = {PAGE_HEADER: "1"}


@pytest.fixture(scope="module")
def repeating_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The same shop, which lists again what was bought."""
    folder = tmp_path_factory.mktemp("repeating") / "SHOP"
    engine: Engine = tiny_shop().tiny_engine(folder, "include")
    return engine


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    """Somebody with the key."""
    with asking(engine) as one:
        yield one


@pytest.fixture
def repeating(repeating_engine: Engine) -> Iterator[Client]:
    """Somebody with the key of the shop that lists again what was bought."""
    with asking(repeating_engine) as one:
        yield one


def ids(client: Client, user: str = "ada", **params: object) -> list[str]:
    answer = client.get(f"/api/recommend/{user}", params=params)
    assert answer.status_code == 200
    return [row["item_id"] for row in answer.json()["recommendations"]]


class TestRecommend:
    def test_every_product_has_a_reason_and_a_ledger_that_sums_to_its_score(
        self, client: Client
    ) -> None:
        document = client.get("/api/recommend/ada").json()
        assert document["simulated"] is True
        assert len(document["recommendations"]) == 10
        for row in document["recommendations"]:
            assert row["reasons"][0]["text"]
            assert all(check["passed"] for check in row["reasons"][0]["checks"])
            total = math.fsum(entry["amount"] for entry in row["ledger"])
            assert total == pytest.approx(row["score"], abs=1e-9)
            assert row["item"]["title"] == row["title"]

    def test_k_language_and_ledger(self, client: Client) -> None:
        answer = client.get("/api/recommend/ada", params={"k": 3, "lang": "zh", "ledger": False})
        rows = answer.json()["recommendations"]
        assert len(rows) == 3
        assert all("ledger" not in row for row in rows)
        full = client.get("/api/recommend/ada", params={"k": 3}).json()["recommendations"]
        assert [row["score"] for row in rows] == [row["score"] for row in full]
        assert re.search(r"[\u4e00-\u9fff]", rows[0]["reasons"][0]["text"])

    def test_an_unknown_price_is_null_and_not_a_number(self, client: Client) -> None:
        assert client.get("/api/item/rock-sugar").json()["price_minor"] is None

    def test_somebody_never_seen_gets_a_full_list(self, client: Client) -> None:
        assert len(ids(client, "nobody")) == 10

    def test_rows_of_the_request_are_left_out_as_the_engine_would(
        self, client: Client, engine: Engine
    ) -> None:
        state = engine.state("ada").without([8, 9, 10])
        wanted = [engine.shop.interactions.items.ids[r.item_num] for r in engine.recommend(state)]
        assert ids(client, ignore="8,9, 10") == wanted
        assert wanted != ids(client)

    @pytest.mark.parametrize("ignore", ["x", "-1", "1;2", "99", "1.5", "0" * 5_000, "٣"])
    def test_rows_that_do_not_exist_are_an_error(self, client: Client, ignore: str) -> None:
        answer = client.get("/api/recommend/ada", params={"ignore": ignore})
        assert answer.status_code == 422
        assert "ignore" in error_of(answer)["message"]

    @pytest.mark.parametrize("params", [{"k": 0}, {"k": 101}, {"k": "x"}, {"lang": "fr"}])
    def test_parameters_out_of_range_are_named(
        self, client: Client, params: dict[str, Any]
    ) -> None:
        answer = client.get("/api/recommend/ada", params=params)
        assert answer.status_code == 422
        assert next(iter(params)) in error_of(answer)["message"]

    def test_an_id_may_hold_a_slash(self, client: Client) -> None:
        assert client.get("/api/recommend/a%2Fb").json()["user_id"] == "a/b"


class TestOnlyNew:
    def test_nothing_of_the_list_was_bought_and_the_ledgers_add_up(self, repeating: Client) -> None:
        history = repeating.get("/api/user/ada/history", params={"limit": 100}).json()
        bought = {item["item_id"] for item in history["items"]}
        assert bought & set(ids(repeating)), "this shop lists again what was bought"
        rows = repeating.get("/api/recommend/ada", params={"new": True}).json()["recommendations"]
        assert [row["rank"] for row in rows] == list(range(1, 11))
        assert not bought & {row["item_id"] for row in rows}
        for row in rows:
            assert row["reasons"][0]["text"]
            total = math.fsum(entry["amount"] for entry in row["ledger"])
            assert total == pytest.approx(row["score"], abs=1e-9)

    def test_a_live_purchase_is_not_new_even_where_it_is_ignored(self, repeating: Client) -> None:
        first = ids(repeating, new=True)[0]
        body = {"user_id": "ada", "item_id": first}
        repeating.post("/api/events", json=body)
        assert first not in ids(repeating, new=True)
        repeating.post("/api/ignore", json=body)
        assert first not in ids(repeating, new=True)
        repeating.post("/api/events", json={**body, "event": "refund"})
        assert first in ids(repeating, new=True)

    def test_where_the_shop_does_not_repeat_it_is_the_list(self, client: Client) -> None:
        assert client.get("/api/shop").json()["repeats"] is False
        assert ids(client, new=True) == ids(client)

    def test_somebody_never_seen_has_the_same_list(self, repeating: Client) -> None:
        assert repeating.get("/api/shop").json()["repeats"] is True
        assert ids(repeating, "nobody", new=True) == ids(repeating, "nobody")

    def test_the_explanation_is_of_that_list(self, repeating: Client) -> None:
        params: dict[str, Any] = {"new": True}
        rows = repeating.get("/api/recommend/ada", params=params).json()["recommendations"]
        assert [row["item_id"] for row in rows] != ids(repeating)
        proven = 0
        for row in rows:
            why = repeating.get(f"/api/explain/ada/{row['item_id']}", params=params).json()
            assert why["rank"] == row["rank"]
            assert why["score"] == pytest.approx(row["score"])
            assert math.fsum(e["amount"] for e in why["ledger"]) == pytest.approx(why["score"])
            if why["counterfactual"]["valid"]:
                proven += 1
                events = why["counterfactual"]["removed_events"]
                ignored = ",".join(str(event["row"]) for event in events)
                assert row["item_id"] not in ids(repeating, new=True, ignore=ignored)
        assert proven

    def test_what_was_bought_has_no_place_in_it(self, repeating: Client) -> None:
        listed = next(one for one in ids(repeating) if one not in ids(repeating, new=True, k=100))
        why = repeating.get(f"/api/explain/ada/{listed}", params={"new": True}).json()
        assert why["rank"] is None
        assert repeating.get(f"/api/explain/ada/{listed}").json()["rank"] is not None

    def test_a_value_that_is_no_yes_or_no(self, repeating: Client) -> None:
        answer = repeating.get("/api/recommend/ada", params={"new": "perhaps"})
        assert answer.status_code == 422
        assert "new" in error_of(answer)["message"]


class TestExplain:
    def test_it_agrees_with_the_list(self, client: Client) -> None:
        row = client.get("/api/recommend/ada").json()["recommendations"][0]
        why = client.get(f"/api/explain/ada/{row['item_id']}").json()
        assert why["rank"] == 1
        assert why["score"] == pytest.approx(row["score"])
        assert math.fsum(entry["amount"] for entry in why["ledger"]) == pytest.approx(why["score"])
        named = {e["evidence"]["item_id"] for e in why["ledger"] if "item_id" in e["evidence"]}
        assert named == set(why["cited"])

    def test_a_valid_counterfactual_holds_when_it_is_tried(self, client: Client) -> None:
        found = [
            (item, why["counterfactual"])
            for item in ids(client)
            if (why := client.get(f"/api/explain/ada/{item}").json())["counterfactual"]["valid"]
        ]
        assert found
        for item, counterfactual in found:
            rows = ",".join(str(event["row"]) for event in counterfactual["removed_events"])
            assert item not in ids(client, ignore=rows)

    def test_an_unknown_product(self, client: Client) -> None:
        answer = client.get("/api/explain/ada/no-such-thing")
        assert answer.status_code == 404
        assert error_of(answer)["code"] == "not_found"
        assert "no-such-thing" not in answer.text


class TestMethods:
    def test_every_method_answers_over_http(self, client: Client) -> None:
        listed = ids(client)
        options: dict[str, dict[str, Any]] = {
            "ledger": {},
            "counterfactual": {"by": "interests"},
            "why-not": {},
            "contrast": {"other": listed[1]},
            "what-if": {"add": listed[1], "event": "view_item"},
            "pipeline": {"lang": "zh"},
            "global": {}, "rules": {}, "surrogate": {}, "occlusion": {}, "shapley": {},
        }  # fmt: skip
        of_networks = {"attention", "gradient", "activations"}
        assert set(options) | of_networks == set(EXPLAINERS.built_in)
        for method, params in options.items():
            answer = client.get(
                f"/api/explain/ada/{listed[0]}", params={"method": method, **params}
            )
            assert answer.status_code == 200, answer.text
            document = answer.json()
            assert (document["method"], document["rank"]) == (method, 1)
            assert document["answer"]["passed"] is True
            assert document["answer"]["text"]
            assert document["item"]["item_id"] == listed[0]
        for method in of_networks:
            answer = client.get(f"/api/explain/ada/{listed[0]}", params={"method": method})
            assert answer.status_code == 422
            assert "cannot explain the model ledger" in error_of(answer)["message"]

    def test_a_live_event_and_ignored_rows_are_part_of_it(self, client: Client) -> None:
        params: dict[str, Any] = {"method": "pipeline"}
        first = client.get("/api/explain/ada/honey", params=params).json()
        client.post("/api/events", json={"user_id": "ada", "item_id": "ink", "event": "view_item"})
        more = client.get("/api/explain/ada/honey", params=params).json()
        less = client.get("/api/explain/ada/honey", params={**params, "ignore": "0"}).json()
        n_events = [one["answer"]["found"]["stages"][0]["n_events"] for one in (first, more, less)]
        assert n_events == [n_events[0], n_events[0] + 1, n_events[0]]

    @pytest.mark.parametrize(
        ("params", "said"),
        [
            ({"method": "tea-leaves"}, "no explainer"),
            ({"method": "pipeline", "other": "ink"}, "does not take other"),
            ({"method": "what-if", "add": "ink", "event": "refund"}, "event"),
            ({"method": "counterfactual", "by": "luck"}, "by"),
        ],
    )
    def test_what_cannot_be_asked(self, client: Client, params: dict[str, Any], said: str) -> None:
        answer = client.get("/api/explain/ada/honey", params=params)
        assert answer.status_code == 422
        assert said in error_of(answer)["message"]

    def test_the_list_of_new_products_is_named(self, repeating: Client) -> None:
        params: dict[str, Any] = {"new": True}
        listed = ids(repeating, new=True)[0]
        why = repeating.get(f"/api/explain/ada/{listed}", params=params).json()
        assert "of products new to you" in why["counterfactual"]["text"]
        asked = {**params, "method": "why-not"}
        told = repeating.get(f"/api/explain/ada/{listed}", params=asked).json()
        assert "of products new to you" in told["answer"]["text"]
        assert told["rank"] == 1

    @pytest.mark.parametrize("user", ["a/b", "a/b/c", "50%/x", "ada"])
    def test_a_slash_in_a_shoppers_id(self, client: Client, user: str) -> None:
        client.post("/api/events", json={"user_id": user, "item_id": "ink"})
        why = client.get(f"/api/explain/{quote(user, safe='')}/honey")
        assert why.status_code == 200, why.text
        assert (why.json()["user_id"], why.json()["item_id"]) == (user, "honey")
        assert any(
            row["events"]
            for row in client.get(f"/api/user/{quote(user, safe='')}/history").json()["items"]
        )


class TestProducts:
    def test_details(self, client: Client) -> None:
        item = client.get("/api/item/green-tea").json()
        assert (item["title"], item["category"], item["price_minor"]) == (
            "Green tea",
            ["Shop", "Tea"],
            120,
        )
        assert item["attributes"]["brand"] == ["Guest"]

    @pytest.mark.parametrize("kin", ["similar", "bought-together"])
    def test_lists_beside_a_product(self, client: Client, kin: str) -> None:
        document = client.get(f"/api/{kin}/green-tea", params={"k": 4}).json()
        rows = document["recommendations"]
        assert document["item_id"] == "green-tea"
        assert "user_id" not in document
        assert len(rows) <= 4
        assert all(row["item_id"] != "green-tea" for row in rows)
        for row in rows:
            assert row["reasons"][0]["chip"]
            assert row["reasons"][0]["text"]
            assert "You bought" not in row["reasons"][0]["text"], "nobody said who is asking"
            assert all("events" not in entry["evidence"] for entry in row["ledger"])

    def test_similar_products_exist(self, client: Client) -> None:
        assert client.get("/api/similar/notebook").json()["recommendations"]


class TestShoppers:
    def test_examples_and_somebody_new(self, client: Client, engine: Engine) -> None:
        document = client.get("/api/users", params={"limit": 5}).json()
        assert len(document["users"]) == 5
        assert all(user["attributes"] for user in document["users"])
        counts = [user["n_events"] for user in document["users"]]
        assert counts == sorted(counts)
        assert engine.shop.interactions.users.num(document["new_user_id"]) is None

    def test_search_by_prefix(self, client: Client) -> None:
        users = client.get("/api/users", params={"prefix": "shopper-01", "limit": 4}).json()[
            "users"
        ]
        assert [user["user_id"] for user in users] == [f"shopper-01{n}" for n in range(4)]
        assert client.get("/api/users", params={"prefix": "zz"}).json()["users"] == []

    def test_history_is_latest_first_and_has_live_events(self, client: Client) -> None:
        client.post(
            "/api/events", json={"user_id": "ada", "item_id": "honey", "event": "view_item"}
        )
        history = client.get("/api/user/ada/history").json()
        assert history["known"] is True
        assert history["items"][0]["title"] == "Honey"
        assert history["items"][0]["events"][0]["live"] is True
        last = [item["events"][0]["timestamp"] for item in history["items"]]
        assert last == sorted(last, reverse=True)

    def test_the_history_of_somebody_new_is_empty(self, client: Client) -> None:
        history = client.get("/api/user/nobody/history").json()
        assert (history["known"], history["items"]) == (False, [])


class TestEvents:
    def test_an_event_counts_in_the_very_next_answer(self, client: Client) -> None:
        before = ids(client)
        answer = client.post("/api/events", json={"user_id": "ada", "item_id": before[0]})
        assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
        assert before[0] not in ids(client), "this shop does not repeat what was bought"

    def test_a_refund_brings_the_list_back(self, client: Client) -> None:
        before = ids(client)
        for event in ("purchase", "refund"):
            body = {"user_id": "ada", "item_id": before[0], "event": event}
            assert client.post("/api/events", json=body).status_code == 200
        assert before[0] in ids(client)

    def test_a_new_shopper_is_known_after_one_click(self, client: Client) -> None:
        before = ids(client, "new-1")
        client.post("/api/events", json={"user_id": "new-1", "item_id": "whisk"})
        reasons = [
            reason["evidence"].get("title")
            for row in client.get("/api/recommend/new-1").json()["recommendations"]
            for reason in row["reasons"]
        ]
        assert ids(client, "new-1") != before
        assert "Whisk" in reasons

    def test_bad_rows_are_named_and_good_ones_count(self, client: Client) -> None:
        good = {"user_id": "ada", "item_id": "honey", "event": "view_item"}
        rows: list[Any] = [
            {**good, "item_id": "no-such-thing"},
            good,
            {**good, "event": "bought"},
            {**good, "timestamp": "2099-01-01T00:00:00Z"},
            {**good, "timestamp": "2026-01-01T00:00:00"},
            {**good, "event": "refund", "item_id": "whisk"},
            {**good, "colour": "red"},
            "honey",
        ]
        document = client.post("/api/events", json=rows).json()
        assert document["accepted"] == 2, "a refund may come before its purchase"
        assert [(one["index"], one["code"]) for one in document["rejected"]] == [
            (0, "unknown_item"),
            (2, "bad_row"),
            (3, "future"),
            (4, "bad_row"),
            (6, "bad_row"),
            (7, "bad_row"),
        ]

    def test_where_nothing_was_stored_it_is_an_error(self, client: Client) -> None:
        answer = client.post("/api/events", json=[{"user_id": "ada", "item_id": "no-such-thing"}])
        assert answer.status_code == 422
        assert error_of(answer)["rows"][0]["code"] == "unknown_item"

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"7"])
    def test_bodies_that_are_no_events(self, client: Client, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        answer = client.post("/api/events", content=body, headers=headers)
        assert answer.status_code in {400, 422}
        error_of(answer)

    def test_a_batch_that_is_too_long(self, engine: Engine) -> None:
        config = CONFIG.model_copy(update={"max_events_per_request": 2})
        row = {"user_id": "ada", "item_id": "honey"}
        with asking(engine, config) as client:
            answer = client.post("/api/events", json=[row] * 3)
        assert (answer.status_code, error_of(answer)["code"]) == (422, "bad_batch")


class TestIgnore:
    def test_ignoring_and_restoring(self, client: Client) -> None:
        before = ids(client)
        body = {"user_id": "ada", "item_id": "plum-jam"}
        document = client.post("/api/ignore", json=body).json()
        assert [one["title"] for one in document["ignored"]] == ["Plum jam"]
        assert ids(client) != before
        texts = client.get("/api/recommend/ada").text
        assert "bought “Plum jam”" not in texts
        assert client.request("DELETE", "/api/ignore", json=body).json()["ignored"] == []
        assert ids(client) == before

    def test_the_history_shows_what_is_ignored(self, client: Client) -> None:
        client.post("/api/ignore", json={"user_id": "ada", "item_id": "plum-jam"})
        items = client.get("/api/user/ada/history").json()["items"]
        assert [one["title"] for one in items if one["ignored"]] == ["Plum jam"]
        client.request("DELETE", "/api/ignore", json={"user_id": "ada"})
        items = client.get("/api/user/ada/history").json()["items"]
        assert not any(one["ignored"] for one in items)

    def test_a_body_that_is_not_understood(self, client: Client) -> None:
        answer = client.post("/api/ignore", json={"user_id": "ada", "itemid": "plum-jam"})
        assert answer.status_code == 422
        assert "ada" not in answer.text
