"""The known-cause shop: every purchase says truly why it was made."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.compute as pc
import pytest
from PIL import Image
from pydantic import ValidationError

from youli.data.prepare import prepare_shop
from youli.testing.known_cause.config import CAUSES, FROM_PAST, Cause, KnownCauseConfig
from youli.testing.known_cause.simulate import Purchases, simulate
from youli.testing.known_cause.tables import (
    items_table,
    known_cause_shop,
    truth_table,
    write_known_cause,
)

SMALL = KnownCauseConfig(n_shoppers=400, n_products=120, mean_purchases=7.0)


@pytest.fixture(scope="module")
def made() -> Purchases:
    return simulate(SMALL)


def some(rows: np.ndarray, n: int = 150) -> list[int]:
    return np.random.default_rng(0).permutation(rows)[:n].tolist()


def test_the_same_numbers_give_the_same_purchase(made):
    for row in some(np.arange(len(made))):
        item, cause = made.buy_again(row, np.zeros(0, dtype=np.int64))
        assert item == made.item_num[row]
        assert CAUSES.index(cause) == made.cause[row]


@pytest.mark.parametrize("cause", FROM_PAST)
def test_without_its_cause_a_purchase_is_not_made(made, cause):
    rows = some(np.flatnonzero(made.of_cause(cause) & made.is_from_past), 40)
    assert len(rows) >= 10
    for row in rows:
        item, _ = made.buy_again(row, made.positions(row))
        assert item != made.item_num[row]


def test_without_what_was_not_its_cause_it_is_made_all_the_same(made):
    rows = np.flatnonzero((made.event >= 0) & (made.position >= 3))
    for row in some(rows):
        others = [p for p in range(made.position[row]) if not made.supports[row] >> p & 1]
        if made.of_cause(Cause.REPLENISH)[row] and not others:
            continue
        item, cause = made.buy_again(row, np.array(others, dtype=np.int64))
        assert item == made.item_num[row]
        assert CAUSES.index(cause) == made.cause[row]


def test_what_would_be_bought_anyway_is_marked(made):
    rows = np.flatnonzero(made.anyway)
    for row in rows.tolist():
        assert made.buy_again(row, made.positions(row))[0] == made.item_num[row]
    assert len(rows) < 0.05 * len(made)


def test_the_cause_is_one_of_its_supporters_and_leads_to_the_product(made):
    start = made.indptr[made.user_num]
    for row in np.flatnonzero(made.event >= 0).tolist():
        assert made.supports[row] >> made.event[row] & 1
        source, cause = made.item_num[start[row] + made.event[row]], CAUSES[made.cause[row]]
        if cause is Cause.REPLENISH:
            assert source == made.item_num[row]
            assert made.world.rhythm_days[source] > 0.0
        else:
            assert made.item_num[row] in made.world.partners[cause][source]


def test_causes_follow_the_mixture_among_what_is_possible(made):
    """Each count lies within four standard deviations of what the mixture says."""
    chosen = made.cause[~made.is_noise]
    possible = (made.possible[~made.is_noise, None] >> np.arange(len(CAUSES))) & 1
    weight = possible * np.array([SMALL.share(cause) for cause in CAUSES])
    decided = weight.sum(axis=1) > 0.0
    chance = weight[decided] / weight[decided].sum(axis=1, keepdims=True)
    for code, cause in enumerate(CAUSES[:-1]):
        seen, expected = (chosen[decided] == code).sum(), chance[:, code].sum()
        spread = np.sqrt((chance[:, code] * (1.0 - chance[:, code])).sum())
        assert abs(seen - expected) <= 4.0 * spread, cause
        assert seen > 20, cause


def test_noise_is_the_share_of_chance():
    calm = simulate(SMALL.model_copy(update={"noise": 0.0}))
    loud = simulate(SMALL.model_copy(update={"noise": 1.0}))
    assert not calm.is_noise.any()
    # Something is always in fashion, so that without noise nothing is left to chance.
    assert not calm.of_cause(Cause.CHANCE).any()
    assert loud.of_cause(Cause.CHANCE).all()
    assert (loud.event == -1).all()
    assert (loud.supports == 0).all()


def test_noise_takes_its_share(made):
    n = len(made)
    assert abs(made.is_noise.sum() - 0.1 * n) < 4.0 * np.sqrt(0.09 * n)
    assert made.of_cause(Cause.CHANCE)[made.is_noise].all()


def test_a_mixture_of_one_cause_has_that_cause_alone_once_it_is_possible():
    alone = simulate(SMALL.model_copy(update={"mixture": {Cause.BRAND: 1.0}, "noise": 0.0}))
    is_possible = alone.possible >> CAUSES.index(Cause.BRAND) & 1 == 1
    assert alone.of_cause(Cause.BRAND)[is_possible].all()
    assert alone.of_cause(Cause.CHANCE)[~is_possible].all()
    assert is_possible.mean() > 0.5


def test_confounding_ties_brands_to_hidden_clusters():
    def tie(confounding: float) -> float:
        world = simulate(SMALL.model_copy(update={"confounding": confounding})).world
        same = world.cluster[:, None] == world.cluster[None, :]
        np.fill_diagonal(same, False)
        return float((world.brand[:, None] == world.brand[None, :])[same].mean())

    assert tie(1.0) == 1.0
    assert tie(0.0) < 0.15


def test_only_those_who_look_at_prices_buy_for_the_price(made):
    bought = made.of_cause(Cause.PRICE)
    assert bought.any()
    assert made.sensitive[made.user_num[bought]].all()
    assert np.isin(made.item_num[bought], made.world.bargains).all()


def test_decided_by_the_settings_and_by_the_seed(made):
    again, other = simulate(SMALL), simulate(SMALL.model_copy(update={"seed": 1}))
    for name in ("user_num", "item_num", "day", "cause", "event", "supports", "anyway"):
        np.testing.assert_array_equal(getattr(again, name), getattr(made, name))
    assert not np.array_equal(other.item_num, made.item_num)


def test_more_shoppers_change_nothing_for_those_that_were_there(made):
    many = simulate(SMALL.model_copy(update={"n_shoppers": 3000}))
    n = len(made)
    assert len(many) > 6 * n
    for name in ("user_num", "item_num", "day", "cause", "supports"):
        np.testing.assert_array_equal(getattr(many, name)[:n], getattr(made, name))
    assert many.user_num[-1] == 2999


def test_rows_of_the_shop_are_rows_of_the_truth(made):
    shop = known_cause_shop(made, photos=True)
    np.testing.assert_array_equal(shop.interactions.item_num, made.item_num)
    np.testing.assert_array_equal(shop.interactions.user_num, made.user_num)
    assert shop.simulated
    assert shop.interactions.n_items == SMALL.n_products
    assert shop.photos is not None
    look = made.world.look
    alike = made.world.partners[Cause.LOOK][0, 0]
    assert shop.photos.likeness(0, int(alike)) == pytest.approx(look[0] @ look[alike], abs=0.01)


def test_the_truth_names_the_past_product(made):
    truth = truth_table(made)
    assert len(truth) == len(made)
    row = int(np.flatnonzero(made.of_cause(Cause.BRAND))[0])
    said = truth.slice(row, 1).to_pylist()[0]
    source = made.item_num[made.indptr[made.user_num[row]] + made.event[row]]
    items = items_table(made)
    assert said["cause"] == "brand"
    assert said["cause_item_id"] == items["item_id"][int(source)].as_py()
    assert said["attribute"] == "brand"
    assert said["value"] == items["brand"][int(made.item_num[row])].as_py()
    assert said["value"] == items["brand"][int(source)].as_py()
    assert said["cause_position"] in said["supporting_positions"]
    taste = truth.filter(pc.equal(truth["cause"], "taste"))
    assert taste["attribute"].null_count == len(taste), "no table shows the hidden clusters"


def test_files_can_be_read_as_a_shop(made, tmp_path):
    small = simulate(SMALL.model_copy(update={"n_shoppers": 40}))
    written = write_known_cause(small, tmp_path / "shop", photos=True)
    assert {path.name for path in written} == {
        "events.csv", "items.csv", "users.csv", "truth.csv", "about.json",
    }  # fmt: skip
    about = json.loads((tmp_path / "shop/about.json").read_text())
    assert about["simulated"] is True
    assert KnownCauseConfig.model_validate(about["config"]) == small.config
    prepared = prepare_shop(
        [str(tmp_path / "shop/events.csv")], items=[str(tmp_path / "shop/items.csv")]
    )
    assert len(prepared.events) == len(small)
    with Image.open(tmp_path / "shop/photos/p000.png") as photo:
        assert photo.size == (32, 32)


@pytest.mark.parametrize(
    "setting", [{"noise": 1.5}, {"mixture": {"chance": 0.5}}, {"mixture": {"brand": -1.0}},
                {"colour": "red"}],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(setting):
    with pytest.raises(ValidationError):
        KnownCauseConfig(**setting)
