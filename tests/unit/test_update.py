"""Going on with new events: the shop of all events at once, with the weights of before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from youli.artifact import FittedShop, load_shop, save_shop
from youli.data.config import DataConfig
from youli.data.growth import Growth
from youli.data.prepare import prepare_shop
from youli.errors import ArtifactError, NotEnoughDataError
from youli.evaluate.growth import against_full_fit, held_out_end
from youli.learn import learn, shop_of
from youli.rank.fit import FitConfig, fit_channels
from youli.update import prepare_update, update, updated_shop

SETTINGS = DataConfig(currency="GBP", now="2025-12-01T00:00:00Z")
CONFIG = FitConfig(channels=("transition", "affinity", "popularity"), repeats="include")
HEADER = "user_id,item_id,event,timestamp,quantity,price,order_id"


def rows(days: range, shoppers: range, shift: int = 0) -> list[str]:
    """Every shopper buys the next of twelve products every fifth day."""
    return [
        f"u{user:02},p{(user + day // 5 + shift) % 12:02},purchase,"
        f"2025-{1 + day // 28:02}-{1 + day % 28:02} 1{user % 10}:00:00,1,2.50,o{user}-{day}"
        for user in shoppers
        for day in days
        if day % 5 == 0
    ]


OLD = rows(range(100), range(1, 20))
NEW = [
    OLD[-1],  # known already
    *rows(range(100, 140), range(1, 12)),
    "u00,a-new-one,purchase,2025-05-20 09:00:00,1,9.00,new",  # both sort before all others
    "u00,p05,purchase,2025-05-21 09:00:00,1,9.00,newer",
]


def written(path: Path, lines: list[str]) -> str:
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("update")


@pytest.fixture(scope="module")
def before(folder) -> FittedShop:
    prepared = prepare_shop([written(folder / "old.csv", OLD)], config=SETTINGS)
    fitted, _ = learn(prepared, CONFIG, models={"ease": None}, data_config=SETTINGS)
    save_shop(fitted, folder / "S1")
    return load_shop(folder / "S1")


@pytest.fixture(scope="module")
def after(folder, before) -> FittedShop:
    new = written(folder / "new.csv", NEW)
    return update(before, prepare_update(before, [new], config=SETTINGS), config=SETTINGS)


@pytest.fixture(scope="module")
def at_once(folder, after):
    files = [str(folder / "old.csv"), str(folder / "new.csv")]
    return shop_of(prepare_shop(files, config=SETTINGS))[0]


def test_the_shop_is_that_of_all_events_at_once(after, at_once):
    mine, theirs = after.shop.interactions, at_once.interactions
    assert mine.users.ids == theirs.users.ids
    assert mine.items.ids == theirs.items.ids
    assert mine.items.ids[0] == "a-new-one"
    for name in ("indptr", "item_num", "step", "timestamp", "event", "order_num"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), err_msg=name)
    assert after.shop.data_hash == at_once.data_hash
    assert len(mine) == len(OLD) + len(NEW) - 1


def test_channels_and_counted_models_are_those_of_all_events(before, after, at_once):
    names = tuple(before.ranker.channels)
    anew = fit_channels(at_once, names, config=CONFIG, before=before.ranker)
    for name, channel in anew.items():
        mine = after.ranker.channels[name].to_arrays()
        for key, array in channel.to_arrays().items():
            np.testing.assert_array_equal(mine[key], array, err_msg=f"{name} {key}")
    ease = before.models["ease"].again(Growth.between(before.shop, at_once))
    mine = after.models["ease"].to_arrays()["weights"]
    assert mine.shape == (13, 13)
    np.testing.assert_array_equal(mine, ease.to_arrays()["weights"])


def test_the_weights_stay(before, after):
    assert after.ranker.coefficients.keys() == before.ranker.coefficients.keys()
    for name, known in before.ranker.coefficients.items():
        np.testing.assert_array_equal(after.ranker.coefficients[name], known, err_msg=name)
        assert after.ranker.channels[name].basis_names == before.ranker.channels[name].basis_names
    assert any(known.any() for known in before.ranker.coefficients.values())


def test_saved_and_read_it_can_be_updated_again(folder, after):
    saved = save_shop(after, folder / "S2")
    again = load_shop(folder / "S2")
    assert again.version == saved.version
    more = written(folder / "more.csv", ["u01,p03,purchase,2025-06-01 09:00:00,1,9.00,later"])
    third = update(again, prepare_update(again, [more], config=SETTINGS), config=SETTINGS)
    assert len(third.shop.interactions) == len(after.shop.interactions) + 1


def test_a_shop_without_its_log_says_so(before):
    with pytest.raises(ArtifactError, match="without its log"):
        prepare_update(replace(before, log=None), ["new.csv"])


def test_held_out_is_the_last_quarter_of_what_is_new(before, at_once):
    split = held_out_end(before.shop, at_once)
    stamps = at_once.interactions.timestamp
    cut = split.train.interactions.timestamp.max()
    n_new = len(NEW) - 1
    n_held = len(stamps) - len(split.train.interactions)
    assert 0.15 * n_new <= n_held <= 0.35 * n_new
    assert (np.sort(stamps)[-n_held:] > cut).all()


def test_compared_with_a_full_fit(before, at_once):
    found = against_full_fit(before, at_once)
    assert [one["model"] for one in found["models"]] == ["ledger", "ease"]
    assert found["n_cases"] > 5
    assert found["cpu_s"]["updated"] > 0.0
    assert found["cpu_s"]["full_fit"] > 0.0
    for one in found["models"]:
        gap = one["updated"]["ndcg@10"] - one["full_fit"]["ndcg@10"]
        difference = one["difference"]
        assert difference["mean"] == pytest.approx(gap, abs=1e-9)
        assert difference["low"] <= difference["mean"] <= difference["high"]
        assert 0.0 < one["full_fit"]["ndcg@10"] <= 1.0


def test_too_few_new_events_to_compare(folder, before):
    one = written(folder / "one.csv", ["u01,p03,purchase,2025-06-01 09:00:00,1,9.00,later"])
    whole, _ = updated_shop(before, prepare_update(before, [one], config=SETTINGS))
    with pytest.raises(NotEnoughDataError, match="too few new events"):
        against_full_fit(before, whole)
