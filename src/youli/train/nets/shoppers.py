"""A shopper at a moment as a set of features, each a vector: what they had, what is known of them.

- ``last product``, ``2nd last product``, …: each through a matrix of its own;
- ``history 1``, …: means of the products of the history, weighted by strength and by decay^age, the
  decays learned;
- the attributes of the profile, a vector for every level or for the size of a quantity;
- ``events known`` and, with a clock, ``time since``: the history's length and how long ago it ends.

All of them come from what happened in earlier ticks than the one that is predicted.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from youli.features.shoppers import N_LENGTHS, RECENCY_S, ShopperTable
from youli.train.sequences import Batch

__all__ = ["HistoryMeans", "ShopperFeatures", "known_events"]

_SPREAD = 0.02


def known_events(batch: Batch, share_forgotten: float) -> Tensor:
    """How many earlier events each target may be told by, int64 [n_targets].

    In training a share of the targets is told by none, so that new shoppers are learned too.
    """
    n_before = batch.n_before
    if share_forgotten > 0.0:
        kept = torch.rand(len(n_before), device=n_before.device) >= share_forgotten
        n_before = n_before * kept
    return n_before


class HistoryMeans(nn.Module):
    """Means over the events before each target, weighted by strength · decay^age."""

    def __init__(self, n_means: int) -> None:
        super().__init__()
        # From about the last three events to the whole history.
        start = torch.linspace(0.4, -5.0, n_means) if n_means > 1 else torch.zeros(1)
        self.fall = nn.Parameter(start)

    def forward(
        self, batch: Batch, n_before: Tensor, x: Tensor, has: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Means float32 [n_targets, n_means, dim], and where there is one, bool [n_targets].

        Of `x` [n, length, dim], over the events that `has` [n, length] names.
        """
        length = batch.items.shape[1]
        known = torch.zeros_like(batch.items).masked_scatter(batch.is_target, n_before)
        place = torch.arange(length, device=x.device)
        counts = (place < known[:, :, None]) & has[:, None, :]  # [n, predicts, speaks]
        last = batch.steps.gather(1, (known - 1).clamp_min(0))
        age = (last[:, :, None] - batch.steps[:, None, :]).clamp_min(0)
        speaks = counts * batch.strengths[:, None, :]
        means = []
        for fall in functional.softplus(self.fall):
            weights = torch.exp(-fall * age) * speaks
            total = weights.sum(dim=2, keepdim=True)
            mean = torch.bmm(weights, x) / total.clamp_min(1e-30)
            means.append(mean[batch.is_target])
        return torch.stack(means, dim=1), counts.any(dim=2)[batch.is_target]


class ShopperFeatures(nn.Module):
    """The features of each target's shopper, just before."""

    codes: Tensor
    numbers: Tensor
    is_known: Tensor
    edges: Tensor

    def __init__(self, table: ShopperTable, dim: int, *, n_last: int, n_means: int) -> None:
        super().__init__()
        rows = table.rows
        assert rows is not None, "a net is trained on the table's own rows"
        self.n_last, self.n_means = n_last, n_means
        self.is_timed = table.is_timed
        eye = torch.eye(dim).repeat(n_last + n_means, 1, 1)
        self.through = nn.Parameter(eye + torch.randn_like(eye) * _SPREAD)
        if n_means:
            self.means = HistoryMeans(n_means)
        starts = table.starts
        n_quantities = len(table.encoder.quantities)
        self.level = nn.Parameter(torch.randn(int(starts[-1]), dim) * _SPREAD)
        self.size = nn.Parameter(torch.randn(n_quantities, dim) * _SPREAD)
        self.known = nn.Parameter(torch.randn(n_quantities, dim) * _SPREAD)
        self.unknown = nn.Parameter(torch.randn(n_quantities, dim) * _SPREAD)
        self.length = nn.Parameter(torch.randn(N_LENGTHS, dim) * _SPREAD)
        # The shoppers' own rows are no part of what is saved.
        places = np.where(rows.codes < 0, 0, rows.codes) + starts[:-1]
        self.register_buffer("codes", torch.from_numpy(places.astype(np.int64)), persistent=False)
        numbers = torch.from_numpy(rows.numbers)
        self.register_buffer("numbers", numbers, persistent=False)
        self.register_buffer("is_known", torch.from_numpy(rows.known), persistent=False)
        if self.is_timed:
            self.recency = nn.Parameter(torch.randn(len(RECENCY_S) + 1, dim) * _SPREAD)
            edges = torch.tensor(RECENCY_S)
            self.register_buffer("edges", edges, persistent=False)

    def forward(self, batch: Batch, x: Tensor, n_before: Tensor) -> tuple[Tensor, Tensor]:
        """Products of the events [n, length, dim] → features [n_targets, n_features, dim], bool."""
        row, column = torch.nonzero(batch.is_target, as_tuple=True)
        users = batch.users[row]
        parts: list[Tensor] = []
        there: list[Tensor] = []
        for back in range(self.n_last):
            place = n_before - 1 - back
            parts.append(x[row, place.clamp_min(0)] @ self.through[back])
            there.append(place >= 0)
        if self.n_means:
            means, some = self.means(batch, n_before, x, batch.strengths > 0.0)
            parts.extend((means.transpose(0, 1) @ self.through[self.n_last :]).unbind(0))
            there.extend([some] * self.n_means)
        always = torch.ones_like(row, dtype=torch.bool)
        levels = self.level[self.codes[users]]  # [n_targets, n_label_columns, dim]
        parts.extend(levels.unbind(1))
        sizes = self.numbers[users][:, :, None] * self.size + self.known
        sizes = torch.where(self.is_known[users][:, :, None], sizes, self.unknown)
        parts.extend(sizes.unbind(1))
        octave = torch.log2(n_before.double() + 1.0).long().clamp_max(N_LENGTHS - 1)
        parts.append(self.length[octave])
        there.extend([always] * (len(parts) - len(there)))
        if self.is_timed:
            last = batch.times[row, (n_before - 1).clamp_min(0)]
            seconds = (batch.times[row, column] - last).clamp_min(0)
            parts.append(self.recency[torch.bucketize(seconds, self.edges)])
            there.append(n_before > 0)
        return torch.stack(parts, dim=1), torch.stack(there, dim=1)
