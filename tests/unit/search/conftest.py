"""A small shop whose words can be counted by hand, with texts in English and Chinese."""

from __future__ import annotations

import numpy as np
import pytest

from youli.artifact import FittedShop
from youli.channels.popularity import PopularityChannel
from youli.channels.transition import TransitionChannel
from youli.data.shop import Shop
from youli.engine import Engine
from youli.rank.fit import FitConfig
from youli.rank.ranker import Ranker
from youli.search.desk import SearchDesk
from youli.testing.shops import order_shop

ITEMS = {
    "item_id": ["bracket", "shelf", "gauge", "pot", "teapot", "mower", "lamp", "zhuhu"],
    "title": [
        "Steel Angle Bracket, 12-Gauge",
        "Shelf with brackets",
        "Tyre gauge",
        "Flower pot",
        "China teapot for green tea",
        "Lawn mower",
        "Desk lamp",
        "红色陶瓷茶壶",
    ],
    "category": [
        "Hardware > Brackets", "Hardware > Shelves", "Garage", "Garden", "Kitchen", "Garden",
        "Office", "Kitchen",
    ],
    "brand": ["Ada", "Ada", "Bo", "Bo", "Ada", "Bo", "Ada", "Bo"],
    "description": [
        "Holds a shelf in a corner", None, "Measures the pressure of a tyre", "For plants",
        "Pours hot drinks", "Cuts grass", "Gives light to read by", "用来泡绿茶",
    ],
    "price_minor": [500, 2500, 900, 700, 3000, 19900, 4500, 3100],
}  # fmt: skip
ORDERS = {
    **{f"u{n}": [(0, "pot"), (3, "bracket"), (9, "mower")] for n in range(7)},
    **{f"v{n}": [(1, "teapot"), (4, "shelf")] for n in range(6)},
    "me": [(2, "teapot"), (5, "pot")],
}


@pytest.fixture(scope="session")
def shop() -> Shop:
    return order_shop(ORDERS, ITEMS)


@pytest.fixture(scope="session")
def engine(shop: Shop) -> Engine:
    channels = {one.name: one.fit(shop) for one in (TransitionChannel, PopularityChannel)}
    weights = {name: np.ones(len(one.basis_names)) for name, one in channels.items()}
    return Engine(FittedShop(Ranker(shop, channels, weights), FitConfig()))


@pytest.fixture(scope="session")
def desk(engine: Engine) -> SearchDesk:
    return SearchDesk.open(engine)
