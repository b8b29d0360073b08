"""Score one shopper once, and find the best products without scoring all of them.

Most of a score rests on little: kernels give a few thousand products anything, what holds of a
product alone is the same for everybody, and of the rest (attributes, the shopper's groups) the
most that any product can get is known. So products are looked at that a kernel gives something, or
that stand high by themselves; whatever could not reach the best even with all that the rest might
add is left out. The numbers are those of `Ranker.score` to the last bit, because every product's
parts are summed in the same order; `Ranker.score` is what the tests hold them against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

import numpy as np

from youli.channels.base import Addends, Bound, Bounded, Cells, Channel, Coefficients, Sparse
from youli.channels.item import ItemChannel
from youli.data.marks import places_among
from youli.data.state import ShopperState
from youli.types import BoolArray, EvidenceKind, FloatArray, IntArray

__all__ = ["Standing", "Workings", "top"]

#: A catalogue of no more products than this is scored whole: searching it costs as much.
_SMALL = 8_192
#: Products that stand highest by themselves and are always looked at: of a stranger, nothing else
#: is known.
_N_HEAD = 256
#: Of the products looked at, this many times what is asked for are scored first: they set the bar.
_FIRST = 4
#: Where more than this share of the catalogue could reach the bar, all of it is scored.
_MOST_SEARCHED = 0.125
#: Of max(1, |score|): sums in another order.
_ROUNDING = 1e-9
#: What holds for everybody: kept for so many sets of channels and rules.
_MOST_STANDINGS = 8


@dataclass(frozen=True)
class Standing:
    """What products get whoever looks: facts about them, and the merchant's boosts."""

    amounts: Mapping[str, FloatArray]  # by channel, float64 [n_items]
    total: FloatArray  # float64 [n_items]

    @cached_property
    def order(self) -> IntArray:
        """The products, the highest first, int32 [n_items]."""
        return np.argsort(-self.total, kind="stable").astype(np.int32)

    @cached_property
    def lowered(self) -> FloatArray:
        """Minus their totals in that order: ascending."""
        return -self.total[self.order]


