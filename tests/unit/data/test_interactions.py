"""Events as arrays, by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from youli.data.interactions import EVENT_NAMES, Vocabulary, encode
from youli.testing.shops import event_shop, order_shop, walk_shop


def events(rows: list[tuple], *names: str) -> pa.Table:
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    seconds = pa.array(columns["timestamp"], pa.int64())
    columns["timestamp"] = seconds.cast(pa.timestamp("s", tz="UTC"))
    return pa.table(columns)


def test_vocabulary():
    vocabulary = Vocabulary(("a", "b", "商品"))
    assert len(vocabulary) == 3
    assert (vocabulary.num("商品"), vocabulary.num("c")) == (2, None)
    assert vocabulary.nums(["b", "x", "a"]).tolist() == [1, -1, 0]
    assert vocabulary.nums([]).dtype == np.int32


def test_rows_are_sorted_by_shopper_and_time_and_ties_keep_the_sources_order():
    table = events(
        [("v", "b", 5), ("u", "c", 9), ("v", "a", 5), ("u", "a", 1), ("u", "b", 9)],
        "user_id", "item_id", "timestamp",
    )  # fmt: skip
    found = encode(table, extra_items=("z",))
    assert found.users.ids == ("u", "v")
    assert found.items.ids == ("a", "b", "c", "z")
    assert found.indptr.tolist() == [0, 3, 5]
    assert found.item_num.tolist() == [0, 2, 1, 1, 0]
    assert found.timestamp.tolist() == [1, 9, 9, 5, 5]
    assert found.step.tolist() == [0, 1, 2, 0, 1]
    assert found.user_num.tolist() == [0, 0, 0, 1, 1]
    assert (found.n_users, found.n_items, len(found)) == (2, 4, 5)
    assert found.rows_of(1) == slice(3, 5)
    assert set(found.event.tolist()) == {EVENT_NAMES.index("purchase")}, "what is not said"
    assert set(found.order_num.tolist()) == {-1}
    assert not found.has_orders


def test_the_clock_ticks_once_an_order_and_once_an_event_without_one():
    # o1: a b | c without an order | d without one | o2: e | o1 again: a new tick.
    table = events(
        [("u", "a", 1, "o1"), ("u", "b", 1, "o1"), ("u", "c", 2, None), ("u", "d", 2, None),
         ("u", "e", 3, "o2"), ("u", "a", 4, "o1")],
        "user_id", "item_id", "timestamp", "order_id",
    )  # fmt: skip
    found = encode(table)
    assert found.step.tolist() == [0, 0, 1, 2, 3, 4]
    assert found.has_orders
    assert [num >= 0 for num in found.order_num] == [True, True, False, False, True, True]


def test_one_order_of_two_shoppers_is_two():
    """An order's number may be reused from one shopper to the next."""
    table = events(
        [("u", "a", 1, "1"), ("v", "b", 1, "1"), ("v", "c", 1, "1")],
        "user_id", "item_id", "timestamp", "order_id",
    )  # fmt: skip
    assert encode(table).step.tolist() == [0, 0, 0]


def test_names_and_times():
    shop = event_shop({"u": [(0.5, "a", "view_item"), (1, "a", "refund")]})
    found = shop.interactions
    assert [EVENT_NAMES[code] for code in found.event] == ["view_item", "refund"]
    assert np.diff(found.timestamp).tolist() == [43_200]
    early = events([("u", "a", -10)], "user_id", "item_id", "timestamp")
    assert encode(early).timestamp.tolist() == [-10], "before 1970"


def test_select_keeps_rows_numbers_and_steps():
    shop = order_shop({"u": [(0, "a b"), (1, "c")], "v": [(0, "a")], "w": [(0, "b"), (1, "a")]})
    kept = shop.interactions.select(np.array([False, True, True, False, True, False]))
    assert kept.indptr.tolist() == [0, 2, 2, 3]
    assert kept.item_num.tolist() == [1, 2, 1]
    assert kept.step.tolist() == [0, 1, 0]
    assert kept.users is shop.interactions.users
    assert kept.items is shop.interactions.items
    nothing = shop.interactions.select(np.zeros(6, bool))
    assert nothing.indptr.tolist() == [0, 0, 0, 0]
    again = kept.select(np.array([False, True, True]))
    assert again.indptr.tolist() == [0, 1, 1, 2], "a shopper without events in the middle"


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_cover_everybody_once(size):
    found = walk_shop({"u": "ab", "v": "a", "w": "b"}).interactions
    batches = list(found.batches(size))
    assert np.concatenate(batches).tolist() == [0, 1, 2]
    assert max(len(batch) for batch in batches) <= size


def test_no_events():
    table = pa.table(
        {
            "user_id": pa.array([], pa.string()),
            "item_id": pa.array([], pa.string()),
            "timestamp": pa.array([], pa.timestamp("us", tz="UTC")),
            "order_id": pa.array([], pa.string()),
        }
    )
    found = encode(table, extra_items=("a",))
    assert (len(found), found.n_users, found.n_items) == (0, 0, 1)
    assert found.indptr.tolist() == [0]
