"""The smallest set of past products without which a product leaves the list.

Sets of one, two and three are searched smallest first: branch and bound leaves those that might
work by what they take from the lead over the contenders (`contenders`), arithmetic rules out most
of them, and what is left is ranked again through the whole pipeline. So an answer is always
proven valid, and it is proven minimal where every smaller size was exhausted; `minimal` says so.
Larger answers are found greedily and are called valid only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.data.state import ShopperState
from youli.explain.contenders import Contenders
from youli.explain.types import Counterfactual
from youli.rank.ranker import Ranker
from youli.types import FloatArray, IntArray

__all__ = ["find_counterfactual"]

#: Sets are searched exhaustively up to this size.
_LARGEST_SEARCHED = 3
#: Sets of one size that arithmetic looks at, and doubts of one size that are ranked again.
_MOST_SETS = 12_000
_MOST_TRIES = 24
_BLOCK = 4_096


def find_counterfactual(
    ranker: Ranker, state: ShopperState, item_num: int, *, k: int = 10
) -> Counterfactual:
    """Find the smallest set of past products whose removal takes `item_num` out of the top `k`.

    `valid` is false and nothing is removed where the product is not listed (`rank_before` 0), or
    where no set was found; then `rank_after` is its rank without any history.
    """
    before = ranker.rank(state, k=k)
    rank_before = _rank_in(before.item_nums, item_num)
    if rank_before is None:
        return Counterfactual(item_num, (), (), k, 0, None, valid=False, minimal=False)
    table = Contenders.of(
        ranker, state, item_num, k, scores=before.scores, eligible=before.eligible
    )
    removed, minimal = _search(table)
    if removed is None:
        rank_after = _rank_in(ranker.listed(state.only(()), k=k), item_num)
        return Counterfactual(
            item_num, (), (), k, rank_before, rank_after, valid=False, minimal=False
        )
    items = state.distinct_items[0]
    return Counterfactual(
        item_num=item_num,
        removed_items=tuple(int(items[one]) for one in removed),
        removed_events=tuple(table.rows(removed)),
        k=k,
        rank_before=rank_before,
        rank_after=None,
        valid=True,
        minimal=minimal,
    )


def _rank_in(item_nums: IntArray, item_num: int) -> int | None:
    """1-based place in a list, or None."""
    places = np.flatnonzero(item_nums == item_num)
    return int(places[0]) + 1 if len(places) else None


def _search(table: Contenders) -> tuple[tuple[int, ...] | None, bool]:
    """A set that works, and whether every smaller one is proven not to."""
    proven = True
    for size in range(1, min(_LARGEST_SEARCHED, table.n_past) + 1):
        doubts = _doubts(table, size)
        for one in doubts.sets[:_MOST_TRIES]:
            if table.leaves(one):
                return tuple(int(past) for past in one), proven
        proven = proven and doubts.complete and len(doubts.sets) <= _MOST_TRIES
    return _greedy(table), False


# -- sets of one size ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Doubts:
    """Sets that arithmetic does not rule out, surest first, and whether all were looked at."""

    sets: list[IntArray]
    complete: bool


def _doubts(table: Contenders, size: int) -> _Doubts:
    """The sets of one size that must be ranked again to know."""
    sets, complete = _reaching(table.largest_gain, size, table.least_gain)
    found: list[tuple[float, IntArray]] = []
    for start in range(0, len(sets), _BLOCK):
        block = sets[start : start + _BLOCK]
        lead = table.lead_without(block)
        inside, beyond = table.doubtful(block, lead)
        found.extend(
            (_left_of_lead(table, lead[at], bool(inside[at])), block[at])
            for at in np.flatnonzero(inside | beyond).tolist()
            if beyond[at] or table.may_be_tied(lead[at]) or not table.listed(lead[at])
        )
    found.sort(key=lambda pair: pair[0])
    return _Doubts([one for _, one in found], complete)


def _left_of_lead(table: Contenders, lead: FloatArray, inside: bool) -> float:
    """What is left of the lead over the k-th contender; infinite for sets that a bound lets in."""
    if not inside:
        return np.inf
    return float(np.partition(lead, table.k - 1)[table.k - 1])


def _reaching(largest: FloatArray, size: int, needed: float) -> tuple[IntArray, bool]:
    """Sets of `size` whose largest gains together reach `needed`, int64 [n_sets, size].

    Also whether none was left out for being too many.
    """
    order = np.argsort(-largest, kind="stable")
    value = largest[order]
    sets: IntArray = np.flatnonzero(_best(value, np.arange(len(value)), size) >= needed)[:, None]
    for n_chosen in range(2, size + 1):
        sets, complete = _extended(sets, value, n_chosen, size, needed)
        if not complete:
            return order[sets], False
    return order[sets], True


def _best(value: FloatArray, start: IntArray, n: int) -> FloatArray:
    """The largest sum of `n` values from `start` on; where too few are left, hopelessly low."""
    padded = np.append(value, np.full(n, -1e300))  # finite: a value may be infinite
    total = np.zeros(len(start))
    for one in range(n):
        total = total + padded[start + one]
    return total


def _extended(
    sets: IntArray, value: FloatArray, n_chosen: int, size: int, needed: float
) -> tuple[IntArray, bool]:
    """Every set with one later member added that can still reach `needed`."""
    n_left = size - n_chosen
    starts, longer = sets[:, -1] + 1, []
    n_sets = 0
    for one, start in zip(sets, starts.tolist(), strict=True):
        members = np.arange(start, len(value))
        bound = value[one].sum() + value[members] + _best(value, members + 1, n_left)
        members = members[bound >= needed]
        n_sets += len(members)
        longer.append(np.column_stack([np.tile(one, (len(members), 1)), members]))
        if n_sets > _MOST_SETS:
            return np.concatenate(longer)[:, :n_chosen], False
    empty = np.zeros((0, n_chosen), dtype=np.int64)
    return (np.concatenate(longer) if longer else empty), True


# -- larger sets -----------------------------------------------------------------------------


def _greedy(table: Contenders) -> tuple[int, ...] | None:
    """Take out what helps most until the target is gone, then put back what was not needed."""
    lead, left, taken = table.lead.copy(), list(range(table.n_past)), list[int]()
    if len(lead) < table.k:
        return None
    nearest = np.inf
    while left:
        kth = np.partition(lead - table.gain[left], table.k - 1, axis=1)[:, table.k - 1]
        if kth.min() >= nearest:
            break
        nearest = float(kth.min())
        best = left.pop(int(np.argmin(kth)))
        lead = lead - table.gain[best]
        taken.append(best)
        if not table.listed(lead) and table.leaves(taken):
            return _without_needless(table, taken)
    every = list(range(table.n_past))
    return _without_needless(table, every) if every and table.leaves(every) else None


def _without_needless(table: Contenders, taken: list[int]) -> tuple[int, ...]:
    """Drop each past product, weakest first, that the answer can do without.

    Arithmetic decides and one ranking confirms; where it does not, the answer stays as it was.
    """
    lead = table.lead - table.gain[taken].sum(axis=0)
    kept = set(taken)
    for one in sorted(taken, key=lambda past: table.amount[past]):
        if len(kept) > 1 and not table.listed(lead + table.gain[one]):
            lead = lead + table.gain[one]
            kept.remove(one)
    fewer = tuple(one for one in taken if one in kept)
    return fewer if len(fewer) == len(taken) or table.leaves(fewer) else tuple(taken)
