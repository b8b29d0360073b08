"""A maker of tiny shops whose scores can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from youli.data.shop import Shop, build_shop


def _shop_of(sequences: dict[str, str]) -> Shop:
    rows = [(u, i, at) for u, line in sequences.items() for at, i in enumerate(line)]
    users, products, position = zip(*rows, strict=True)
    stamps = pa.array(position, pa.int64()).cast(pa.timestamp("s", tz="UTC"))
    events = pa.table({"user_id": users, "item_id": products, "timestamp": stamps})
    return build_shop(events, timed=False)


@pytest.fixture
def shop_of() -> Callable[[dict[str, str]], Shop]:
    """An untimed shop: shopper → one letter a product, in order."""
    return _shop_of
