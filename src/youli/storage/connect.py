"""One database, SQLite or PostgreSQL: connections, transactions, and its faults in words.

Design choices:

- SQLite runs with a write-ahead log and ``synchronous=FULL``: what was committed has reached the
  disk. Writers begin IMMEDIATE, so that two of them wait for each other and never fail half-way.
- Reads are single statements outside a transaction. What needs two of them reads a version first,
  so that a change in between is seen as a newer version the next time.
- A dropped connection is tried once more on a fresh one. That is safe for writes because every one
  of them may be done twice: rows have their ids before they are sent.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from youli.errors import ConfigError, StorageUnavailableError
from youli.storage.tables import VERSIONS

__all__ = ["Database", "database_url"]

T = TypeVar("T")

#: Asked before every answer, so it is built once.
_ALL_VERSIONS = select(VERSIONS.c.name, VERSIONS.c.version)

#: Longest wait for another writer of the SQLite file, or for a connection of the pool.
_WAIT_S = 10
_POOL = 8
#: The HTTP server works with up to 40 threads.
_OVERFLOW = 40
_FULL: dict[str, set[Any]] = {"sqlite": {sqlite3.SQLITE_FULL}, "postgresql": {"53100"}}
#: What tells a transaction that writes from single statements that read.
_WRITES = {"youli_writes": True}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def database_url(text: str | Path) -> URL:
    """The address of a database: a URL, or the path of an SQLite file; `ConfigError` otherwise."""
    shown = str(text)
    if "://" not in shown:
        return URL.create("sqlite", database=shown)
    try:
        url = make_url(shown)
    except ArgumentError:
        url = None
    if url is not None and url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url is None or url.get_backend_name() not in _FULL:
        raise ConfigError(
            "this is no database that the service can use",
            where="--database",
            value=None if url is None else url.render_as_string(hide_password=True),
            hint="name a file, or postgresql://USER@HOST/NAME",
        )
    return url


class Database:
    """Connections to one database; safe to use from many threads."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.dialect = url.get_backend_name()
        if self.dialect == "sqlite":
            self._reader: Engine = _sqlite_engine(url)
            self._writer: Engine = self._reader.execution_options(**_WRITES)
        else:
            self._writer = _postgres_engine(url)
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run single statements; raises `StorageUnavailableError`."""

        def once() -> T:
            with self._reader.connect() as connection:
                return work(connection)

        return self._twice(once)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run one transaction that is durable when this returns; raises as `read`.

        `work` may run a second time on a fresh connection: it must be safe to repeat.
        """

        def once() -> T:
            with self._writer.begin() as connection:
                return work(connection)

        return self._twice(once)

    def insert(self, table: Table) -> Any:
        """An INSERT of this dialect, which knows ``on_conflict_…``."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    def bump(self, connection: Connection, name: str) -> None:
        """Tell all workers that what they keep of `name` is out of date."""
        row = self.insert(VERSIONS).values(name=name, version=1)
        after = {"version": VERSIONS.c.version + 1}
        connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=after))

    def versions(self) -> dict[str, int]:
        """The counter of every kind of thing that ever changed."""
        return self.read(lambda c: {row[0]: row[1] for row in c.execute(_ALL_VERSIONS)})

    def lock_for_migration(self, connection: Connection) -> None:
        """Wait until no other process migrates; SQLite's writers wait for each other anyway."""
        if self.dialect == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))

    def close(self) -> None:
        """Give all connections back."""
        self._writer.dispose()

    def _twice(self, once: Callable[[], T]) -> T:
        try:
            try:
                return once()
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return once()
        except DBAPIError as error:
            raise self._in_words(error) from error
        except PoolTimeoutError as error:
            raise StorageUnavailableError(
                "all connections to the database are taken",
                hint="try again in a moment; with more workers, each has connections of its own",
            ) from error

    def _in_words(self, error: DBAPIError) -> Exception:
        """What the database says, without the statement and its parameters: they name shoppers."""
        origin = error.orig
        code: Any = getattr(origin, "sqlite_errorcode", getattr(origin, "sqlstate", None))
        # SQLite's extended codes have the plain one in their lowest byte.
        plain = code & 0xFF if isinstance(code, int) else code
        where = self.url.render_as_string(hide_password=True)
        if plain in _FULL[self.dialect] or code == sqlite3.SQLITE_IOERR_WRITE:
            return StorageUnavailableError(
                "the disk of the database is full; nothing of this request was stored",
                where=where,
                hint="make room, then send it again",
            )
        if self.dialect == "sqlite" and plain in _BUSY:
            return StorageUnavailableError(
                "the database is busy with another writer",
                where=where,
                hint="try again in a moment; several busy workers want PostgreSQL",
            )
        if _is_unreachable(error, plain):
            return StorageUnavailableError(
                "the database cannot be reached or written",
                where=where,
                hint="start it or mend its address, then try again",
            )
        return error


_MIGRATION_LOCK = 0x796F756C69  # "youli"; any number that other programs will not take
#: PostgreSQL's classes of faults that are not the statement's: connection, resources, operator.
_OUTSIDE = ("08", "53", "57", "58", "25006")
_SQLITE_OUTSIDE = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
}


def _is_unreachable(error: DBAPIError, code: object) -> bool:
    if error.connection_invalidated or code in _SQLITE_OUTSIDE:
        return True
    if isinstance(code, str):
        return code.startswith(_OUTSIDE)
    # psycopg gives no code where there was no connection to give one.
    return code is None and type(error.orig).__name__ == "OperationalError"


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=_POOL,
        max_overflow=_OVERFLOW,
        pool_timeout=_WAIT_S,
        connect_args={"timeout": _WAIT_S},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say so
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if connection.get_execution_options().items() >= _WRITES.items():
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: URL) -> Engine:
    return create_engine(
        url,
        pool_size=_POOL,
        max_overflow=_OVERFLOW,
        pool_timeout=_WAIT_S,
        connect_args={"connect_timeout": _WAIT_S},
    )
