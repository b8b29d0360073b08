"""Who may ask, and the outermost layer: headers, limits, logs, through the whole HTTP stack."""

from __future__ import annotations

import gzip
import json
import logging
import re
import time
from collections.abc import Iterator

import pytest
from httpx import Client, Response
from youli_serving import CONFIG, KEY, asking, error_of

from youli.engine import Engine
from youli.serve.security import COOKIE, PAGE_HEADER

SMALL = CONFIG.model_copy(update={"max_body_bytes": 20_000})
PAGE = {PAGE_HEADER: "1"}


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    """Somebody with the key."""
    with asking(engine, SMALL) as one:
        yield one


@pytest.fixture
def stranger(engine: Engine) -> Iterator[Client]:
    """Somebody without a key."""
    with asking(engine, SMALL, key=None) as one:
        yield one


def _ready(client: Client) -> Response:
    """Wait until the server is warm; gives its answer."""
    deadline = time.monotonic() + 20
    while (answer := client.get("/api/health/ready")).status_code != 200:
        assert (answer.status_code, error_of(answer)["code"]) == (503, "warming_up")
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return answer


class TestWhoMayAsk:
    PATHS = (
        "/api/recommend/ada",
        "/api/explain/ada/honey",
        "/api/item/honey",
        "/api/similar/honey",
        "/api/bought-together/honey",
        "/api/users",
        "/api/user/ada/history",
        "/api/shop",
    )

    @pytest.mark.parametrize("path", PATHS)
    def test_nothing_without_a_key(self, stranger: Client, path: str) -> None:
        answer = stranger.get(path)
        assert (answer.status_code, error_of(answer)["code"]) == (401, "no_key")

    def test_every_route_but_health_and_page_is_guarded(self, stranger: Client) -> None:
        paths = stranger.get("/api/openapi.json").json()["paths"]
        for path, methods in paths.items():
            for method in methods:
                answer = stranger.request(method, re.sub(r"\{.*?\}", "x", path))
                # Metrics are open to this machine.
                is_open = path.startswith("/api/health/") or path == "/metrics"
                assert (answer.status_code in (200, 503)) == is_open, path  # 503: not yet warm
        assert "/api/events" in paths

    def test_a_wrong_key(self, stranger: Client) -> None:
        answer = stranger.get("/api/shop", headers={"X-API-Key": KEY + "x"})
        assert (answer.status_code, error_of(answer)["code"]) == (401, "wrong_key")
        assert KEY not in answer.text

    def test_the_page_may_ask_with_its_cookie(self, stranger: Client) -> None:
        page = stranger.get("/")
        cookie = page.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert KEY not in page.text + cookie
        assert stranger.get("/api/shop", headers=PAGE).json()["name"] == "Corner shop"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {PAGE_HEADER: "1", "Sec-Fetch-Site": "cross-site"},
            {PAGE_HEADER: "1", "Sec-Fetch-Site": "same-site"},
            {PAGE_HEADER: "1", "Origin": "http://evil.example"},
            {PAGE_HEADER: "1", "Origin": "null"},
        ],
    )
    def test_no_other_page_may_ask_with_it(self, stranger: Client, headers: dict[str, str]) -> None:
        stranger.get("/")
        answer = stranger.get("/api/shop", headers=headers)
        assert (answer.status_code, error_of(answer)["code"]) == (403, "foreign_origin")

    @pytest.mark.parametrize("change", ["x", "9", ""])
    def test_a_forged_cookie(self, stranger: Client, change: str) -> None:
        token = stranger.get("/").cookies[COOKIE]
        forged = f"{change}{token}" if change else token.rpartition(".")[0]
        stranger.cookies.clear()
        stranger.cookies.set(COOKIE, forged)
        answer = stranger.get("/api/shop", headers=PAGE)
        assert (answer.status_code, error_of(answer)["code"]) == (401, "session_over")

    def test_a_cookie_of_another_start(self, stranger: Client, client: Client) -> None:
        token = client.get("/").cookies[COOKIE]
        stranger.cookies.set(COOKIE, token)
        assert stranger.get("/api/shop", headers=PAGE).status_code == 401

    @pytest.mark.parametrize("path", ["/", "/item/honey"])
    def test_a_hostile_name_gets_no_page(self, stranger: Client, path: str) -> None:
        answer = stranger.get(path, headers={"Host": "evil.example:80"})
        assert (answer.status_code, error_of(answer)["code"]) == (421, "unknown_host")
        assert "set-cookie" not in answer.headers

    def test_an_allowed_name_gets_the_page(self, engine: Engine) -> None:
        config = SMALL.model_copy(update={"allowed_hosts": frozenset({"shop.example"})})
        with asking(engine, config, key=None) as client:
            name = {"Host": "shop.example"}
            assert client.get("/", headers=name).status_code == 200
            assert client.get("/api/shop", headers=PAGE | name).status_code == 200

    def test_the_page_can_be_off(self, engine: Engine) -> None:
        config = SMALL.model_copy(update={"store_page": False})
        with asking(engine, config, key=None) as client:
            assert error_of(client.get("/"))["code"] == "page_off"
            assert client.get("/cart").status_code == 404
            assert "youli_page" not in client.get("/console").cookies
            assert client.get("/api/shop", headers={"X-API-Key": KEY}).status_code == 200

    def test_too_many_requests(self, engine: Engine) -> None:
        config = SMALL.model_copy(update={"key_burst": 2, "key_rate_per_s": 0.01})
        with asking(engine, config) as client:
            codes = [client.get("/api/shop").status_code for _ in range(3)]
            answer = client.get("/api/shop")
        assert codes == [200, 200, 429]
        assert int(answer.headers["retry-after"]) >= 1


