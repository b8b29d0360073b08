"""What happened since the shop was learned: live events and ignored ones, in memory.

Design choices:

- A restart forgets it all: this is a cache of the moment, the shop's own log is the record.
- At most `capacity` shoppers are kept, the longest idle is forgotten first; only shoppers with a
  change are kept at all.
- A refund takes its purchase back, `remove_from_cart` its cart line, as when the log is cleaned: a
  live row is gone as if it had never been, a learned one stops counting. Neither is an event of
  its own.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from youli.data.interactions import EVENT_NAMES
from youli.data.schema import TAKES_BACK
from youli.data.state import ShopperState

__all__ = ["LiveShopper", "LiveStore", "ShopClock"]

_FRESH_S = 30 * 86_400
_UNDOES = {"refund": "purchase", "remove_from_cart": "add_to_cart"}


class ShopClock:
    """The shop's present.

    A log that ends within the last 30 days lives in real time. An older one is a replay: its
    present stands at its end and a live event happens right after it, else every rhythm and trend
    would look years overdue.
    """

    def __init__(self, data_until: datetime, wall: Callable[[], float] = time.time) -> None:
        self._until = int(data_until.timestamp())
        self._wall = wall
        self._started = wall()
        self.is_live = self._started - self._until < _FRESH_S

    def now(self) -> int:
        """The moment to rank at, in seconds since 1970, UTC."""
        return max(self._until, int(self._wall())) if self.is_live else self._until

    def event_time(self) -> int:
        """The moment to give an event that names none."""
        if self.is_live:
            return self.now()
        return self._until + int(self._wall() - self._started)


@dataclass(frozen=True, slots=True)
class LiveShopper:
    """A shopper's whole history, and which rows of it do not count."""

    state: ShopperState
    #: Rows that the shopper switched off.
    ignored: frozenset[int] = frozenset()
    #: Rows that a refund or a removal took back.
    undone: frozenset[int] = frozenset()
    #: How many rows were known when the shop was learned.
    n_learned: int = 0

    def effective(self, extra: Iterable[int] = ()) -> ShopperState:
        """The state to rank with; `extra` rows are left out as well."""
        return self.state.without(self.ignored | self.undone | frozenset(extra))

    def rows_about(self, item_num: int) -> frozenset[int]:
        """All rows about a product that no refund took back."""
        return frozenset(self.state.rows_about(item_num)) - self.undone


class LiveStore:
    """Live shoppers by id; safe to use from many threads."""

    def __init__(
        self,
        load: Callable[[str], ShopperState],
        clock: ShopClock,
        *,
        capacity: int,
        max_events: int,
    ) -> None:
        self._load = load
        self._clock = clock
        self._capacity = capacity
        self._max_events = max_events
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, LiveShopper] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, user_id: str) -> LiveShopper:
        """The shopper as of now; somebody never seen has an empty history."""
        with self._lock:
            kept = self._kept.get(user_id)
            if kept is not None:
                self._kept.move_to_end(user_id)
        live = kept if kept is not None else self._fresh(user_id)
        now = max(live.state.now, self._clock.now())
        return live if now == live.state.now else replace(live, state=replace(live.state, now=now))

    def record(
        self, user_id: str, item_num: int, event: str, timestamp: int | None = None
    ) -> str | None:
        """Add one event; None where it counts from now on, else the code of what is wrong."""
        moment = self._clock.event_time() if timestamp is None else timestamp
        with self._lock:
            live = self._kept.get(user_id) or self._fresh(user_id)
            if live.state.n_rows - live.n_learned >= self._max_events:
                return "too_many_events"
            if event in TAKES_BACK:
                row = _last_row(live, item_num, _UNDOES[event])
                if row is None:
                    return "nothing_to_take_back"
                live = self._take_back(live, row)
            else:
                live = replace(live, state=live.state.record(item_num, event, moment))
            self._keep(user_id, live)
        return None

    def ignore(self, user_id: str, item_num: int) -> LiveShopper:
        """Leave out the events so far about one product."""
        with self._lock:
            live = self._kept.get(user_id) or self._fresh(user_id)
            live = replace(live, ignored=live.ignored | live.rows_about(item_num))
            return self._keep(user_id, live)

    def restore(self, user_id: str, item_num: int | None) -> LiveShopper:
        """Let the events about one product count again; all that were ignored where None."""
        with self._lock:
            live = self._kept.get(user_id) or self._fresh(user_id)
            back = live.ignored if item_num is None else live.rows_about(item_num)
            return self._keep(user_id, replace(live, ignored=live.ignored - back))

    def _take_back(self, live: LiveShopper, row: int) -> LiveShopper:
        if row < live.n_learned:
            return replace(live, undone=live.undone | {row})
        state = self._load(live.state.user_id)
        for item_num, event, timestamp in _events(live, skipped=row):
            state = state.record(item_num, event, timestamp)
        return replace(live, state=state, ignored=_shifted(live.ignored, row))

    def _fresh(self, user_id: str) -> LiveShopper:
        state = self._load(user_id)
        return LiveShopper(state, n_learned=state.n_rows)

    def _keep(self, user_id: str, live: LiveShopper) -> LiveShopper:
        self._kept[user_id] = live
        self._kept.move_to_end(user_id)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
        return live


def _last_row(live: LiveShopper, item_num: int, event: str) -> int | None:
    """The latest row with that event about the product that was not taken back yet."""
    rows = live.state.rows
    same = (rows["item_num"] == item_num) & (rows["event"] == EVENT_NAMES.index(event))
    open_rows = [row for row in np.flatnonzero(same).tolist() if row not in live.undone]
    return open_rows[-1] if open_rows else None


def _events(live: LiveShopper, *, skipped: int) -> Iterator[tuple[int, str, int]]:
    """The live events but one, in their order."""
    rows = live.state.rows
    for row in range(live.n_learned, live.state.n_rows):
        if row != skipped:
            event = EVENT_NAMES[int(rows["event"][row])]
            yield int(rows["item_num"][row]), event, int(rows["timestamp"][row])


def _shifted(rows: frozenset[int], gone: int) -> frozenset[int]:
    """Row numbers after one row went away."""
    return frozenset(row - (row > gone) for row in rows if row != gone)
