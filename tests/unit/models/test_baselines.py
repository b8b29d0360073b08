"""Each baseline against scores worked out by hand or by a plain formula."""

from __future__ import annotations

from functools import partial
from importlib import import_module

import numpy as np
import pyarrow as pa
import pytest

from youli.data.shop import build_shop
from youli.data.split import Case, Split
from youli.data.state import ShopperState
from youli.errors import ConfigError
from youli.models.als import ALSConfig, ALSModel
from youli.models.base import past_products, who_chose_what
from youli.models.ease import EASEConfig, EASEModel
from youli.models.item_knn import ItemKNNConfig, ItemKNNModel
from youli.models.own_repeat import OwnRepeatConfig, OwnRepeatModel
from youli.models.popularity import PopularityModel, RecentPopularityModel
from youli.models.tuning import best_of
from youli.registry import MODELS

_DAY_US = 86_400_000_000


@pytest.fixture
def split(shop_of):
    """Four shoppers of a, b, c, d; the validation case is the last one's d after b."""
    shop = shop_of({"p": "abc", "q": "ab", "r": "acc", "s": "bd"})
    return Split(shop, shop, (Case(user_num=3, n_known=1, now=0, targets=np.array([3])),))


def state(shop, user_id):
    return ShopperState.of(shop, user_id)


def test_popularity_counts_shoppers_not_events(split):
    model = PopularityModel.fit(split)
    assert model.score_batch([state(split.full, "p")]).tolist() == [[3, 3, 2, 1]]


def test_recent_popularity_forgets(split):
    rows = [("p", "a", 0), ("q", "a", 1), ("r", "b", 90)]
    users, items, days = zip(*rows, strict=True)
    stamps = pa.array([d * _DAY_US for d in days], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    shop = build_shop(pa.table({"user_id": users, "item_id": items, "timestamp": stamps}))
    model = RecentPopularityModel.fit(Split(shop, shop, ()))
    assert model.score_batch([state(shop, "p")]).tolist() == [[0, 1]]
    assert model.config == {"days": 28}


def test_histories_are_binary(split):
    shop = split.full
    assert who_chose_what(shop.interactions).toarray()[2].tolist() == [1, 0, 1, 0]
    assert past_products([state(shop, "r"), state(shop, "x")], 4).toarray().tolist() == [
        [1, 0, 1, 0],
        [0, 0, 0, 0],
    ]


def test_an_ignored_event_is_no_past(split):
    assert past_products([state(split.full, "q").without([0])], 4).toarray()[0].tolist() == [
        0, 1, 0, 0,
    ]  # fmt: skip


def test_item_knn_by_hand(split):
    config = ItemKNNConfig(n_neighbours=(3,), b=(1.0,), k1=1.0)
    model = ItemKNNModel.fit(split, config=config)
    # idf of a shopper: log(4 products / (1 + theirs)): p has three and says nothing, the others
    # have two. Length over the mean of 9/4 shoppers: a, b 4/3, c 8/9, d 4/9; weight 2 / (1 + it).
    idf = np.log(4 / 3)
    a = b = idf * 2 / (1 + 4 / 3)
    c, d = idf * 2 / (1 + 8 / 9), idf * 2 / (1 + 4 / 9)
    scores = model.score_batch([state(split.full, "q")])[0]
    assert scores == pytest.approx([a * b, a * b, a * c, b * d])


def test_item_knn_keeps_only_the_nearest(split):
    model = ItemKNNModel.fit(split, config=ItemKNNConfig(n_neighbours=(1,), b=(0.0,)))
    assert np.diff(model.similarity.indptr).max() == 1
    assert model.similarity.diagonal().tolist() == [0, 0, 0, 0]


def test_als_solves_for_the_shopper_that_is_asked_about(split):
    config = ALSConfig(n_factors=2, alpha=(3.0,), l2=(0.5,))
    model = ALSModel.fit(split, seed=1, config=config)
    items = model.factors.item_factors.astype(np.float64)
    past = np.array([1.0, 0.0, 0.0, 1.0])  # s, whose b and d count 3 instead of 1
    confidence = np.diag(1.0 + 2.0 * past)
    normal = items.T @ confidence @ items + 0.5 * np.eye(2)
    mine = np.linalg.solve(normal, items.T @ (3.0 * past))
    asked = ShopperState(user_id="new")
    for item_num in (0, 3):
        asked = asked.record(item_num, "purchase", 0)
    assert model.score_batch([asked])[0] == pytest.approx(items @ mine, abs=1e-4)


def test_als_knows_nothing_of_somebody_without_history(split):
    model = ALSModel.fit(split, config=ALSConfig(n_factors=2, alpha=(1.0,), l2=(1.0,)))
    assert model.score_batch([ShopperState(user_id="new")]).tolist() == [[0.0, 0.0, 0.0, 0.0]]


def test_implicit_warns_of_no_threads(split):
    """It would, once a process, where BLAS were left as it is: warnings are errors here."""
    utils = import_module("implicit.utils")
    utils._checked_blas_config = False
    ALSModel.fit(split, config=ALSConfig(n_factors=2, alpha=(1.0,), l2=(1.0,)))


def test_a_missing_package_is_said_with_what_to_install(monkeypatch):
    monkeypatch.setattr("youli.registry.find_spec", lambda _: None)
    assert MODELS.lacking("ease") is None
    said = "als needs the package implicit: pip install 'youli[compare]'"
    assert MODELS.lacking("als") == said
    with pytest.raises(ConfigError, match="needs the package implicit") as caught:
        MODELS.load("als")
    assert caught.value.hint == "pip install 'youli[compare]'"


def test_the_best_setting_is_kept_and_of_equals_the_first(split):
    made = []

    class Fixed:
        name = "fixed"

        def __init__(self, scores):
            made.append(scores)
            self.scores = scores

        def score_batch(self, states):
            return np.tile(np.array(self.scores, dtype=np.float32), (len(states), 1))

    fits = [partial(Fixed, scores) for scores in ([4, 3, 2, 1], [1, 2, 3, 4], [1, 2, 3, 5])]
    assert best_of(fits, split).scores == [1, 2, 3, 4]
    assert len(made) == 3


def test_ease_is_the_closed_form(split):
    model = EASEModel.fit(split, config=EASEConfig(l2=(2.0,)))
    chose = who_chose_what(split.train.interactions).toarray().astype(np.float64)
    inverse = np.linalg.inv(chose.T @ chose + 2.0 * np.eye(4))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0.0)
    assert model.weights == pytest.approx(expected, abs=1e-5)
    assert model.score_batch([state(split.full, "q")])[0] == pytest.approx(
        expected[0] + expected[1], abs=1e-5
    )


