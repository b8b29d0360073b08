"""What was stored is learned: beside, tried, swapped, taken up by a server that answers on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from httpx import Client
from pydantic import SecretStr
from youli_serving import KEY, tiny_shop

from youli.artifact import load_shop, save_shop
from youli.data.prepare import prepare_shop
from youli.engine import Engine
from youli.errors import ArtifactError
from youli.learn import learn
from youli.rank.fit import FitConfig
from youli.refit import refit
from youli.serve.app import create_app
from youli.serve.reload import Reloader
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage
from youli.storage.records import ItemRecord, StoredEvent

CONFIG = ServeConfig(api_key=SecretStr(KEY), key_burst=100_000)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny shop as `youli fit` leaves it: with its log."""
    folder = tmp_path_factory.mktemp("fitted")
    tiny = tiny_shop()
    for name, table in (("e", tiny._events()), ("i", tiny._items()), ("u", tiny._users())):
        pq.write_table(table, folder / f"{name}.parquet")
    names = [[str(folder / f"{name}.parquet")] for name in "eiu"]
    prepared = prepare_shop(*names)
    # Two channels are enough to see what a refit does.
    config = FitConfig(channels=("transition", "popularity", "attributes"))
    learned, _ = learn(prepared, config)
    save_shop(learned, folder / "SHOP")
    return folder / "SHOP"


@pytest.fixture
def shop(fitted: Path, tmp_path: Path) -> Path:
    save_shop(load_shop(fitted), tmp_path / "SHOP")
    return tmp_path / "SHOP"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    storage = Storage.open(tmp_path / "SHOP.db")
    yield storage
    storage.close()


def events_after(shop: Path, n: int = 6) -> list[StoredEvent]:
    """Somebody new buys teas and a product that the catalogue did not have."""
    until = int(load_shop(shop).shop.data_until.timestamp()) * 1_000_000
    items = ["green-tea", "teapot", "brand-new", "rock-sugar", "black-tea", "honey"]
    return [
        StoredEvent(
            "newcomer", items[place], "purchase", until + (place + 1) * 86_400_000_000, f"{place}"
        )
        for place in range(n)
    ]


def test_nothing_new_leaves_the_shop_as_it_is(shop: Path, storage: Storage) -> None:
    version = load_shop(shop).version
    assert refit(shop, storage) is None
    assert load_shop(shop).version == version


def test_events_products_and_shoppers_are_learned(shop: Path, storage: Storage) -> None:
    before = load_shop(shop)
    storage.items.put(
        [
            ItemRecord("brand-new", {"title": "Brand new", "price_minor": 450}),
            ItemRecord("honey", {"price_minor": 999, "attributes": {"origin": "Kent"}}),
        ]
    )
    storage.shoppers.set_attributes("newcomer", {"region": "north"})
    storage.events.add(events_after(shop))
    done = refit(shop, storage)
    assert done is not None
    assert (done.n_events, done.n_items, done.n_erased) == (6, 2, 0)
    after = load_shop(shop)
    assert after.version != before.version == load_shop(done.last).version
    events = after.shop.interactions
    assert len(events) == len(before.shop.interactions) + 6
    new = events.items.num("brand-new")
    assert new is not None
    assert after.shop.catalogue.titles[new] == "Brand new"
    assert after.shop.catalogue.price_minor[new] == 450
    honey = events.items.num("honey")
    assert honey is not None
    assert after.shop.catalogue.price_minor[honey] == 999
    assert after.shop.catalogue.table["origin"][honey].as_py() == "Kent"
    user = events.users.num("newcomer")
    assert user is not None
    assert after.shop.shoppers.table["region"][user].as_py() == "north"
    assert refit(shop, storage) is None, "nothing counts twice"


