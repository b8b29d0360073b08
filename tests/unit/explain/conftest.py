"""A small grocery whose every count can be checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from youli.channels.attributes import AttributesChannel
from youli.channels.basket import BasketChannel
from youli.channels.popularity import PopularityChannel
from youli.channels.profile import ProfileChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.channels.transition import TransitionChannel
from youli.channels.trend import TrendChannel
from youli.data.shop import Shop, build_shop
from youli.data.state import ShopperState
from youli.explain.support import SupportIndex
from youli.language.voice import TemplateVoice
from youli.rank.ranker import RankConfig, Ranker

START = datetime(2025, 1, 1, tzinfo=UTC)
CHANNELS = (
    TransitionChannel,
    BasketChannel,
    AttributesChannel,
    RepurchaseChannel,
    ProfileChannel,
    TrendChannel,
    PopularityChannel,
)
#: shopper → orders: the day, then the products.
ORDERS = {
    **{f"tea{n}": [(0, "kettle"), (5, "tea")] for n in range(6)},
    **{f"pair{n}": [(1, "cup saucer")] for n in range(5)},
    "late": [(2, "tea"), (6, "kettle")],
    "again": [(0, "soap"), (10, "soap"), (20, "soap"), (32, "soap")],
    "me": [(3, "kettle"), (4, "cup"), (30, "soap")],
    "last": [(40, "soap")],
}
ITEMS = {
    "item_id": ["kettle", "tea", "cup", "saucer", "soap", "plate", "jug"],
    "title": ["Kettle", "Green Tea", "Blue Cup", "Saucer", "Soap", "PLATE, 20 CM", "Jug"],
    "category": ["kitchen", "food", "table", "table", "bath", "table", "kitchen"],
    "brand": ["Ada", "Bo", "Ada", "Ada", "Cy", "Ada", "Bo"],
}


def events_of(orders: dict[str, list[tuple[int, str]]]) -> pa.Table:
    rows = [
        (user, item, START + timedelta(days=day), f"{user}-{day}")
        for user, many in orders.items()
        for day, items in many
        for item in items.split()
    ]
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {
            "user_id": columns[0],
            "item_id": columns[1],
            "timestamp": pa.array(columns[2], pa.timestamp("us", tz="UTC")),
            "order_id": columns[3],
        }
    )


@pytest.fixture(scope="session")
def shop() -> Shop:
    users = {
        "user_id": sorted(ORDERS),
        "region": ["north" if "tea" in u else "south" for u in sorted(ORDERS)],
    }
    users["region"][sorted(ORDERS).index("me")] = "north"
    return build_shop(events_of(ORDERS), pa.table(ITEMS), pa.table(users))


@pytest.fixture(scope="session")
def ranker(shop: Shop) -> Ranker:
    channels = {one.name: one.fit(shop) for one in CHANNELS}
    weights = {name: np.ones(len(one.basis_names)) for name, one in channels.items()}
    return Ranker(shop, channels, weights, RankConfig())


@pytest.fixture(scope="session")
def support(shop: Shop) -> SupportIndex:
    return SupportIndex(shop)


@pytest.fixture
def me(shop: Shop) -> ShopperState:
    return ShopperState.of(shop, "me")


@pytest.fixture(params=["en", "zh"])
def voice(shop: Shop, request: pytest.FixtureRequest) -> TemplateVoice:
    return TemplateVoice(shop, request.param)
