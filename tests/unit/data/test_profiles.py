from datetime import UTC, datetime

import pytest

from youli.data.profiles import Profiles
from youli.errors import UnknownEntityError

HEADER = "user_id,item_id,event,timestamp,quantity,price,order_id"
ITEMS = """item_id,title,category,brand,price,colour
mug,Mug,Home > Kitchen,Acme,1,red
cup,Cup,Home > Kitchen,Acme,2,
pot,Pot,Home > Kitchen,,3,
pan,Pan,Home > Kitchen,,4,
jug,Jug,Home > Kitchen,,5,
pen,Pen,Office,Bic,9,
"""
ROWS = [
    "u1,mug,purchase,2024-01-01 10:00,1,1,o1",
    "u1,pen,purchase,2024-01-01 10:00,1,9,o1",
    "u1,mug,purchase,2024-01-11 10:00,1,1,o2",
    "u1,jug,purchase,2024-01-31 10:00,1,5,o3",
    *[f"u{n},mug,purchase,2024-03-{n:02} 10:00,1,1,p{n}" for n in range(2, 8)],
    "u2,pen,view_item,2024-03-31 10:00,,,",
]
USERS = "user_id,age\n" + "".join(f"u{n},{'young' if n < 7 else 'old'}\n" for n in range(1, 9))


@pytest.fixture
def profiles(shop_of):
    return Profiles(shop_of(ROWS, HEADER, items=ITEMS, users=USERS))


def test_a_shopper_by_hand(profiles):
    shopper = profiles.shopper("u1")
    assert (shopper.n_events, shopper.n_orders) == (4, 3)
    [home, office] = shopper.categories
    assert (home.name, home.share, home.n_events) == ("Home", 0.75, 3)
    assert home.since == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert home.until == datetime(2024, 1, 31, 10, tzinfo=UTC)
    assert (office.name, office.share) == ("Office", 0.25)
    assert [(b.name, b.n_events) for b in shopper.brands] == [("Acme", 2), ("Bic", 1)]
    assert shopper.rhythm_days.value == 15.0  # gaps of 10 and 20 days
    assert shopper.rhythm_days.n_events == 2
    assert shopper.recency_days.value == 60.0
    # mug 0 and 0, jug 1 in their kitchen of five; the pen, alone in its office, among all six: 1
    assert shopper.price_level.value == pytest.approx(0.5)
    assert shopper.attributes == {"age": "young"}


def test_one_order_has_no_rhythm(profiles):
    assert profiles.shopper("u3").rhythm_days is None


def test_a_product_by_hand(profiles):
    product = profiles.product("mug")
    assert product.title == "Mug"
    assert product.attributes == {"category": "Home > Kitchen", "brand": "Acme", "colour": "red"}
    assert (product.n_events, product.n_shoppers) == (8, 7)
    assert product.price_position.position == 0.0
    assert (product.price_position.category, product.price_position.n_products) == (
        "Home > Kitchen",
        5,
    )
    # six young and one old bought it; the one is fewer than five
    [young] = product.audience
    assert (young.value, young.n_shoppers, young.share) == ("young", 6, pytest.approx(6 / 7))
    assert young.share_of_all == 6 / 8
    # 3 March 10:00 is exactly 28 days before the end: the window holds what is younger
    assert (product.momentum.now, product.momentum.before) == (4, 2)
    assert product.momentum.ratio == pytest.approx(5 / 3)


def test_few_buyers_are_not_described(profiles):
    product = profiles.product("pen")
    assert product.n_events == 2
    assert product.n_shoppers is None
    assert product.audience == ()


def test_an_unbought_product_has_a_profile(profiles):
    product = profiles.product("cup")
    assert product.n_events == 0
    assert product.price_position.position == 0.25


@pytest.mark.parametrize("kind", ["shopper", "product"])
def test_unknown_ids(profiles, kind):
    with pytest.raises(UnknownEntityError, match="nobody"):
        getattr(profiles, kind)("nobody")
