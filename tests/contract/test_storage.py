"""One suite for every database that the service can use, run on each for real."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, select, text

from youli.errors import ConfigError, StorageError, StorageUnavailableError
from youli.storage import tables
from youli.storage.base import Storage
from youli.storage.connect import Database, database_url
from youli.storage.events import _Waiting
from youli.storage.migrate import HEAD, current, row_counts, upgrade
from youli.storage.records import (
    AuditRecord,
    FeedbackRecord,
    IgnoredEvent,
    Impression,
    InterestChoice,
    ItemRecord,
    KeyRecord,
    Role,
    RuleRecord,
    ShopperVersion,
    StoredEvent,
    now_us,
)
from youli.storage.said import ImpressionStore

POSTGRES = "postgresql://root@127.0.0.1:5432/test"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of its own: a file, or a schema."""
    if request.param == "sqlite":
        yield str(tmp_path / "storage.db")
        return
    psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    try:
        server = psycopg.connect(POSTGRES, connect_timeout=2, autocommit=True)
    except psycopg.OperationalError:
        pytest.skip(f"no PostgreSQL server at {POSTGRES}")
    schema = f"youli_{secrets.token_hex(6)}"
    with server:
        server.execute(f"CREATE SCHEMA {schema}")
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
        server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def storage(url: str) -> Iterator[Storage]:
    storage = Storage.open(url)
    yield storage
    storage.close()


@pytest.fixture
def other(url: str, storage: Storage) -> Iterator[Storage]:
    """A second worker on the same database."""
    other = Storage.open(url)
    yield other
    other.close()


def event(event_id: str, user: str = "u", **more: object) -> StoredEvent:
    return StoredEvent(
        user,
        "i",
        "purchase",
        1_767_700_000_000_000,
        event_id,
        **more,  # type: ignore[arg-type]
    )