def test_ease_is_mirrored_across_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    rows = [(f"u{u}", f"i{i}") for u in range(30) for i in rng.choice(9, 4, replace=False)]
    users, items = zip(*rows, strict=True)
    stamps = pa.array(range(len(rows)), pa.int64()).cast(pa.timestamp("s", tz="UTC"))
    shop = build_shop(pa.table({"user_id": users, "item_id": items, "timestamp": stamps}))
    split, config = Split(shop, shop, ()), EASEConfig(l2=(5.0,))
    whole = EASEModel.fit(split, config=config).weights
    monkeypatch.setattr("youli.models.ease._BLOCK_ROWS", 4)
    np.testing.assert_array_equal(EASEModel.fit(split, config=config).weights, whole)


def test_ease_refuses_what_does_not_fit(split):
    with pytest.raises(ConfigError, match="4 × 4"):
        EASEModel.fit(split, config=EASEConfig(max_items=3))


def test_what_is_tried_is_chosen_on_validation(shop_of):
    # b's nearest is a (two shoppers); d, its second, is found only where more than one is kept.
    shop = shop_of({"p": "cef", "q": "ab", "r": "ab", "s": "bd", "t": "abde"})
    split = Split(shop, shop, (Case(user_num=3, n_known=1, now=0, targets=np.array([3])),))
    config = ItemKNNConfig(n_neighbours=(1, 3), b=(0.0,))
    assert ItemKNNModel.fit(split, config=config).config["chosen_n_neighbours"] == 3


def test_own_repeat_is_frequency_then_popularity(split):
    model = OwnRepeatModel.fit(split, config=OwnRepeatConfig(half_life_days=(None,)))
    scores = model.score_batch([state(split.full, "r"), state(split.full, "nobody")])
    assert np.argsort(-scores[0]).tolist() == [2, 0, 1, 3]
    assert scores[1] == pytest.approx(1e-3 * np.array([1, 1, 2 / 3, 1 / 3]))


def test_own_repeat_fades():
    rows = [("p", "a", 0), ("p", "b", 60)]
    users, items, days = zip(*rows, strict=True)
    stamps = pa.array([d * _DAY_US for d in days], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    shop = build_shop(pa.table({"user_id": users, "item_id": items, "timestamp": stamps}))
    model = OwnRepeatModel.fit(Split(shop, shop, ()), config=OwnRepeatConfig(half_life_days=(60,)))
    scores = model.score_batch([state(shop, "p")])[0]
    assert scores == pytest.approx([0.501, 1.001])