def test_a_live_history_is_the_same_before_and_after(shop: Path, storage: Storage) -> None:
    storage.items.put([ItemRecord("brand-new", {"title": "Brand new"})])
    storage.events.add(events_after(shop))

    def history() -> list[tuple[str, str, int]]:
        app = create_app(Engine.open(shop), CONFIG, storage)
        live = app.state.host.services.live.get("newcomer")
        ids = app.state.host.services.engine.shop.interactions.items.ids
        rows = live.state.rows
        return [(ids[row["item_num"]], int(row["timestamp"]), int(row["step"])) for row in rows]

    before = history()
    assert len(before) == 5, "the product that the artifact does not know waits"
    assert refit(shop, storage) is not None
    after = history()
    assert len(after) == 6
    assert [one[:2] for one in after if one[0] != "brand-new"] == [one[:2] for one in before]
    later = StoredEvent("newcomer", "ink", "purchase", after[-1][1] * 1_000_000 + 1, "later")
    storage.events.add([later])
    assert [one[0] for one in history()] == [one[0] for one in after] + ["ink"]


def test_the_erased_are_left_out_for_good(shop: Path, storage: Storage) -> None:
    assert "shopper-007" in load_shop(shop).shop.interactions.users.ids
    storage.erasure.erase("shopper-007")
    done = refit(shop, storage)
    assert done is not None
    assert done.n_erased == 1
    after = load_shop(shop)
    assert "shopper-007" not in after.shop.interactions.users.ids
    for file in shop.rglob("*"):
        if file.suffix == ".parquet":
            assert "shopper-007" not in pq.read_table(file).to_string(), file
        elif file.is_file():
            assert b"shopper-007" not in file.read_bytes(), file
    assert refit(shop, storage) is None


def test_a_shop_that_does_not_stand_the_trial_is_not_served(
    shop: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = load_shop(shop).version
    storage.events.add(events_after(shop, 2))
    monkeypatch.setattr(
        "youli.rank.ranker.Ranker.score_items", lambda _self, _state, items: items * 0.0 + 77.0
    )
    with pytest.raises(ArtifactError, match="trial"):
        refit(shop, storage)
    assert load_shop(shop).version == version
    left = {path.name for path in shop.parent.iterdir()} - {"SHOP"}
    assert all(name.startswith("SHOP.db") for name in left), "nothing is left lying about"


def test_without_a_log_there_is_nothing_to_learn_from(
    shop: Path, storage: Storage, tmp_path: Path
) -> None:
    import dataclasses

    save_shop(dataclasses.replace(load_shop(shop), log=None), tmp_path / "BARE")
    with pytest.raises(ArtifactError, match="without its log"):
        refit(tmp_path / "BARE", storage)


def test_a_server_takes_it_up_without_a_dropped_request(shop: Path, storage: Storage) -> None:
    app = create_app(Engine.open(shop), CONFIG, storage)
    host = app.state.host
    seen: list[tuple[int, str]] = []
    over = threading.Event()
    with tiny_shop().running(app) as address, Reloader(host, shop, every_s=0.05) as reloader:

        def ask() -> None:
            with Client(base_url=address, headers={"X-API-Key": KEY}, timeout=30) as client:
                while not over.is_set():
                    answer = client.get("/api/recommend/ada", params={"k": 3})
                    seen.append((answer.status_code, answer.json().get("model_version", "")))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for one in threads:
            one.start()
        before = host.services.engine.model_version
        storage.events.add(events_after(shop))
        assert refit(shop, storage) is not None
        reloader.wake()
        deadline = time.monotonic() + 60
        while host.services.engine.model_version == before:
            assert time.monotonic() < deadline, "the new shop was not taken up"
            time.sleep(0.02)
        time.sleep(0.3)
        over.set()
        for one in threads:
            one.join()
    assert {status for status, _ in seen} == {200}
    assert {version for _, version in seen} == {before, load_shop(shop).version}
    assert seen[-1][1] == load_shop(shop).version


def test_a_damaged_new_shop_is_not_taken_up(shop: Path, storage: Storage) -> None:
    host = create_app(Engine.open(shop), CONFIG, storage).state.host
    reloader = Reloader(host, shop)
    version = host.services.engine.model_version
    assert reloader.look() is False
    manifest = (shop / "manifest.json").read_text("utf-8")
    (shop / "manifest.json").write_text(manifest.replace(version, "0" * 12))
    (shop / "items.parquet").write_bytes(b"no table")
    assert reloader.look() is False
    assert host.services.engine.model_version == version
