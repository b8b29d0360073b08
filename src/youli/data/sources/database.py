"""A database table or query, read only, through Ibis: `postgresql://host/db#orders`.

The part after `#` is a table (`orders`, `shop.orders`) or a query (`select …`). A table's name is
quoted by Ibis, so no name can smuggle in a statement; a query runs in a session that cannot write.
Rows travel in batches, so that a large table needs little memory here.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.common.exceptions import IbisError, TableNotFound

from youli.data.sources.base import ROW, Opened, Role, SourceInfo, existing_file, register
from youli.data.workbench import Table, Workbench
from youli.errors import SourceError

__all__ = ["DatabaseSource", "without_password"]

_SCHEMES = ("sqlite", "duckdb", "postgres", "postgresql")
_QUERY = re.compile(r"^\s*(select|with)\b", re.IGNORECASE)
_BATCH_ROWS = 50_000
#: What makes a session of each engine unable to write.
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
}


@register
class DatabaseSource:
    """A table or query of SQLite, DuckDB or PostgreSQL."""

    name: ClassVar[str] = "database"
    doc: ClassVar[str] = (
        "A database table or query: sqlite:///shop.db#orders, postgresql://…#shop.orders."
    )
    order: ClassVar[int] = 10

    def accepts(self, spec: str) -> bool:
        """By scheme."""
        return spec.partition("://")[0].lower() in _SCHEMES and "://" in spec

    def roles(self, spec: str) -> frozenset[Role]:
        """One table: whatever it is asked for."""
        return frozenset({"events"})

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Copy the rows into the workbench, batch by batch."""
        address, _, target = spec.partition("#")
        where = without_password(spec)
        if not target.strip():
            raise SourceError(
                "no table is named",
                where=where,
                hint=f"add it behind a #, like {without_password(address)}#orders",
            )
        try:
            database = _connect(address)
            try:
                copied = _copy(database, _statement(database, target), bench)
            finally:
                database.disconnect()
        except (IbisError, TableNotFound, duckdb.Error, sqlite3.Error, *_driver_errors()) as error:
            raise SourceError(
                _first_line(error, address),
                where=where,
                hint="check the address, the table's name and your rights",
            ) from error
        return Opened(
            copied.mutate(**{ROW: ibis.row_number() + 1}), SourceInfo(where, self.name, role)
        )


def without_password(spec: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(spec)
    if parts.password is None:
        return spec
    shown = parts.netloc.replace(f":{parts.password}@", ":•••@")
    return urlunsplit(parts._replace(netloc=shown))


def _connect(address: str) -> Any:
    scheme = address.partition("://")[0].lower()
    if scheme in ("sqlite", "duckdb"):
        path = address.partition("://")[2]
        # sqlite:///relative.db and sqlite:////absolute.db, as SQLAlchemy writes them.
        path = path.removeprefix("/") if path.startswith("/") else path
        if not Path(path).exists() and Path("/" + path).exists():
            path = "/" + path
        existing_file(path)
        if scheme == "duckdb":
            return ibis.duckdb.connect(path, read_only=True)
        database: Any = ibis.sqlite.connect(path)
    else:
        scheme = "postgresql" if scheme == "postgres" else scheme
        database = ibis.connect(address)
    database.raw_sql(_READ_ONLY[scheme]).close()
    return database


def _statement(database: Any, target: str) -> str:
    """The query as given, or a SELECT of a table whose name Ibis has looked up and quoted."""
    if _QUERY.match(target):
        return target
    schema, _, name = target.strip().rpartition(".")
    return str(database.compile(database.table(name, database=schema or None)))


def _copy(database: Any, statement: str, bench: Workbench) -> Table:
    """Copy the rows as text, exactly as the database says them, batch by batch.

    The rows come from the driver's cursor: Ibis 12 reads SQLite by way of pandas as a whole, and
    its stream from DuckDB does not know DuckDB 2.
    """
    path = bench.folder / f"{bench.new_name('database')}.parquet"
    with closing(_run(database, statement)) as cursor:
        schema = pa.schema([(column[0], pa.string()) for column in cursor.description])
        with pq.ParquetWriter(path, schema, compression="lz4") as file:
            for batch in _batches(cursor, schema):
                file.write_batch(batch)
    return bench.connection.read_parquet(str(path))


def _run(database: Any, statement: str) -> Any:
    if database.name == "duckdb":
        return database.con.cursor().execute(statement)
    if database.name == "sqlite":
        return database.con.execute(statement)
    # A named cursor stays on the server; a plain one would bring every row at once.
    cursor = database.con.cursor(name="youli", withhold=True)
    try:
        cursor.execute(statement)
    except _driver_errors():
        cursor.close()
        raise
    return cursor


def _batches(cursor: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while rows := cursor.fetchmany(_BATCH_ROWS):
        columns = [pa.array(map(_text, column), pa.string()) for column in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)


def _driver_errors() -> tuple[type[Exception], ...]:
    if find_spec("psycopg") is None:
        return ()
    import psycopg

    return (psycopg.Error,)


def _first_line(error: Exception, address: str) -> str:
    password = urlsplit(address).password
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return text.replace(password, "•••") if password else text
