"""A known-cause shop as canonical tables, as files, as pictures, and as a shop to learn from."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image, ImageDraw
from pyarrow import csv as pa_csv

from youli.data.photos import GRID, Photos
from youli.data.shop import Shop, build_shop
from youli.errors import StorageError
from youli.testing.known_cause.config import CAUSES, Cause
from youli.testing.known_cause.simulate import Purchases
from youli.testing.known_cause.world import N_PERIODS, PERIOD_DAYS

__all__ = [
    "events_table",
    "items_table",
    "known_cause_shop",
    "picture",
    "truth_table",
    "users_table",
    "write_known_cause",
]

_START = datetime(2024, 1, 1, tzinfo=UTC)
_PICTURE_PX = 32
_DAY_S = 86_400


def events_table(made: Purchases) -> pa.Table:
    """Every purchase as a canonical event."""
    return pa.table(
        {
            "user_id": _ids("s", made.user_num, made.config.n_shoppers),
            "item_id": _ids("p", made.item_num, made.config.n_products),
            "event": pa.repeat("purchase", len(made)),
            "timestamp": _stamps(made),
            "price_minor": made.world.price_minor[made.item_num],
        }
    )


def items_table(made: Purchases) -> pa.Table:
    """What a shop would know of its products; the hidden clusters are in no table."""
    world = made.world
    return pa.table(
        {
            "item_id": _ids("p", np.arange(made.config.n_products), made.config.n_products),
            "title": pa.array(world.titles),
            "category": [f"category {one}" for one in world.category.tolist()],
            "brand": [f"brand {one}" for one in world.brand.tolist()],
            "style": [f"style {one}" for one in world.style.tolist()],
            "price_minor": world.price_minor,
        }
    )


def users_table(made: Purchases) -> pa.Table:
    """What a shop would know of its shoppers."""
    n = made.config.n_shoppers
    return pa.table(
        {
            "user_id": _ids("s", np.arange(n), n),
            "looks_at_prices": ["yes" if one else "no" for one in made.sensitive.tolist()],
        }
    )


def truth_table(made: Purchases) -> pa.Table:
    """Why each purchase was made, row for row as `events_table`.

    ``cause_position`` and ``cause_item_id`` name the past purchase that caused it, null where none
    did; ``supporting_positions`` all that could have, a list; ``attribute`` and ``value`` what of
    the product spoke, null for taste, which no attribute shows, and for chance.
    """
    caused = made.event >= 0
    start = made.indptr[made.user_num]
    source = np.where(caused, made.item_num[np.where(caused, start + made.event, 0)], 0)
    names, values = _attributes(made)
    counts, flat = _supporting(made)
    return pa.table(
        {
            "user_id": _ids("s", made.user_num, made.config.n_shoppers),
            "item_id": _ids("p", made.item_num, made.config.n_products),
            "timestamp": _stamps(made),
            "position": made.position,
            "cause": pa.array([one.value for one in CAUSES]).take(pa.array(made.cause)),
            "cause_position": pa.array(made.event, mask=~caused),
            "cause_item_id": pa.array(
                _ids("p", source, made.config.n_products).to_pylist(), mask=~caused
            ),
            "supporting_positions": pa.ListArray.from_arrays(
                np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), pa.array(flat)
            ),
            "attribute": names,
            "value": values,
            "anyway": made.anyway,
            "noise": made.is_noise,
        }
    )


def known_cause_shop(made: Purchases, *, photos: bool = False) -> Shop:
    """The shop to learn from: row r of its events is row r of `made`; `item_num` is the same."""
    shop = build_shop(
        events_table(made), items_table(made), users_table(made), currency="EUR", simulated=True,
        data_hash=_hash(made),
    )  # fmt: skip
    if not photos:
        return shop
    return replace(shop, photos=_photos(made))


def write_known_cause(made: Purchases, folder: Path, *, photos: bool = False) -> list[Path]:
    """Write `events.csv`, `items.csv`, `users.csv`, `truth.csv` and `about.json`.

    With `photos`, also a picture of 32 × 32 points of each product, which `items.csv` names.
    Raises `StorageError` where the disk refuses.
    """
    items, truth = items_table(made), truth_table(made)
    places = pa.array(
        [" ".join(map(str, one)) for one in truth["supporting_positions"].to_pylist()]
    )
    at = truth.column_names.index("supporting_positions")
    truth = truth.set_column(at, "supporting_positions", places)
    if photos:
        names = [f"photos/{one}.png" for one in items["item_id"].to_pylist()]
        items = items.append_column("image_url", pa.array(names))
    tables = {"events": events_table(made), "items": items, "users": users_table(made)}
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in {**tables, "truth": truth}.items():
            written.append(folder / f"{name}.csv")
            pa_csv.write_csv(table, written[-1])
        written.append(folder / "about.json")
        settings = {"simulated": True, "config": made.config.model_dump(mode="json")}
        written[-1].write_text(json.dumps(settings, indent=1), "utf-8")
        if photos:
            (folder / "photos").mkdir(exist_ok=True)
            for num, name in enumerate(names):
                picture(made, num).save(folder / name)
    except OSError as error:
        raise StorageError(
            f"the simulated shop could not be written ({error.strerror})",
            where=str(folder),
            hint="make room, or name another folder with --out",
        ) from error
    return written


def picture(made: Purchases, item_num: int) -> Image.Image:
    """A product as 32 × 32 points: its look decides colours, place and size of two shapes."""
    look = (127.5 + 127.5 * made.world.look[item_num]).astype(int).tolist()
    image = Image.new("RGB", (_PICTURE_PX, _PICTURE_PX), tuple(look[:3]))
    pen = ImageDraw.Draw(image)
    left, upper, size = look[9] % 16, look[10] % 16, 8 + look[11] % 8
    pen.rectangle((left, upper, left + size, upper + size), fill=tuple(look[3:6]))
    pen.ellipse((28 - size - left // 2, 28 - size, 30 - left // 2, 30), fill=tuple(look[6:9]))
    return image


def _photos(made: Purchases) -> Photos:
    """Looks as features of photos, without a network: the likeness is that of the simulation."""
    look = np.round(made.world.look * 100.0).astype(np.int8)
    n = len(look)
    cells = np.zeros((n, GRID * GRID, look.shape[1]), dtype=np.int8)
    cells[:, [16, 17, 18, 23, 24, 25, 30, 31, 32]] = look[:, None, :]  # the middle of the photo
    files = []
    for num in range(n):
        out = io.BytesIO()
        picture(made, num).resize((96, 96), Image.Resampling.NEAREST).save(out, "JPEG")
        files.append(out.getvalue())
    return Photos(
        photo_of=np.arange(n, dtype=np.int32),
        cells=cells,
        thumbnails=np.frombuffer(b"".join(files), dtype=np.uint8),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in files])]).astype(np.int64),
        encoder="known-cause",
    )


def _ids(letter: str, nums: np.ndarray, n: int) -> pa.Array:
    """Ids whose order is that of the numbers."""
    width = len(str(n))
    names = pa.array([f"{letter}{num:0{width}}" for num in range(n)])
    return names.take(pa.array(nums))


def _stamps(made: Purchases) -> pa.Array:
    seconds = int(_START.timestamp()) + np.round(made.day * _DAY_S).astype(np.int64)
    return pa.array(seconds * 1_000_000).cast(pa.timestamp("us", tz="UTC"))


def _attributes(made: Purchases) -> tuple[pa.Array, pa.Array]:
    """What of the product spoke, by cause: names and values."""
    world, item = made.world, made.item_num
    words = [title.lower() for title in world.titles]
    told: dict[Cause, tuple[str, Callable[[int], str]]] = {
        Cause.COMPLEMENT: ("category", lambda row: f"category {world.category[item[row]]}"),
        Cause.REPLENISH: ("product", lambda row: words[item[row]]),
        Cause.BRAND: ("brand", lambda row: f"brand {world.brand[item[row]]}"),
        Cause.LOOK: ("style", lambda row: f"style {world.style[item[row]]}"),
        Cause.TEXT: ("title", lambda row: words[item[row]]),
        Cause.PRICE: ("price_minor", lambda row: str(world.price_minor[item[row]])),
        Cause.TREND: ("fashion", lambda row: f"period {_period(float(made.day[row]))}"),
    }
    names: list[str | None] = []
    values: list[str | None] = []
    for row, code in enumerate(made.cause.tolist()):
        known = told.get(CAUSES[code])
        names.append(None if known is None else known[0])
        values.append(None if known is None else known[1](row))
    return pa.array(names, pa.string()), pa.array(values, pa.string())


def _period(day: float) -> int:
    return int(day // PERIOD_DAYS) % N_PERIODS


def _supporting(made: Purchases) -> tuple[np.ndarray, np.ndarray]:
    """How many past purchases support each purchase, and their positions one after another."""
    bits = (made.supports[:, None] >> np.arange(made.config.max_purchases)) & 1
    return bits.sum(axis=1), np.nonzero(bits)[1].astype(np.int32)


def _hash(made: Purchases) -> str:
    return hashlib.sha256(made.config.model_dump_json().encode()).hexdigest()
