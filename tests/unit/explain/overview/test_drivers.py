"""What drives the lists, against ledgers that itemise everything, summed by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from youli.data.state import ShopperState
from youli.errors import ConfigError, NotEnoughDataError
from youli.explain.overview.drivers import DriversConfig, find_drivers, members_of, shares_of
from youli.types import EvidenceKind, Ledger

CONFIG = DriversConfig(n_shoppers=12, k=3, n_resamples=200)


@pytest.fixture(scope="module")
def lively(ranker):
    """The grocery's ranker with diversity, so that a rule is among the entries."""
    return replace(ranker, config=replace(ranker.config, repeats=True, diversity=0.3))


def by_hand(ranker, users, k, wanted=None):
    """Shares by aspect over the shoppers' whole ledgers."""
    total: dict[str, dict[str, float]] = {}
    for user in users:
        state = ShopperState.of(ranker.shop, ranker.shop.interactions.users.ids[user])
        ranking = ranker.rank(state, k=k)
        whole = ranker.ledgers(state, ranking.item_nums, n_sources=None)
        ledgers = [
            Ledger(
                full.item_num,
                (*full.entries,
                 *(e for e in listed.entries if e.evidence.kind is EvidenceKind.RULE)),
            )
            for full, listed in zip(whole, ranking.ledgers, strict=True)
            if wanted is None or full.item_num in wanted
        ]  # fmt: skip
        for aspect, mine in shares_of(ledgers, state, timed=True).items():
            for name, amount in mine.items():
                group = total.setdefault(aspect, {})
                group[name] = group.get(name, 0.0) + amount
    return {
        aspect: {name: amount / sum(mine.values()) for name, amount in mine.items()}
        for aspect, mine in total.items()
    }


def shares(found, aspect):
    return {one.name: one.share for one in found.aspects[aspect]}


def test_the_shares_are_those_of_the_ledgers(lively):
    n_users = lively.shop.interactions.n_users
    found = find_drivers(lively, replace_n(CONFIG, n_users))
    wanted = by_hand(lively, range(n_users), CONFIG.k)
    assert "diversity" in wanted["channel"]
    for aspect in ("channel", "event", "attribute", "age"):
        got = shares(found, aspect)
        assert got == pytest.approx({n: s for n, s in wanted[aspect].items() if s}, rel=1e-9)
        assert sum(got.values()) == pytest.approx(1.0)
        for one in found.aspects[aspect]:
            assert one.low <= one.share + 1e-9
            assert one.share <= one.high + 1e-9
    assert found.exact
    assert found.n_shoppers == found.n_in_group == n_users
    assert "Exact for" in found.scope
    assert json.loads(json.dumps(found.document(), allow_nan=False)) == found.document()


def replace_n(config, n_shoppers):
    return config.model_copy(update={"n_shoppers": n_shoppers})


def test_a_group_and_a_product(lively):
    shop = lively.shop
    north = members_of(shop, "region=north")
    ids = shop.interactions.users.ids
    assert [ids[one] for one in north] == [u for u in ids if "tea" in u or u == "me"]
    found = find_drivers(lively, CONFIG, segment="region=north")
    assert shares(found, "channel") == pytest.approx(by_hand(lively, north, 3)["channel"])
    tea = shop.interactions.items.num("tea")
    alone = find_drivers(lively, replace_n(CONFIG, 99).model_copy(update={"k": 7}), item_num=tea)
    everybody = range(shop.interactions.n_users)
    assert shares(alone, "channel") == pytest.approx(
        by_hand(lively, everybody, 7, {tea})["channel"]
    )
    assert alone.about == "Green Tea"
    table = find_drivers(lively, CONFIG, category="table")
    nums = {n for n, c in enumerate(shop.catalogue.table["category"].to_pylist()) if c == "table"}
    assert table.n_ledgers <= 3 * 12
    got = find_drivers(lively, replace_n(CONFIG, 99), category="table")
    assert shares(got, "event") == pytest.approx(by_hand(lively, everybody, 3, nums)["event"])


def test_the_seed_draws_and_nothing_else_does(lively):
    few = CONFIG.model_copy(update={"n_shoppers": 6})
    assert find_drivers(lively, few).document() == find_drivers(lively, few).document()
    other = few.model_copy(update={"seed": 1})
    assert find_drivers(lively, other).document() != find_drivers(lively, few).document()
    assert find_drivers(lively, few).n_in_group > 6


def test_new_and_heavy(shop):
    n_events = np.diff(shop.interactions.indptr)
    assert set(n_events[members_of(shop, "new")]) == {1, 2}
    assert n_events[members_of(shop, "heavy")].min() >= np.quantile(n_events, 0.75)


def test_months(lively):
    """The log ends in February: the month before is asked at its end, and says so."""
    found = find_drivers(lively, replace_n(CONFIG, 99))
    [january] = found.months
    assert january.month == "2025-01"
    assert sum(one.share for one in january.shares) == pytest.approx(1.0)
    assert january.n_shoppers == lively.shop.interactions.n_users - 1  # "last" came later
    assert find_drivers(lively, CONFIG.model_copy(update={"n_months": 0})).months == ()


def test_what_cannot_be_asked(lively):
    with pytest.raises(ConfigError, match="no group of shoppers 'region=moon'"):
        find_drivers(lively, CONFIG, segment="region=moon")
    with pytest.raises(ConfigError, match="no category 'toys'"):
        find_drivers(lively, CONFIG, category="toys")
    few = CONFIG.model_copy(update={"n_shoppers": 4})
    with pytest.raises(NotEnoughDataError, match="only 4 of 4 shoppers"):
        find_drivers(lively, few)


def test_who_asks_is_told_of_others(lively):
    everybody = range(lively.shop.interactions.n_users)
    found = find_drivers(lively, replace_n(CONFIG, 99), excluding=2)
    assert found.n_shoppers == len(everybody) - 1
    others = [one for one in everybody if one != 2]
    assert shares(found, "channel") == pytest.approx(by_hand(lively, others, 3)["channel"])
