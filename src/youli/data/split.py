"""Which events are learned from and which are kept for judging.

Two protocols, as in `docs/evaluation.md`:

- *leave one out*: a shopper's last event is the test, the one before it the validation;
- *global time*: everything after one moment is held out, for all shoppers alike.

A held-out set is a list of `Case`s: a shopper's state at a moment and what they chose next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.types import BoolArray, IntArray

__all__ = ["Case", "Split", "leave_last_out", "split_at", "split_last_days"]

_DAY_S = 86_400
_PURCHASE = EVENT_NAMES.index("purchase")


@dataclass(frozen=True, slots=True)
class Case:
    """One shopper at one moment, and the products they chose after it (int32, distinct)."""

    user_num: int
    n_known: int  # events of theirs before the moment
    now: int
    targets: IntArray

    def state(self, shop: Shop) -> ShopperState:
        """The shopper as known at that moment; `shop` must hold all events up to it."""
        start = shop.interactions.rows_of(self.user_num).start
        return ShopperState.before(shop, self.user_num, start + self.n_known, self.now)


@dataclass(frozen=True)
class Split:
    """What may be learned from, and the cases to judge by; states are read from `full`."""

    full: Shop
    train: Shop
    cases: tuple[Case, ...]

    def sample(self, n_cases: int, seed: int) -> tuple[Case, ...]:
        """At most `n_cases` of the cases, drawn at random, in their order."""
        order = np.random.default_rng(seed).permutation(len(self.cases))
        return tuple(self.cases[i] for i in np.sort(order[:n_cases]))


def leave_last_out(shop: Shop, *, n_last: int = 1, n_hidden: int | None = None) -> Split:
    """Hold out each shopper's `n_last`-th event from the end.

    The state holds everything before that event; the training part leaves out the last `n_hidden`
    events (default: `n_last`). Shoppers with no more than `n_hidden` events are only learned from.
    """
    n_hidden = n_last if n_hidden is None else n_hidden
    events = shop.interactions
    lengths = np.diff(events.indptr)
    left = events.indptr[1:][events.user_num] - np.arange(len(events))  # 1 for the last
    keep = (left > n_hidden) | (lengths[events.user_num] <= n_hidden)
    cases = []
    for user_num in np.flatnonzero(lengths > n_hidden).tolist():
        row = int(events.indptr[user_num + 1]) - n_last
        cases.append(
            Case(
                user_num=user_num,
                n_known=int(lengths[user_num]) - n_last,
                now=int(events.timestamp[row]),
                targets=events.item_num[row : row + 1],
            )
        )
    return _checked(Split(shop, shop.select(keep), tuple(cases)))


def split_last_days(shop: Shop, n_days: int) -> Split:
    """Hold out the last `n_days` of the log."""
    return split_at(shop, int(shop.interactions.timestamp.max()) - n_days * _DAY_S)


def split_at(shop: Shop, moment: int) -> Split:
    """Hold out all events after `moment`, in seconds since 1970.

    A shopper's targets are the distinct products they then bought (or, in a shop without
    purchases, touched); shoppers without any are no case. Somebody's first events may lie after
    the moment: their state is empty.
    """
    events = shop.interactions
    before = events.timestamp <= moment
    wanted = ~before & _counts_as_choice(shop)
    cases = []
    for user_num in np.unique(events.user_num[wanted]).tolist():
        rows = events.rows_of(user_num)
        cases.append(
            Case(
                user_num=user_num,
                n_known=int(before[rows].sum()),
                now=moment,
                targets=np.unique(events.item_num[rows][wanted[rows]]),
            )
        )
    return _checked(Split(shop, shop.select(before), tuple(cases)))


def _counts_as_choice(shop: Shop) -> BoolArray:
    bought: BoolArray = shop.interactions.event == _PURCHASE
    return bought if bought.any() else np.ones(len(bought), dtype=bool)


def _checked(split: Split) -> Split:
    if not split.cases or len(split.train.interactions) == 0:
        raise NotEnoughDataError(
            "there are too few events to hold some out for judging",
            value=len(split.full.interactions),
            hint="give a longer log, or one with more shoppers who came back",
        )
    return split
