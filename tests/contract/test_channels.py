"""What every channel must keep to, run on each registered one and each shop that it can do.

Which pairs of channel and shop there are follows from what channels declare (`needs`) and what
shops have (`capabilities`); nothing is skipped, and the pairs left out are counted.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
import pytest

from youli.channels.base import Addends, Bounded, Channel, Needs, Sparse
from youli.data.shop import Shop
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.errors import ConfigError
from youli.rank.fit import FitConfig, capabilities, fit_on_split
from youli.registry import CHANNELS
from youli.testing.shops import SHOPS
from youli.types import EvidenceKind

#: Amounts are float64 sums of float32 facts; what differs is the order of summation.
RELATIVE = 1e-9
N_DRAWS = 3
NEEDS = {
    Needs.ORDERS,
    Needs.SINGLE_EVENTS,
    Needs.TIME,
    Needs.SEQUENCES,
    Needs.ITEM_ATTRIBUTES,
    Needs.TEXT,
    Needs.USER_ATTRIBUTES,
    Needs.PHOTOS,
}


@lru_cache
def shop_named(name: str) -> Shop:
    return SHOPS[name]()


@lru_cache
def fitted(channel: str, shop: str) -> Channel:
    return CHANNELS.load(channel).fit(shop_named(shop))


@lru_cache
def states_of(name: str) -> tuple[ShopperState, ...]:
    """Some shoppers, one with events ignored, one who just did more, one never seen."""
    shop = shop_named(name)
    known = [ShopperState.of(shop, user) for user in shop.interactions.users.ids[:8]]
    longest = max(known, key=lambda state: state.n_rows)
    last = shop.interactions.n_items - 1
    more = longest.record(last, "view_item", longest.now + 86_400)
    return (
        *known,
        longest.without([0]),
        longest.without(range(longest.n_rows)),
        more.record(0, "purchase", more.now + 3_600),
        ShopperState("never seen", now=longest.now),
        ShopperState("never seen", now=longest.now).record(last, "purchase", longest.now),
    )


def allowed(channel: str, shop: str) -> bool:
    return CHANNELS.load(channel).needs <= capabilities(shop_named(shop))


EVERY = [(channel, shop) for channel in CHANNELS.names() for shop in SHOPS]
PAIRS = [pair for pair in EVERY if allowed(*pair)]


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1].replace(' ', '_')}")
def pair(request) -> tuple[str, str]:
    return request.param


@pytest.fixture
def channel(pair) -> Channel:
    return fitted(*pair)


@pytest.fixture
def shop(pair) -> Shop:
    return shop_named(pair[1])


@pytest.fixture
def states(pair) -> tuple[ShopperState, ...]:
    return states_of(pair[1])


def draws(channel: Channel) -> list[np.ndarray]:
    """Random coefficients: all of them, some of them zero, and (where they may be) negative."""
    rng = np.random.default_rng(0)
    n_bases = len(channel.basis_names)
    found = [np.ones(n_bases)]
    for _ in range(N_DRAWS):
        one = rng.exponential(size=n_bases)
        one[rng.random(n_bases) < 0.3] = 0.0
        found.append(-one if channel.signed and rng.random() < 0.5 else one)
    return found


def scores_of(channel: Channel, state: ShopperState, weights: np.ndarray) -> np.ndarray:
    scores = channel.score(state, weights)
    return np.zeros(channel.n_items) if scores is None else scores


def summed(addends: Addends, n: int) -> np.ndarray:
    return np.bincount(addends.target, weights=addends.amount, minlength=n)


def close(found: np.ndarray, wanted: np.ndarray, scale: float) -> None:
    """Equal up to the rounding of a sum whose largest terms are of size `scale`."""
    np.testing.assert_allclose(found, wanted, rtol=RELATIVE, atol=RELATIVE * max(scale, 1e-30))


def test_pairs_left_out_are_those_that_declare_a_need():
    # Of 8 shops. Orders: grocery, gaps, one shopper, one basket; a clock: all but
    # ring and one basket; attributes and titles: grocery, browsing, gaps, holes;
    # photos: browsing, holes.
    has = [capabilities(shop_named(name)) for name in SHOPS]
    assert {need: sum(need in found for found in has) for need in NEEDS} == {
        Needs.ORDERS: 4,
        Needs.SINGLE_EVENTS: 4,
        Needs.TIME: 6,
        Needs.SEQUENCES: 7,
        Needs.ITEM_ATTRIBUTES: 4,
        Needs.TEXT: 4,
        Needs.USER_ATTRIBUTES: 4,
        Needs.PHOTOS: 2,
    }
    assert Counter(channel for channel, shop in EVERY if (channel, shop) not in PAIRS) == {
        "basket": 4,
        "neighbours": 4,
        "bridge": 4,
        "attributes": 4,
        "text": 4,
        "image": 6,
        "neural": 1,
        "profile": 4,
        "trend": 2,
    }
    assert {channel for channel, _ in PAIRS} == set(CHANNELS.names())


def test_is_a_channel_and_says_what_it_is(pair, channel, shop):
    assert isinstance(channel, Channel)
    assert channel.name == pair[0]
    assert channel.n_items == shop.interactions.n_items
    assert isinstance(channel.evidence, EvidenceKind)
    assert channel.needs <= NEEDS
    assert len(set(channel.basis_names)) == len(channel.basis_names) > 0


def test_score_is_the_sum_of_addends_and_of_weighted_bases(channel, states):
    every = np.arange(channel.n_items, dtype=np.int32)
    for state in states:
        bases = channel.bases(state, every)
        assert bases.shape == (len(channel.basis_names), len(every))
        for weights in draws(channel):
            addends = channel.addends(state, weights, every)
            scores = scores_of(channel, state, weights)
            assert scores.dtype == np.float64
            assert np.isfinite(scores).all()
            scale = float(np.abs(addends.amount).max(initial=0.0))
            close(scores, summed(addends, len(every)), scale)
            close(scores, weights @ bases, scale)


def test_some_products_in_any_order_are_as_in_all(channel, states):
    every = np.arange(channel.n_items, dtype=np.int32)
    some = np.random.default_rng(5).permutation(every)[: max(1, len(every) // 2)]
    weights = np.ones(len(channel.basis_names))
    for state in states:
        scale = float(np.abs(scores_of(channel, state, weights)).max(initial=0.0))
        close(channel.bases(state, some), channel.bases(state, every)[:, some], scale)
        close(
            summed(channel.addends(state, weights, some), len(some)),
            scores_of(channel, state, weights)[some],
            scale,
        )
    none = np.zeros(0, dtype=np.int32)
    assert channel.bases(states[0], none).shape == (len(weights), 0)
    assert len(channel.addends(states[0], weights, none).amount) == 0


def test_removing_a_past_product_takes_away_its_addends_and_nothing_else(channel, states):
    every = np.arange(channel.n_items, dtype=np.int32)
    for state in states:
        items, _ = state.distinct_items
        for weights in draws(channel):
            before = scores_of(channel, state, weights)
            addends = channel.addends(state, weights, every)
            scale = float(np.abs(addends.amount).max(initial=0.0))
            for past, item in enumerate(items.tolist()):
                mine = addends.past == past
                gone = np.bincount(
                    addends.target[mine], weights=addends.amount[mine], minlength=len(every)
                )
                left = state.without(state.rows_about(item))
                close(scores_of(channel, left, weights), before - gone, scale)


def test_removing_moves_no_step(channel, states):
    """Each row alone adds up to all rows: no row's amount depends on which others count."""
    weights = draws(channel)[1]
    for state in states:
        nothing = scores_of(channel, state.only([]), weights)
        parts = [
            scores_of(channel, state.only([row]), weights) - nothing for row in range(state.n_rows)
        ]
        total = nothing + np.sum(parts, axis=0) if parts else nothing
        counted = state.only(np.arange(state.n_rows).tolist())
        np.testing.assert_array_equal(state.steps_ago, counted.steps_ago)
        close(scores_of(channel, counted, weights), total, float(np.abs(total).max(initial=0.0)))


