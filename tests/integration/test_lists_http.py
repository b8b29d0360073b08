"""Lists, filters and the merchant's rules over HTTP, on a small shop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from youli_serving import CONFIG, asking

from youli.engine import Engine
from youli.storage.base import Storage

RULES = "/api/merchant-rules"
PIN = {"kind": "pin", "items": ["mittens"]}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storage") / "storage.db"


@pytest.fixture(scope="module")
def storage(database: Path) -> Iterator[Storage]:
    storage = Storage.open(database)
    yield storage
    storage.close()


@pytest.fixture(scope="module")
def server(engine: Engine, storage: Storage) -> Iterator[Client]:
    with asking(engine, CONFIG, storage) as one:
        yield one


@pytest.fixture
def client(server: Client, storage: Storage) -> Iterator[Client]:
    """Somebody with the key of a server without rules."""
    yield server
    for rule in storage.rules.all():
        storage.rules.delete(rule.rule_id)


def get(client: Client, path: str, **params: object) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def ids(document: dict[str, Any]) -> list[str]:
    return [row["item_id"] for row in document["recommendations"]]


def add_rule(client: Client, **rule: object) -> dict[str, Any]:
    answer = client.post(RULES, json=rule)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def check_ledgers(document: dict[str, Any]) -> None:
    for row in document["recommendations"]:
        total = math.fsum(entry["amount"] for entry in row["ledger"])
        assert total == pytest.approx(row["score"], abs=1e-9)
        assert row["reasons"]
        assert all(check["passed"] for reason in row["reasons"] for check in reason["checks"])


class TestRecommend:
    def test_a_filter_comes_before_the_cut(self, client: Client) -> None:
        plain = get(client, "/api/recommend/ada", k=5)
        document = get(client, "/api/recommend/ada", k=5, filter='brand = "Own" and price < 10')
        assert len(document["recommendations"]) == 5 == len(plain["recommendations"])
        for row in document["recommendations"]:
            assert row["item"]["brand"] == "Own"
            assert row["item"]["price_minor"] < 1000
        check_ledgers(document)

    def test_a_filter_that_cannot_be_read_is_answered_with_its_place(self, client: Client) -> None:
        for text, says in (("price <", "(at 8)"), ("colour = 1", "no 'colour'"), ("\x00", "NUL")):
            answer = client.get("/api/recommend/ada", params={"filter": text})
            assert answer.status_code == 422
            assert says in answer.json()["error"]["message"]

    def test_pages_are_cut_from_one_list(self, client: Client) -> None:
        whole = get(client, "/api/recommend/ada", k=9, diversity=0)
        pages = [get(client, "/api/recommend/ada", k=3, offset=o, diversity=0) for o in (0, 3, 6)]
        assert [one for page in pages for one in ids(page)] == ids(whole)
        assert [row["rank"] for row in pages[2]["recommendations"]] == [7, 8, 9]
        assert client.get("/api/recommend/ada", params={"k": 100, "offset": 150}).status_code == 422

    def test_how_much_is_said(self, client: Client) -> None:
        full, chip, none = (
            get(client, "/api/recommend/ada", explain=detail) for detail in ("full", "chip", "none")
        )
        assert ids(full) == ids(chip) == ids(none)
        for one, two, three in zip(
            *(d["recommendations"] for d in (full, chip, none)), strict=True
        ):
            assert "ledger" in one
            assert "ledger" not in two
            assert [r["text"] for r in one["reasons"]] == [r["text"] for r in two["reasons"]]
            assert set(two["reasons"][0]) == {"text", "chip", "kind"}
            assert three["reasons"] == []
            assert three["score"] == pytest.approx(one["score"], rel=1e-5)
            assert three["item"] == one["item"]

    def test_diversity_of_one_request(self, client: Client) -> None:
        def n_aisles(diversity: float) -> int:
            rows = get(client, "/api/recommend/ada", k=6, diversity=diversity)["recommendations"]
            return len({tuple(row["item"]["category"]) for row in rows})

        assert n_aisles(50) > n_aisles(0)

    def test_a_session_nobody_has_seen_gets_honest_reasons(self, client: Client) -> None:
        document = get(client, "/api/recommend/session-7f3a", k=5)
        kinds = {r["kind"] for row in document["recommendations"] for r in row["reasons"]}
        assert kinds <= {"popular", "trending"}
        assert kinds
        event = {"user_id": "session-7f3a", "item_id": "teapot", "event": "view_item"}
        assert client.post("/api/events", json=event).status_code == 200
        after = get(client, "/api/recommend/session-7f3a", k=5)
        sources = {
            r["evidence"].get("item_id") for row in after["recommendations"] for r in row["reasons"]
        }
        assert "teapot" in sources

    def test_what_was_shown_is_kept(self, client: Client, storage: Storage) -> None:
        document = get(client, "/api/recommend/ada", k=3, lang="zh", placement="checkout")
        storage.impressions.flush()
        kept = storage.impressions.get(document["recommendation_id"])
        assert kept is not None
        assert (kept.user_id, kept.placement) == ("ada", "checkout")
        assert kept.model_version == document["model_version"]
        assert [one["item_id"] for one in kept.items] == ids(document)
        said = document["recommendations"][0]["reasons"][0]
        assert kept.items[0]["reasons"][0] == {"kind": said["kind"], "text": said["text"]}
        assert kept.document["lang"] == "zh"


class TestOtherLists:
    def test_all_have_reasons_ledgers_and_an_id(self, client: Client, storage: Storage) -> None:
        for item_id in ("rye-bread", "honey"):
            event = {"user_id": "ada", "item_id": item_id, "event": "view_item"}
            assert client.post("/api/events", json=event).status_code == 200
        paths = {
            "/api/trending": "trending",
            "/api/recently-viewed/ada": "recently-viewed",
            "/api/buy-again/ada": "buy-again",
            "/api/cart?item=green-tea&item=teapot": "cart",
            "/api/similar/green-tea": "similar",
            "/api/bought-together/green-tea": "bought-together",
        }
        seen = set()
        for path, name in paths.items():
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            document = answer.json()
            assert document["list"] == document["placement"] == name
            assert document["recommendations"], name
            check_ledgers(document)
            storage.impressions.flush()
            kept = storage.impressions.get(document["recommendation_id"])
            assert kept is not None
            assert [one["item_id"] for one in kept.items] == ids(document)
            seen.add(document["recommendation_id"])
        assert len(seen) == len(paths)

    def test_what_was_seen_stands_latest_first(self, client: Client) -> None:
        for item_id in ("rye-bread", "honey", "rye-bread", "soap"):
            event = {"user_id": "new-1", "item_id": item_id, "event": "view_item"}
            assert client.post("/api/events", json=event).status_code == 200
        document = get(client, "/api/recently-viewed/new-1")
        assert ids(document) == ["soap", "rye-bread", "honey"]
        assert "times" in document["recommendations"][1]["reasons"][0]["text"]
        bath = get(client, "/api/recently-viewed/new-1", filter='category = "Bath"')
        assert ids(bath) == ["soap"]

    def test_what_to_buy_again_was_bought(self, client: Client, engine: Engine) -> None:
        state = engine.state("ada")
        bought = {engine.shop.interactions.items.ids[num] for num in state.bought.tolist()}
        document = get(client, "/api/buy-again/ada", k=30)
        assert set(ids(document)) == bought
        assert {row["reasons"][0]["kind"] for row in document["recommendations"]} == {"buy_again"}
        assert ids(get(client, "/api/buy-again/nobody")) == []

    def test_a_cart_names_what_is_in_it(self, client: Client) -> None:
        document = get(client, "/api/cart", item=["green-tea", "black-tea", "no-such"])
        assert document["unknown_items"] == ["no-such"]
        assert not {"green-tea", "black-tea"} & set(ids(document))
        for row in document["recommendations"]:
            named = {reason["evidence"].get("item_id") for reason in row["reasons"]}
            assert named & {"green-tea", "black-tea"}
            assert "events" not in str(row["ledger"])
        assert client.get("/api/cart").status_code == 422

    def test_new_products_are_new(self, client: Client, engine: Engine) -> None:
        document = get(client, "/api/new-for-you/ada")
        since = datetime.fromisoformat(document["new_since"])
        events = engine.shop.interactions
        for item_id in ids(document):
            rows = events.item_num == events.items.num(item_id)
            assert not (events.timestamp[rows] <= since.timestamp()).any()

    def test_given_products_are_ranked_and_the_rest_says_why(self, client: Client) -> None:
        whole = get(client, "/api/recommend/ada", k=20, diversity=0)
        some = ids(whole)[3:6]
        bought = ids(get(client, "/api/buy-again/ada", k=1))
        body = {"user_id": "ada", "items": [*reversed(some), *bought, "no-such"]}
        answer = client.post("/api/rank", json=body, params={"diversity": 0})
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert ids(document) == some
        assert document["not_listed"] == [{"item_id": bought[0], "because": ["bought"]}]
        assert document["unknown_items"] == ["no-such"]
        scores = {row["item_id"]: row["score"] for row in whole["recommendations"]}
        for row in document["recommendations"]:
            assert row["score"] == pytest.approx(scores[row["item_id"]], rel=1e-6)
        nobody = client.post("/api/rank", json={"items": some})
        assert set(ids(nobody.json())) == set(some)
        assert "user_id" not in nobody.json()

    def test_why_not_and_compare(self, client: Client) -> None:
        listed = ids(get(client, "/api/recommend/ada", k=3))
        out = ids(get(client, "/api/recommend/ada", k=20))[15]
        why_not = get(client, f"/api/why-not/ada/{out}", k=3)
        assert why_not["answer"]["passed"]
        assert why_not["answer"]["found"]["listed"] is False
        filtered = get(client, f"/api/why-not/ada/{listed[0]}", filter="price > 1000")
        assert filtered["answer"]["found"]["filters"] == ["asked_for"]
        assert "filter leaves it out" in filtered["answer"]["text"]
        compared = get(client, f"/api/compare/ada/{listed[1]}/{listed[0]}", lang="zh")
        assert compared["answer"]["passed"]
        assert compared["answer"]["found"]["above"]["item_id"] == listed[0]


class TestRules:
    def test_a_pin_stands_at_its_place_and_says_so(self, client: Client) -> None:
        before = ids(get(client, "/api/recommend/ada", k=5))
        rule = add_rule(client, kind="pin", items=["mittens"], place=2, note="winter sale")
        assert (rule["acts_now"], rule["n_products"], rule["version"]) == (True, 1, 1)
        for lang, said in (("en", "Promoted by the shop."), ("zh", "由商家推广。")):
            document = get(client, "/api/recommend/ada", k=5, lang=lang)
            assert ids(document) == [before[0], "mittens", *before[1:4]]
            row = document["recommendations"][1]
            assert row["promoted"] is True
            assert row["reasons"][0]["text"] == said
            assert len(row["reasons"]) >= 2
            entry = next(e for e in row["ledger"] if e["channel"] == "pinned")
            assert entry["evidence"]["attribute"] == {"name": "rule", "value": rule["rule_id"]}
            assert entry["amount"] > 0
            assert [r["promoted"] for r in document["recommendations"]].count(True) == 1
            check_ledgers(document)
        plain = get(client, "/api/recommend/ada", k=5, explain="none")
        assert [r["promoted"] for r in plain["recommendations"]] == [0, 1, 0, 0, 0]
        explained = get(client, "/api/explain/ada/mittens", k=5)
        assert (explained["rank"], explained["promoted"]) == (2, True)
        assert not explained["counterfactual"]["valid"]
        pipeline = get(client, "/api/explain/ada/mittens", k=5, method="pipeline")
        assert pipeline["answer"]["passed"]
        assert "the shop has put it at place 2" in pipeline["answer"]["text"]
        assert client.delete(f"{RULES}/{rule['rule_id']}").status_code == 204
        assert ids(get(client, "/api/recommend/ada", k=5)) == before

    def test_hidden_is_hidden_everywhere_it_acts(self, client: Client) -> None:
        first = ids(get(client, "/api/recommend/ada"))[0]
        add_rule(client, kind="hide", items=[first], placement="home")
        assert first not in ids(get(client, "/api/recommend/ada", k=40))
        assert first in ids(get(client, "/api/recommend/ada", k=40, placement="mail"))
        found = get(client, f"/api/why-not/ada/{first}")["answer"]
        assert found["passed"]
        assert found["found"]["filters"] == ["hidden"]

    def test_boost_and_bury_are_entries(self, client: Client) -> None:
        before = ids(get(client, "/api/recommend/ada", k=40, diversity=0))
        boost = add_rule(client, kind="boost", filter='category = "Wool"', amount=2.5)
        bury = add_rule(client, kind="bury", items=[before[0]], amount=50)
        document = get(client, "/api/recommend/ada", k=40, diversity=0)
        check_ledgers(document)
        assert ids(document)[-1] == before[0]
        for row in document["recommendations"]:
            is_wool = row["item"]["category"][-1] == "Wool"
            by_rule = {e["evidence"]["attribute"]["value"]: e["amount"] for e in row["ledger"]
                       if e["evidence"]["kind"] == "rule"}  # fmt: skip
            assert (by_rule.get(boost["rule_id"]) == 2.5) == is_wool == row["promoted"]
            assert (by_rule.get(bury["rule_id"]) == -50) == (row["item_id"] == before[0])
            assert is_wool == (row["reasons"][0]["kind"] == "promoted")

    def test_a_period_begins_and_ends(self, client: Client) -> None:
        before = ids(get(client, "/api/recommend/ada", k=3))
        now = datetime.now(UTC)
        rule = {"kind": "pin", "items": ["mittens"], "place": 1}
        past = {**rule, "ends": (now - timedelta(hours=1)).isoformat()}
        assert add_rule(client, **past)["acts_now"] is False
        soon = now + timedelta(seconds=1.5)
        made = add_rule(client, **rule, starts=soon.isoformat())
        assert made["acts_now"] is False
        assert ids(get(client, "/api/recommend/ada", k=3)) == before
        time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 0.02)
        assert ids(get(client, "/api/recommend/ada", k=3))[0] == "mittens"

    def test_every_worker_sees_a_change_at_once(
        self, engine: Engine, client: Client, database: Path
    ) -> None:
        one, other = client, Storage.open(database)
        with asking(engine, CONFIG, other) as two:
            before = ids(get(two, "/api/recommend/ada", k=3))
            rule = add_rule(one, kind="pin", items=["mittens"], place=1)
            assert ids(get(two, "/api/recommend/ada", k=3))[0] == "mittens"
            changed = {"kind": "pin", "items": ["mittens"], "place": 3}
            answer = two.put(f"{RULES}/{rule['rule_id']}", json=changed)
            assert answer.json()["version"] == 2
            assert ids(get(one, "/api/recommend/ada", k=3))[2] == "mittens"
            assert two.delete(f"{RULES}/{rule['rule_id']}").status_code == 204
            assert ids(get(one, "/api/recommend/ada", k=3)) == before
        other.close()

    def test_rules_act_on_the_other_lists(self, client: Client) -> None:
        add_rule(client, kind="pin", items=["mittens"], place=1)
        add_rule(client, kind="hide", items=["teapot"])
        for path in ("/api/trending", "/api/similar/green-tea", "/api/cart?item=green-tea"):
            document = client.get(path).json()
            assert ids(document)[0] == "mittens", path
            assert document["recommendations"][0]["promoted"] is True
            assert "teapot" not in ids(document)
            check_ledgers(document)
        assert "mittens" not in ids(get(client, "/api/buy-again/ada", k=30))

    def test_a_preview_changes_nothing(self, client: Client, storage: Storage) -> None:
        before = ids(get(client, "/api/recommend/ada", k=4))
        storage.impressions.flush()
        n_before = len(storage.impressions.latest(10_000))
        body = {
            "rule": {**PIN, "place": 2, "starts": "2090-01-01T00:00Z"},
            "users": ["ada", "nobody"],
            "k": 4,
        }  # fmt: skip
        answer = client.post(f"{RULES}/preview", json=body)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        first = document["lists"][0]
        assert [row["item_id"] for row in first["before"]] == before
        assert first["after"][1]["item_id"] == "mittens"
        assert first["after"][1]["rank_before"] is None
        assert first["after"][1]["promoted"] is True
        assert [row["item_id"] for row in first["left"]] == [before[3]]
        assert (document["n_changed"], document["n_products"]) == (2, 1)
        assert ids(get(client, "/api/recommend/ada", k=4)) == before
        assert client.get(RULES).json() == {"rules": []}
        storage.impressions.flush()
        assert len(storage.impressions.latest(10_000)) == n_before + 1

    def test_who_did_what_is_noted(self, client: Client, storage: Storage) -> None:
        rule = add_rule(client, kind="hide", items=["soap"], note="recalled")
        assert rule["made_by"] == rule["updated_by"]
        assert rule["made_by"]
        client.delete(f"{RULES}/{rule['rule_id']}")
        notes = [(one.action, one.subject) for one in storage.audit.page()]
        assert notes[:2] == [
            ("rule.delete", rule["rule_id"]),
            ("rule.create", rule["rule_id"]),
        ]

    @pytest.mark.parametrize(
        ("rule", "says"),
        [
            ({"kind": "pin", "place": 1}, "give the items"),
            ({"kind": "pin", "place": 1, "filter": "price < 3"}, "has no order"),
            ({"kind": "boost", "items": ["soap"]}, "needs an amount"),
            ({"kind": "hide", "items": ["soap"], "amount": 3}, "needs an amount"),
            ({"kind": "hide", "items": ["soap"], "filter": "price < 3"}, "not both"),
            ({"kind": "hide", "filter": "price <"}, "(at 8)"),
            ({"kind": "hide", "filter": "colour = 3"}, "no 'colour'"),
            ({"kind": "hide", "items": ["no-such"]}, "none of the rule's products"),
            ({"kind": "hide", "items": ["soap"], "placement": "No Name"}, "placement"),
            ({"kind": "melt", "items": ["soap"]}, "kind"),
            (
                {"kind": "hide", "items": ["soap"], "starts": "2026-02-01T00:00Z",
                 "ends": "2026-01-01T00:00Z"},
                "ends before it starts",
            ),
        ],
    )  # fmt: skip
    def test_a_rule_that_makes_no_sense_is_refused(
        self, client: Client, rule: dict[str, Any], says: str
    ) -> None:
        answer = client.post(RULES, json=rule)
        assert answer.status_code == 422
        assert says in answer.json()["error"]["message"]
        assert client.get(RULES).json() == {"rules": []}

    def test_a_rule_that_no_longer_applies_breaks_no_list(
        self, client: Client, storage: Storage
    ) -> None:
        rule = add_rule(client, kind="hide", filter='brand = "Own"')
        record = storage.rules.get(rule["rule_id"])
        assert record is not None
        storage.rules.save(
            type(record)(record.rule_id, {**record.document, "filter": 'colour = "red"'})
        )
        assert ids(get(client, "/api/recommend/ada"))
        [listed] = client.get(RULES).json()["rules"]
        assert "no 'colour'" in listed["problem"]
        assert listed["acts_now"] is False

    def test_unknown_rules(self, client: Client) -> None:
        for method in ("GET", "DELETE"):
            assert client.request(method, f"{RULES}/no-such").status_code == 404
        body = {"kind": "hide", "items": ["soap"]}
        assert client.put(f"{RULES}/no-such", json=body).status_code == 404
