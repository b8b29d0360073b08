"""The smallest set of what a product rests on without which it leaves the list.

What is taken out is past products, single events, interests or attributes (`units`). Sets of one,
two and three are searched smallest first: branch and bound leaves those that might work by what
they take from the lead over the contenders (`contenders`), arithmetic rules out most of them, and
what is left is ranked again through the whole pipeline. So an answer is always proven valid, and it
is proven minimal where every smaller size was exhausted; `minimal` says so. Larger answers are
found greedily and are called valid only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from youli.data.state import ShopperState
from youli.explain.contenders import Contenders
from youli.explain.types import By, Counterfactual
from youli.explain.worlds import Change, changed
from youli.rank.ranker import Ranker, Ranking
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["change_of", "find_counterfactual"]

#: Sets are searched exhaustively up to this size.
_LARGEST_SEARCHED = 3
#: Of one size: sets that arithmetic looks at, sets whose list is played through with diversity, and
#: doubts that are ranked again.
_MOST_SETS = 12_000
_MOST_PLAYED = 1_000
_MOST_TRIES = 24
_BLOCK = 4_096


def find_counterfactual(
    ranker: Ranker,
    state: ShopperState,
    item_num: int,
    *,
    k: int = 10,
    by: By = By.PRODUCTS,
    only_new: bool = False,
    served: Ranking | None = None,
) -> Counterfactual:
    """Find the smallest set of units whose removal takes `item_num` out of the top `k`.

    `valid` is false and nothing is removed where the product is not listed (`rank_before` 0), or
    where no set was found; then `rank_after` is its rank without any of them. `only_new` is for the
    words alone: `ranker` is then the one that lists nothing bought before. `served` is the list of
    `k` where it is there already.
    """
    if served is None:
        served = ranker.rank(state, k=k)
    rank_before = _rank_in(served.item_nums, item_num)
    if rank_before is None:
        return Counterfactual(
            item_num, (), (), k, 0, None, valid=False, minimal=False, by=by, only_new=only_new
        )
    if _is_pinned(ranker, item_num):  # no history brought it here, and none keeps it
        return Counterfactual(
            item_num, (), (), k, rank_before, rank_before, False, False, by=by, only_new=only_new
        )
    table = Contenders.of(ranker, state, item_num, k, served=served, by=by)
    removed, minimal = _search(table)
    change = table.units.change(removed or ())
    rank_after = None if removed else _rank_without_any(table)
    return Counterfactual(
        item_num=item_num,
        removed_items=_items_of(table, removed or ()),
        removed_events=change.ignored,
        k=k,
        rank_before=rank_before,
        rank_after=rank_after,
        valid=removed is not None,
        minimal=minimal,
        by=by,
        removed_labels=_labels_of(table, removed or (), traits=False),
        removed_traits=_labels_of(table, removed or (), traits=True),
        only_new=only_new,
    )


def _is_pinned(ranker: Ranker, item_num: int) -> bool:
    return bool(np.isin(item_num, ranker.config.rules.pinned))


def change_of(found: Counterfactual) -> Change:
    """The world without what a counterfactual removes."""
    if found.by is not By.ATTRIBUTES:
        return Change(ignored=found.removed_events)
    return Change(
        labels_off=found.removed_labels, traits_off=tuple(name for name, _ in found.removed_traits)
    )


def _rank_in(item_nums: IntArray, item_num: int) -> int | None:
    """1-based place in a list, or None."""
    places = np.flatnonzero(item_nums == item_num)
    return int(places[0]) + 1 if len(places) else None


def _rank_without_any(table: Contenders) -> int | None:
    """The target's place where none of the units is left."""
    ranker, state = changed(table.ranker, table.state, table.units.change(range(table.n_units)))
    return _rank_in(ranker.listed(state, k=table.k), table.item_num)


