"""A shopper's whole history: what was learned, and the stored events that came after it.

The order in which events arrived plays no part: rows stand in the order of their own times, as the
next fit will put them. Among rows of one moment the learned ones come first, then by event id.

A refund takes its purchase back, `remove_from_cart` its cart line, as when the log is cleaned: the
latest one before it that was not taken back yet. A stored row is then gone as if it had never been,
a learned one stops counting. Neither is an event of its own, and one that finds nothing to take
back has no effect until what it takes back arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from youli.data.interactions import EVENT_NAMES
from youli.data.schema import TAKES_BACK
from youli.data.shop import Catalogue
from youli.data.state import ShopperState
from youli.storage.records import IgnoredEvent, StoredEvent, StoredShopper
from youli.types import IntArray

__all__ = ["LiveShopper", "NumOf", "live_shopper"]

NumOf = Callable[[str], int | None]

_UNDOES = {"refund": "purchase", "remove_from_cart": "add_to_cart"}
_SECOND_US = 1_000_000
#: Orders of stored events are numbered from here, above every order that was learned.
_FIRST_ORDER = 2**30


@dataclass(frozen=True, slots=True)
class LiveShopper:
    """A shopper's whole history, and which rows of it do not count."""

    state: ShopperState
    #: Rows that the shopper switched off.
    ignored: frozenset[int] = frozenset()
    #: Learned rows that a refund or a removal took back.
    undone: frozenset[int] = frozenset()
    #: Rows that the artifact does not have, with their event ids.
    live: Mapping[int, str] = field(default_factory=dict)
    #: Rows of interests that the shopper deleted.
    forgotten: frozenset[int] = frozenset()
    #: Products that the shopper said are not for them, by `item_num`.
    declined: frozenset[int] = frozenset()
    #: Everything else that is stored of them.
    stored: StoredShopper | None = None

    @property
    def is_personalised(self) -> bool:
        """Whether the shopper wants lists made for them."""
        return self.stored is None or self.stored.is_personalised

    @property
    def is_known(self) -> bool:
        """Whether anything is known of them, learned or stored."""
        return self.state.user_num >= 0 or self.state.n_rows > 0 or bool(self.state.attributes)

    def effective(self, extra: Iterable[int] = ()) -> ShopperState:
        """The state to rank with; `extra` rows are left out as well.

        Where personalisation is off, that of somebody of whom nothing is known.
        """
        if not self.is_personalised:
            return ShopperState(self.state.user_id, now=self.state.now)
        return self.state.without(self.ignored | self.undone | self.forgotten | frozenset(extra))

    def rows_about(self, item_num: int) -> frozenset[int]:
        """All rows about a product that no refund took back."""
        return frozenset(self.state.rows_about(item_num)) - self.undone


@dataclass(frozen=True, slots=True)
class _Row:
    """A stored event that stands in the history."""

    item_num: int
    event: str
    timestamp_us: int
    order_id: str | None
    event_id: str

    @property
    def timestamp_s(self) -> int:
        return self.timestamp_us // _SECOND_US


def live_shopper(
    learned: ShopperState, stored: StoredShopper, num_of: NumOf, catalogue: Catalogue
) -> LiveShopper:
    """Put what is stored of a shopper to what was learned of them.

    Events about products that the artifact does not know wait for the next refit; those that it has
    learned already (same product, event and second) count once.
    """
    rows, undone = _applied(learned, _known(learned, stored.events, num_of))
    state, live, position = _joined(learned, rows)
    if stored.attributes is not None:
        state = replace(state, attributes=dict(stored.attributes))
    state = _kept_fresh(state, _rows_of(state, stored, catalogue, "pinned"))
    hidden = (num_of(one) for one in stored.hidden)
    return LiveShopper(
        state,
        ignored=_ignored(state, stored.ignored, num_of),
        undone=frozenset(position[row] for row in undone),
        live=live,
        forgotten=frozenset(_rows_of(state, stored, catalogue, "deleted")),
        declined=frozenset(num for num in hidden if num is not None),
        stored=stored,
    )


def _known(learned: ShopperState, events: Sequence[StoredEvent], num_of: NumOf) -> list[_Row]:
    """The events that can count, in their order."""
    rows = [
        _Row(num, one.event, one.timestamp_us, one.order_id, one.event_id)
        for one in events
        if (num := num_of(one.item_id)) is not None
    ]
    last = _last_learned_s(learned)
    if not rows or rows[0].timestamp_s > last:
        return rows
    known = set(
        zip(
            learned.rows["item_num"].tolist(),
            learned.rows["event"].tolist(),
            learned.rows["timestamp"].tolist(),
            strict=True,
        )
    )
    return [
        one
        for one in rows
        if (one.item_num, EVENT_NAMES.index(one.event), one.timestamp_s) not in known
    ]