class TestEdge:
    def test_headers(self, stranger: Client) -> None:
        headers = stranger.get("/").headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert stranger.get("/api/health/live").headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers

    def test_a_request_id_is_kept_or_made(self, stranger: Client) -> None:
        kept = stranger.get("/api/health/live", headers={"X-Request-ID": "abc-12345678"})
        assert kept.headers["x-request-id"] == "abc-12345678"
        made = stranger.get("/api/health/live", headers={"X-Request-ID": "a b c" * 9})
        assert re.fullmatch(r"[0-9a-f]{16}", made.headers["x-request-id"])

    def test_a_body_that_is_too_large(self, client: Client) -> None:
        answer = client.post("/api/events", content=b"[" + b" " * 30_000 + b"]")
        assert (answer.status_code, error_of(answer)["code"]) == (413, "too_large")

    def test_a_body_of_unsaid_length_that_is_too_large(self, client: Client) -> None:
        answer = client.post("/api/events", content=iter([b" " * 15_000] * 3))
        assert answer.status_code == 413

    def test_large_answers_are_packed(self, client: Client) -> None:
        with client.stream("GET", "/api/recommend/ada") as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert json.loads(gzip.decompress(raw))["user_id"] == "ada"

    @pytest.mark.parametrize(("method", "path"), [("GET", "/api/no"), ("PUT", "/api/events")])
    def test_unknown_addresses_and_methods(self, client: Client, method: str, path: str) -> None:
        answer = client.request(method, path)
        assert answer.status_code in {404, 405}
        error_of(answer)

    def test_no_text_of_an_exception_and_no_shopper_in_answer_or_log(
        self,
        stranger: Client,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def broken(*_args: object, **_kwargs: object) -> None:
            raise RuntimeError("the secret of ada")

        _ready(stranger)
        monkeypatch.setattr(Engine, "recommend", broken)
        with caplog.at_level(logging.INFO, logger="youli.serve"):
            answer = stranger.get("/api/recommend/ada", headers={"X-API-Key": KEY})
        assert answer.status_code == 500
        assert error_of(answer)["code"] == "internal"
        assert "secret" not in answer.text
        said = [record.getMessage() for record in caplog.records if record.name == "youli.serve"]
        assert any("RuntimeError" in line and "test_edge_http.py" in line for line in said)
        assert not any("secret" in line or "ada" in line or KEY in line for line in said)
        assert any("/api/recommend/{user_id:path} 500" in line for line in said)

    def test_health(self, warmed_up: None, stranger: Client, engine: Engine) -> None:
        assert stranger.get("/api/health/live").json() == {"status": "live"}
        assert _ready(stranger).json() == {"status": "ready", "model_version": engine.model_version}

    def test_a_path_does_not_lead_out_of_the_assets(self, stranger: Client) -> None:
        assert stranger.get("/assets/%2e%2e/app.py").status_code == 404
        assert stranger.get("/assets/js/main.js").status_code == 200
