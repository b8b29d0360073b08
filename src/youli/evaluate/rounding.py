"""What rounding to int8 costs: the same shoppers scored by the shop before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from youli.artifact import FittedShop
from youli.data.state import ShopperState
from youli.quantise import packed
from youli.rank.ranker import top
from youli.types import FloatArray

__all__ = ["rounding"]

#: Shoppers that are compared, drawn evenly from all.
_N_SHOPPERS = 100
_K = 10


def rounding(exact: FittedShop, rounded: FittedShop) -> dict[str, Any]:
    """Bytes of the tables before and after; and for every ranker, over some shoppers and all
    products: the largest error of a score beside the spread of the scores (their standard
    deviation), and how many of the first ten stay among the first ten.
    """
    ids = exact.shop.interactions.users.ids
    picked = np.unique(np.linspace(0, len(ids) - 1, min(_N_SHOPPERS, len(ids))).astype(int))
    states = [ShopperState.of(exact.shop, ids[num]) for num in picked.tolist()]
    scorers: dict[str, tuple[Callable[..., FloatArray], Callable[..., FloatArray]]] = {
        "ledger": (exact.ranker.score, rounded.ranker.score)
    }
    for name, model in exact.models.items():
        other = rounded.models[name]
        scorers[name] = (_one(model), _one(other))
    parts = [*exact.ranker.channels.values(), *exact.models.values()]
    return {
        "bytes_as_float": _bytes(parts, as_int8=False),
        "bytes": _bytes(parts, as_int8=True),
        "n_shoppers": len(states),
        "models": {
            name: _compared(before, after, exact, states)
            for name, (before, after) in scorers.items()
        },
    }


def _one(model: Any) -> Callable[[ShopperState], FloatArray]:
    return lambda state: model.score_batch([state])[0]


def _compared(
    before: Callable[..., FloatArray],
    after: Callable[..., FloatArray],
    exact: FittedShop,
    states: list[ShopperState],
) -> dict[str, float]:
    largest, spread, kept, listed = 0.0, 0.0, 0, 0
    for state in states:
        ours, theirs = before(state), after(state)
        largest = max(largest, float(np.nanmax(np.abs(ours - theirs), initial=0.0)))
        spread += float(np.nanstd(ours)) / len(states)
        eligible = exact.ranker.eligible(state) & ~np.isnan(ours)
        first = top(ours, eligible, _K)
        kept += int(np.isin(first, top(theirs, eligible, _K)).sum())
        listed += len(first)
    return {
        "largest_error": largest,
        "spread": spread,
        f"overlap@{_K}": kept / max(listed, 1),
    }


def _bytes(parts: list[Any], *, as_int8: bool) -> int:
    every = [packed(one.to_arrays()) if as_int8 else one.to_arrays() for one in parts]
    return sum(array.nbytes for arrays in every for array in arrays.values())
