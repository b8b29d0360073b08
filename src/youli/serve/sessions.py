"""Shoppers as of now: a small cache over the storage that never answers out of date.

Before every answer the stored version of the shopper is compared with that of the kept copy, so
several workers on one database agree, and an event that any of them has acknowledged is in the next
answer of all. A copy that is still right costs that one look.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.serve.history import LiveShopper, live_shopper
from youli.storage.base import Storage
from youli.storage.records import IgnoredEvent, ShopperVersion, StoredShopper

__all__ = ["NOTHING_STORED", "Learned", "LiveStore", "ShopClock"]

_FRESH_S = 30 * 86_400
_CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Learned:
    """What an artifact has of a storage."""

    #: The number of arrival up to which it has the events.
    until: int = 0
    #: When it was learned, in microseconds since 1970; who was erased before is not in it.
    at_us: int = 0

    @classmethod
    def of(cls, prepared: Mapping[str, Any], storage: Storage) -> Learned:
        """Read from an artifact's `prepared`; nothing where it was learned from another storage."""
        stored = prepared.get("stored") or {}
        if stored.get("storage_id") != storage.storage_id:
            return NOTHING_STORED
        return cls(int(stored["until"]), int(stored["at_us"]))


NOTHING_STORED = Learned()


class ShopClock:
    """The shop's present.

    A log that ends within the last 30 days lives in real time. An older one is a replay: its
    present stands at its end and a live event happens right after it, else every rhythm and trend
    would look years overdue. The storage remembers which, and since when: a restart, a refit and a
    second worker go on with the same clock.
    """

    def __init__(
        self,
        data_until: datetime,
        storage: Storage | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._until = int(data_until.timestamp())
        self._wall = wall
        first = {"until_s": self._until, "started_s": wall()}
        anchor = first if storage is None else storage.settings.once(_CLOCK, first)
        self._anchor_s = int(anchor["until_s"])
        self._started = float(anchor["started_s"])
        self.is_live = self._started - self._anchor_s < _FRESH_S

    def now(self) -> int:
        """The moment to rank at, in seconds since 1970, UTC."""
        return max(self._until, int(self._wall())) if self.is_live else self._until

    def event_time(self) -> float:
        """The moment to give an event that names none, in seconds since 1970, UTC."""
        if self.is_live:
            return max(float(self._until), self._wall())
        return self._anchor_s + max(0.0, self._wall() - self._started)


class LiveStore:
    """Shoppers by id, learned and stored together; safe to use from many threads.

    `learned` says up to which of the stored events the artifact has learned from them.
    """

    def __init__(
        self,
        shop: Shop,
        storage: Storage,
        clock: ShopClock,
        *,
        capacity: int,
        max_events: int,
        learned: Learned = NOTHING_STORED,
    ) -> None:
        self._shop = shop
        self._storage = storage
        self._clock = clock
        self._capacity = capacity
        self._max_events = max_events
        self._learned = learned
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[ShopperVersion, LiveShopper]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, user_id: str) -> LiveShopper:
        """The shopper as of now; somebody never seen has an empty history."""
        version = self._storage.shoppers.version(user_id)
        with self._lock:
            kept = self._kept.get(user_id)
            if kept is not None:
                self._kept.move_to_end(user_id)
        live = kept[1] if kept is not None and kept[0] == version else self._load(user_id, version)
        now = max(live.state.now, self._clock.now())
        return live if now == live.state.now else replace(live, state=replace(live.state, now=now))

    def ignore(self, user_id: str, item_num: int) -> LiveShopper:
        """Leave out the events so far about one product."""
        live = self.get(user_id)
        self._storage.shoppers.ignore(user_id, self._named(live, live.rows_about(item_num)))
        return self.get(user_id)

    def ignore_rows(self, user_id: str, rows: Iterable[int]) -> LiveShopper:
        """Leave out single events."""
        self._storage.shoppers.ignore(user_id, self._named(self.get(user_id), rows))
        return self.get(user_id)

    def restore(self, user_id: str, item_num: int | None) -> LiveShopper:
        """Let the events about one product count again; all that were ignored where None."""
        live = self.get(user_id)
        about = None if item_num is None else self._named(live, live.rows_about(item_num))
        self._storage.shoppers.restore(user_id, about)
        return self.get(user_id)

    def restore_rows(self, user_id: str, rows: Iterable[int]) -> LiveShopper:
        """Let single events count again."""
        self._storage.shoppers.restore(user_id, self._named(self.get(user_id), rows))
        return self.get(user_id)

    def as_of(self, user_id: str, moment_us: int) -> tuple[LiveShopper, int]:
        """The shopper with the events that had arrived by then, and how many came later.

        What they switched off, and what else is stored of them, is as it is now.
        """
        stored = self._stored(user_id)
        early = tuple(one for one in stored.events if one.received_us <= moment_us)
        live = self._put_together(user_id, replace(stored, events=early))
        return live, len(stored.events) - len(early)

    def _load(self, user_id: str, version: ShopperVersion) -> LiveShopper:
        stored = self._stored(user_id, version)
        live = self._put_together(user_id, stored)
        with self._lock:
            self._kept[user_id] = (stored.version, live)
            self._kept.move_to_end(user_id)
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return live

    def _stored(self, user_id: str, version: ShopperVersion | None = None) -> StoredShopper:
        return self._storage.shoppers.load(
            user_id,
            version=version,
            after=self._learned.until,
            most_events=self._max_events,
        )

    def _is_masked(self, stored: StoredShopper) -> bool:
        """Whether the shopper was erased since the artifact was learned: it may have them."""
        if not stored.version.n_erased:
            return False
        moment = self._storage.erasure.moments([stored.user_id]).get(stored.user_id, 0)
        return moment >= self._learned.at_us

    def _put_together(self, user_id: str, stored: StoredShopper) -> LiveShopper:
        now = int(self._shop.data_until.timestamp())
        learned = (
            ShopperState(user_id, now=now)  # what was learned of the erased is masked
            if self._is_masked(stored)
            else ShopperState.of(self._shop, user_id)
        )
        return live_shopper(
            learned, stored, self._shop.interactions.items.num, self._shop.catalogue
        )

    def _named(self, live: LiveShopper, rows: Iterable[int]) -> list[IgnoredEvent]:
        """Rows by what they are: their numbers change with a refit."""
        ids, taken = self._shop.interactions.items.ids, live.state.rows
        return [
            IgnoredEvent(
                ids[int(taken["item_num"][row])],
                EVENT_NAMES[int(taken["event"][row])],
                int(taken["timestamp"][row]),
            )
            for row in sorted(rows)
        ]
