"""Learn a served shop again from its log and what the service has stored since: beside, then swap.

Design choices:

- The new shop is written and read back beside the old one, tried on shoppers, and only then put in
  its place. The one before is kept as ``SHOP.last``; a running server takes the new one up by
  itself. Where anything fails, what is served is served on.
- The artifact says up to which number of arrival it has the stored events, so no event counts twice
  and none is left out, whatever arrives meanwhile.
- Whoever was erased is left out of the log for good.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from youli.artifact import LOG, FittedShop, load_shop, save_shop
from youli.data.config import DataConfig
from youli.data.prepare import EVENT_SCHEMA, KnownLog, PreparedShop, prepare_shop
from youli.data.shop import COLUMN_TYPES, Catalogue
from youli.engine import Engine
from youli.errors import ArtifactError
from youli.learn import learn
from youli.storage.base import Storage
from youli.storage.records import ItemRecord, StoredEvent, now_us
from youli.types import Progress, no_progress
from youli.update import update

__all__ = ["Refitted", "refit"]

#: Stored events are read in parts of so many.
_PART = 10_000
#: Shoppers whose lists the new shop must make before it may be served.
_N_TRIED = 30
#: Largest difference between a list's score and the sum of its entries.
_TOLERANCE = 1e-6
_ID = {"item_id": pa.string()}


@dataclass(frozen=True)
class Refitted:
    """What a refit did."""

    fitted: FittedShop
    #: Stored events that the new shop has and the old one had not.
    n_events: int
    #: Products that the service was told of, changed or new.
    n_items: int
    #: Shoppers who were erased and left out of the log.
    n_erased: int
    #: Where the shop before lies.
    last: Path


def refit(
    path: Path, storage: Storage, *, full: bool = False, progress: Progress = no_progress
) -> Refitted | None:
    """Learn again and swap; None where nothing new was stored.

    Counted again with the weights that the shop has, as `youli update` does; `full` learns the
    weights anew, too. Raises `ArtifactError` for a shop without its log, or a new one that does not
    stand the trial, and as `prepare_shop`, `learn` and `save_shop`; the shop at `path` then stays.
    """
    fitted = load_shop(path)
    log = _log_of(fitted)
    before = fitted.prepared.get("stored") or {}
    same = before.get("storage_id") == storage.storage_id
    since, learned_us = (int(before["until"]), int(before["at_us"])) if same else (0, 0)
    started, until = now_us(), storage.events.watermark()
    events = _stored_events(storage, since, until, fitted.shop.currency)
    items = [one for one in storage.items.all() if one.updated_us >= learned_us]
    erased = {one for one, at in storage.erasure.all().items() if at >= learned_us}
    if not len(events) and not items and not erased:
        return None
    with tempfile.TemporaryDirectory(prefix="youli-refit-") as folder:
        known, n_erased = _known(fitted, log, items, erased, storage, Path(folder))
        prepared = _prepared(fitted, known, events, Path(folder), progress)
        after = _learned(fitted, prepared, full=full, progress=progress)
    stored = {"storage_id": storage.storage_id, "until": until, "at_us": started}
    after = replace(after, prepared={**after.prepared, "stored": stored})
    with _beside(path) as staging:
        save_shop(after, staging)
        saved = load_shop(staging)
        _try(Engine(saved))
        last = _swap(staging, path)
    return Refitted(saved, len(events), len(items), n_erased, last)


def _log_of(fitted: FittedShop) -> Path:
    if not isinstance(fitted.log, Path):
        raise ArtifactError(
            "this shop was saved without its log, so it cannot be learned again",
            hint="fit it once more with `youli fit`; from then on it keeps its log",
        )
    return fitted.log


def _stored_events(storage: Storage, since: int, until: int, currency: str) -> pa.Table:
    """The stored events behind `since`, up to `until`, in the log's own columns."""
    parts: list[pa.Table] = []
    while part := storage.events.after(since, _PART, until):
        parts.append(_table(part, currency))
        since = part[-1].seq
    return pa.concat_tables(parts) if parts else EVENT_SCHEMA.empty_table()


