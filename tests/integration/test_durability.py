"""What was acknowledged is there: after SIGKILL, on a full disk, over a dropped connection."""

from __future__ import annotations

import os
import resource
import secrets
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from youli.errors import StorageUnavailableError
from youli.storage.base import Storage
from youli.storage.records import StoredEvent

POSTGRES = "postgresql://root@127.0.0.1:5432/test"

#: Four threads store events and say so once each is acknowledged, until the process is killed.
WRITER = textwrap.dedent(
    """
    import itertools, sys, threading
    from youli.storage.base import Storage
    from youli.storage.records import StoredEvent

    storage = Storage.open(sys.argv[1])
    said = threading.Lock()

    def write(name):
        for n in itertools.count():
            ids = [f"{name}-{n}-{place}" for place in range(3)]
            storage.events.add([StoredEvent("u", "i", "purchase", n, one) for one in ids])
            with said:
                print(*ids, flush=True)

    for name in "abcd":
        threading.Thread(target=write, args=(name,), daemon=True).start()
    threading.Event().wait()
    """
)


def event(event_id: str, **more: object) -> StoredEvent:
    return StoredEvent("u", "i", "purchase", 1, event_id, **more)  # type: ignore[arg-type]


@pytest.fixture
def postgres() -> Iterator[str]:
    """An empty schema of a real server."""
    psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    try:
        server = psycopg.connect(POSTGRES, connect_timeout=2, autocommit=True)
    except psycopg.OperationalError:
        pytest.skip(f"no PostgreSQL server at {POSTGRES}")
    schema = f"youli_{secrets.token_hex(6)}"
    with server:
        server.execute(f"CREATE SCHEMA {schema}")
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}%20-capplication_name%3D{schema}"
        server.execute(f"DROP SCHEMA {schema} CASCADE")


def acknowledged_before_the_kill(url: str) -> set[str]:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(40)]
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.stdout.readlines()
        assert writer.wait() == -signal.SIGKILL
    whole = [line for line in told if line.endswith("\n")]
    return {one for line in whole for one in line.split()}


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = str(tmp_path / "storage.db")
    acknowledged = acknowledged_before_the_kill(path)
    storage = Storage.open(path)
    stored = {one.event_id for one in storage.events.of_shopper("u")}
    storage.close()
    assert len(acknowledged) >= 120
    assert acknowledged <= stored
    by_batch = [one.rpartition("-")[0] for one in stored]
    assert all(by_batch.count(one) == 3 for one in set(by_batch)), "no batch is stored by halves"


@pytest.mark.postgres
def test_kill_9_on_postgresql(postgres: str) -> None:
    acknowledged = acknowledged_before_the_kill(postgres)
    storage = Storage.open(postgres)
    stored = {one.event_id for one in storage.events.of_shopper("u")}
    storage.close()
    assert acknowledged <= stored


def test_a_full_disk_is_said_and_stores_nothing_by_halves(tmp_path: Path) -> None:
    storage = Storage.open(tmp_path / "storage.db")
    storage.events.add([event("first")])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (tmp_path / "storage.db-wal").stat().st_size
    # No file may grow beyond this: the disk is full for whoever writes, as far as SQLite sees.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100_000, before[1]))

    def until_it_is_full() -> None:
        for n in range(50):
            storage.events.add([event(f"{n}-{m}", order_id="x" * 200) for m in range(50)])

    try:
        with pytest.raises(StorageUnavailableError) as caught:
            until_it_is_full()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "full" in caught.value.problem or "written" in caught.value.problem
    assert "x" * 10 not in str(caught.value)
    stored = [one.event_id for one in storage.events.of_shopper("u")]
    batches = [one.partition("-")[0] for one in stored if one != "first"]
    assert all(batches.count(one) == 50 for one in set(batches))
    assert storage.events.add([event("after there was room again")]) == [True]
    assert "first" in stored
    storage.close()


@pytest.mark.postgres
def test_a_dropped_connection_is_tried_once_more(postgres: str) -> None:
    storage = Storage.open(postgres)
    storage.events.add([event("a")])
    killer = Storage.open(postgres)
    schema = postgres.rpartition("%3D")[2]
    drop = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = :name AND pid <> pg_backend_pid()"
    )

    def dropped() -> int:
        with killer.database._writer.begin() as connection:
            return int(connection.execute(drop, {"name": schema}).scalar_one())

    assert dropped() >= 1
    assert storage.events.add([event("b")]) == [True]
    assert dropped() >= 1
    assert [one.event_id for one in storage.shoppers.load("u").events] == ["a", "b"]
    storage.close()
    killer.close()
