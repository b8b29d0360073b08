"""Shoppers' states as padded arrays, for models that read a history in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from youli.data.state import ShopperState
from youli.types import FloatArray, IntArray

__all__ = ["Histories", "histories", "runs_of_similar_length"]


@dataclass(frozen=True)
class Histories:
    """The latest counted events of some states, right-padded.

    ``items`` int32 [n_states, length], 0 as padding; ``steps_ago`` int32, ``seconds_ago`` int64
    and ``strengths`` float32, 0 as padding; ``lengths`` int64 [n_states].
    """

    items: IntArray
    steps_ago: IntArray
    seconds_ago: IntArray
    strengths: FloatArray
    lengths: IntArray


def histories(states: Sequence[ShopperState], max_length: int) -> Histories:
    """The last `max_length` events that speak, of each state; length is at least 1."""
    rows = [np.flatnonzero(state.strength > 0.0)[-max_length:] for state in states]
    lengths = np.array([len(mine) for mine in rows], dtype=np.int64)
    shape = (len(states), max(1, int(lengths.max(initial=0))))
    items, steps_ago = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    seconds_ago = np.zeros(shape, np.int64)
    strengths = np.zeros(shape, np.float32)
    for at, (state, mine) in enumerate(zip(states, rows, strict=True)):
        items[at, : len(mine)] = state.item_num[mine]
        steps_ago[at, : len(mine)] = state.steps_ago[mine]
        seconds_ago[at, : len(mine)] = state.seconds_ago[mine]
        strengths[at, : len(mine)] = state.strength[mine]
    return Histories(items, steps_ago, seconds_ago, strengths, lengths)


def runs_of_similar_length(
    states: Sequence[ShopperState], max_length: int, n_events: int = 8192
) -> Iterator[tuple[IntArray, Histories]]:
    """Runs of states with little padding: their places in `states`, and their histories."""
    order = np.argsort([-min(state.n_rows, max_length) for state in states], kind="stable")
    at = 0
    while at < len(order):
        longest = max(1, min(states[order[at]].n_rows, max_length))
        mine = order[at : at + max(1, n_events // longest)]
        yield mine, histories([states[i] for i in mine], max_length)
        at += len(mine)
