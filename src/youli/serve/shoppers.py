"""The shoppers that a visitor of the store page may look through the eyes of."""

from __future__ import annotations

import bisect
import secrets
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.serve.history import LiveShopper
from youli.serve.products import Products

__all__ = ["Shoppers", "event_document", "history_document"]

#: Share of the shoppers (by number of events) from which the picker's examples are taken.
_FROM, _TO = 0.30, 0.97
_LEAST_EVENTS = 5


class Shoppers:
    """A short list of examples, a search by prefix, and somebody new."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._n_events = np.diff(shop.interactions.indptr)
        self._by_activity = np.argsort(self._n_events, kind="stable")

    def examples(self, limit: int) -> list[dict[str, Any]]:
        """Shoppers from quiet to busy; where some are described, those alone."""
        last = len(self._pool) - 1
        places = np.linspace(_FROM, _TO, limit) * last
        picked = dict.fromkeys(self._pool[round(place)] for place in places) if last >= 0 else {}
        return [self._row(num) for num in picked]

    @cached_property
    def _pool(self) -> list[int]:
        """Shoppers to pick examples from, least active first."""
        enough = self._by_activity[self._n_events[self._by_activity] >= _LEAST_EVENTS]
        pool = (enough if len(enough) else self._by_activity).tolist()
        return [num for num in pool if self._shop.shoppers.of(num)] or pool

    def search(self, prefix: str, limit: int) -> list[dict[str, Any]]:
        """Shoppers whose id starts with `prefix`, in the order of ids."""
        ids = self._shop.interactions.users.ids
        start = bisect.bisect_left(ids, prefix)
        found = []
        for num in range(start, min(start + limit, len(ids))):
            if not ids[num].startswith(prefix):
                break
            found.append(self._row(num))
        return found

    def somebody_new(self) -> str:
        """An id that no shopper has."""
        while self._shop.interactions.users.num(one := f"new-{secrets.token_hex(4)}") is not None:
            pass
        return one

    def _row(self, user_num: int) -> dict[str, Any]:
        last = int(self._shop.interactions.indptr[user_num + 1]) - 1
        n_events = int(self._n_events[user_num])
        stamp = self._shop.interactions.timestamp[last] if n_events else None
        return {
            "user_id": self._shop.interactions.users.ids[user_num],
            "n_events": n_events,
            "last_event": None if stamp is None else _iso(int(stamp)),
            "attributes": self._shop.shoppers.of(user_num),
        }


def history_document(live: LiveShopper, products: Products, limit: int) -> dict[str, Any]:
    """The latest products of a shopper, each with its events, latest first."""
    state = live.state
    events = state.rows
    by_item: dict[int, list[int]] = {}
    for row in range(state.n_rows - 1, -1, -1):
        item_num = int(events["item_num"][row])
        if item_num in by_item or len(by_item) < limit:
            by_item.setdefault(item_num, []).append(row)
    return {
        "user_id": state.user_id,
        "known": state.user_num >= 0,
        "attributes": dict(state.attributes),
        "n_events": state.n_rows,
        "items": [
            {
                **products.card(item_num),
                "ignored": live.rows_about(item_num) <= live.ignored,
                "events": [event_document(live, row) for row in rows],
            }
            for item_num, rows in by_item.items()
        ],
    }


def event_document(live: LiveShopper, row: int) -> dict[str, Any]:
    """One row of a history."""
    from_row = live.state.rows[row]
    return {
        "row": row,
        "event": EVENT_NAMES[int(from_row["event"])],
        "timestamp": _iso(int(from_row["timestamp"])),
        "ignored": row in live.ignored,
        "taken_back": row in live.undone,
        "live": row in live.live,
    }


def _iso(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