def _items_of(table: Contenders, units: tuple[int, ...]) -> tuple[int, ...]:
    """The past products whose events are taken out, in the order of the units."""
    rows = [row for one in units for row in (table.units.rows[one] if table.units.rows else ())]
    return tuple(dict.fromkeys(table.state.item_num[rows].tolist()))


def _labels_of(
    table: Contenders, units: tuple[int, ...], *, traits: bool
) -> tuple[tuple[str, str], ...]:
    """Names and values of the units, of products or of the shopper."""
    if not table.units.labels:
        return ()
    return tuple(table.units.labels[one] for one in units if (one in table.units.traits) == traits)


def _search(table: Contenders) -> tuple[tuple[int, ...] | None, bool]:
    """A set that works, and whether every smaller one is proven not to."""
    proven = True
    for size in range(1, min(_LARGEST_SEARCHED, table.n_units) + 1):
        sets, complete = _reaching(table.largest_gain, size, table.least_gain)
        for n_tries, one in enumerate(_doubts(table, sets)):
            if one is None or n_tries == _MOST_TRIES:
                complete = False
                break
            if table.leaves(one):
                return tuple(int(unit) for unit in one), proven
        proven = proven and complete
    return _greedy(table), False


# -- sets of one size ------------------------------------------------------------------------


def _doubts(table: Contenders, sets: IntArray) -> Iterator[IntArray | None]:
    """The sets that must be ranked again to know, surest first; None where too many are left.

    Where diversity is on, the list is played through by arithmetic for each before it is given.
    """
    found: list[tuple[float, int, IntArray, FloatArray, bool]] = []
    for start in range(0, len(sets), _BLOCK):
        block = sets[start : start + _BLOCK]
        lead = table.lead_without(block)
        inside, beyond = table.doubtful(block, lead)
        at = np.flatnonzero(inside | beyond)
        left = _left_of_lead(table, lead[at], inside[at])
        found.extend(
            zip(
                left.tolist(),
                range(start, len(sets)),
                block[at],
                lead[at],
                beyond[at],
                strict=False,
            )
        )
    found.sort(key=lambda one: one[:2])
    for n_played, (_, _, one, its_lead, beyond_it) in enumerate(found):
        if n_played == _MOST_PLAYED:
            yield None
        elif beyond_it or table.may_be_tied(its_lead) or not table.listed(its_lead):
            yield one


def _left_of_lead(table: Contenders, lead: FloatArray, inside: BoolArray) -> FloatArray:
    """What is left of the lead over the k-th contender; infinite for sets that a bound lets in."""
    left = np.full(len(lead), np.inf)
    if inside.any():
        nth = table.n_free - 1
        left[inside] = np.partition(lead[inside], nth, axis=1)[:, nth]
    return left


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
    left, taken = list(range(table.n_units)), list[int]()
    if len(table.lead) < table.n_free:
        return None
    nearest = np.inf
    while left:
        lead = table.lead_without(np.array([[*taken, one] for one in left]))
        kth = np.partition(lead, table.n_free - 1, axis=1)[:, table.n_free - 1]
        if kth.min() >= nearest:
            break
        nearest = float(kth.min())
        best = int(np.argmin(kth))
        taken.append(left.pop(best))
        if not table.listed(lead[best]) and table.leaves(taken):
            return _without_needless(table, taken)
    every = list(range(table.n_units))
    return _without_needless(table, every) if every and table.leaves(every) else None


def _without_needless(table: Contenders, taken: list[int]) -> tuple[int, ...]:
    """Drop each unit, weakest first, that the answer can do without.

    Arithmetic decides and one ranking confirms; where it does not, the answer stays as it was.
    """
    kept = list(taken)
    for one in sorted(taken, key=table.given_by):
        fewer = [unit for unit in kept if unit != one]
        if fewer and not table.listed(table.lead_without(np.array([fewer]))[0]):
            kept = fewer
    return tuple(kept) if len(kept) == len(taken) or table.leaves(kept) else tuple(taken)
