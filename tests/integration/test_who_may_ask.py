"""Nobody gets in without a right to: every route of the API, every wrong credential.

The routes are read from the application itself, so a new one is tried without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import Client, Response
from pydantic import SecretStr
from youli_serving import KEY, asking_app

from youli.engine import Engine
from youli.serve.app import create_app
from youli.serve.keys import create_key, revoke_key, rotate_key
from youli.serve.routes import ROUTERS
from youli.serve.security import TOKEN_HEADER
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage
from youli.storage.records import Role

#: A burst of one test must not be refused for being one.
CONFIG = ServeConfig(
    api_key=SecretStr(KEY), key_burst=100_000, allowed_origins=frozenset({"https://shop.example"})
)
VICTIM = "shopper-001"
#: Open to everybody, by design.
OPEN = {"/api/health/live", "/api/health/ready", "/metrics"}
#: What a page key may read: it is nobody's.
OF_NOBODY = {
    "/api/item/{item_id:path}",
    "/api/item/{item_id:path}/photo",
    "/api/similar/{item_id:path}",
    "/api/bought-together/{item_id:path}",
    "/api/shop",
    "/api/search",
    "/api/suggest",
    "/api/trending",
    "/api/cart",
    "/api/how",
}
#: What administrators alone may ask.
ADMIN = ("/api/keys", "/api/audit", "/api/session", "/api/merchant-rules", "/api/console")

ROUTES = [
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.include_in_schema
    for method in sorted(route.methods)
]


@pytest.fixture(scope="module")
def app(engine: Engine, storage: Storage) -> FastAPI:
    return create_app(engine, CONFIG, storage)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[Client]:
    with asking_app(app, key=None) as client:
        yield client


@pytest.fixture(scope="module")
def keys(storage: Storage, app: FastAPI) -> dict[str, str]:
    """One key of each kind, good and bad."""
    made = {
        role.value: create_key(storage, role.value, role, days=1, actor="test")[1] for role in Role
    }
    record, made["revoked"] = create_key(storage, "revoked", Role.ADMIN, days=None, actor="test")
    revoke_key(storage, record.key_id, actor="test")
    record, made["expired"] = create_key(storage, "expired", Role.ADMIN, days=1, actor="test")
    storage.keys.expire(record.key_id, 1)
    record, made["rotated"] = create_key(storage, "rotated", Role.ADMIN, days=9, actor="test")
    rotate_key(storage, record.key_id, overlap_days=0, actor="test")
    return made


@pytest.fixture(scope="module")
def tokens(app: FastAPI) -> dict[str, str]:
    gate = app.state.host.gate
    good, _ = gate.token("bob", 3600)
    body, _, signature = good.rpartition(".")
    return {
        "bob": good,
        VICTIM: gate.token(VICTIM, 3600)[0],
        "over": gate.token(VICTIM, -1)[0],
        "unsigned": f"{gate.token(VICTIM, 3600)[0].rpartition('.')[0]}.{signature}",
        "changed": f"{body}9.{signature}",
        "empty": "",
        "nonsense": "..é.",
    }


def ask(
    client: Client, method: str, path: str, headers: dict[str, str], query: str = ""
) -> Response:
    """Ask for the victim wherever a shopper can be named."""
    address = path.replace("{user_id:path}", VICTIM).replace("{item_id:path}", "honey")
    address = address.replace("{other_id:path}", "ink")
    for name in ("key_id", "rule_id", "feedback_id", "recommendation_id"):
        address = address.replace(f"{{{name}}}", "x")
    assert "{" not in address, path
    body: Any = None
    if method in ("POST", "PUT", "PATCH"):
        body = {"user_id": VICTIM, "item_id": "honey"}
        if path == "/api/feedback":
            body["kind"] = "not_for_me"
        if path == "/api/chat":
            body = {"user_id": VICTIM, "text": "hello"}
    if method == "DELETE" and path == "/api/ignore":
        body = {"user_id": VICTIM}
    coded = {name: value.encode("utf-8") for name, value in headers.items()}
    return client.request(method, address + query, headers=coded, json=body)


def refused(answer: Response) -> bool:
    return answer.status_code in (401, 403) and "error" in answer.json()


def test_the_routes_are_those_of_the_application(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert len(ROUTES) == sum(len(methods) for methods in paths.values()) > 40


@pytest.mark.parametrize("bad", ["none", "wrong", "empty", "revoked", "expired", "rotated"])
def test_no_key_or_a_bad_one_opens_nothing(client: Client, keys: dict[str, str], bad: str) -> None:
    headers = {} if bad == "none" else {"X-API-Key": keys.get(bad, "" if bad == "empty" else bad)}
    for method, path in ROUTES:
        answer = ask(client, method, path, headers)
        assert refused(answer) == (path not in OPEN), f"{method} {path}: {answer.status_code}"
        assert VICTIM not in answer.text


def test_what_is_for_administrators(client: Client, keys: dict[str, str]) -> None:
    tried = 0
    for method, path in ROUTES:
        if path.startswith(ADMIN):
            answer = ask(client, method, path, {"X-API-Key": keys["server"]})
            assert refused(answer) or path == "/api/session", f"{method} {path}"
            tried += 1
    assert tried > 8
    for good in (keys["admin"], KEY):
        assert client.get("/api/keys", headers={"X-API-Key": good}).status_code == 200


def test_a_page_key_alone_reads_what_is_nobodys(client: Client, keys: dict[str, str]) -> None:
    headers = {"X-API-Key": keys["page"]}
    for method, path in ROUTES:
        if path in OPEN:
            continue
        answer = ask(client, method, path, headers)
        opened = method == "GET" and path in OF_NOBODY
        assert refused(answer) != opened, f"{method} {path}: {answer.status_code}"
        assert VICTIM not in answer.text
        named = ask(client, method, path, headers, f"?user={VICTIM}&user_id={VICTIM}")
        assert refused(named), f"{method} {path} names a shopper"


@pytest.mark.parametrize("bad", ["over", "unsigned", "changed", "empty", "nonsense"])
def test_a_bad_token_opens_nothing(
    client: Client, keys: dict[str, str], tokens: dict[str, str], bad: str
) -> None:
    headers = {"X-API-Key": keys["page"], TOKEN_HEADER: tokens[bad]}
    for method, path in ROUTES:
        if path not in OPEN:
            answer = ask(client, method, path, headers)
            assert refused(answer), f"{method} {path}: {answer.status_code}"
            assert VICTIM not in answer.text


def test_another_shoppers_token_opens_nothing_of_the_victim(
    client: Client, keys: dict[str, str], tokens: dict[str, str], storage: Storage
) -> None:
    headers = {"X-API-Key": keys["page"], TOKEN_HEADER: tokens["bob"]}
    storage.shoppers.set_attributes(VICTIM, {"secret": "of the victim"})
    version = storage.shoppers.version(VICTIM)
    for method, path in ROUTES:
        if path in OPEN:
            continue
        for query in ("", f"?user={VICTIM}", f"?user_id={VICTIM}", f"?user={VICTIM}&user=bob"):
            answer = ask(client, method, path, headers, query)
            if not query and method == "GET" and path in OF_NOBODY:
                continue
            if path == "/api/feedback/{feedback_id}" and not query:
                assert answer.status_code == 404
                continue
            if path == "/api/events" and not query:
                assert answer.status_code == 422
                assert answer.json()["error"]["rows"][0]["code"] == "another_shopper"
                continue
            assert refused(answer), f"{method} {path}{query}: {answer.status_code}"
    assert storage.shoppers.version(VICTIM) == version, "nothing of theirs has changed"


@pytest.mark.parametrize(
    "address",
    [
        "/api/recommend/shopper-001%2Fhoney",
        "/api/recommend/bob/../shopper-001",
        "/api/recommend/bob%2F..%2Fshopper-001",
        "/api/recommend/bob%00",
        "/api/recommend//shopper-001",
        "/api/explain/shopper-001/bob/honey",
        "/api/explain/shopper-001%2Fbob/honey",
        "/api/explain/shopper-001/bob",
        "/api/explain/bob/shopper-001/honey",
        "/api/compare/shopper-001/bob/honey",
        "/api/why-not/shopper-001/bob",
        "/api/user/shopper-001/history",
        "/api/user/bob/history/../../shopper-001/history",
        "/api/profile/shopper-001/export",
        "/api/profile/bob/shopper-001",
    ],
)
def test_tricks_with_addresses(
    client: Client, keys: dict[str, str], tokens: dict[str, str], address: str
) -> None:
    headers = {"X-API-Key": keys["page"], TOKEN_HEADER: tokens["bob"]}
    answer = client.get(address, headers=headers)
    assert answer.status_code in (401, 403, 404, 422)
    assert '"user_id"' not in answer.text


def test_the_right_token_opens_ones_own(
    client: Client, keys: dict[str, str], tokens: dict[str, str], storage: Storage
) -> None:
    headers = {"X-API-Key": keys["page"], TOKEN_HEADER: tokens["bob"]}
    for path in (
        "/api/recommend/bob",
        "/api/explain/bob/honey",
        "/api/profile/bob",
        "/api/user/bob/history",
        "/api/why-not/bob/honey",
        "/api/buy-again/bob",
    ):
        assert client.get(path, headers=headers).status_code == 200, path
    assert client.post("/api/events", json={"item_id": "honey"}, headers=headers).status_code == 200
    (event,) = storage.events.of_shopper("bob")
    assert event.item_id == "honey"
    said = {"user_id": "bob", "item_id": "honey", "kind": "not_for_me"}
    answer = client.post("/api/feedback", json=said, headers=headers)
    address = f"/api/feedback/{answer.json()['feedback_id']}"
    other = {**headers, TOKEN_HEADER: tokens[VICTIM]}
    assert client.delete(address, headers=other).status_code == 404
    assert client.delete(address, headers=headers).status_code == 200
    off = {"personalised": False}
    assert client.patch("/api/profile/bob", json=off, headers=headers).status_code == 200
    assert client.post("/api/token", json={"user_id": VICTIM}, headers=headers).status_code == 403


def test_a_server_gets_tokens_for_its_pages(client: Client, keys: dict[str, str]) -> None:
    server = {"X-API-Key": keys["server"]}
    made = client.post(
        "/api/token", json={"user_id": "中 文", "seconds": 60}, headers=server
    ).json()
    page = {"X-API-Key": keys["page"], TOKEN_HEADER: made["token"]}
    assert client.get("/api/recommend/中 文", headers=page).status_code == 200
    assert client.get("/api/recommend/shopper-001", headers=page).status_code == 403


def test_keys_over_http(client: Client) -> None:
    admin = {"X-API-Key": KEY}
    made = client.post(
        "/api/keys", json={"name": "the till", "role": "server", "days": 30}, headers=admin
    )
    assert made.status_code == 201
    key, key_id = made.json()["key"], made.json()["key_id"]
    assert client.get("/api/shop", headers={"X-API-Key": key}).status_code == 200
    assert key not in client.get("/api/keys", headers=admin).text
    rotated = client.post(f"/api/keys/{key_id}/rotate", headers=admin).json()
    for one in (key, rotated["key"]):
        assert client.get("/api/shop", headers={"X-API-Key": one}).status_code == 200
    client.delete(f"/api/keys/{key_id}", headers=admin)
    answer = client.get("/api/shop", headers={"X-API-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "key_over")
    assert client.delete("/api/keys/none", headers=admin).status_code == 404
    actions = [one["action"] for one in client.get("/api/audit", headers=admin).json()["audit"]]
    assert actions[:2] == ["revoke key", "create key"]


def test_signing_in_to_the_console(app: FastAPI, keys: dict[str, str]) -> None:
    page = {"X-Youli-Page": "1"}
    with asking_app(app, key=None) as browser:
        browser.get("/")
        assert browser.get("/api/shop", headers=page).status_code == 200
        assert browser.get("/api/keys", headers=page).status_code == 403
        assert browser.post("/api/session", headers=page).status_code == 403
        server = {"X-API-Key": keys["server"]}
        assert browser.post("/api/session", headers=server).status_code == 403
        signed = browser.post("/api/session", headers={"X-API-Key": keys["admin"]})
        assert signed.json() == {"role": "admin"}
        assert "HttpOnly" in signed.headers["set-cookie"]
        assert browser.get("/api/keys", headers=page).status_code == 200
        assert browser.get("/api/keys").status_code == 403, "the cookie counts on the page alone"
        browser.delete("/api/session", headers=page)
        assert browser.get("/api/keys", headers=page).status_code == 401


def test_who_signed_in_is_out_once_the_key_is_revoked(
    app: FastAPI, keys: dict[str, str], storage: Storage
) -> None:
    page = {"X-Youli-Page": "1"}
    record, secret = create_key(storage, "leaves soon", Role.ADMIN, days=1, actor="test")
    with asking_app(app, key=None) as browser:
        browser.post("/api/session", headers={"X-API-Key": secret})
        assert browser.get("/api/keys", headers=page).status_code == 200
        made = browser.post("/api/keys", headers=page, json={"name": "x", "role": "page"})
        assert made.status_code == 201
        noted = browser.get("/api/audit", headers=page).json()["audit"][0]
        assert noted["actor"] == "leaves soon", "the audit names who it was"
        revoke_key(storage, record.key_id, actor="test")
        assert browser.get("/api/keys", headers=page).status_code == 401


def test_a_clients_own_words_for_methods_make_no_counters(client: Client) -> None:
    for n in range(5):
        client.request(f"WORD{n}", "/api/shop")
    assert "WORD" not in client.get("/metrics").text


class TestOtherOrigins:
    ASKED: ClassVar = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}

    def test_an_allowed_page_may_ask(self, client: Client, keys: dict[str, str]) -> None:
        preflight = client.options("/api/events", headers=self.ASKED)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
        assert "X-API-Key" in preflight.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in preflight.headers
        headers = {"Origin": "https://shop.example", "X-API-Key": keys["page"]}
        answer = client.get("/api/shop", headers=headers)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert "Origin" in answer.headers["vary"]

    def test_a_cache_keeps_one_answer_for_each_origin(self, client: Client) -> None:
        for headers in ({}, {"Origin": "https://shop.example"}):
            answer = client.get("/assets/widget/youli.js", headers=headers)
            assert answer.status_code == 200
            assert "Origin" in answer.headers["vary"]

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "https://shop.example.evil"]
    )
    def test_no_other_may(self, client: Client, keys: dict[str, str], origin: str) -> None:
        preflight = client.options("/api/events", headers={**self.ASKED, "Origin": origin})
        assert preflight.status_code == 405
        headers = {"Origin": origin, "X-API-Key": keys["page"]}
        for answer in (preflight, client.get("/api/shop", headers=headers)):
            assert "access-control-allow-origin" not in answer.headers