class Workings:
    """The channels' parts of one shopper's scores, each worked out once and when first needed.

    `shift` is what rules add to every score, float64 [n_items], None for nothing. `kept` outlives
    the request: what holds for everybody is found there again.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        coefficients: Mapping[str, Coefficients],
        n_items: int,
        shift: FloatArray | None,
        state: ShopperState,
        kept: dict[object, tuple[object, Standing]],
    ) -> None:
        self.channels = channels
        self.coefficients = coefficients
        self.n_items = n_items
        self.shift = shift
        self.state = state
        self._kept = kept
        self._found: dict[int, float] = {}

    @cached_property
    def scores(self) -> FloatArray:
        """Every product's score, float64 [n_items]."""
        total = np.zeros(self.n_items)
        for name, channel in self.channels.items():
            if name in self.standing.amounts:
                total += self.standing.amounts[name]
            elif name in self._cells:
                total += self._cells[name].summed(self._cells[name].item, self.n_items)
            elif (amount := channel.score(self.state, self.coefficients[name])) is not None:
                total += amount
        if self.shift is not None:
            total += self.shift
        return total

    def best(self, eligible: BoolArray, n: int) -> tuple[IntArray, FloatArray]:
        """The best `n` eligible products, best first, ties by row; int32 and float64 [≤ n]."""
        found = None
        if self.n_items > _SMALL and "scores" not in self.__dict__:
            found = self._searched(eligible, n)
        if found is None:
            item_nums = top(self.scores, eligible, n)
            return item_nums, self.scores[item_nums]
        self._found = dict(zip(found[0].tolist(), found[1].tolist(), strict=True))
        return found

    def scores_of(self, item_nums: IntArray) -> FloatArray:
        """Some products' scores, float64 [len(item_nums)]; each product named once."""
        if "scores" in self.__dict__ or not self._can_search:
            return np.asarray(self.scores[item_nums])
        if len(item_nums) <= len(self._found):
            known = [self._found.get(item) for item in item_nums.tolist()]
            if None not in known:
                return np.array(known, dtype=np.float64)
        total = np.zeros(len(item_nums))
        places = self._places(item_nums)
        for name in self.channels:
            if name in self.standing.amounts:
                total += self.standing.amounts[name][item_nums]
            elif name in places:
                total += self._cells[name].summed(places[name], len(item_nums))
            elif name in self._bounds:
                total += self._bounds[name].of(item_nums)
        if self.shift is not None:
            total += self.shift[item_nums]
        return total

    def addends(self, item_nums: IntArray) -> dict[str, Addends]:
        """Each channel's parts of some products' scores; each product named once."""
        places = self._places(item_nums)
        n_past, n_targets = len(self.state.distinct_items[0]), len(item_nums)
        return {
            name: self._cells[name].addends(places[name], n_past, n_targets)
            if name in places
            else channel.addends(self.state, self.coefficients[name], item_nums)
            for name, channel in self.channels.items()
        }

    def amounts_by_past(self, item_nums: IntArray) -> FloatArray:
        """What each past product gives each of some products, float64 [n_past, n_targets]."""
        n_past, n_targets = len(self.state.distinct_items[0]), len(item_nums)
        total = np.zeros(n_past * n_targets)
        for addends in self.addends(item_nums).values():
            on_past = addends.past >= 0
            cell = addends.past[on_past] * n_targets + addends.target[on_past]
            total += np.bincount(cell, weights=addends.amount[on_past], minlength=len(total))
        return total.reshape(n_past, n_targets)

    @cached_property
    def standing(self) -> Standing:
        """What holds for everybody."""
        fixed = {
            name: (channel, self.coefficients[name])
            for name, channel in self.channels.items()
            if channel.evidence is EvidenceKind.ITEM and isinstance(channel, ItemChannel)
        }
        # The things themselves are kept beside their ids, so that no id is given out again.
        things = (self.shift, *(part for pair in fixed.values() for part in pair))
        key = tuple(map(id, things))
        known = self._kept.get(key)  # looked up once: another thread may drop it meanwhile
        if known is not None:
            return known[1]
        amounts = {n: c.score(self.state, weights) for n, (c, weights) in fixed.items()}
        found = {name: amount for name, amount in amounts.items() if amount is not None}
        total = np.zeros(self.n_items)
        for amount in (*found.values(), *(() if self.shift is None else (self.shift,))):
            total += amount
        for oldest in list(self._kept)[: max(0, len(self._kept) - _MOST_STANDINGS + 1)]:
            self._kept.pop(oldest, None)
        made = Standing(found, total)
        self._kept[key] = (things, made)
        return made

    @property
    def _can_search(self) -> bool:
        """Whether every channel can say what it gives a few products."""
        return all(_is_sparse(one) or _is_bounded(one) for one in self.channels.values())

    def _searched(self, eligible: BoolArray, n: int) -> tuple[IntArray, FloatArray] | None:
        """The same as `best`; None where scoring all products is as quick."""
        if not self._can_search:
            return None
        looked_at, partial = self._looked_at(eligible)
        n_first = _FIRST * n
        if len(looked_at) < n_first:
            return None
        first = np.argpartition(-partial, n_first - 1)[:n_first]
        scores = np.sort(self.scores_of(looked_at[first]))
        bar = float(scores[-n])  # n products reach it, so the n best do
        most = sum(one.most for one in self._bounds.values())
        needed = bar - most - _ROUNDING * max(1.0, abs(bar), abs(most))
        near = looked_at[partial >= needed]
        n_standing = int(np.searchsorted(self.standing.lowered, -needed, side="right"))
        if len(near) + n_standing > _MOST_SEARCHED * self.n_items:
            return None
        head = self.standing.order[:n_standing]
        found = np.union1d(near, head[eligible[head]])
        scores = self.scores_of(found)
        best = np.argsort(-scores, kind="stable")[:n]
        return found[best].astype(np.int32), scores[best]

    def _looked_at(self, eligible: BoolArray) -> tuple[IntArray, FloatArray]:
        """Eligible products that something of the past speaks for or that stand high, and their
        scores without what is only bounded: ascending rows, float64.
        """
        cells = self._cells
        named = np.zeros(self.n_items, dtype=bool)
        named[self.standing.order[:_N_HEAD]] = True
        for one in cells.values():
            named[one.item] = True
        named &= eligible
        looked_at = np.flatnonzero(named)
        partial = self.standing.total[looked_at]
        places = self._places(looked_at)
        for name, one in cells.items():
            partial += one.summed(places[name], len(looked_at))
        return looked_at, partial

    @cached_property
    def _cells(self) -> dict[str, Cells]:
        """What the sparse channels give, those that give anything."""
        found: dict[str, Cells] = {}
        for name, channel in self.channels.items():
            if _is_sparse(channel):
                cells = channel.cells(self.state, self.coefficients[name])
                if cells is not None:
                    found[name] = cells
        return found

    @cached_property
    def _bounds(self) -> dict[str, Bound]:
        """What channels give that are neither sparse nor the same for everybody."""
        found: dict[str, Bound] = {}
        for name, channel in self.channels.items():
            if name not in self.standing.amounts and _is_bounded(channel):
                bound = channel.bounded(self.state, self.coefficients[name])
                if bound is not None:
                    found[name] = bound
        return found

    def _places(self, item_nums: IntArray) -> dict[str, IntArray]:
        """Of every cell, where its product stands among some; -1 where it does not."""
        columns = [cells.item for cells in self._cells.values()]
        return dict(zip(self._cells, places_among(item_nums, self.n_items, columns), strict=True))


_SPARSE: dict[type, bool] = {}
_BOUNDED: dict[type, bool] = {}


def _is_sparse(channel: object) -> TypeGuard[Sparse]:
    """`isinstance`, looked up once a type: asking a protocol costs as much as a kernel does."""
    if type(channel) not in _SPARSE:
        _SPARSE[type(channel)] = isinstance(channel, Sparse)
    return _SPARSE[type(channel)]


def _is_bounded(channel: object) -> TypeGuard[Bounded]:
    """The same for the other protocol."""
    if type(channel) not in _BOUNDED:
        _BOUNDED[type(channel)] = isinstance(channel, Bounded)
    return _BOUNDED[type(channel)]


def top(scores: FloatArray, eligible: BoolArray, k: int) -> IntArray:
    """The best `k` eligible products, best first; ties by row. int32 [≤ k]."""
    rows = np.flatnonzero(eligible)  # often few: a filter, what a search found
    k = min(k, len(rows))
    if k == 0:
        return np.zeros(0, dtype=np.int32)
    mine = scores[rows]
    cut = np.partition(mine, len(mine) - k)[len(mine) - k]
    above = np.flatnonzero(mine > cut)
    tied = np.flatnonzero(mine == cut)[: k - len(above)]
    found = np.concatenate([above, tied])
    best = found[np.lexsort((found, -mine[found]))]
    return np.asarray(rows[best], dtype=np.int32)
