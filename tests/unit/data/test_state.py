"""A shopper's state by hand; `tests/property/test_state.py` has what holds for all."""

from __future__ import annotations

import numpy as np
import pytest

from youli.data.state import EVENT_STRENGTH, ShopperState
from youli.testing.shops import event_shop, order_shop, walk_shop

DAY_S = 86_400


def test_of_a_known_shopper():
    users = {"user_id": ["u", "v"], "region": ["north", "south"]}
    shop = order_shop({"u": [(0, "b a"), (2, "a")], "v": [(5, "c")]}, users=users)
    state = ShopperState.of(shop, "u")
    assert (state.user_num, state.n_rows, state.next_step) == (0, 3, 2)
    assert state.attributes == {"region": "north"}
    assert state.item_num.tolist() == [1, 0, 0]
    assert state.steps_ago.tolist() == [1, 1, 0]
    assert state.seconds_ago.tolist() == [5 * DAY_S, 5 * DAY_S, 3 * DAY_S]
    items, inverse = state.distinct_items
    assert (items.tolist(), inverse.tolist()) == ([0, 1], [1, 0, 0])
    assert state.rows_of_distinct == [(1, 2), (0,)]
    assert state.by_distinct.toarray().tolist() == [[0, 1], [1, 0], [1, 0]]
    assert state.bought.tolist() == [0, 1]


def test_of_somebody_never_seen():
    shop = walk_shop({"u": "ab"})
    state = ShopperState.of(shop, "?")
    assert (state.user_num, state.n_rows, state.next_step) == (-1, 0, 0)
    assert state.attributes == {}
    assert state.by_distinct.shape == (0, 0)
    assert state.bought.tolist() == []
    assert state.now == int(shop.data_until.timestamp())


def test_before_a_row_nothing_later_is_known():
    shop = walk_shop({"u": "ab", "v": "cda"})
    state = ShopperState.before(shop, 1, shop.interactions.rows_of(1).start + 2, now=7)
    assert state.item_num.tolist() == [2, 3]
    assert (state.user_id, state.now) == ("v", 7)


def test_the_clock_ticks_unless_the_order_goes_on():
    state = ShopperState("u", now=50)
    for item, order in ((0, 4), (1, 4), (2, -1), (3, -1), (4, 9), (5, 4)):
        state = state.record(item, "purchase", 10, order_num=order)
    assert state.rows["step"].tolist() == [0, 0, 1, 2, 3, 4]
    assert state.rows["order"].tolist() == [4, 4, -1, -1, 9, 4]
    assert state.now == 50, "an event of the past moves no clock back"
    assert state.record(1, "purchase", 99).now == 99


def test_strength_follows_the_event_and_what_is_ignored():
    shop = event_shop(
        {"u": [(n, "a", name) for n, name in enumerate(("purchase", "view_item", "refund"))]}
    )
    state = ShopperState.of(shop, "u")
    assert state.strength.tolist() == [1.0, 0.25, 0.0]
    assert state.without([0]).strength.tolist() == [0.0, 0.25, 0.0]
    assert state.only([0]).strength.tolist() == [1.0, 0.0, 0.0]
    assert state.without([0]).rows_about(0) == (1, 2)
    assert state.without([0]).bought.tolist() == [0], "what was bought stays bought"
    assert EVENT_STRENGTH.max() == 1.0
    assert EVENT_STRENGTH.min() == 0.0


def test_an_unknown_event_is_refused():
    with pytest.raises(ValueError, match="not in tuple"):
        ShopperState("u").record(0, "stare_at", 0)


def test_a_state_is_a_value():
    one = ShopperState("u").record(1, "purchase", 5)
    with pytest.raises(AttributeError):
        one.now = 9
    assert np.array_equal(one.rows, ShopperState("u").record(1, "purchase", 5).rows)