class TestEvents:
    def test_they_come_back_as_they_went_in(self, storage: Storage) -> None:
        sent = event(
            "a", value=4.5, quantity=0.1, price_minor=2**40, currency="GBP", order_id="öß 中文 🙂",
            session_id="'; DROP TABLE events; --", recommendation_id="r",
        )  # fmt: skip
        before = now_us()
        assert storage.events.add([sent]) == [True]
        (back,) = storage.events.of_shopper("u")
        assert before <= back.received_us <= now_us()
        assert back.seq > 0
        assert dataclasses.replace(back, seq=0, received_us=0) == sent

    def test_sent_twice_they_count_once(self, storage: Storage, other: Storage) -> None:
        assert storage.events.add([event("a"), event("b"), event("a")]) == [True, True, False]
        assert other.events.add([event("b"), event("c"), event("b", user="v")]) == [
            False,
            True,
            True,
        ]
        assert storage.events.count() == 4
        assert storage.events.add([]) == []

    def test_many_writers_lose_and_double_nothing(self, storage: Storage, other: Storage) -> None:
        def write(place: int) -> int:
            store = (storage, other)[place % 2].events
            batch = [event(f"{(place // 2) * 3 + n}", user=f"u{n}") for n in range(6)]
            return sum(store.add(batch))

        with ThreadPoolExecutor(8) as pool:
            n_new = sum(pool.map(write, range(40)))
        assert n_new == storage.events.count() == 20 * 6

    def test_one_bad_batch_does_not_take_others_along(self, storage: Storage) -> None:
        bad = event("bad", value="no number")
        with ThreadPoolExecutor(8) as pool:
            jobs = [
                pool.submit(storage.events.add, [bad if n == 3 else event(f"{n}")])
                for n in range(12)
            ]
        failed = [n for n, job in enumerate(jobs) if job.exception() is not None]
        if storage.database.dialect == "postgresql":  # SQLite keeps what it is given
            assert failed == [3]
            assert storage.events.count() == 11
        assert all(job.done() for job in jobs)

    def test_an_add_returns_only_once_its_own_events_are_stored(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """More waits than one commit takes: whoever commits first goes on to their own."""
        monkeypatch.setattr("youli.storage.events._MOST_ROWS", 2)
        store = storage.events
        early = [_Waiting([event(f"early{n}")]) for n in range(5)]
        store._waiting += early
        assert store.add([event("mine")]) == [True]
        assert storage.events.count() == 6
        assert all(one.is_new == [True] for one in early)

    def test_pages_by_arrival_and_the_watermark(self, storage: Storage) -> None:
        assert storage.events.watermark() == 0
        storage.events.add([event(f"{n:02}") for n in range(25)])
        mark = storage.events.watermark()
        storage.events.add([event("late")])
        seen: list[StoredEvent] = []
        while page := storage.events.after(seen[-1].seq if seen else 0, 10, until=mark):
            seen += page
        assert [one.event_id for one in seen] == [f"{n:02}" for n in range(25)]
        assert storage.events.latest(1)[0].event_id == "late"
        assert len(storage.shoppers.load("u", after=mark).events) == 1
        assert len(storage.shoppers.load("u", most_events=7).events) == 7


class TestShoppers:
    def test_every_change_is_a_new_version_for_every_worker(
        self, storage: Storage, other: Storage
    ) -> None:
        of = storage.shoppers
        said = FeedbackRecord("f", "u", "item", "not_for_me", "x")
        ignored = IgnoredEvent("i", "purchase", 1_767_700_000)
        interest = InterestChoice("brand", "Own", "deleted")
        changes = (
            lambda: storage.events.add([event("a")]),
            lambda: of.set_attributes("u", {"region": "north"}),
            lambda: of.personalise("u", False),
            lambda: of.ignore("u", [ignored]),
            lambda: of.choose("u", interest),
            lambda: storage.feedback.add(said),
        )
        seen = [other.shoppers.version("u")]
        assert seen == [ShopperVersion()]
        for change in changes:
            change()
            seen.append(other.shoppers.version("u"))
        assert len(set(seen)) == len(changes) + 1
        assert other.shoppers.version("v") == ShopperVersion(), "nobody else is touched"
        loaded = other.shoppers.load("u")
        assert loaded.version == seen[-1]
        assert [one.event_id for one in loaded.events] == ["a"]
        assert (loaded.attributes, loaded.is_personalised) == ({"region": "north"}, False)
        assert (loaded.ignored, loaded.interests) == ({ignored}, (interest,))
        assert loaded.hidden == {"x"}
        of.restore("u", [ignored])
        of.unchoose("u", "brand", "Own")
        storage.feedback.withdraw("f")
        loaded = other.shoppers.load("u")
        assert (loaded.ignored, loaded.interests, loaded.hidden) == (frozenset(), (), frozenset())

    def test_events_stand_in_their_own_order(self, storage: Storage) -> None:
        moments = [30, 10, 20, 10]
        kinds = ["purchase", "refund", "purchase", "purchase"]
        rows = [
            StoredEvent("u", "i", kind, at, f"{n}")
            for n, (at, kind) in enumerate(zip(moments, kinds, strict=True))
        ]
        storage.events.add(rows)
        assert [one.event_id for one in storage.shoppers.load("u").events] == ["3", "1", "2", "0"]

    def test_an_event_already_known_is_no_new_version(self, storage: Storage) -> None:
        storage.events.add([event("a")])
        version = storage.shoppers.version("u")
        storage.events.add([event("a")])
        assert storage.shoppers.version("u") == version

    def test_two_changes_of_one_shopper_at_once_both_stay(
        self, storage: Storage, other: Storage
    ) -> None:
        def change(place: int) -> None:
            shoppers = (storage, other)[place % 2].shoppers
            shoppers.change_attributes("u", {f"{place}": "x"}, {"learned": "y"})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(change, range(24)))
        kept = storage.shoppers.load("u")
        assert kept.attributes == {"learned": "y"} | {f"{n}": "x" for n in range(24)}
        assert kept.version.version == 24

    def test_pages(self, storage: Storage) -> None:
        storage.events.add([event("a", user=f"u{n}") for n in range(5)])
        first = storage.shoppers.page(limit=3)
        assert first + storage.shoppers.page(first[-1], 3) == [f"u{n}" for n in range(5)]
        assert storage.shoppers.count() == 5


