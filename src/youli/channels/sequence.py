"""Histories and what came next, as two sparse matrices that several channels count from.

One row is one *position*: a tick of one shopper's clock. ``history`` holds what came before it,
decayed by ticks; ``following`` holds what came at it. Their product counts transitions, and
the Gram matrix of ``history`` is what a closed form inverts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from youli.data.interactions import Interactions
from youli.data.state import learning_strength
from youli.types import FloatArray, IntArray

__all__ = ["Positions", "positions"]


@dataclass(frozen=True)
class Positions:
    """Where each event lies, and how far each position is from its shopper's end.

    ``of_event`` int64 [n_events]; ``ticks_left`` int32 [n_positions], 0 for the last;
    ``n_before`` int32 [n_positions], ticks before it.
    """

    interactions: Interactions
    of_event: IntArray
    ticks_left: IntArray
    n_before: IntArray

    def __len__(self) -> int:
        return len(self.ticks_left)

    def history(self, decay: FloatArray, *, backwards: bool = False) -> sparse.csr_matrix:
        """What came before each position: `decay[lag - 1]` × the event's strength, summed.

        CSR float32 [n_positions, n_items]. `backwards` gives what comes after it instead.
        """
        events, sign = self.interactions, -1 if backwards else 1
        room = (self.n_before if backwards else self.ticks_left)[self.of_event]
        strength = learning_strength(events)
        rows, columns, values = [], [], []
        for lag, weight in enumerate(decay, start=1):
            reaches = np.flatnonzero(room >= lag)
            rows.append(self.of_event[reaches] + sign * lag)
            columns.append(events.item_num[reaches])
            values.append((weight * strength[reaches]).astype(np.float32))
        return _csr(rows, columns, values, (len(self), events.n_items))

    def following(self, weight: FloatArray | None = None) -> sparse.csr_matrix:
        """What came at each position, times the position's `weight`; CSR float32, as `history`."""
        events = self.interactions
        values = learning_strength(events)
        if weight is not None:
            values = values * weight[self.of_event]
        return _csr(
            [self.of_event],
            [events.item_num],
            [values.astype(np.float32)],
            (len(self), events.n_items),
        )


def positions(interactions: Interactions) -> Positions:
    """Number the ticks of all shoppers in one run."""
    if len(interactions) == 0:
        empty = np.zeros(0, dtype=np.int64)
        return Positions(interactions, empty, empty.astype(np.int32), empty.astype(np.int32))
    has_events = np.diff(interactions.indptr) > 0
    last_row = interactions.indptr[1:][has_events] - 1
    n_ticks = interactions.step[last_row].astype(np.int64) + 1
    first_position = np.zeros(interactions.n_users, dtype=np.int64)
    first_position[has_events] = np.concatenate([[0], np.cumsum(n_ticks)[:-1]])
    n_before = np.concatenate([np.arange(n, dtype=np.int32) for n in n_ticks])
    return Positions(
        interactions=interactions,
        of_event=first_position[interactions.user_num] + interactions.step,
        ticks_left=np.repeat(n_ticks - 1, n_ticks).astype(np.int32) - n_before,
        n_before=n_before,
    )


def _csr(
    rows: list[IntArray], columns: list[IntArray], values: list[FloatArray], shape: tuple[int, int]
) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape
    )
    matrix.sum_duplicates()
    return matrix
