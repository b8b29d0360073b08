"""Tables and queries of real databases, read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import duckdb
import pytest

from youli.data.prepare import prepare_shop
from youli.data.sources import ROW, open_source
from youli.data.sources.database import without_password
from youli.data.workbench import Workbench
from youli.errors import SourceError

POSTGRES = "postgresql://root@127.0.0.1:5432/test"
ORDERS = [("u1", "mug", "2024-03-01 10:00:00", 5.0), ("u2", "cup", "2024-03-02 10:00:00", 3.5)]


def read(spec):
    with Workbench() as bench:
        return bench.rows(open_source(spec, bench).table.order_by(ROW))


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "shop.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE orders (user_id TEXT, item_id TEXT, at TEXT, price REAL)")
    database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", ORDERS)
    database.commit()
    database.close()
    return path


def test_a_shop_from_sqlite(sqlite):
    shop = prepare_shop([f"sqlite:///{sqlite}#orders"], column_map={"timestamp": "at"})
    assert shop.events["item_id"].to_pylist() == ["mug", "cup"]
    assert shop.events["price_minor"].to_pylist() == [500, 350]


def test_a_query(sqlite):
    rows = read(
        f"sqlite:///{sqlite}#SELECT user_id, price * 2 AS double FROM orders WHERE price > 4"
    )
    assert rows == [{"user_id": "u1", "double": "10.0", ROW: 1}]


@pytest.mark.parametrize(
    "target", ["missing", "orders; DROP TABLE orders", "select * from orders; drop table orders"]
)
def test_a_wrong_table_and_a_smuggled_statement(sqlite, target):
    with pytest.raises(SourceError) as caught:
        read(f"sqlite:///{sqlite}#{target}")
    assert caught.value.hint
    assert len(read(f"sqlite:///{sqlite}#orders")) == 2


def test_no_table_named_and_no_file(sqlite, tmp_path):
    with pytest.raises(SourceError, match="no table is named"):
        read(f"sqlite:///{sqlite}")
    with pytest.raises(SourceError, match="no such file"):
        read(f"sqlite:///{tmp_path}/nowhere.db#orders")
    assert not (tmp_path / "nowhere.db").exists()


def test_duckdb(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE orders AS SELECT 'u1' AS user_id, 7 AS item_id")
    assert read(f"duckdb:///{path}#orders") == [{"user_id": "u1", "item_id": "7", ROW: 1}]


def test_passwords_are_not_shown():
    address = "postgresql://root:s3cret@127.0.0.1:1/test#orders"
    assert "s3cret" not in without_password(address)
    with pytest.raises(SourceError) as caught:
        read(address)
    assert "s3cret" not in str(caught.value)


@pytest.fixture
def postgres() -> Iterator[str]:
    psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    try:
        server = psycopg.connect(POSTGRES, connect_timeout=2, autocommit=True)
    except psycopg.OperationalError:
        pytest.skip(f"no PostgreSQL server at {POSTGRES}")
    schema = "youli_data_test"
    with server:
        server.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        server.execute(f"CREATE SCHEMA {schema}")
        server.execute(
            f"CREATE TABLE {schema}.orders "
            "(user_id text, item_id text, at timestamptz, price numeric(10,2))"
        )
        for row in ORDERS:
            server.execute(f"INSERT INTO {schema}.orders VALUES (%s, %s, %s, %s)", row)
        yield schema
        server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.postgres
def test_a_shop_from_postgresql(postgres):
    shop = prepare_shop([f"{POSTGRES}#{postgres}.orders"], column_map={"timestamp": "at"})
    assert shop.events["item_id"].to_pylist() == ["mug", "cup"]
    assert shop.events["price_minor"].to_pylist() == [500, 350]


@pytest.mark.postgres
def test_postgresql_is_read_only_and_missing_tables_are_named(postgres):
    query = f"WITH gone AS (DELETE FROM {postgres}.orders RETURNING user_id) SELECT * FROM gone"
    with pytest.raises(SourceError, match=r"read-only|data-modifying"):
        read(f"{POSTGRES}#{query}")
    assert len(read(f"{POSTGRES}#{postgres}.orders")) == 2
    with pytest.raises(SourceError) as caught:
        read(f"{POSTGRES}#{postgres}.nothing")
    assert "nothing" in str(caught.value)