class TestErasure:
    def _fill(self, storage: Storage, user: str) -> None:
        storage.events.add([event("a", user=user)])
        storage.shoppers.set_attributes(user, {"region": "north"})
        storage.shoppers.ignore(user, [IgnoredEvent("i", "purchase", 1)])
        storage.shoppers.choose(user, InterestChoice("brand", "Own", "pinned"))
        storage.feedback.add(FeedbackRecord(f"f-{user}", user, "reason", "helpful", "i"))
        storage.impressions.add_later(Impression(f"r-{user}", user, "recommend", "v1", ()))
        storage.impressions.flush()

    def test_nothing_is_left_in_any_table(self, storage: Storage, other: Storage) -> None:
        for user in ("erased-one", "kept-one"):
            self._fill(storage, user)
        exported = storage.erasure.export("erased-one")
        assert {name: len(rows) for name, rows in exported.items()} == dict.fromkeys(
            (table.name for table in tables.OF_A_SHOPPER), 1
        )
        gone = storage.erasure.erase("erased-one")
        assert set(gone.values()) == {1}
        with storage.database._reader.connect() as connection:
            for table in tables.METADATA.tables.values():
                text_of = repr(connection.execute(select(table)).all())
                assert "erased-one" not in text_of, table.name
                assert table not in tables.OF_A_SHOPPER or "kept-one" in text_of, table.name
        assert other.shoppers.version("erased-one") == ShopperVersion(0, 1)
        assert list(storage.erasure.moments(["erased-one", "kept-one"])) == ["erased-one"]

    def test_every_table_with_a_shopper_is_emptied(self) -> None:
        named = {t for t in tables.METADATA.tables.values() if "user_id" in t.c}
        assert named == set(tables.OF_A_SHOPPER)

    def test_the_same_id_again_is_somebody_new(self, storage: Storage) -> None:
        for n_times in (1, 2):
            self._fill(storage, "u")
            storage.erasure.erase("u")
            assert storage.shoppers.version("u") == ShopperVersion(0, n_times)
        storage.events.add([event("b")])
        assert [one.event_id for one in storage.shoppers.load("u").events] == ["b"]

    def test_a_list_that_waited_is_not_written_any_more(
        self, storage: Storage, other: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("youli.storage.said._GATHER_S", 60.0)
        storage.impressions.add_later(Impression("r", "u", "recommend", "v1", ()))
        other.erasure.erase("u")
        assert storage.impressions.get("r") is None
        storage.impressions._over.set()


class TestTheRest:
    def test_items(self, storage: Storage, other: Storage) -> None:
        before = other.versions().get("items", 0)
        storage.items.put([ItemRecord("b", {"price_minor": 3}), ItemRecord("a", {"title": "中"})])
        storage.items.put([ItemRecord("b", {}, is_deleted=True)])
        assert other.versions()["items"] == before + 2
        kept = [(one.item_id, one.document, one.is_deleted) for one in other.items.all()]
        assert kept == [("a", {"title": "中"}, False), ("b", {}, True)]
        assert set(other.items.some(["a", "c"])) == {"a"}
        assert other.items.get("c") is None
        assert len(other.items.changed_since(0)) == 2

    def test_two_changes_of_one_product_at_once_both_stay(
        self, storage: Storage, other: Storage
    ) -> None:
        storage.items.put([ItemRecord("a", {"n": "0"})])

        def change(place: int) -> None:
            items = (storage, other)[place % 2].items
            items.change("a", lambda document: {**document, f"{place}": place})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(change, range(24)))
        kept = storage.items.get("a")
        assert kept is not None
        assert kept.document == {"n": "0"} | {f"{n}": n for n in range(24)}
        storage.items.put([ItemRecord("a", kept.document, is_deleted=True)])
        storage.items.change("a", dict)
        storage.items.change("new", lambda document: {**document, "title": "New"})
        assert [(one.item_id, one.is_deleted) for one in other.items.all()] == [
            ("a", True),
            ("new", False),
        ]

    def test_impressions(self, storage: Storage) -> None:
        rows = ({"item_id": "a", "rank": 1, "score": 0.5, "reasons": ["x"]},)
        for n in range(3):
            storage.impressions.add_later(
                Impression(f"r{n}", "u", "recommend", "v1", rows, {"lang": "zh"}, created_us=n + 1)
            )
        found = storage.impressions.get("r1")
        assert found == Impression("r1", "u", "recommend", "v1", rows, {"lang": "zh"}, 2)
        assert [one.recommendation_id for one in storage.impressions.of_shopper("u", 2)] == [
            "r2",
            "r1",
        ]
        assert storage.impressions.latest(1)[0].recommendation_id == "r2"
        assert storage.impressions.get("none") is None

    def test_impressions_are_written_by_themselves(self, storage: Storage, other: Storage) -> None:
        storage.impressions.add_later(Impression("r", "u", "recommend", "v1", ()))
        storage.impressions.close()
        assert other.impressions.get("r") is not None

    def test_what_a_full_queue_let_go_is_counted_and_nothing_else_is_lost(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("youli.storage.said._MOST_WAITING", 4)
        monkeypatch.setattr("youli.storage.said._MOST_ROWS", 2)
        kept = ImpressionStore(storage.database, storage.erasure)
        monkeypatch.setattr(kept, "_start", lambda: None)

        def add(name: str) -> None:
            kept.add_later(Impression(name, "u", "recommend", "v1", ()))

        for name in "abcd":
            add(name)
        write, late = storage.database.write, iter("efg")

        def slow_write(work: Callable[[Connection], Any]) -> Any:
            done = write(work)
            for name in late:  # lists that come while the first two are written
                add(name)
            return done

        monkeypatch.setattr(storage.database, "write", slow_write)
        kept.flush()
        stored = {one.recommendation_id for one in kept.latest(20)}
        assert kept.n_lost == 3
        assert stored == set("abdefg")  # c was let go, a and b had been written

    def test_feedback(self, storage: Storage) -> None:
        said = FeedbackRecord("f", "u", "reason", "wrong", "i", "r", document={"reason": "x"})
        storage.feedback.add(said)
        storage.feedback.add(said)  # sent twice
        (back,) = storage.feedback.of_shopper("u")
        assert dataclasses.replace(back, created_us=0) == said
        assert storage.feedback.withdraw("f")
        assert storage.feedback.get("f").is_withdrawn  # type: ignore[union-attr]
        assert not storage.feedback.withdraw("none")
        assert storage.feedback.latest()[0].feedback_id == "f"

    def test_an_id_of_feedback_that_is_taken_gives_what_has_it(self, storage: Storage) -> None:
        storage.feedback.add(FeedbackRecord("f", "u", "item", "saved", "i"))
        kept = storage.feedback.add(FeedbackRecord("f", "v", "item", "liked", "i"))
        assert (kept.user_id, kept.kind) == ("u", "saved")
        assert storage.shoppers.version("v") == ShopperVersion(0, 0)

    def test_rules(self, storage: Storage, other: Storage) -> None:
        rule = RuleRecord("r", {"kind": "pin"}, "home", 1, 2, updated_by="ann")
        first = storage.rules.save(rule)
        second = storage.rules.save(dataclasses.replace(first, document={"kind": "hide"}))
        assert (first.version, second.version) == (1, 2)
        assert other.rules.all() == [second] == [other.rules.get("r")]
        version = other.versions()["rules"]
        assert storage.rules.delete("r")
        assert not storage.rules.delete("r")
        assert other.versions()["rules"] > version
        assert other.rules.get("r") is None

    def test_settings(self, storage: Storage, other: Storage) -> None:
        assert storage.settings.get("x") is None
        assert storage.settings.once("x", {"a": 1}) == {"a": 1}
        assert other.settings.once("x", {"a": 2}) == {"a": 1}, "the first wins"
        storage.settings.set("x", [3])
        assert other.settings.get("x") == [3]
        assert storage.secret == other.secret
        assert storage.storage_id == other.storage_id

    def test_keys(self, storage: Storage, other: Storage) -> None:
        record = KeyRecord("k", "the shop", Role.SERVER, now_us(), None)
        storage.keys.add(record, "the key itself")
        assert other.keys.find("the key itself") == record
        assert other.keys.find("another") is None
        with storage.database._reader.connect() as connection:
            assert "the key itself" not in repr(connection.execute(select(tables.API_KEYS)).all())
        storage.keys.expire("k", 5)
        assert not other.keys.find("the key itself").is_valid(5)  # type: ignore[union-attr]
        assert other.keys.find("the key itself").is_valid(4)  # type: ignore[union-attr]
        assert storage.keys.revoke("k")
        assert not storage.keys.revoke("none")
        assert other.keys.all()[0].revoked_us is not None

    def test_audit(self, storage: Storage) -> None:
        for n in range(3):
            storage.audit.add("ann", "did", f"{n}", {"n": n})
        latest = storage.audit.page(limit=2)
        assert [one.subject for one in latest] == ["2", "1"]
        assert [one.subject for one in storage.audit.page(latest[-1].seq)] == ["0"]
        assert isinstance(latest[0], AuditRecord)


class TestSchema:
    def test_the_migrations_make_what_the_tables_say(self, storage: Storage) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.runtime.migration import MigrationContext

        with storage.database._reader.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, tables.METADATA) == []

    def test_from_the_first_schema_nothing_is_lost(self, url: str) -> None:
        database = Database(database_url(url))
        assert upgrade(database, "0001") is None
        assert current(database) == "0001"
        moment = 1_767_700_000_000_000
        with database._writer.begin() as connection:
            for statement in (
                "INSERT INTO events (user_id, event_id, item_id, event, timestamp_us, received_us) "
                f"VALUES ('u', 'e', 'i', 'purchase', {moment}, {moment})",
                "INSERT INTO shoppers (user_id, version, updated_us) VALUES ('u', 3, 1)",
                "INSERT INTO settings (name, document) VALUES ('x', '[1]')",
            ):
                connection.execute(text(statement))
        database.close()
        storage = Storage.open(url)
        assert current(storage.database) == HEAD
        assert storage.shoppers.version("u") == ShopperVersion(3, 0)
        assert storage.shoppers.load("u").is_personalised
        assert storage.events.of_shopper("u") == [
            dataclasses.replace(event("e"), received_us=moment, seq=1)
        ]
        assert storage.settings.get("x") == [1]
        counts = row_counts(storage.database)
        assert (counts["events"], counts["shoppers"], counts["rules"]) == (1, 1, 0)
        storage.close()

    def test_two_workers_may_open_an_empty_database_at_once(self, url: str) -> None:
        with ThreadPoolExecutor(4) as pool:
            opened = list(pool.map(Storage.open, [url] * 4))
        assert len({one.storage_id for one in opened}) == 1
        for one in opened:
            one.close()

    def test_a_newer_schema_is_left_alone(self, url: str, storage: Storage) -> None:
        with storage.database._writer.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StorageError, match="newer version"):
            Storage.open(url)

    def test_the_tables_lie_where_they_belong(self, storage: Storage) -> None:
        names = set(inspect(storage.database._reader).get_table_names())
        assert names == {*tables.METADATA.tables, "alembic_version"}


class TestFaults:
    @pytest.mark.parametrize("address", ["mysql://x/y", "duckdb:///x", "://", "x://"])
    def test_addresses_that_are_none(self, address: str) -> None:
        with pytest.raises(ConfigError):
            database_url(address)

    def test_a_server_that_is_away_is_said_without_the_password(self) -> None:
        with pytest.raises(StorageUnavailableError) as caught:
            Storage.open("postgresql://root:s3cret@127.0.0.1:1/x")
        assert "s3cret" not in str(caught.value)
        assert caught.value.http_status == 503
