"""Search over HTTP: the page of results, suggestions, comparisons, and whatever people type."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from httpx import Client
from youli_serving import asking

from youli.engine import Engine

HOSTILE = [
    "", "   ", "🙂🙂", "'; DROP TABLE items; --", "the of and", "a" * 4000, "x " * 1900,
    'AND OR NOT (title:"x"~2^3) *?[', "茶壶", "\u202e\u200b", "١٢٣", "ǅ ﬃ Ⅷ", "<script>", "%00",
    "../../etc/passwd", "-1 OR 1=1",
]  # fmt: skip


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[Client]:
    with asking(engine) as one:
        yield one


def test_a_page_has_cards_reasons_facets_and_ledgers(client: Client) -> None:
    asked = {"q": "green tae", "user": "ada", "k": 3, "facets": "brand,category", "ledger": True}
    answer = client.get("/api/search", params=asked)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["total"] >= len(document["recommendations"]) > 0
    assert len(document["recommendation_id"]) == 16
    assert [one["name"] for one in document["facets"]] == ["brand", "category"]
    assert sum(one["count"] for one in document["facets"][0]["values"]) == document["total"]
    for row in document["recommendations"]:
        assert row["item"]["item_id"] == row["item_id"]
        total = math.fsum(entry["amount"] for entry in row["ledger"])
        assert math.isclose(total, row["score"], rel_tol=1e-9)
        for reason in row["reasons"]:
            assert all(check["passed"] for check in reason["checks"])
    kinds = {one["kind"] for row in document["recommendations"] for one in row["reasons"]}
    assert "matches" in kinds
    chinese = client.get("/api/search", params={"q": "tea", "lang": "zh"}).json()
    assert chinese["recommendations"][0]["reasons"][0]["text"].startswith("标题中有「")


def test_nobody_named_means_nothing_personal(client: Client) -> None:
    document = client.get("/api/search", params={"q": "tea", "ledger": True}).json()
    channels = {e["channel"] for row in document["recommendations"] for e in row["ledger"]}
    assert channels <= {"match", "meaning"}
    assert "user_id" not in document


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_typed_is_answered(client: Client, text: str) -> None:
    answer = client.get("/api/search", params={"q": text, "user": "ada", "k": 3})
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["total"] >= len(document["recommendations"])
    assert client.get("/api/suggest", params={"q": text}).status_code == 200


def test_filters_and_their_mistakes(client: Client) -> None:
    own = client.get("/api/search", params={"q": "tea", "filter": 'brand = "Own"'}).json()
    whole = client.get("/api/search", params={"q": "tea"}).json()
    assert 0 < own["total"] < whole["total"]
    assert {row["item"]["brand"] for row in own["recommendations"]} == {"Own"}
    for wrong in ({"filter": "price <"}, {"facets": "nix"}, {"k": 0}, {"offset": 201}):
        answer = client.get("/api/search", params={"q": "tea", **wrong})
        assert answer.status_code == 422
        assert answer.json()["error"]["message"]


def test_why_one_stands_above_another(client: Client) -> None:
    found = client.get("/api/search", params={"q": "green tea", "user": "ada"}).json()
    first, second = (row["item_id"] for row in found["recommendations"][:2])
    asked = {"q": "green tea", "user": "ada", "item": second, "other": first}
    document = client.get("/api/search/compare", params=asked).json()
    assert document["answer"]["passed"]
    assert document["answer"]["found"]["above"]["item_id"] == first
    missing = client.get("/api/search/compare", params={**asked, "item": "no such"})
    assert missing.status_code == 404


def test_suggestions_complete_what_is_typed(client: Client) -> None:
    said = client.get("/api/suggest", params={"q": "te"}).json()["suggestions"]
    assert {"text", "kind", "n_items"} == set(said[0])
    assert all(one["text"].lower().startswith("te") for one in said)


def test_search_needs_a_key(client: Client) -> None:
    for path in ("/api/search?q=tea", "/api/suggest?q=te", "/api/search/compare?item=a&other=b"):
        assert client.get(path, headers={"X-API-Key": "wrong"}).status_code == 401