def _applied(learned: ShopperState, rows: Sequence[_Row]) -> tuple[list[_Row], set[int]]:
    """Match what takes back with what it takes; the rows that stay, and learned rows undone."""
    kept: list[_Row] = []
    undone: set[int] = set()
    for row in rows:
        if row.event not in TAKES_BACK:
            kept.append(row)
            continue
        wanted = _UNDOES[row.event]
        place = next(
            (
                at
                for at in range(len(kept) - 1, -1, -1)
                if kept[at].item_num == row.item_num and kept[at].event == wanted
            ),
            None,
        )
        candidates = np.flatnonzero(
            (learned.rows["item_num"] == row.item_num)
            & (learned.rows["event"] == EVENT_NAMES.index(wanted))
            & (learned.rows["timestamp"] <= row.timestamp_s)
        )
        left = [one for one in candidates.tolist() if one not in undone]
        if place is not None and (
            not left or kept[place].timestamp_s >= int(learned.rows["timestamp"][left[-1]])
        ):
            del kept[place]
        elif left:
            undone.add(left[-1])
    return kept, undone


def _joined(
    learned: ShopperState, rows: Sequence[_Row]
) -> tuple[ShopperState, dict[int, str], IntArray]:
    """The history in the order of times; event ids of stored rows, and where learned rows stand.

    The usual case, nothing older than what was learned, appends; a late event is put in its place,
    and the shopper's clock ticks again from there as the next fit will count it.
    """
    orders: dict[str, int] = {}
    numbered = [
        -1 if one.order_id is None else orders.setdefault(one.order_id, _FIRST_ORDER + len(orders))
        for one in rows
    ]
    n_learned = learned.n_rows
    if not rows or rows[0].timestamp_s >= _last_learned_s(learned):
        state = learned
        for one, order_num in zip(rows, numbered, strict=True):
            state = state.record(one.item_num, one.event, one.timestamp_s, order_num=order_num)
        live = {n_learned + place: one.event_id for place, one in enumerate(rows)}
        return state, live, np.arange(n_learned)
    times = np.append(learned.rows["timestamp"], [one.timestamp_s for one in rows])
    sequence = np.argsort(times, kind="stable")
    both: list[tuple[int, int, int, int]] = [
        *zip(
            learned.rows["item_num"].tolist(),
            learned.rows["timestamp"].tolist(),
            learned.rows["event"].tolist(),
            learned.rows["order"].tolist(),
            strict=True,
        ),
        *(
            (one.item_num, one.timestamp_s, EVENT_NAMES.index(one.event), order_num)
            for one, order_num in zip(rows, numbered, strict=True)
        ),
    ]
    final, step, last_order = [], -1, -1
    for place in sequence.tolist():
        item_num, moment, event, order_num = both[place]
        step += not (order_num >= 0 and order_num == last_order)
        last_order = order_num
        final.append((item_num, step, moment, event, order_num))
    state = ShopperState.from_rows(
        learned.user_id,
        final,
        user_num=learned.user_num,
        attributes=learned.attributes,
        now=max(learned.now, rows[-1].timestamp_s),
    )
    position = np.empty(len(both), dtype=np.int64)
    position[sequence] = np.arange(len(both))
    live = {int(position[n_learned + at]): one.event_id for at, one in enumerate(rows)}
    return state, live, position[:n_learned]


def _ignored(
    state: ShopperState, ignored: frozenset[IgnoredEvent], num_of: NumOf
) -> frozenset[int]:
    """The rows that the shopper switched off."""
    if not ignored:
        return frozenset()
    wanted = {
        (num_of(one.item_id), EVENT_NAMES.index(one.event), one.timestamp_s) for one in ignored
    }
    rows = zip(
        state.rows["item_num"].tolist(),
        state.rows["event"].tolist(),
        state.rows["timestamp"].tolist(),
        strict=True,
    )
    return frozenset(row for row, key in enumerate(rows) if key in wanted)


def _rows_of(
    state: ShopperState, stored: StoredShopper, catalogue: Catalogue, choice: str
) -> list[int]:
    """The rows about products of the interests that the shopper made that choice of."""
    found: set[int] = set()
    for one in stored.interests:
        attribute = catalogue.attribute(one.attribute)
        if one.choice != choice or attribute is None:
            continue
        items, inverse = state.distinct_items
        has = [place for place, num in enumerate(items.tolist()) if one.value in attribute.of(num)]
        found.update(np.flatnonzero(np.isin(inverse, has)).tolist())
    return sorted(found)


def _kept_fresh(state: ShopperState, rows: list[int]) -> ShopperState:
    """The state in which some rows weigh as the latest one does; dates stay what they were."""
    if not rows:
        return state
    table = state.rows.copy()
    table["step"][rows] = table["step"][-1]
    return ShopperState.from_rows(
        state.user_id,
        table.tolist(),
        user_num=state.user_num,
        attributes=state.attributes,
        now=state.now,
    )


def _last_learned_s(learned: ShopperState) -> int:
    return int(learned.rows["timestamp"][-1]) if learned.n_rows else -(2**62)