def test_addends_name_what_they_rest_on(channel, states):
    every = np.arange(channel.n_items, dtype=np.int32)
    of_history = channel.evidence in {
        EvidenceKind.HISTORY, EvidenceKind.ATTRIBUTE, EvidenceKind.REPURCHASE,
    }  # fmt: skip
    named = channel.evidence in {EvidenceKind.ATTRIBUTE, EvidenceKind.PROFILE}
    for state in states:
        addends = channel.addends(state, np.ones(len(channel.basis_names)), every)
        assert ((addends.past >= 0) == of_history).all()
        assert (addends.past < len(state.distinct_items[0])).all()
        assert ((addends.label >= 0) == named).all()
        for number in np.unique(addends.label[addends.label >= 0]).tolist():
            name, value = channel.label(number)
            assert name
            assert value
    if not named:
        with pytest.raises(KeyError):
            channel.label(0)


def test_an_empty_history_gives_nothing_that_rests_on_one(channel, states):
    stranger = states[-2]
    assert stranger.n_rows == 0
    every = np.arange(channel.n_items, dtype=np.int32)
    weights = np.ones(len(channel.basis_names))
    if channel.evidence is EvidenceKind.ITEM:
        assert channel.bases(stranger, every).any() or channel.n_items == 1
    else:
        assert not scores_of(channel, stranger, weights).any()
        assert not channel.bases(stranger, every).any()
        assert len(channel.addends(stranger, weights, every).amount) == 0


