"""A saved log and new files together: as if all files had been read at once."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from youli.data.config import DataConfig
from youli.data.prepare import KnownLog, PreparedShop, prepare_shop
from youli.data.schema import LOG_SAYS, TIME_IS_ORDER
from youli.errors import SchemaError

HEADER = "user_id,item_id,event,timestamp,quantity,price,order_id"
OLD = [
    "u1,mug-01,purchase,2024-03-01 10:00:00,2,5.00,o1",
    "u1,cup-02,purchase,2024-03-01 10:00:00,1,3.00,o1",
    "u2,mug-01,purchase,2024-03-03 11:00:00,1,5.00,o3",
]
NEW = [
    "u2,mug-01,purchase,2024-03-03 11:00:00,1,5.00,o3",  # known already
    "u0,pot-03,purchase,2024-03-05 09:00:00,1,9.00,o4",  # new shopper and product
    "u2,cup-02,purchase,2024-03-06 11:00:00,1,3.00,o5",
]
SETTINGS = DataConfig(currency="GBP", now="2024-06-01T00:00:00Z")


def written(path: Path, rows: list[str], header: str = HEADER) -> str:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


def saved(shop: PreparedShop, folder: Path) -> KnownLog:
    """As an artifact keeps it."""
    events = shop.events
    if shop.time_is_order:
        events = events.replace_schema_metadata({LOG_SAYS: TIME_IS_ORDER})
    for name, table in (("log", events), ("items", shop.items), ("users", shop.users)):
        pq.write_table(table, folder / f"{name}.parquet")
    return KnownLog(*(str(folder / f"{name}.parquet") for name in ("log", "items", "users")))


def lines(table: pa.Table) -> list[dict[str, object]]:
    return table.to_pylist()


def test_known_and_new_are_what_all_at_once_would_be(tmp_path):
    before = prepare_shop([written(tmp_path / "old.csv", OLD)], config=SETTINGS)
    new = written(tmp_path / "new.csv", NEW)
    found = prepare_shop([new], config=SETTINGS, known=saved(before, tmp_path))
    every = prepare_shop([str(tmp_path / "old.csv"), new], config=SETTINGS)
    assert lines(found.events) == lines(every.events)
    assert len(found.events) == 5, "the known row counts once"
    assert lines(found.items) == lines(every.items)
    assert found.data_hash == every.data_hash


def test_a_return_finds_a_purchase_of_the_known_log(tmp_path):
    before = prepare_shop([written(tmp_path / "old.csv", OLD)], config=SETTINGS)
    back = "u2,mug-01,refund,2024-03-09 10:00:00,1,5.00,o3"
    new = written(tmp_path / "new.csv", [*NEW, back])
    found = prepare_shop([new], config=SETTINGS, known=saved(before, tmp_path))
    kept = {(row["user_id"], row["item_id"]) for row in lines(found.events)}
    assert ("u2", "mug-01") not in kept
    assert ("u1", "mug-01") in kept


def test_maps_are_for_the_new_files(tmp_path):
    """The map takes the shop's own `item_id` for an order: that must not touch the known log."""
    before = prepare_shop([written(tmp_path / "old.csv", OLD)], config=SETTINGS)
    header = "user_id,sku,event,timestamp,quantity,price,item_id"
    new = written(tmp_path / "new.csv", NEW, header)
    maps = {"item_id": "sku", "order_id": "item_id"}
    found = prepare_shop([new], column_map=maps, config=SETTINGS, known=saved(before, tmp_path))
    assert {row["item_id"] for row in lines(found.events)} == {"mug-01", "cup-02", "pot-03"}


def sequences(folder: Path, *rows: str) -> str:
    folder.mkdir()
    (folder / "sequences.txt").write_text("\n".join(rows) + "\n")
    return str(folder)


def test_sequences_go_on_where_they_ended(tmp_path):
    before = prepare_shop([sequences(tmp_path / "old", "u1 a b c", "u2 b c")])
    new = sequences(tmp_path / "new", "u1 d a", "u3 a d")
    found = prepare_shop([new], known=saved(before, tmp_path))
    assert found.time_is_order
    every = prepare_shop([sequences(tmp_path / "all", "u1 a b c d a", "u2 b c", "u3 a d")])
    assert lines(found.events) == lines(every.events)


def test_dates_and_positions_do_not_mix(tmp_path):
    before = prepare_shop([sequences(tmp_path / "old", "u1 a b c", "u2 b c")])
    new = written(tmp_path / "new.csv", NEW)
    with pytest.raises(SchemaError, match="its times are dates"):
        prepare_shop([new], known=saved(before, tmp_path))
