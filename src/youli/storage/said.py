"""What was shown to shoppers, and what they said of it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import asdict, replace
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, select, update

from youli.errors import YouliError
from youli.storage.connect import Database
from youli.storage.erasure import ErasureStore
from youli.storage.records import FeedbackRecord, Impression, now_us
from youli.storage.shoppers import HIDES, bump_shoppers
from youli.storage.tables import EVENTS, FEEDBACK, IMPRESSIONS

__all__ = ["FeedbackStore", "ImpressionStore", "event_of_feedback"]

_LOG = logging.getLogger("youli.storage")
#: How long an impression may wait for others to share its commit.
_GATHER_S = 0.2
_MOST_ROWS = 500
#: What waits at most while the database does not answer; the oldest are let go first.
_MOST_WAITING = 20_000


def event_of_feedback(feedback_id: str) -> str:
    """The id of the event that a piece of feedback stands for."""
    return f"feedback/{feedback_id}"


class ImpressionStore:
    """Lists that were shown. They are written in the background: a list never waits for a disk.

    A killed process may lose the last fifth of a second of them; nothing was promised of them. Of
    somebody who was erased while a list of theirs waited, it is not written any more.
    """

    def __init__(self, database: Database, erasure: ErasureStore) -> None:
        self._database = database
        self._erasure = erasure
        self._waiting: deque[Impression] = deque(maxlen=_MOST_WAITING)
        self._queue = threading.Lock()
        self._work = threading.Lock()
        self._wake = threading.Event()
        self._over = threading.Event()
        self._writer: threading.Thread | None = None
        #: How many were let go because the database took none.
        self.n_lost = 0

    def add_later(self, impression: Impression) -> None:
        """Keep a list; it is stored within a moment."""
        if not impression.created_us:
            impression = replace(impression, created_us=now_us())
        with self._queue:
            self.n_lost += len(self._waiting) == _MOST_WAITING
            self._waiting.append(impression)
        if self._writer is None:
            self._start()
        self._wake.set()

    def flush(self) -> None:
        """Store what waits, now; raises `StorageUnavailableError`."""
        with self._work:
            while self._waiting:
                with self._queue:
                    rows = list(islice(self._waiting, _MOST_ROWS))
                self._database.write(partial(self._insert, impressions=rows))
                written = set(map(id, rows))
                with self._queue:  # a full queue may have let some of them go meanwhile
                    while self._waiting and id(self._waiting[0]) in written:
                        self._waiting.popleft()

    def get(self, recommendation_id: str) -> Impression | None:
        """One list, or None where it is unknown."""
        self.flush()
        found = select(IMPRESSIONS).where(IMPRESSIONS.c.recommendation_id == recommendation_id)
        row = self._database.read(lambda c: c.execute(found).first())
        return None if row is None else _impression(row)

    def of_shopper(self, user_id: str, limit: int = 100) -> list[Impression]:
        """The latest lists of a shopper, latest first."""
        return self._latest(IMPRESSIONS.c.user_id == user_id, limit)

    def latest(self, limit: int = 100) -> list[Impression]:
        """The latest lists of all shoppers, latest first."""
        return self._latest(IMPRESSIONS.c.created_us >= 0, limit)

    def close(self) -> None:
        """Store what waits and stop the writer."""
        self._over.set()
        self._wake.set()
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        try:
            self.flush()  # what came while the writer wrote for the last time
        except YouliError as error:
            _LOG.error("%s impressions are lost: %s", len(self._waiting), error.problem)

    def _latest(self, condition: Any, limit: int) -> list[Impression]:
        self.flush()
        found = select(IMPRESSIONS).where(condition).limit(limit)
        found = found.order_by(IMPRESSIONS.c.created_us.desc())
        return self._database.read(lambda c: [_impression(row) for row in c.execute(found)])

    def _start(self) -> None:
        with self._work:
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write_on, name="youli-impressions", daemon=True
                )
                self._writer.start()

    def _write_on(self) -> None:
        while not self._over.is_set():
            self._wake.wait()
            self._over.wait(_GATHER_S)
            self._wake.clear()
            try:
                self.flush()
            except YouliError as error:  # they wait on; the log says that they do
                _LOG.error("impressions are not stored: %s", error.problem)
                self._wake.set()

    def _insert(self, connection: Connection, impressions: list[Impression]) -> None:
        # In the same transaction: whoever is erased meanwhile is not written after it.
        erased = self._erasure.moments({one.user_id for one in impressions}, connection)
        rows = [
            {
                "recommendation_id": one.recommendation_id,
                "user_id": one.user_id,
                "placement": one.placement,
                "model_version": one.model_version,
                "items": [dict(item) for item in one.items],
                "document": dict(one.document),
                "created_us": one.created_us,
            }
            for one in impressions
            if one.created_us > erased.get(one.user_id, 0)
        ]
        if rows:
            connection.execute(self._database.insert(IMPRESSIONS).on_conflict_do_nothing(), rows)


class FeedbackStore:
    """What shoppers said of products and of reasons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, feedback: FeedbackRecord) -> FeedbackRecord:
        """Keep it; it acts on the shopper's next list. Gives what stands under its id, which is
        something else where that was sent before.
        """
        row = {**asdict(feedback), "document": dict(feedback.document)}
        row["created_us"] = feedback.created_us or now_us()

        def work(connection: Connection) -> FeedbackRecord:
            insert = self._database.insert(FEEDBACK).on_conflict_do_nothing()
            if connection.execute(insert.returning(FEEDBACK.c.feedback_id), row).first():
                bump_shoppers(self._database, connection, [feedback.user_id])
            found = select(FEEDBACK).where(FEEDBACK.c.feedback_id == feedback.feedback_id)
            return FeedbackRecord(**connection.execute(found).one()._mapping)

        return self._database.write(work)

    def get(self, feedback_id: str) -> FeedbackRecord | None:
        """One piece of feedback, or None."""
        found = select(FEEDBACK).where(FEEDBACK.c.feedback_id == feedback_id)
        row = self._database.read(lambda c: c.execute(found).first())
        return None if row is None else FeedbackRecord(**row._mapping)

    def withdraw(self, feedback_id: str) -> bool:
        """Take it back, and the event that was stored with it; whether there is such a one.

        It acts no longer, and stays on record.
        """

        def work(connection: Connection) -> bool:
            mine = update(FEEDBACK).where(FEEDBACK.c.feedback_id == feedback_id)
            done = mine.values(is_withdrawn=True).returning(FEEDBACK.c.user_id)
            user_id = connection.execute(done).scalar()
            if user_id is not None:
                connection.execute(
                    delete(EVENTS).where(
                        EVENTS.c.user_id == user_id,
                        EVENTS.c.event_id == event_of_feedback(feedback_id),
                    )
                )
                bump_shoppers(self._database, connection, [user_id])
            return user_id is not None

        return self._database.write(work)

    def of_shopper(self, user_id: str, limit: int = 1_000) -> list[FeedbackRecord]:
        """The latest feedback of a shopper, latest first, withdrawn or not."""
        return self._latest(FEEDBACK.c.user_id == user_id, limit)

    def hidden(self, user_id: str, item_id: str) -> list[str]:
        """Ids of the feedback that keeps a product out of a shopper's lists."""
        found = select(FEEDBACK.c.feedback_id).where(
            FEEDBACK.c.user_id == user_id,
            FEEDBACK.c.item_id == item_id,
            FEEDBACK.c.about == "item",
            FEEDBACK.c.kind.in_(HIDES),
            FEEDBACK.c.is_withdrawn.is_(False),
        )
        return self._database.read(lambda c: list(c.execute(found).scalars()))

    def latest(self, limit: int = 100) -> list[FeedbackRecord]:
        """The latest feedback of all shoppers, latest first."""
        return self._latest(FEEDBACK.c.created_us >= 0, limit)

    def _latest(self, condition: Any, limit: int) -> list[FeedbackRecord]:
        found = select(FEEDBACK).where(condition).limit(limit)
        found = found.order_by(FEEDBACK.c.created_us.desc(), FEEDBACK.c.feedback_id)
        return self._database.read(
            lambda c: [FeedbackRecord(**r._mapping) for r in c.execute(found)]
        )


def _impression(row: Any) -> Impression:
    return Impression(**{**row._mapping, "items": tuple(row._mapping["items"])})
