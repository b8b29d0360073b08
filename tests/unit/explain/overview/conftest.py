"""The neighbouring grocery with twenty shoppers more, so that chance is no explanation."""

from __future__ import annotations

import pytest

from youli.data.shop import Shop
from youli.explain.support import SupportIndex
from youli.testing.shops import order_shop

ORDERS = {
    **{f"tea{n}": [(0, "kettle"), (5, "tea")] for n in range(6)},
    **{f"pair{n}": [(1, "cup saucer")] for n in range(5)},
    **{f"other{n}": [(2, "plate")] for n in range(20)},
    "late": [(2, "tea"), (6, "kettle")],
    "again": [(0, "soap"), (10, "soap"), (20, "soap"), (32, "soap")],
    "me": [(3, "kettle"), (4, "cup"), (30, "soap")],
    "last": [(40, "soap")],
}
ITEMS = {
    "item_id": ["kettle", "tea", "cup", "saucer", "soap", "plate"],
    "title": ["Kettle", "Green Tea", "Blue Cup", "Saucer", "Soap", "Plate"],
}


@pytest.fixture(scope="session")
def market() -> Shop:
    return order_shop(ORDERS, ITEMS)


@pytest.fixture(scope="session")
def counts(market: Shop) -> SupportIndex:
    return SupportIndex(market)
