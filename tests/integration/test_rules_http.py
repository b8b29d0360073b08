"""`GET /api/rules` through the whole HTTP stack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from httpx import Client
from pydantic import SecretStr
from youli_serving import KEY, asking_app

from youli.artifact import FittedShop
from youli.engine import Engine
from youli.rank.combine import CombineConfig
from youli.rank.fit import FitConfig, fit_ranker
from youli.serve.app import create_app
from youli.serve.settings import ServeConfig
from youli.testing.shops import order_shop


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A shop in which ten shoppers go from a kettle to tea, and forty do other things."""
    orders = {
        f"t{n}": [(float(n), "kettle"), (n + 5.0, "tea/1"), (n + 9.0, "x")] for n in range(10)
    }
    orders |= {f"o{n}": [(float(n), "x y"), (n + 4.0, "z")] for n in range(40)}
    config = FitConfig(combine=CombineConfig(max_iterations=10, n_rounds=1))
    ranker, _ = fit_ranker(order_shop(orders), config)
    app = create_app(Engine(FittedShop(ranker, config)), ServeConfig(api_key=SecretStr(KEY)))
    with asking_app(app) as client:
        yield client


def test_the_rules(client):
    document = client.get("/api/rules", params={"item": "tea/1", "kind": "went_on"}).json()
    first = document["rules"][0]
    assert first["if"] == [{"item_id": "kettle", "title": "kettle"}]
    assert first["then"] == {"item_id": "tea/1", "title": "tea/1"}
    assert (first["n_both"], first["n_source"], first["n_item"], first["n_all"]) == (10, 10, 10, 50)
    assert (first["lift"], first["n_shoppers"], document["exact"]) == (5.0, 10, True)
    assert first["text"].startswith(
        "10 of the 10 shoppers who bought “kettle” bought “tea/1” later"
    )
    chinese = client.get("/api/rules", params={"lang": "zh", "k": 1}).json()
    assert len(chinese["rules"]) == 1 < chinese["n_rules"]
    assert "倍" in chinese["rules"][0]["text"]


@pytest.mark.parametrize(
    ("params", "status"),
    [({"sort": "luck"}, 422), ({"kind": "x"}, 422), ({"item": "nothing"}, 404), ({"k": 0}, 422)],
)
def test_what_cannot_be_asked(client, params, status):
    answer = client.get("/api/rules", params=params)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}


def test_a_stranger_gets_nothing(client):
    assert client.get("/api/rules", headers={"X-API-Key": "no"}).status_code == 401
