"""A shop's log as sequences to learn from, and their batches.

- A sequence longer than `max_length` is cut into windows, each of which starts with the last
  `overlap` events of the one before it, as history only.
- A batch holds sequences of about the same length, so that next to nothing is padding: batches are
  cut from runs of shuffled sequences that were sorted by length.
- Which batches an epoch has, and in which order, follows from the seed and the epoch alone: a run
  that was killed goes on where it stood, and several processes agree without talking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from youli.data.interactions import Interactions
from youli.data.state import EVENT_STRENGTH
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["Batch", "Sequences"]

#: Batches whose sequences are sorted by length together.
_BATCHES_A_RUN = 50


@dataclass(frozen=True)
class Batch:
    """Sequences of one step, right-padded; everything is [n_sequences, length].

    ``items`` int64; ``steps`` int64, ticks of the shopper's clock; ``times`` int64, seconds, 0
    throughout where the shop has no clock; ``strengths`` float32, how strongly each event speaks,
    0 for padding; ``is_target`` bool, what is to be predicted from what came before it; ``users``
    int64 [n_sequences].
    """

    items: torch.Tensor
    steps: torch.Tensor
    times: torch.Tensor
    strengths: torch.Tensor
    is_target: torch.Tensor
    users: torch.Tensor

    @property
    def targets(self) -> torch.Tensor:
        """The products to predict, int64 [n_targets], in row order."""
        return self.items[self.is_target]

    @property
    def n_before(self) -> torch.Tensor:
        """How many events of earlier ticks each target has, int64 [n_targets].

        They are the first of its row: what is predicted is never told by its own order.
        """
        earlier = self.steps[:, None, :] < self.steps[:, :, None]  # [n, predicts, speaks]
        speaks = (self.strengths > 0.0)[:, None, :]
        return (earlier & speaks).sum(dim=2)[self.is_target]

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(
            self.items.to(device), self.steps.to(device), self.times.to(device),
            self.strengths.to(device), self.is_target.to(device), self.users.to(device),
        )  # fmt: skip


@dataclass(frozen=True)
class Sequences:
    """All windows of all shoppers.

    ``row`` are the rows of the log that speak, int64 [n_events]; the other arrays have an entry for
    each of them. ``start``, ``stop`` and ``first_target`` are places among them, int64 [n_windows];
    what stands from ``first_target`` on is predicted.
    """

    row: IntArray
    item_num: IntArray
    step: IntArray
    timestamp: IntArray
    strength: FloatArray
    user_num: IntArray
    may_be_target: BoolArray
    start: IntArray
    stop: IntArray
    first_target: IntArray
    n_items: int

    @classmethod
    def of(cls, events: Interactions, *, max_length: int, overlap: int = 0) -> Sequences:
        """Windows of every shopper with two ticks or more; events that say nothing are not in."""
        assert 0 <= overlap < max_length, "a window must have room for targets"
        speaks = EVENT_STRENGTH[events.event] > 0.0
        if not speaks.all():
            events = events.select(speaks)
        strength = EVENT_STRENGTH[events.event].astype(np.float32)
        first_step = events.step[np.repeat(events.indptr[:-1], np.diff(events.indptr))]
        may_be_target = np.asarray(events.step > first_step)
        start, stop, first = _windows(events.indptr, max_length, overlap)
        first = np.maximum(first, start + 1)  # nothing comes before a window's first event
        n_targets = np.concatenate([[0], np.cumsum(may_be_target)])
        some = n_targets[stop] > n_targets[first]
        return cls(
            row=np.flatnonzero(speaks),
            item_num=events.item_num,
            step=events.step,
            timestamp=events.timestamp if events.timed else np.zeros_like(events.timestamp),
            strength=strength,
            user_num=events.user_num,
            may_be_target=may_be_target,
            start=start[some],
            stop=stop[some],
            first_target=first[some],
            n_items=events.n_items,
        )

    def __len__(self) -> int:
        return len(self.start)

    def only(self, targets: BoolArray) -> Sequences:
        """The windows that predict one of the given rows of the log, and nothing else."""
        may_be_target = self.may_be_target & targets[self.row]
        counts = np.concatenate([[0], np.cumsum(may_be_target)])
        some = counts[self.stop] > counts[self.first_target]
        return replace(
            self,
            may_be_target=may_be_target,
            start=self.start[some],
            stop=self.stop[some],
            first_target=self.first_target[some],
        )

    @property
    def n_targets(self) -> int:
        """How many events are predicted in one epoch."""
        counts = np.concatenate([[0], np.cumsum(self.may_be_target)])
        return int((counts[self.stop] - counts[self.first_target]).sum())

    def batches(self, batch_tokens: int, *, seed: int, epoch: int) -> list[IntArray]:
        """The windows of each step of an epoch; no step is longer than `batch_tokens` padded."""
        if not len(self):
            return []
        rng = np.random.default_rng([seed, epoch])
        lengths = self.stop - self.start
        order = rng.permutation(len(self))
        run = max(1, int(_BATCHES_A_RUN * batch_tokens / max(lengths.mean(), 1.0)))
        found: list[IntArray] = []
        for at in range(0, len(order), run):
            mine = order[at : at + run]
            mine = mine[np.argsort(-lengths[mine], kind="stable")]
            found.extend(_cut(mine, lengths[mine], batch_tokens))
        return [found[i] for i in rng.permutation(len(found))]

    def batch(self, windows: IntArray) -> Batch:
        """The arrays of some windows."""
        start, stop = self.start[windows], self.stop[windows]
        length = int((stop - start).max())
        column = np.arange(length)
        is_real = column < (stop - start)[:, None]  # [n_sequences, length]
        row = np.where(is_real, start[:, None] + column, start[:, None])
        is_target = is_real & (row >= self.first_target[windows][:, None]) & self.may_be_target[row]
        last = self.step[stop - 1][:, None]
        return Batch(
            items=torch.from_numpy(self.item_num[row].astype(np.int64)),
            steps=torch.from_numpy(np.where(is_real, self.step[row], last).astype(np.int64)),
            times=torch.from_numpy(self.timestamp[row].astype(np.int64)),
            strengths=torch.from_numpy(np.where(is_real, self.strength[row], np.float32(0.0))),
            is_target=torch.from_numpy(is_target),
            users=torch.from_numpy(self.user_num[start].astype(np.int64)),
        )

    def popularity(self) -> IntArray:
        """How often each product speaks, int64 [n_items]."""
        return np.bincount(self.item_num[self.strength > 0.0], minlength=self.n_items)


def _windows(
    indptr: IntArray, max_length: int, overlap: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Start, stop and first target of every window; the last one of a shopper ends their log."""
    fresh = max_length - overlap
    start: list[IntArray] = []
    stop: list[IntArray] = []
    first: list[IntArray] = []
    for low, high in _long_enough(indptr):
        ends = np.arange(high, low, -fresh)
        begins = np.maximum(ends - max_length, low)
        start.append(begins)
        stop.append(ends)
        first.append(np.maximum(ends - fresh, low))
    empty = [np.zeros(0, dtype=np.int64)]
    return (
        np.concatenate(start or empty),
        np.concatenate(stop or empty),
        np.concatenate(first or empty),
    )


def _long_enough(indptr: IntArray) -> Iterator[tuple[int, int]]:
    for low, high in zip(indptr[:-1].tolist(), indptr[1:].tolist(), strict=True):
        if high - low >= 2:
            yield low, high


def _cut(windows: IntArray, lengths: IntArray, batch_tokens: int) -> list[IntArray]:
    """Runs of windows, longest first, each of at most `batch_tokens` with its padding."""
    found, at = [], 0
    while at < len(windows):
        size = max(1, batch_tokens // int(lengths[at]))
        found.append(windows[at : at + size])
        at += size
    return found