def _table(events: Sequence[StoredEvent], currency: str) -> pa.Table:
    rows = [
        {
            "user_id": one.user_id,
            "item_id": one.item_id,
            "event": one.event,
            "timestamp": one.timestamp_us,
            "value": one.value,
            "quantity": one.quantity,
            "price_minor": one.price_minor,
            "currency": (one.currency or currency) if one.price_minor is not None else None,
            "order_id": one.order_id,
            "session_id": one.session_id,
        }
        for one in events
    ]
    plain = pa.schema(
        [f.with_type(pa.int64()) if f.name == "timestamp" else f for f in EVENT_SCHEMA]
    )
    return pa.Table.from_pylist(rows, plain).cast(EVENT_SCHEMA)


def _known(
    fitted: FittedShop,
    log: Path,
    items: Sequence[ItemRecord],
    erased: set[str],
    storage: Storage,
    folder: Path,
) -> tuple[KnownLog, int]:
    """The shop's log without the erased, its products and shoppers as they are now said to be."""
    events = pq.read_table(log)
    users = pq.read_table(log.parent / "users.parquet")
    gone = [
        one
        for one in {*pc.unique(events["user_id"]).to_pylist(), *users["user_id"].to_pylist()}
        if erased and storage.erasure.id_hash(one) in erased
    ]
    keep_out = pa.array(gone, pa.string())
    events = events.filter(pc.invert(pc.is_in(events["user_id"], keep_out)))
    users = users.filter(pc.invert(pc.is_in(users["user_id"], keep_out)))
    pq.write_table(events, folder / LOG)
    pq.write_table(_items_now(fitted, items), folder / "items.parquet")
    pq.write_table(_users_now(users, storage), folder / "users.parquet")
    known = KnownLog(*(str(folder / name) for name in (LOG, "items.parquet", "users.parquet")))
    return known, len(gone)


def _items_now(fitted: FittedShop, items: Sequence[ItemRecord]) -> pa.Table:
    """The catalogue with what was stored of products laid over it, and the new ones behind."""
    ids = fitted.shop.interactions.items
    new = [one.item_id for one in items if ids.num(one.item_id) is None and not one.is_deleted]
    table = fitted.shop.catalogue.table
    if new:
        rows = pa.table({"item_id": pa.array(new, pa.string())})
        table = pa.concat_tables([table, rows], promote_options="default")
    row_of = {one: row for row, one in enumerate(table["item_id"].to_pylist())}
    columns: dict[str, dict[int, Any]] = {}
    attributes: dict[str, dict[int, str]] = {}
    for one in items:
        row = row_of.get(one.item_id)
        if row is None:
            continue
        for name, value in one.document.items():
            if name in COLUMN_TYPES:
                columns.setdefault(name, {})[row] = value
        for name, value in one.document.get("attributes", {}).items():
            attributes.setdefault(name, {})[row] = value
        if one.is_deleted:
            columns.setdefault("in_stock", {})[row] = False
    if "price_minor" in columns:
        priced = columns["price_minor"]
        columns["currency"] = dict.fromkeys(priced, fitted.shop.currency)
    table = Catalogue(table).with_columns(columns)
    for name, values in attributes.items():
        if name not in COLUMN_TYPES and name not in _ID:
            table = _with_texts(table, name, values)
    return table


def _users_now(users: pa.Table, storage: Storage) -> pa.Table:
    """The shoppers' table with what the shop has said of them since."""
    said: dict[str, dict[str, str]] = {}
    cursor = ""
    while page := storage.shoppers.page(cursor, 1_000):
        for user_id in page:
            attributes = storage.shoppers.load(user_id, most_events=0).attributes
            if attributes is not None:
                said[user_id] = dict(attributes)
        cursor = page[-1]
    known = set(users["user_id"].to_pylist())
    if new := [one for one in said if one not in known]:
        rows = pa.table({"user_id": pa.array(new, pa.string())})
        users = pa.concat_tables([users, rows], promote_options="default")
    row_of = {one: row for row, one in enumerate(users["user_id"].to_pylist())}
    for name in sorted({name for attributes in said.values() for name in attributes}):
        if name != "user_id":
            values = {row_of[u]: had[name] for u, had in said.items() if name in had}
            users = _with_texts(users, name, values)
    return users


