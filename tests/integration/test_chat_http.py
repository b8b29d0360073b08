"""The conversation over HTTP: it acts like the store, asks first, and rests on checked evidence."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from httpx import Client
from pydantic import SecretStr
from youli_serving import KEY, asking

from youli.engine import Engine
from youli.serve.chat import _Sessions
from youli.serve.keys import create_key
from youli.serve.security import TOKEN_HEADER
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage
from youli.storage.records import Role

CONFIG = ServeConfig(api_key=SecretStr(KEY), chat_rate_per_s=1_000, chat_burst=1_000)
EVENTS = ("token", "evidence", "products", "chips", "done")


@pytest.fixture(scope="module")
def client(engine: Engine, storage: Storage) -> Iterator[Client]:
    with asking(engine, CONFIG, storage) as client:
        yield client


@dataclass
class Talk:
    """One conversation, its session carried along."""

    client: Client
    user_id: str
    audience: str = "shopper"
    session: str | None = None

    def say(self, text: str, **more: Any) -> dict[str, Any]:
        body = {"user_id": self.user_id, "text": text, "audience": self.audience, **more}
        if self.session is not None:
            body["session"] = self.session
        answer = self.client.post("/api/chat", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        found: dict[str, Any] = {"text": ""}
        names = []
        for block in answer.text.strip().split("\n\n"):
            name, data = block.removeprefix("event: ").split("\ndata: ")
            row = json.loads(data)
            names.append(name)
            found["text"] += row.pop("text", "") if name == "token" else ""
            found |= row
        assert list(dict.fromkeys(names)) == list(EVENTS)
        assert found["is_talk"] == (found["evidence"] == [])
        self.session = found["session"]
        return found


def listed(client: Client, user_id: str) -> list[str]:
    return [
        row["item_id"] for row in client.get(f"/api/recommend/{user_id}").json()["recommendations"]
    ]


def test_a_talk_through_list_reason_and_comparison(client):
    talk = Talk(client, "ada")
    first = talk.say("what do you recommend?")
    assert [row["item_id"] for row in first["products"]] == listed(client, "ada")[:5]
    assert {one["kind"] for one in first["evidence"]} == {"reason", "sentence"}
    why = talk.say("why the second one?")
    assert first["products"][1]["title"] in why["text"]
    reasons = [one["reason"] for one in why["evidence"] if one["kind"] == "reason"]
    assert reasons
    for reason in reasons:
        assert reason["text"] in why["text"]
        assert all(check["passed"] for check in reason["checks"])
    both = talk.say("compare the first and the third")
    (answer,) = [one for one in both["evidence"] if one["kind"] == "answer"]
    assert answer["answer"]["passed"]
    assert answer["answer"]["text"] in both["text"]
    chinese = talk.say("为什么推荐第一个？")
    assert chinese["lang"] == "zh"
    assert f"「{first['products'][0]['title']}」" in chinese["text"]
    assert talk.say("ok")["lang"] == "zh"


def test_why_not_names_the_place_or_the_filter(client):
    talk = Talk(client, "shopper-003")
    mine = listed(client, "shopper-003")
    other = next(
        row
        for row in ("Oven glove", "Envelope", "Comb")
        if row.lower().replace(" ", "-") not in mine
    )
    found = talk.say(f"why not the {other.lower()}?")
    (answer,) = found["evidence"]
    assert (answer["kind"], answer["method"]) == ("answer", "why-not")
    assert answer["item_id"] == other.lower().replace(" ", "-")
    assert answer["answer"]["proofs"]


def test_cheaper_costs_less(client):
    talk = Talk(client, "ada")
    found = talk.say("anything cheaper than the mittens?")
    assert found["products"]
    mittens = client.get("/api/item/mittens").json()["price_minor"]
    assert all(row["item"]["price_minor"] < mittens for row in found["products"])


def test_a_need_filters_and_a_chip_takes_a_wish_back(client):
    talk = Talk(client, "shopper-004")
    found = talk.say("find tea under £3, not Own")
    chips = {one["chip_id"]: one for one in found["chips"] if one["kind"] == "need"}
    assert set(chips) == {"want:category:Tea", "avoid:brand:Own", "max"}
    cards = [row["item"] for row in found["products"]]
    assert cards
    assert all(card["brand"] == "Guest" and card["price_minor"] <= 300 for card in cards)
    wider = talk.say("", drop=["max", "avoid:brand:Own"])
    assert {one["chip_id"] for one in wider["chips"]} == {"want:category:Tea"}
    assert {row["item"]["brand"] for row in wider["products"]} == {"Own", "Guest"}
    foreign = talk.say("find tea under 10 euros")
    assert "GBP" in foreign["text"]
    assert [one["applied"] for one in foreign["chips"] if one["chip_id"] == "max"] == [False]


def test_words_of_a_need_are_searched_for_and_named(client):
    found = Talk(client, "shopper-005").say("I am looking for a trowel")
    assert found["products"][0]["item_id"] == "trowel"
    kinds = {one["reason"]["kind"] for one in found["evidence"] if one["kind"] == "reason"}
    assert "matches" in kinds


def test_forgetting_is_asked_for_done_and_undone(client):
    user = "shopper-010"
    talk, before = Talk(client, user), client.get(f"/api/user/{user}/history").json()
    title = before["items"][0]["title"]
    asked = talk.say(f"forget that I bought the {title}")
    assert asked["asks"]
    assert [one["kind"] for one in asked["chips"]] == ["confirm", "confirm"]
    assert not client.get(f"/api/user/{user}/history").json()["items"][0]["ignored"]
    done = talk.say("yes")
    assert [one["kind"] for one in done["evidence"]] == ["sentence", "change"]
    assert client.get(f"/api/user/{user}/history").json()["items"][0]["ignored"]
    assert talk.say("undo")["evidence"][-1]["undone"]
    assert client.get(f"/api/user/{user}/history").json() == before


def test_a_no_and_anything_else_drop_what_was_asked(client):
    talk = Talk(client, "shopper-011")
    talk.say("stop personalising")
    assert not talk.say("no")["asks"]
    talk.say("stop personalising")
    talk.say("what do you recommend?")
    talk.say("yes")
    assert client.get("/api/profile/shopper-011").json()["personalised"]


def test_personalisation_off_and_on(client):
    talk = Talk(client, "shopper-012")
    talk.say("关闭个性化")
    talk.say("是的")
    assert not client.get("/api/profile/shopper-012").json()["personalised"]
    assert "popular" in {
        one["reason"]["kind"]
        for one in talk.say("what do you recommend?")["evidence"]
        if one["kind"] == "reason"
    }
    talk.say("start personalising again")
    talk.say("yes please")
    assert client.get("/api/profile/shopper-012").json()["personalised"]


def test_a_declined_product_leaves_the_list_and_comes_back(client):
    user = "shopper-013"
    talk, first = Talk(client, user), listed(client, user)[0]
    talk.say("what do you recommend?")
    talk.say("the first one is not for me")
    talk.say("yes")
    assert first not in listed(client, user)
    talk.say("undo")
    assert listed(client, user)[0] == first


def test_a_wrong_reason_is_kept(client, storage):
    talk = Talk(client, "shopper-014")
    talk.say("what do you recommend?")
    talk.say("why the first one?")
    talk.say("that reason is wrong")
    (kept,) = storage.feedback.of_shopper("shopper-014")
    assert (kept.about, kept.kind) == ("reason", "wrong")
    assert kept.document["reason"]


def test_an_agent_reads_and_is_told_no_attributes(client):
    agent = Talk(client, "shopper-015", audience="agent")
    known = agent.say("what do you know about me")
    attributes = client.get("/api/user/shopper-015/history").json()["attributes"]
    assert attributes
    assert not any(value in known["text"] for value in attributes.values())
    assert (
        "withheld" in {one.get("form") for one in known["evidence"]} or "not told" in known["text"]
    )
    assert any(
        value in Talk(client, "shopper-015").say("what do you know about me")["text"]
        for value in attributes.values()
    )
    assert not agent.say("stop personalising")["asks"]
    assert agent.say("what did my neighbour buy?")["is_talk"]
    listed_now = agent.say("what do you recommend?")
    said = " ".join(row["reasons"][0]["text"] for row in listed_now["products"])
    assert "You " not in said
    assert "ustomer" in said


def test_a_session_of_another_version_of_the_program_is_over(client, engine, storage):
    sessions = _Sessions(SimpleNamespace(engine=engine, storage=storage), "shopper-016")
    body = base64.urlsafe_b64encode(zlib.compress(b'{"remembered": "otherwise"}'))
    session = f"{body.decode()}.{sessions._signature(body)}"
    sent = {"user_id": "shopper-016", "text": "hello", "session": session}
    answer = client.post("/api/chat", json=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "session_over")


def test_a_session_is_of_one_shopper_and_cannot_be_made_up(client):
    talk = Talk(client, "shopper-016")
    talk.say("hello")
    for user, session in (
        ("shopper-017", talk.session),
        ("shopper-016", "x" + str(talk.session)),
        ("shopper-016", "é.é"),
    ):
        body = {"user_id": user, "text": "hello", "session": session}
        answer = client.post("/api/chat", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "session_over")


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "ada"},
        {"user_id": "ada", "text": "   "},
        {"user_id": "ada", "text": "x" * 501},
        {"user_id": "ada", "text": "hi", "drop": ["x"] * 21},
        {"user_id": "ada", "text": "hi", "audience": "merchant"},
        {"user_id": "", "text": "hi"},
    ],
)
def test_what_is_out_of_bounds_is_refused(client, body):
    answer = client.post("/api/chat", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_request")


def test_a_page_key_talks_for_its_shopper_alone_and_never_as_an_agent(client, storage):
    _, secret = create_key(storage, "page", Role.PAGE, days=None, actor="test")
    token = client.post("/api/token", json={"user_id": "shopper-018"}).json()["token"]
    headers = {"X-API-Key": secret, TOKEN_HEADER: token}
    for user, audience, status in (
        ("shopper-018", "shopper", 200), ("shopper-019", "shopper", 403),
        ("shopper-018", "agent", 403),
    ):  # fmt: skip
        body = {"user_id": user, "text": "hello", "audience": audience}
        assert client.post("/api/chat", json=body, headers=headers).status_code == status


def test_messages_about_one_shopper_come_at_a_rate(engine, storage):
    slow = CONFIG.model_copy(update={"chat_rate_per_s": 0.001, "chat_burst": 1})
    with asking(engine, slow, storage) as client:
        codes = [
            client.post("/api/chat", json={"user_id": "ada", "text": "hi"}).status_code
            for _ in "12"
        ]
    assert codes == [200, 429]


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE shoppers; --", "<script>alert(1)</script>", "🙂🙂🙂", "\u202eevil",
        "{source_title}", "⟨item⟩", "why", "the second one", "第零个", "compare", "of", "?", "....",
    ],
)  # fmt: skip
def test_whatever_is_said_gets_an_answer(client, text):
    found = Talk(client, "shopper-020").say(text)
    assert found["text"]
    assert "<script>" not in found["text"]
