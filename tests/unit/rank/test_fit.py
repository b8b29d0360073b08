"""What a fit decides from the data: capabilities, the validation period, repeats."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from youli.data.shop import Shop, build_shop
from youli.data.state import ShopperState
from youli.errors import ConfigError, NotEnoughDataError
from youli.rank.combine import CombineConfig
from youli.rank.fit import FitConfig, capabilities, fit_channels, fit_ranker, validation
from youli.registry import CHANNELS
from youli.testing.shops import SHOPS, order_shop, walk_shop

QUICK = CombineConfig(max_iterations=20, n_rounds=1)


def daily(n_days: int) -> Shop:
    """One order a day for `n_days`, the last at day `n_days - 1`."""
    return order_shop({"u": [(day, f"i{day % 7}") for day in range(n_days)], "v": [(0, "i0 i1")]})


def test_capabilities_by_hand():
    assert capabilities(walk_shop({"u": "ab"})) == {"single_events", "sequences"}
    assert capabilities(order_shop({"u": [(0, "a b")]})) == {"orders", "time"}
    assert capabilities(order_shop({"u": [(0, "a"), (1, "b")]})) == {
        "single_events",
        "time",
        "sequences",
    }
    items = {"item_id": ["a", "b"], "brand": ["x", "y"]}
    users = {"user_id": ["u", "v"], "region": ["n", "s"]}
    shop = order_shop({"u": [(0, "a")], "v": [(0, "b")]}, items, users, timed=False)
    assert capabilities(shop) == {"single_events", "item_attributes", "user_attributes"}
    for title, has in ((["Red", "Blue"], True), (["Red", None], False), (["Red", "42"], False)):
        named = walk_shop({"u": "ab"}, {"item_id": ["a", "b"], "title": title})
        assert ("text" in capabilities(named)) is has


@pytest.mark.parametrize(
    ("n_days", "wanted", "cutoff_day"),
    [
        (201, 28, 172),  # 200 days long: the last 28 of them, from day 172 on
        (101, 28, 80),  # a fifth of 100 days is less than 28: the last 20
        (21, 2, 18),  # a fifth of 20 is 4, but two were asked for
    ],
)
def test_the_validation_period_is_at_most_a_fifth_of_the_log(n_days, wanted, cutoff_day):
    split = validation(daily(n_days), FitConfig(validation_days=wanted))
    last = int(split.train.interactions.timestamp.max())
    first = int(split.full.interactions.timestamp.min())
    assert (last - first) // 86_400 == cutoff_day
    assert all(case.now >= last for case in split.cases)


def test_a_short_log_and_one_without_a_clock_hold_out_last_events():
    for shop in (daily(5), walk_shop({"u": "abc", "v": "bca"})):
        split = validation(shop, FitConfig())
        assert len(split.cases) == 2
        assert len(split.train.interactions) == len(shop.interactions) - 2


def test_nothing_to_learn_from_is_said():
    empty = pa.table(
        {
            "user_id": pa.array([], pa.string()),
            "item_id": pa.array([], pa.string()),
            "timestamp": pa.array([], pa.timestamp("us", tz="UTC")),
        }
    )
    with pytest.raises(NotEnoughDataError, match="no events"):
        fit_ranker(build_shop(empty), FitConfig())
    with pytest.raises(NotEnoughDataError):
        fit_ranker(walk_shop({"u": "a", "v": "b"}), FitConfig())


def test_repeats_follow_what_shoppers_do():
    habit = order_shop({f"u{n}": [(7 * d, f"i{n % 3} j{d}") for d in range(9)] for n in range(8)})
    ranker, _ = fit_ranker(habit, FitConfig(combine=QUICK))
    assert ranker.config.repeats, "half of what they choose they had before"
    novelty = order_shop(
        {f"u{n}": [(7 * d, f"i{(n + d) % 12}") for d in range(9)] for n in range(8)}
    )
    ranker, _ = fit_ranker(novelty, FitConfig(combine=QUICK))
    assert not ranker.config.repeats, "nobody ever comes back to a product"
    ranker, _ = fit_ranker(novelty, FitConfig(combine=QUICK, repeats="include"))
    assert ranker.config.repeats
    ranker, _ = fit_ranker(habit, FitConfig(combine=QUICK, repeats="exclude"))
    assert not ranker.config.repeats


def test_what_serves_was_fitted_on_everything_with_the_learned_weights():
    shop = SHOPS["grocery"]()
    ranker, learned = fit_ranker(shop, FitConfig(combine=QUICK))
    assert ranker.shop is shop
    assert set(ranker.channels) == {
        name
        for name in CHANNELS.names()
        if CHANNELS.load(name).needs <= capabilities(shop) and name != "neural"
    }, "all that the data allows; what is trained for minutes is asked for"
    again = fit_channels(shop, tuple(ranker.channels))
    for user in shop.interactions.users.ids[:5]:
        state = ShopperState.of(shop, user)
        for name, channel in ranker.channels.items():
            np.testing.assert_array_equal(ranker.coefficients[name], learned.coefficients[name])
            ours = channel.score(state, ranker.coefficients[name])
            wanted = again[name].score(state, ranker.coefficients[name])
            if wanted is not None and wanted.any():
                np.testing.assert_array_equal(ours, wanted)


def test_chosen_channels_and_no_others():
    config = FitConfig(channels=("popularity", "transition"), combine=QUICK)
    ranker, _ = fit_ranker(SHOPS["grocery"](), config)
    assert list(ranker.channels) == ["popularity", "transition"]
    with pytest.raises(ConfigError, match="no channel named 'tarot'"):
        fit_ranker(SHOPS["grocery"](), FitConfig(channels=("tarot",)))


@pytest.mark.parametrize(
    "wrong", [{"diversity": -1}, {"validation_days": 0}, {"repeats": "yes"}, {"depth": 3}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValidationError):
        FitConfig(**wrong)
