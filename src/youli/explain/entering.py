"""The smallest change of a history that would bring a product into the list.

Two questions, both answered from sums. Which one further event would do it: what an event gives
depends on nothing else in the history, so states that hold many products once, at the moment of
the request, show what each would give. Which past products hold it back: as in
`contenders`, one table answers for every set. Whatever is found is ranked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from itertools import combinations

import numpy as np

from youli.channels.attributes import AttributesChannel
from youli.channels.base import Channel
from youli.channels.kernel import KernelChannel
from youli.data.state import ShopperState
from youli.explain.worlds import Change
from youli.rank.ranker import Ranker, top
from youli.types import FloatArray, IntArray

__all__ = ["Entering", "event_that_brings", "past_that_holds"]

#: From the weakest on: what a shop can ask of a shopper.
_EVENTS = ("view_item", "purchase")
_PER_PLACE, _N_SPARE = 5, 50
#: Products tried as a further event, by what they give; sets of one size; changes ranked again.
_MOST_PRODUCTS = 200
_MOST_SETS = 12_000
_MOST_TRIES = 24
_LARGEST_SET = 3
#: Of max(1, |score|): as in `contenders`.
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Entering:
    """A change that brings a product in, the place it then has, and what the change is about.

    `minimal`: every smaller change of this sort was ruled out.
    """

    change: Change
    item_nums: tuple[int, ...]
    rank_after: int
    minimal: bool


def event_that_brings(
    ranker: Ranker, state: ShopperState, item_num: int, *, k: int
) -> Entering | None:
    """One further event, with another product, that brings `item_num` into the top `k`.

    Looking is tried before buying. Buying a listed product would only make room and is not taken.
    """
    eligible, n_free = ranker.contested(ranker.eligible(state), k)
    if not eligible[item_num] or not n_free:
        return None
    listed = ranker.listed(state, k=k)
    # The clock ticks with an event; one that is left out shows what the tick alone changes.
    aged = state.record(item_num, _EVENTS[0], state.now).without([state.n_rows])
    base = ranker.score(aged)
    head = top(base, eligible, _PER_PLACE * k + _N_SPARE)
    head = head[head != item_num]
    for event in _EVENTS:
        gives = _gives(ranker, item_num, event, state.now)
        gives[item_num] = 0.0
        if event == "purchase":
            gives[listed] = 0.0
        best = top(gives, gives > 0.0, _MOST_PRODUCTS)
        if not len(best):
            continue
        best = np.sort(best)  # as `distinct_items` has them
        few = ShopperState.of_order(best, event, state.now)
        table = ranker.amounts_by_past(few, np.append(head, item_num))
        after = base[np.append(head, item_num)] + table
        lead = np.sort(after[:, :-1] - after[:, -1:], axis=1)[:, ::-1]
        short = lead[:, n_free - 1] if lead.shape[1] >= n_free else np.full(len(best), -np.inf)
        order = np.argsort(short, kind="stable")[:_MOST_TRIES]
        for at in order[short[order] <= _slack(ranker, base[item_num], k)].tolist():
            change = Change(added=((int(best[at]), event),))
            again = ranker.listed(state.record(int(best[at]), event, state.now), k=k)
            places = np.flatnonzero(again == item_num)
            if len(places):
                return Entering(change, (int(best[at]),), int(places[0]) + 1, minimal=True)
    return None


def past_that_holds(
    ranker: Ranker, state: ShopperState, item_num: int, *, k: int
) -> Entering | None:
    """The smallest set of up to three past products without which `item_num` is in the top `k`."""
    scores = ranker.score(state)
    eligible, n_free = ranker.contested(ranker.eligible(state), k)
    if not eligible[item_num] or not n_free:
        return None
    head = top(scores, eligible, _PER_PLACE * k + _N_SPARE)
    head = head[head != item_num]
    amounts = ranker.amounts_by_past(state, np.append(head, item_num))
    lead = scores[head] - scores[item_num]  # how far each is ahead of the product
    gain = amounts[:, :-1] - amounts[:, -1:]  # what removing each past product takes from that
    slack, proven = _slack(ranker, scores[item_num], k), True
    useful = np.flatnonzero(gain.max(axis=1, initial=0.0) > 0.0)
    useful = useful[np.argsort(-gain[useful].max(axis=1, initial=0.0), kind="stable")]
    for size in range(1, min(_LARGEST_SET, len(useful)) + 1):
        sets, complete = _sets(useful, size)
        left = lead - gain[sets].sum(axis=1)
        if left.shape[1] < n_free:
            return None
        kth = -np.partition(-left, n_free - 1, axis=1)[:, n_free - 1]
        order = np.flatnonzero(kth <= slack)
        order = order[np.argsort(kth[order], kind="stable")]
        for at in order[:_MOST_TRIES].tolist():
            rows = tuple(sorted(r for one in sets[at] for r in state.rows_of_distinct[one]))
            again = ranker.listed(state.without(rows), k=k)
            places = np.flatnonzero(again == item_num)
            if len(places):
                items = tuple(state.distinct_items[0][sets[at]].tolist())
                return Entering(Change(ignored=rows), items, int(places[0]) + 1, proven)
        proven = proven and complete and len(order) <= _MOST_TRIES
    return None


def _slack(ranker: Ranker, score: float, k: int) -> float:
    """How far ahead a product may be and still be put behind: all that diversity could take."""
    return ranker.config.diversity * (k - 1) + _CLOSE * max(1.0, abs(float(score)))


def _sets(units: IntArray, size: int) -> tuple[IntArray, bool]:
    """Sets of one size, int64 [n_sets, size], and whether these are all."""
    n = len(units)
    while n > size and _n_sets(n, size) > _MOST_SETS:
        n -= 1
    sets = np.array(list(combinations(units[:n].tolist(), size)), dtype=np.int64)
    return sets.reshape(-1, size), n == len(units)


def _n_sets(n: int, size: int) -> int:
    total = 1
    for at in range(size):
        total = total * (n - at) // (at + 1)
    return total


def _gives(ranker: Ranker, item_num: int, event: str, now: int) -> FloatArray:
    """What one event with each product would give one product, float64 [n_items].

    A column of `Ranker.amounts_by_past` for somebody who holds every product of the shop, channel
    by channel and without the products that a channel's table has nothing of.
    """
    total = np.zeros(ranker.shop.interactions.n_items)
    for name, channel in ranker.channels.items():
        past = _speakers(channel, item_num)
        state = ShopperState.of_order(past, event, now)
        parts = channel.addends(state, ranker.coefficients[name], np.array([item_num]))
        on_past = parts.past >= 0
        given = np.bincount(parts.past[on_past], parts.amount[on_past], minlength=len(past))
        total[past] += given
    return total


@singledispatch
def _speakers(channel: Channel, _item_num: int) -> IntArray:
    """The products that may give one anything; all where a channel's type is not known here."""
    return np.arange(channel.n_items)


@_speakers.register
def _(channel: KernelChannel, item_num: int) -> IntArray:
    linked = [
        np.searchsorted(one.indptr, np.flatnonzero(one.indices == item_num), side="right") - 1
        for one in channel.kernels.values()
    ]
    return np.unique(np.concatenate(linked))


@_speakers.register
def _(channel: AttributesChannel, item_num: int) -> IntArray:
    start, stop = channel.table.indptr[item_num : item_num + 2]
    is_mine = np.zeros(channel.table.shape[1], dtype=bool)
    is_mine[channel.table.indices[start:stop]] = True
    at = np.flatnonzero(is_mine[channel.table.indices])
    return np.unique(np.searchsorted(channel.table.indptr, at, side="right") - 1)
