"""Counts about other shoppers, each worked out by hand from the lists below."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from youli.data.shop import Shop, build_shop
from youli.explain.support import Group, SupportIndex, Together, Trend

START = datetime(2025, 3, 1, tzinfo=UTC)
#: shopper → orders, each "day: products".
LOG = {
    "ann": ["0: a", "2: b"],
    "bob": ["0: a", "3: b"],
    "cem": ["0: b", "2: a"],  # the other way round
    "dan": ["0: a b"],  # in one order: not later
    "eve": ["0: a"],
    "fay": ["0: a", "1: b", "2: a"],
    "gil": ["70: c"],
}


def shop_of(log: dict[str, list[str]], event: str = "purchase") -> Shop:
    rows = []
    for user, orders in log.items():
        for order in orders:
            day, items = order.split(":")
            rows += [(user, item, int(day), f"{user}{day}") for item in items.split()]
    users, items, days, orders = zip(*rows, strict=True)
    return build_shop(
        pa.table(
            {
                "user_id": users,
                "item_id": items,
                "timestamp": pa.array(
                    [START + timedelta(days=d) for d in days], pa.timestamp("us", tz="UTC")
                ),
                "order_id": orders,
                "event": [event] * len(rows),
            }
        ),
        pa.table({"item_id": ["a", "b", "c", "d"]}),
        pa.table({"user_id": sorted(log), "town": ["x", "x", "x", "y", "y", "y", "y"]}),
    )


@pytest.fixture(scope="module")
def shop() -> Shop:
    return shop_of(LOG)


@pytest.fixture(scope="module")
def support(shop: Shop) -> SupportIndex:
    return SupportIndex(shop)


A, B, C, D = range(4)


def test_went_on_counts_who_had_it_at_a_later_step(support: SupportIndex) -> None:
    assert support.went_on(A, B) == (3, 6)  # ann, bob, fay of six
    assert support.went_on(B, A) == (2, 5)  # cem, fay


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ann", (2, 5)), ("cem", (3, 5)), ("eve", (3, 5)), ("gil", (3, 6))],
)
def test_the_shopper_who_asks_is_left_out(
    shop: Shop, support: SupportIndex, who: str, expected: tuple[int, int]
) -> None:
    num = shop.interactions.users.num(who)
    assert num is not None
    assert support.went_on(A, B, excluding=num) == expected


def test_both_and_popularity(shop: Shop, support: SupportIndex) -> None:
    assert support.both(A, B) == 5
    assert support.both(A, B, excluding=0) == 4
    assert support.popularity(A) == 6
    assert support.popularity(D) == 0
    assert support.n_shoppers(excluding=0) == 6
    assert support.n_shoppers(excluding=-1) == 7


def test_together_counts_orders_and_their_shoppers(support: SupportIndex) -> None:
    found = support.together(A, B)
    assert found == Together(n_both=1, n_source=7, n_item=5, n_orders=12, n_shoppers=1)
    assert found.support == pytest.approx(1 / 12)
    assert found.confidence == pytest.approx(1 / 7)
    assert found.lift == pytest.approx((1 / 7) / (5 / 12))
    assert support.together(A, B, excluding=3) == Together(0, 6, 4, 11, 0)  # dan
    assert support.together(C, D).lift == 0.0


def test_groups(support: SupportIndex) -> None:
    assert support.group("town", "x", A) == Group(3, 3)
    assert support.group("town", "y", B) == Group(2, 4)
    assert support.group("town", "y", B, excluding=3) == Group(1, 3)
    assert support.group("town", "y", B, excluding=0) == Group(2, 4)
    assert support.group("town", "z", B) == Group(0, 0)
    assert support.group("shoe size", "44", B) == Group(0, 0)


def test_trend_counts_shoppers_and_not_events(shop: Shop) -> None:
    support = SupportIndex(shop, trend_days=69)
    assert support.trend(C) == Trend(1, 0, 69)
    assert support.trend(A) == Trend(2, 5, 69)  # cem and fay; five on day 0, fay among them
    assert support.trend(C, excluding=6) == Trend(0, 0, 69)


def test_only_purchases_count_where_there_are_any() -> None:
    assert SupportIndex(shop_of(LOG)).verb == "bought"
    viewed = SupportIndex(shop_of(LOG, event="view_item"))
    assert viewed.verb == "chose"
    assert viewed.popularity(A) == 6