def _with_texts(table: pa.Table, name: str, values: dict[int, str]) -> pa.Table:
    """The table with other texts in some rows of a column, which may be new."""
    old = table[name].to_pylist() if name in table.column_names else [None] * len(table)
    lists = name in table.column_names and pa.types.is_list(table[name].type)
    for row, value in values.items():
        old[row] = [value] if lists else value
    kind = pa.list_(pa.string()) if lists else pa.string()
    texts = old if lists else [None if one is None else str(one) for one in old]
    column = pa.array(texts, kind)
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)


def _prepared(
    fitted: FittedShop, known: KnownLog, events: pa.Table, folder: Path, progress: Progress
) -> PreparedShop:
    """Log and stored events, checked and cleaned together."""
    given = {**fitted.prepared.get("config", {}), "sample_shoppers": None}
    config = DataConfig.model_validate(given)
    simulated = fitted.shop.simulated
    if not len(events):
        return prepare_shop(
            [known.events], [known.items], [known.users],
            config=config, progress=progress, simulated=simulated,
        )  # fmt: skip
    file = folder / "stored.parquet"
    pq.write_table(events, file)
    return prepare_shop(
        [str(file)], config=config, progress=progress, simulated=simulated, known=known
    )


def _learned(
    fitted: FittedShop, prepared: PreparedShop, *, full: bool, progress: Progress
) -> FittedShop:
    allow = fitted.prepared.get("allow", ())
    config = DataConfig.model_validate(fitted.prepared.get("config", {}))
    if not full:
        return update(fitted, prepared, allow=allow, config=config, progress=progress)
    if fitted.shop.photos is not None:
        raise ArtifactError(
            "the photos of this shop are not kept, so its weights cannot be learned anew from it",
            hint="leave out --full, or fit it with `youli fit --photos`",
        )
    models = {name: _settings(model) for name, model in fitted.models.items()}
    learned, _ = learn(
        prepared, fitted.config, allow=allow, models=models, data_config=config, progress=progress
    )
    return learned


def _settings(model: Any) -> Any:
    """A saved model's own settings."""
    return model.config


def _try(engine: Engine) -> None:
    """Make lists for shoppers, busy and quiet; raise `ArtifactError` where one is not right."""
    users = engine.shop.interactions.users.ids
    if not users:
        raise _unfit("it has no shoppers")
    drawn = np.linspace(0, len(users) - 1, min(_N_TRIED, len(users))).astype(int)
    for user_id in ("", *(users[num] for num in drawn)):
        found = engine.recommend(engine.state(user_id))
        if not found and not user_id:
            raise _unfit("it lists nothing")
        scores = engine.ranker.score_items(
            engine.state(user_id), np.array([one.item_num for one in found], dtype=np.int32)
        )
        for one, score in zip(found, scores, strict=True):
            after = [e.amount for e in one.ledger.entries if e.channel == "diversity"]
            off = abs(one.ledger.score - math.fsum(after) - float(score))
            if not math.isfinite(one.ledger.score) or off > _TOLERANCE * max(1.0, abs(score)):
                raise _unfit("the entries of a list do not add up to its scores")


def _unfit(what: str) -> ArtifactError:
    return ArtifactError(
        f"the new shop did not stand the trial: {what}; the old one is served on",
        hint="look at what was stored since the last refit: youli data check",
    )


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A place for a folder beside another, on the same disk."""
    room = Path(tempfile.mkdtemp(prefix=f".{path.name}.refit.", dir=path.resolve().parent))
    try:
        yield room / path.name
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _swap(staging: Path, path: Path) -> Path:
    """Put the new folder in place and keep the old one as the last good one."""
    last = path.with_name(f"{path.name}.last")
    older = staging.parent / "older"
    if last.exists():
        os.replace(last, older)
    os.replace(path, last)
    try:
        os.replace(staging, path)
    except BaseException:
        os.replace(last, path)
        raise
    return last
