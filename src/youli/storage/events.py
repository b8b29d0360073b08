"""Events as they arrive: stored once, durable when the call returns."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from sqlalchemy import Connection, func, select, text

from youli.errors import YouliError
from youli.storage.connect import Database
from youli.storage.records import StoredEvent, now_us
from youli.storage.shoppers import bump_shoppers
from youli.storage.tables import EVENTS

__all__ = ["EventStore"]

#: What one commit takes at most: 14 columns each, and SQLite binds up to 32,766 parameters.
_MOST_ROWS = 2_000


@dataclass(slots=True)
class _Waiting:
    """One caller's events on their way into a commit."""

    events: Sequence[StoredEvent]
    done: threading.Event = field(default_factory=threading.Event)
    is_new: list[bool] = field(default_factory=list)
    fault: BaseException | None = None


class EventStore:
    """Writes of several callers at once share one commit, so that a disk's flush serves them all.

    The first caller commits what has gathered while the commit before it ran; the others wait.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering = threading.Lock()
        self._committing = threading.Lock()
        self._waiting: list[_Waiting] = []

    def add(self, events: Sequence[StoredEvent]) -> list[bool]:
        """Store events; gives for each whether it is new, and not one that was sent before.

        Durable when it returns. Raises `StorageUnavailableError`; then none of them was stored.
        """
        mine = _Waiting(events)
        with self._gathering:
            self._waiting.append(mine)
        with self._committing:
            while not mine.done.is_set():  # one commit may not reach as far as mine
                self._commit(self._gathered())
        if mine.fault is not None:
            raise mine.fault
        return mine.is_new

    def of_shopper(self, user_id: str) -> list[StoredEvent]:
        """All events of a shopper in the order of their arrival."""
        found = select(EVENTS).where(EVENTS.c.user_id == user_id).order_by(EVENTS.c.seq)
        return self._database.read(lambda c: [_event(row) for row in c.execute(found)])

    def after(self, seq: int, limit: int = 1_000, until: int | None = None) -> list[StoredEvent]:
        """The next events of all shoppers by number of arrival: those behind `seq`."""
        found = select(EVENTS).where(EVENTS.c.seq > seq).order_by(EVENTS.c.seq).limit(limit)
        if until is not None:
            found = found.where(EVENTS.c.seq <= until)
        return self._database.read(lambda c: [_event(row) for row in c.execute(found)])

    def latest(self, limit: int = 100) -> list[StoredEvent]:
        """The last events to arrive, of all shoppers, latest first."""
        found = select(EVENTS).order_by(EVENTS.c.seq.desc()).limit(limit)
        return self._database.read(lambda c: [_event(row) for row in c.execute(found)])

    def count(self) -> int:
        """How many events there are."""
        counted = select(func.count()).select_from(EVENTS)
        return self._database.read(lambda c: int(c.execute(counted).scalar_one()))

    def watermark(self) -> int:
        """The number up to which every event that will ever be stored is stored.

        A PostgreSQL sequence gives numbers before their transactions commit: this waits for those
        under way, so that no event can appear below the number later.
        """

        def last(connection: Connection) -> int:
            if self._database.dialect == "postgresql":
                connection.execute(text("LOCK TABLE events IN SHARE MODE"))
            return int(connection.execute(select(func.max(EVENTS.c.seq))).scalar() or 0)

        return self._database.write(last)

    def _gathered(self) -> list[_Waiting]:
        """As many callers as one commit may take, in the order of their coming."""
        with self._gathering:
            n_rows, n_taken = 0, 0
            for one in self._waiting:
                n_rows += len(one.events)
                if n_taken and n_rows > _MOST_ROWS:
                    break
                n_taken += 1
            taken, self._waiting = self._waiting[:n_taken], self._waiting[n_taken:]
        return taken

    def _commit(self, taken: list[_Waiting]) -> None:
        try:
            self._write(taken)
        except YouliError as fault:
            for one in taken:
                one.fault = fault
        except Exception as fault:  # noqa: BLE001 - passed on to whoever it belongs to
            self._apart(taken, fault)
        finally:
            for one in taken:
                one.done.set()

    def _apart(self, taken: list[_Waiting], fault: Exception) -> None:
        """One caller's events cannot be stored: the others' must not fall with them."""
        if len(taken) == 1:
            taken[0].fault = fault
            return
        for one in taken:
            self._commit([one])

    def _write(self, taken: list[_Waiting]) -> None:
        new = self._database.write(lambda c: self._insert(c, taken))
        for one in taken:
            one.is_new = []
            for event in one.events:
                key = (event.user_id, event.event_id)
                one.is_new.append(key in new)
                new.discard(key)  # a second one in the same commit was sent before

    def _insert(self, connection: Connection, taken: list[_Waiting]) -> set[tuple[str, str]]:
        received = now_us()
        rows = {
            (event.user_id, event.event_id): _row(event, received)
            for one in reversed(taken)
            for event in reversed(one.events)
        }
        if not rows:
            return set()
        # In one order in every worker: two transactions can then wait but never for each other.
        ordered = [rows[key] for key in sorted(rows)]
        statement = self._database.insert(EVENTS).on_conflict_do_nothing(
            index_elements=["user_id", "event_id"]
        )
        stored = connection.execute(
            statement.returning(EVENTS.c.user_id, EVENTS.c.event_id), ordered
        )
        new = {(row.user_id, row.event_id) for row in stored}
        bump_shoppers(self._database, connection, sorted({user for user, _ in new}))
        return new


#: What a row takes from an event; the database gives the number of arrival.
_FIELDS = tuple(one.name for one in fields(StoredEvent) if one.name != "seq")


def _row(event: StoredEvent, received_us: int) -> dict[str, object]:
    row = {name: getattr(event, name) for name in _FIELDS}
    row["received_us"] = received_us
    return row


def _event(row: object) -> StoredEvent:
    return StoredEvent(**row._mapping)  # type: ignore[attr-defined]  # a Row of `EVENTS`
