"""Tiny shops, hand-written or drawn with a seed, one for each shape that a shop's data can have.

Whoever plugs in a channel can run it on all of `SHOPS`; what a channel needs and a shop lacks is
said by `youli.rank.fit.capabilities`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from youli.data.photos import GRID, Photos
from youli.data.shop import Shop, build_shop

__all__ = ["SHOPS", "START", "drawn_photos", "event_shop", "order_shop", "walk_shop"]

#: The first day of every timed shop here.
START = datetime(2025, 1, 1, tzinfo=UTC)

Columns = Mapping[str, Sequence[Any]]


def walk_shop(sequences: Mapping[str, str], items: Columns | None = None) -> Shop:
    """Shopper → products in order, one letter a product; no clock and no orders."""
    rows = [(user, item, at) for user, line in sequences.items() for at, item in enumerate(line)]
    users, products, position = zip(*rows, strict=True)
    stamps = pa.array(position, pa.int64()).cast(pa.timestamp("s", tz="UTC"))
    events = pa.table({"user_id": users, "item_id": products, "timestamp": stamps})
    return build_shop(events, _table(items), timed=False)


def order_shop(
    orders: Mapping[str, Sequence[tuple[float, str]]],
    items: Columns | None = None,
    users: Columns | None = None,
    *,
    timed: bool = True,
) -> Shop:
    """Shopper → orders: the day, then the products of the order, separated by blanks."""
    rows = [
        (user, item, START + timedelta(days=day), "purchase", f"{user} {place}")
        for user, many in orders.items()
        for place, (day, products) in enumerate(many)
        for item in products.split()
    ]
    return _built(rows, items, users, timed)


def event_shop(
    events: Mapping[str, Sequence[tuple[float, str, str]]],
    items: Columns | None = None,
    users: Columns | None = None,
) -> Shop:
    """Shopper → single events: the day, the product, the event's name."""
    rows = [
        (user, item, START + timedelta(days=day), event, None)
        for user, many in events.items()
        for day, item, event in many
    ]
    return _built(rows, items, users, True)


def _built(rows: list[Any], items: Columns | None, users: Columns | None, timed: bool) -> Shop:
    user, item, moment, event, order = zip(*rows, strict=True)
    table = pa.table(
        {
            "user_id": pa.array(user, pa.string()),
            "item_id": pa.array(item, pa.string()),
            "event": pa.array(event, pa.string()),
            "timestamp": pa.array(moment, pa.timestamp("us", tz="UTC")),
            "order_id": pa.array(order, pa.string()),
        }
    )
    return build_shop(table, _table(items), _table(users), currency="GBP", timed=timed)


def drawn_photos(kinds: Sequence[int], seed: int = 0) -> Photos:
    """Photos of coloured squares with features to fit, without a network.

    `kinds` is the kind of each product, -1 where it has no photo. Photos of one kind are alike, and
    the likeness lies where the square is drawn.
    """
    rng = np.random.default_rng(seed)
    has = np.asarray(kinds) >= 0
    mine = np.asarray(kinds)[has]
    cells = rng.integers(0, 3, (len(mine), GRID * GRID, 2 * (1 + max(kinds))))
    middle = (np.arange(GRID) + 0.5) * _PICTURE_PX / GRID
    for num, kind in enumerate(mine.tolist()):
        left, upper = _place(kind)
        inside = ((middle >= upper) & (middle < upper + _SQUARE_PX))[:, None] & (
            (middle >= left) & (middle < left + _SQUARE_PX)
        )
        cells[num, inside.ravel(), 2 * kind : 2 * kind + 2] += rng.integers(60, 120, 2)
    files = [_drawn(kind, num) for num, kind in enumerate(mine.tolist())]
    return Photos(
        photo_of=np.where(has, np.cumsum(has) - 1, -1).astype(np.int32),
        cells=cells.astype(np.int8),
        thumbnails=np.frombuffer(b"".join(files), dtype=np.uint8),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in files])]).astype(np.int64),
        encoder="drawn",
    )


#: Sides of a drawn picture and of the square on it.
_PICTURE_PX, _SQUARE_PX = 160, 70


