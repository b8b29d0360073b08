"""Shops drawn small: a dated log of orders, and a published folder of sequences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from youli.data.shop import Shop, build_shop

_DAY_US = 86_400_000_000


@pytest.fixture(scope="session")
def log() -> Shop:
    """Forty shoppers over 140 days: three favourites each, bought again and again, and others."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(40):
        favourites = rng.choice(15, 3, replace=False)
        for order in range(int(rng.integers(4, 10))):
            basket = {int(rng.choice(favourites)), int(rng.integers(15))}
            day, name = int(rng.integers(140)), f"o{user}-{order}"
            rows += [(f"u{user:02}", f"i{i:02}", day * _DAY_US, name) for i in sorted(basket)]
    users, products, stamps, orders = zip(*rows, strict=True)
    events = pa.table(
        {
            "user_id": users,
            "item_id": products,
            "timestamp": pa.array(stamps, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "order_id": orders,
            "event": ["purchase"] * len(rows),
        }
    )
    items = pa.table(
        {"item_id": [f"i{i:02}" for i in range(15)], "category": [f"c{i // 4}" for i in range(15)]}
    )
    return build_shop(events, items)


@pytest.fixture(scope="session")
def ring_folder(tmp_path_factory) -> Path:
    """Thirty shoppers who walk along a ring of twelve products, with a file of attributes."""
    folder = tmp_path_factory.mktemp("bench") / "ring"
    folder.mkdir()
    lines = [
        " ".join([f"u{user}", *(f"i{(user + at) % 12}" for at in range(4 + user % 3))])
        for user in range(30)
    ]
    (folder / "sequences.txt").write_text("\n".join(lines) + "\n")
    attributes = {f"i{item}": [item // 4] for item in range(12)}
    (folder / "item_attributes.json").write_text(json.dumps(attributes))
    return folder
