"""A catalogue's columns as attributes, by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from youli.channels.attributes import AttributesChannel
from youli.channels.profile import ProfileChannel
from youli.data.shop import WORDS, Attribute, Catalogue, Shop
from youli.data.state import ShopperState
from youli.testing.shops import event_shop, order_shop, walk_shop


def labels(catalogue: Catalogue, name: str) -> list[tuple[str, ...]]:
    attribute = catalogue.attribute(name)
    assert attribute is not None
    return [attribute.of(row) for row in range(len(catalogue))]


def test_an_attribute_of_single_labels():
    one = Attribute.single("brand", ("x", "y"), np.array([1, -1, 0], np.int32))
    assert [one.of(row) for row in range(3)] == [("y",), (), ("x",)]
    assert one.first_code.tolist() == [1, -1, 0]
    assert one.matrix.toarray().tolist() == [[0, 1], [0, 0], [1, 0]]


def test_each_level_of_the_category_is_an_attribute():
    found = Catalogue(
        pa.table({"item_id": list("abc"), "category": ["Food > Tea", "Food > Jam", "Home"]})
    )
    assert labels(found, "category 1") == [("Food",), ("Food",), ("Home",)]
    assert labels(found, "category 2") == [("Food > Tea",), ("Food > Jam",), ()]
    flat = Catalogue(pa.table({"item_id": list("abc"), "category": ["x", "y", None]}))
    assert labels(flat, "category") == [("x",), ("y",), ()]


def test_columns_that_compare_nothing_are_left_out():
    found = Catalogue(
        pa.table(
            {
                "item_id": list("abcd"),
                "constant": ["k"] * 4,
                "empty": pa.array([None] * 4, pa.string()),
                "size": ["s", "l", "s", None],
                "description": ["d1", "d2", "d1", "d2"],
                "image_url": ["u1", "u2", "u1", "u2"],
            }
        )
    )
    assert [one.name for one in found.attributes] == ["size"]
    many = {"item_id": [str(n) for n in range(200)], "sku": [str(n) for n in range(200)]}
    assert Catalogue(pa.table(many)).attributes == (), "a name for each row is no attribute"


def test_words_of_titles():
    titles = ["Green Tea, 20 g", "TEA green", None]
    found = Catalogue(pa.table({"item_id": list("abc"), "title": titles}))
    assert found.titles == ["Green Tea, 20 g", "TEA green", "c"]
    words = labels(found, WORDS)
    assert words[:2] == [("20", "g", "green", "tea"), ("green", "tea")]


def test_price_bands_are_fifths_within_the_category():
    # Ten prices of one category: two a band, cheapest first. The other category has one price.
    prices = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    found = Catalogue(
        pa.table(
            {
                "item_id": [f"i{n}" for n in range(12)],
                "category": ["x"] * 10 + ["y", "x"],
                "price_minor": pa.array([*prices, 500, None], pa.int64()),
            }
        )
    )
    words = ["highest", "high", "middle", "low", "lowest"]
    wanted = [(word,) for word in words for _ in range(2)]
    assert labels(found, "price band") == [*wanted, ("lowest",), ()]
    assert np.isnan(found.price_minor[11])


def test_lists_hold_labels_and_may_hold_nulls():
    tags = pa.array([["x", None, "y"], [None], None, [], ["y"]], pa.list_(pa.string()))
    found = Catalogue(pa.table({"item_id": list("abcde"), "tags": tags}))
    assert labels(found, "tags") == [("x", "y"), (), (), (), ("y",)]
    nothing = Catalogue(
        pa.table({"item_id": ["a"], "tags": pa.array([[None]], pa.list_(pa.string()))})
    )
    assert nothing.attributes == ()


def test_a_column_with_the_name_of_one_we_make_stands_for_it():
    """Two attributes of one name could not be told apart by anybody, least of all by a channel."""
    shop = walk_shop(
        {"u": "abcd"},
        {
            "item_id": list("abcd"),
            "price band": ["cheap", "dear", "cheap", "dear"],
            "price_minor": pa.array([1, 2, 3, 4], pa.int64()),
            "title words": ["p", "p", "q", "q"],
            "title": ["A", "B", "C", "D"],
        },
    )
    assert sorted(one.name for one in shop.catalogue.attributes) == ["price band", "title words"]
    assert labels(shop.catalogue, "price band")[:2] == [("cheap",), ("dear",)]
    channel = AttributesChannel.fit(shop)
    state = ShopperState.of(shop, "u")
    assert channel.bases(state, np.arange(4)).shape == (len(channel.basis_names), 4)


@pytest.mark.parametrize("value", ["a\0b", "", "，「有理」", '"\\', "line\nend"])
def test_names_of_any_letters_survive_saving(value):
    items = {"item_id": list("abcd"), "brand": [value, value, "other", "other"]}
    users = {"user_id": ["u", "v"], "region": [value, "other"]}
    shop = event_shop({"u": [(0, "a", "purchase")], "v": [(0, "b", "purchase")]}, items, users)
    for kind in (AttributesChannel, ProfileChannel):
        channel = kind.fit(shop)
        again = kind.from_arrays(channel.to_arrays())
        assert again.names == channel.names
        assert value in {label for _, label in channel.names}


def test_stock_is_true_unless_said_otherwise():
    plain = Catalogue(pa.table({"item_id": list("ab")}))
    assert plain.in_stock.tolist() == [True, True]
    assert np.isnan(plain.price_minor).all()
    said = Catalogue(pa.table({"item_id": list("abc"), "in_stock": [False, None, True]}))
    assert said.in_stock.tolist() == [False, True, True]


def test_rows_follow_the_vocabulary_whatever_the_tables_order():
    shop = order_shop(
        {"u": [(0, "b a")], "v": [(3, "c")]},
        {"item_id": list("dca"), "title": ["D", "C", "A"]},
        {"user_id": ["v", "x", "u"], "region": ["south", "east", "north"]},
    )
    assert shop.interactions.items.ids == ("a", "b", "c", "d")
    assert shop.catalogue.titles == ["A", "b", "C", "D"], "an id where there is no title"
    assert shop.shoppers.of(0) == {"region": "north"}
    assert shop.shoppers.of(1) == {"region": "south"}
    assert shop.interactions.users.ids == ("u", "v"), "x did nothing"
    assert shop.data_until == datetime(2025, 1, 4, tzinfo=UTC)


def test_minor_units():
    shop = walk_shop({"u": "a"})
    assert shop.minor_per_major == 100
    pence = Shop(shop.interactions, shop.catalogue, shop.shoppers, currency="GBP")
    yen = Shop(shop.interactions, shop.catalogue, shop.shoppers, currency="JPY")
    dinar = Shop(shop.interactions, shop.catalogue, shop.shoppers, currency="KWD")
    assert [one.minor_per_major for one in (pence, yen, dinar)] == [100, 1, 1000]