def test_no_coefficients_no_amount(channel, states):
    zeros = np.zeros(len(channel.basis_names))
    every = np.arange(channel.n_items, dtype=np.int32)
    for state in states:
        assert not scores_of(channel, state, zeros).any()
        assert not channel.addends(state, zeros, every).amount.any()


def test_fitted_twice_is_equal(channel, pair, shop):
    again = CHANNELS.load(pair[0]).fit(shop).to_arrays()
    arrays = channel.to_arrays()
    assert list(again) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(again[name], array)


def test_saved_and_read_is_equal(channel, states):
    arrays = {name: np.ascontiguousarray(a) for name, a in channel.to_arrays().items()}
    again = type(channel).from_arrays(arrays)
    assert again.basis_names == channel.basis_names
    every = np.arange(channel.n_items, dtype=np.int32)
    for state in states:
        for weights in draws(channel):
            np.testing.assert_array_equal(
                scores_of(again, state, weights), scores_of(channel, state, weights)
            )
            one, other = (c.addends(state, weights, every) for c in (again, channel))
            for part in ("target", "past", "label", "amount"):
                np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
    for name in arrays:
        with pytest.raises(KeyError):
            type(channel).from_arrays({n: a for n, a in arrays.items() if n != name})


def test_fitted_for_known_coefficients_scores_the_same_with_them(channel, pair, shop, states):
    """What is multiplied by zero need not be computed; all else must be what it was."""
    for weights in draws(channel):
        lean = CHANNELS.load(pair[0]).fit(shop, weights)
        for state in states:
            np.testing.assert_array_equal(
                scores_of(lean, state, weights), scores_of(channel, state, weights)
            )


@pytest.mark.parametrize(("channel_name", "shop_name"), [p for p in EVERY if p not in PAIRS])
def test_what_the_data_lacks_is_named_and_left_out(channel_name, shop_name):
    shop = shop_named(shop_name)
    lacking = CHANNELS.load(channel_name).needs - capabilities(shop)
    with pytest.raises(ConfigError, match=min(lacking)) as caught:
        fit_on_split(Split(shop, shop, ()), FitConfig(channels=(channel_name,)))
    assert caught.value.value == channel_name


def test_cells_are_all_that_a_sparse_channel_gives(channel, states):
    if not isinstance(channel, Sparse):
        return
    for state in states:
        for weights in draws(channel):
            found, scores = channel.cells(state, weights), channel.score(state, weights)
            assert (found is None) == (scores is None)
            if found is None:
                continue
            # The same sums in the same order, whatever they are gathered into.
            assert found.summed(found.item, channel.n_items).tolist() == scores.tolist()
            assert (
                len(found.item) == len(found.amount) == (found.ends[-1] if len(found.ends) else 0)
            )


def test_some_are_what_all_would_be_and_none_is_above_the_most(channel, states):
    if not isinstance(channel, Bounded):
        return
    rng = np.random.default_rng(1)
    for state in states:
        for weights in draws(channel):
            scores, found = channel.score(state, weights), channel.bounded(state, weights)
            assert (found is None) == (scores is None)
            if found is None:
                continue
            chosen = rng.permutation(channel.n_items)[: rng.integers(1, channel.n_items + 1)]
            assert found.of(chosen).tolist() == scores[chosen].tolist(), "ties stay ties"
            assert scores.max() <= found.most


def test_which_channels_can_be_searched():
    """Those that cannot are scored for every product; the list is written down to be noticed."""
    kinds = {name: CHANNELS.load(name) for name in CHANNELS.names()}
    neither = {
        name
        for name, kind in kinds.items()
        if not (hasattr(kind, "cells") or hasattr(kind, "bounded"))
    }
    assert neither == {"neural"}
