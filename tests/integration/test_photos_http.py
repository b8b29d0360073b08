"""Photos over HTTP: the picture, its headers, who may see it, and the documents that name it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

import pytest
from httpx import Client
from PIL import Image
from pydantic import SecretStr
from youli_serving import tiny_shop

from youli.engine import Engine
from youli.serve.app import create_app
from youli.serve.security import PAGE_HEADER
from youli.serve.settings import ServeConfig


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine: Engine = tiny_shop().tiny_engine(tmp_path_factory.mktemp("shop") / "SHOP", photos=True)
    return engine


@pytest.fixture
def address(engine: Engine) -> Iterator[str]:
    config = ServeConfig(api_key=SecretStr("k"), shop_name="Corner shop")
    with tiny_shop().running(create_app(engine, config)) as one:
        yield one


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(base_url=address, headers={"X-API-Key": "k"}, timeout=30) as one:
        yield one


def test_the_photo_is_a_square_jpeg_that_may_be_kept_for_an_hour(client: Client) -> None:
    answer = client.get("/api/item/rock-sugar/photo")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    assert answer.headers["x-content-type-options"] == "nosniff"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (160, 160))
    same = client.get(
        "/api/item/rock-sugar/photo", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    other = client.get("/api/item/green-tea/photo")
    assert other.headers["etag"] != answer.headers["etag"]


def test_what_has_no_photo_and_what_is_no_product(client: Client) -> None:
    for item_id in ("whisk", "no such thing"):
        answer = client.get(f"/api/item/{item_id}/photo")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"
        assert answer.headers["cache-control"] == "no-store"
    assert client.get("/api/item/whisk").json()["has_photo"] is False
    assert client.get("/api/item/green-tea").json()["has_photo"] is True
    assert client.get("/api/item/green-tea").headers["cache-control"] == "no-store"


def test_photos_are_shown_to_whom_the_rest_is_shown(address: str) -> None:
    path = "/api/item/green-tea/photo"
    with Client(base_url=address, timeout=30) as stranger:
        assert stranger.get(path).status_code == 401
        stranger.get("/")  # the page gives a cookie, which counts with the page's header alone
        assert stranger.get(path).status_code == 403
        assert stranger.get(path, headers={PAGE_HEADER: "1"}).status_code == 200


def test_a_reason_of_looks_names_both_photos_and_maps_that_add_up(client: Client) -> None:
    rows = client.get("/api/recommend/ada", params={"k": 10}).json()["recommendations"]
    looks = [(row, one) for row in rows for one in row["reasons"] if one["kind"] == "looks_like"]
    assert looks
    for row, reason in looks:
        photos = reason["photos"]
        assert photos["item"]["item_id"] == row["item_id"]
        assert photos["source"]["item_id"] == reason["evidence"]["item_id"]
        assert photos["likeness"] >= reason["facts"]["least_likeness"]
        for side in ("item", "source"):
            parts = [value for line in photos[side]["map"] for value in line]
            assert len(parts) == 49
            assert math.fsum(parts) == pytest.approx(photos["likeness"], abs=1e-9)
            assert client.get(photos[side]["photo"]).status_code == 200
    other = [one for row in rows for one in row["reasons"] if one["kind"] != "looks_like"]
    assert all("photos" not in one for one in other)
