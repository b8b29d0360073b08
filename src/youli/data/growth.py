"""What became more between the shop that was learned from and the shop that is to be served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from youli.data.interactions import Interactions, Vocabulary
from youli.data.shop import Shop
from youli.types import BoolArray, IntArray

__all__ = ["Growth"]

#: More than any event code.
_EVENT_CODES = 256


@dataclass(frozen=True)
class Growth:
    """A shop, and what of it was not there before.

    ``is_new`` bool [n_events], events that were not learned from; ``rows`` int32 [n_items], each
    product's row in the earlier vocabulary, -1 for a new one. Rows move because ids are sorted.
    """

    shop: Shop
    is_new: BoolArray
    rows: IntArray

    @classmethod
    def between(cls, before: Shop, after: Shop) -> Self:
        """Tell events apart by shopper, product, kind and second; equal ones are counted."""
        return cls(
            shop=after,
            is_new=_new_events(before.interactions, after.interactions),
            rows=before.interactions.items.nums(after.interactions.items.ids),
        )


def _new_events(before: Interactions, after: Interactions) -> BoolArray:
    """Whether an event of `after` is one more than `before` had, bool [n_events]."""
    old_key = _keys(before, after.users, after.items)
    new_key = _keys(after, after.users, after.items)
    who = np.concatenate([old_key[0], new_key[0]])
    what = np.concatenate([old_key[1], new_key[1]])
    is_old = np.arange(len(who)) < len(before)
    order = np.lexsort((~is_old, what, who))  # within equal events the old ones first
    starts = np.append(True, (np.diff(who[order]) != 0) | (np.diff(what[order]) != 0))
    group = np.cumsum(starts[: len(order)]) - 1
    n_old = np.bincount(group, weights=is_old[order], minlength=1).astype(np.int64)
    first = np.flatnonzero(starts[: len(order)])
    place = np.arange(len(order)) - first[group]  # among the equal ones, the old ones first
    found = np.zeros(len(order), dtype=bool)
    found[order] = place >= 2 * n_old[group]
    return found[len(before) :]


def _keys(events: Interactions, users: Vocabulary, items: Vocabulary) -> tuple[IntArray, IntArray]:
    """Shopper and product, and moment and kind, of each event; int64, in the given vocabularies.

    -1 stands for a shopper or product that is there no more.
    """
    user = users.nums(events.users.ids).astype(np.int64)[events.user_num]
    item = items.nums(events.items.ids).astype(np.int64)[events.item_num]
    return user * (len(items) + 1) + item, events.timestamp * _EVENT_CODES + events.event