def _place(kind: int) -> tuple[int, int]:
    """Left and upper edge of the square."""
    return 20 + 60 * (kind % 2), 20 + 60 * (kind // 2 % 2)


def _drawn(kind: int, num: int) -> bytes:
    """A bright square on grey, its place by the kind and its colour by the product."""
    picture = Image.new("RGB", (_PICTURE_PX, _PICTURE_PX), (225, 225, 225))
    colour = (40 + 37 * num % 200, 40 + 91 * num % 200, 40 + 53 * num % 200)
    left, upper = _place(kind)
    picture.paste(colour, (left, upper, left + _SQUARE_PX, upper + _SQUARE_PX))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def _table(columns: Columns | None) -> pa.Table | None:
    return None if columns is None else pa.table(dict(columns))


def _grocery() -> Shop:
    """Orders with a clock, a catalogue with products that nobody bought, shoppers with a region."""
    rng = np.random.default_rng(1)
    orders = {
        f"u{user:02}": [
            (
                float(day),
                " ".join(f"p{item:02}" for item in rng.choice(12, rng.integers(1, 5), False)),
            )
            for day in np.sort(rng.uniform(0, 120, rng.integers(1, 7)))
        ]
        for user in range(24)
    }
    return order_shop(orders, _catalogue(15), _people(24))


def _browsing() -> Shop:
    """Single events of every kind with a clock, a catalogue and photos."""
    rng = np.random.default_rng(2)
    names = ("purchase", "view_item", "add_to_cart", "add_to_wishlist", "rate", "refund")
    events = {
        f"u{user:02}": [
            (float(day), f"p{rng.integers(12):02}", names[int(rng.integers(len(names)))])
            for day in np.sort(rng.uniform(0, 90, rng.integers(1, 12)))
        ]
        for user in range(24)
    }
    shop = event_shop(events, _catalogue(14), _people(24))
    kinds = [num % 4 for num in range(shop.interactions.n_items - 1)]
    return replace(shop, photos=drawn_photos([*kinds, -1]))


def _catalogue(n_items: int) -> Columns:
    """Every kind of column: a path of categories, a brand with gaps, tags, a price, a title."""
    return {
        "item_id": [f"p{num:02}" for num in range(n_items)],
        "title": [f"{('Red', 'Blue')[num % 2]} thing {num // 3}" for num in range(n_items)],
        "category": [f"a{num // 6} > b{num // 3}" for num in range(n_items)],
        "brand": [None if num % 5 == 4 else f"brand {num % 4}" for num in range(n_items)],
        "price_minor": pa.array(
            [None if num == 3 else 100 + 37 * num for num in range(n_items)], pa.int64()
        ),
        "tags": pa.array(
            [[f"t{num % 3}", f"t{num % 4 + 3}"][: num % 3] for num in range(n_items)],
            pa.list_(pa.string()),
        ),
    }


def _people(n_users: int) -> Columns:
    return {
        "user_id": [f"u{num:02}" for num in range(n_users)],
        "region": [None if num % 7 == 6 else ("north", "south")[num % 2] for num in range(n_users)],
        "size": [("1", "2", "3+")[num % 3] for num in range(n_users)],
    }


def _ring() -> Shop:
    """Shoppers who walk along a ring of products: neither clock nor orders nor attributes."""
    letters = "abcdefghij"
    return walk_shop(
        {
            f"u{user:02}": "".join(letters[(user + at) % 10] for at in range(2 + user % 5))
            for user in range(20)
        }
    )


def _gaps() -> Shop:
    """The grocery with events taken out anywhere, some shoppers' all; their steps stay."""
    shop = _grocery()
    keep = np.random.default_rng(3).random(len(shop.interactions)) < 0.6
    keep[shop.interactions.user_num < 2] = False
    return shop.select(keep)


def _holes() -> Shop:
    """The browsing shop likewise: steps without an event among single events."""
    shop = _browsing()
    return shop.select(np.random.default_rng(4).random(len(shop.interactions)) < 0.7)


def _one_product() -> Shop:
    """One product, bought again and again, and nothing known of it."""
    return event_shop(
        {f"u{n}": [(d * 7.0, "p", "purchase") for d in range(n)] for n in range(1, 5)}
    )


def _one_shopper() -> Shop:
    """One shopper and two orders."""
    return order_shop({"u": [(0, "a b c"), (9, "a d")]})


def _one_basket() -> Shop:
    """Nothing but one order each, so that nobody has a history before another choice."""
    return order_shop({f"u{n}": [(0, "a b" if n % 2 else "b c")] for n in range(6)}, timed=False)


#: Name → maker.
SHOPS: dict[str, Callable[[], Shop]] = {
    "grocery": _grocery,
    "browsing": _browsing,
    "ring": _ring,
    "gaps": _gaps,
    "holes": _holes,
    "one product": _one_product,
    "one shopper": _one_shopper,
    "one basket": _one_basket,
}
