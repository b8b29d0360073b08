"""A small shop with habits, fitted by the real engine in a moment: for HTTP and browser tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import uvicorn
from fastapi import FastAPI

from youli.artifact import FittedShop, load_shop, save_shop
from youli.data.shop import build_shop
from youli.engine import Engine
from youli.rank.fit import FitConfig, fit_ranker
from youli.testing.shops import drawn_photos

AISLES = {
    "Tea": ["Green tea", "Black tea", "Oolong tea", "Teapot", "Tea strainer", "Rock sugar"],
    "Bakery": ["Rye bread", "Butter rolls", "Sesame cake", "Plum jam", "Honey", "Salted butter"],
    "Garden": ["Tomato seeds", "Flower pot", "Watering can", "Potting soil", "Twine", "Trowel"],
    "Kitchen": ["Whisk", "Ladle", "Rolling pin", "Chopping board", "Apron", "Oven glove"],
    "Bath": ["Soap", "Sponge", "Bath salt", "Towel", "Comb", "Hand cream"],
    "Wool": ["Sock wool", "Needles", "Stitch marker", "Darning egg", "Scarf", "Mittens"],
    "Paper": ["Notebook", "Pencil", "Ink", "Envelope", "Postcard", "Blotting paper"],
}
N_SHOPPERS = 140
SHOPPER = "ada"


def tiny_engine(
    folder: Path, repeats: Literal["include", "exclude"] = "exclude", *, photos: bool = False
) -> Engine:
    """Build, fit, save and open the shop again: the whole way that a real one goes.

    With `photos` every aisle looks its own way, but for the last product, which has no photo, and
    products are ranked by their looks and popularity alone.
    """
    shop = build_shop(_events(), _items(), _users(), currency="GBP", simulated=True)
    config = FitConfig(repeats=repeats)
    if photos:
        aisles = [f"Shop > {aisle}" for aisle in AISLES]
        kinds = [aisles.index(one) for one in shop.catalogue.table["category"].to_pylist()]
        shop = replace(shop, photos=drawn_photos([*kinds[:-1], -1]))
        config = FitConfig(repeats=repeats, channels=("image", "popularity"))
    ranker, _ = fit_ranker(shop, config)
    save_shop(FittedShop(ranker, config), folder)
    return Engine(load_shop(folder))


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve on a free port of this machine; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                assert time.monotonic() < deadline, "the server did not start in time"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


def _items() -> pa.Table:
    rows = [(aisle, title) for aisle, titles in AISLES.items() for title in titles]
    return pa.table(
        {
            "item_id": [_item_id(title) for _, title in rows],
            "title": [title for _, title in rows],
            "category": [f"Shop > {aisle}" for aisle, _ in rows],
            "brand": ["Own" if place % 2 else "Guest" for place in range(len(rows))],
            "price_minor": pa.array(
                [None if place == 5 else 120 + 35 * place for place in range(len(rows))], pa.int64()
            ),
        }
    )


def _users() -> pa.Table:
    ids = [_user_id(num) for num in range(N_SHOPPERS)]
    return pa.table(
        {"user_id": ids, "age": [("19-34", "35-54", "55+")[num % 3] for num in range(N_SHOPPERS)]}
    )


def _events() -> pa.Table:
    """Everybody walks through the first aisle of theirs in order, and then often the next one."""
    rng = np.random.default_rng(7)
    aisles = list(AISLES.values())
    start = datetime(2026, 1, 5, 9, tzinfo=UTC)
    rows = []
    for num in range(N_SHOPPERS):
        moment = start + timedelta(hours=float(rng.uniform(0, 24 * 20)))
        first = num % len(aisles)
        for visit in range(int(rng.integers(5, 9))):
            aisle = aisles[(first + visit // 4) % len(aisles)]
            also = aisle[(visit % 4 + int(rng.integers(0, 3))) % 6]
            rows.extend(
                (_user_id(num), _item_id(title), moment, f"{num}-{visit}")
                for title in dict.fromkeys((aisle[visit % 4], also))
            )
            moment += timedelta(days=float(rng.uniform(5, 14)))
    users, items, moments, orders = zip(*rows, strict=True)
    return pa.table(
        {
            "user_id": users,
            "item_id": items,
            "event": ["purchase"] * len(rows),
            "timestamp": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "order_id": orders,
        }
    )


def _item_id(title: str) -> str:
    return title.lower().replace(" ", "-")


def _user_id(num: int) -> str:
    return SHOPPER if num == 0 else f"shopper-{num:03}"
