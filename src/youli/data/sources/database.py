"""A database table or query, read only, through Ibis: `postgresql://host/db#orders`.

The part after `#` is a table (`orders`, `shop.orders`) or a query (`select …`). A table's name is
quoted by Ibis, so no name can smuggle in a statement; a query runs in a session that cannot write.
Rows travel in batches, so that a large table needs little memory here.
"""

from __future__ import annotations

import re
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import duckdb
import ibis
from ibis.common.exceptions import IbisError

from youli.data.sources.base import ROW, Opened, Role, SourceInfo, existing_file, register
from youli.data.workbench import Table, Workbench
from youli.errors import SourceError

__all__ = ["DatabaseSource", "without_password"]

_SCHEMES = ("sqlite", "duckdb", "postgres", "postgresql", "mysql")
_QUERY = re.compile(r"^\s*(select|with)\b", re.IGNORECASE)
_BATCH_ROWS = 100_000
#: What makes a session of each engine unable to write.
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
}


@register
class DatabaseSource:
    """A table or query of SQLite, DuckDB, PostgreSQL or MySQL."""

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
                table = _rows(database, target)
                copied = _copy(database, table, bench)
            finally:
                database.disconnect()
        except (IbisError, duckdb.Error, sqlite3.Error, *_driver_errors()) as error:
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


def _rows(database: Any, target: str) -> Table:
    if _QUERY.match(target):
        return database.sql(target)
    schema, _, name = target.strip().rpartition(".")
    return database.table(name, database=schema or None)


def _copy(database: Any, table: Table, bench: Workbench) -> Table:
    # Times and exact numbers travel as they are; only types the workbench lacks become text.
    safe = table.mutate(
        **{name: table[name].cast("string") for name, kind in table.schema().items() if _odd(kind)}
    )
    batches = database.to_pyarrow_batches(safe, chunk_size=_BATCH_ROWS)
    stream, name = bench.new_name("stream"), bench.new_name("database")
    bench.connection.con.register(stream, batches)
    try:
        # Both names are made by the workbench, nothing of the user's stands in this statement.
        bench.connection.raw_sql(f"CREATE TABLE {name} AS SELECT * FROM {stream}")  # noqa: S608
    finally:
        bench.connection.con.unregister(stream)
    return bench.connection.table(name)


def _odd(kind: Any) -> bool:
    plain = kind.is_string() or kind.is_numeric() or kind.is_boolean()
    return not (plain or kind.is_timestamp() or kind.is_date())


def _driver_errors() -> tuple[type[Exception], ...]:
    if find_spec("psycopg") is None:
        return ()
    import psycopg

    return (psycopg.Error,)


def _first_line(error: Exception, address: str) -> str:
    password = urlsplit(address).password
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return text.replace(password, "•••") if password else text
