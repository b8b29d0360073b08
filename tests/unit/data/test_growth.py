"""Which events and products are new."""

from __future__ import annotations

import numpy as np

from youli.data.growth import Growth
from youli.data.split import leave_last_out
from youli.testing.shops import SHOPS, event_shop


def test_new_events_products_and_shoppers():
    before = event_shop({"b": [(0, "m", "purchase"), (1, "z", "view_item")]})
    after = event_shop(
        {
            "a": [(0, "m", "purchase")],  # a new shopper, whose row is the first
            "b": [
                (0, "m", "purchase"),
                (1, "c", "view_item"),  # a new product between the others
                (1, "z", "purchase"),  # the same moment, another kind
                (1, "z", "view_item"),
            ],
        }
    )
    found = Growth.between(before, after)
    assert found.shop is after
    assert after.interactions.items.ids == ("c", "m", "z")
    assert found.rows.tolist() == [-1, 0, 1]
    assert found.is_new.tolist() == [True, False, True, True, False]


def test_equal_events_are_counted():
    """Two known, three now: one is new."""
    before = event_shop({"u": [(0, "m", "purchase")] * 2, "w": [(0, "n", "purchase")]})
    after = event_shop({"u": [(0, "m", "purchase")] * 3, "w": [(0, "n", "purchase")]})
    assert Growth.between(before, after).is_new.tolist() == [False, False, True, False]


def test_fewer_events_are_no_new_ones():
    before = event_shop({"u": [(0, "m", "purchase")] * 3, "w": [(0, "n", "purchase")]})
    after = event_shop({"u": [(0, "m", "purchase"), (1, "m", "purchase")]})
    assert Growth.between(before, after).is_new.tolist() == [False, True]


def test_what_a_split_holds_out_is_new_to_its_training_part():
    shop = SHOPS["browsing"]()
    split = leave_last_out(shop)
    found = Growth.between(split.train, shop)
    ends = shop.interactions.indptr[1:] - 1
    several = np.diff(shop.interactions.indptr) > 1
    assert np.flatnonzero(found.is_new).tolist() == ends[several].tolist()
    assert found.rows.tolist() == list(range(shop.interactions.n_items))


def test_nothing_grows_out_of_itself():
    shop = SHOPS["grocery"]()
    assert not Growth.between(shop, shop).is_new.any()
