"""The attention kernel: exactly additive over past events.

    query(u) = Σ_j strength_j Σ_h d_h(age_j) · V_h g(x_j)        score(u, i) = query(u) · x_i

d_h(age) is a learned number for each head and age (single ages first, then ranges that double), g
a gate and a small residual net of the product alone. Nothing is normalised over the history, so an
event's part never depends on another event.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from youli.features.items import ItemFeatures
from youli.train.nets.base import Net
from youli.train.nets.dropout import Dropout
from youli.train.nets.items import ItemEmbedding
from youli.train.sequences import Batch
from youli.types import IntArray

__all__ = ["KernelNet"]


class KernelNet(Net):
    """Per-head decays and gates over item embeddings."""

    edges: Tensor
    never: Tensor

    def __init__(
        self,
        features: ItemFeatures,
        popularity: IntArray,
        *,
        dim: int,
        n_heads: int,
        edges: IntArray,
        dropout: float,
        item_dropout: float,
    ) -> None:
        super().__init__()
        self.items = ItemEmbedding(features, popularity, dim, dropout=item_dropout, spread=0.05)
        self.dim, self.n_heads = dim, n_heads
        self.register_buffer("edges", torch.from_numpy(np.asarray(edges, dtype=np.int64)))
        start = 2.0 ** torch.arange(n_heads)  # time constants to start from: 1, 2, 4, … ticks
        age = torch.from_numpy(np.asarray(edges, dtype=np.float32))
        self.decay = nn.Parameter(torch.exp(-age[None, :] / start[:, None]))  # [heads, ages]
        self.gate = nn.Linear(dim, n_heads)
        self.value = nn.Linear(dim, n_heads * dim, bias=False)
        with torch.no_grad():
            eye = torch.eye(dim).repeat(n_heads, 1)
            self.value.weight.copy_(0.5 * eye + torch.randn_like(eye) * 0.02)
        self.dropout = Dropout(dropout)
        self.bias = nn.Parameter(torch.zeros(len(popularity)))
        self.register_buffer("never", torch.from_numpy(popularity == 0))

    def inputs(self) -> Tensor:
        """Every product, float32 [n_items, dim]."""
        table: Tensor = self.items()
        return table

    def biases(self) -> Tensor:
        """A learned popularity, for training only: the ledger has its own channel for it."""
        return self.bias.masked_fill(self.never, -torch.inf)

    def values(self, x: Tensor) -> Tensor:
        """What products say in each head, float32 [n, heads, dim]."""
        gate = 2.0 * torch.sigmoid(self.gate(x))
        values: Tensor = self.value(x).view(len(x), self.n_heads, self.dim) * gate[:, :, None]
        return values

    def ages(self, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Range of the age of every earlier event at every event, and which are earlier.

        int64 and bool [n, length, length], rows predict, columns speak; age 0 is the tick before.
        """
        age = steps[:, :, None] - 1 - steps[:, None, :]
        return torch.bucketize(age.clamp_min(0), self.edges, right=True) - 1, age >= 0

    def attention(self, batch: Batch) -> dict[str, Tensor]:
        """How much each age counts in each head, [heads, ages]: it depends on nothing else."""
        del batch
        return {"decay by age": self.decay}

    def queries(self, batch: Batch, table: Tensor) -> Tensor:
        """One query for each target, float32 [n_targets, dim]."""
        n, length = batch.items.shape
        x = self.dropout(functional.embedding(batch.items.reshape(-1), table))
        values = self.values(x).view(n, length, self.n_heads, self.dim)
        bucket, earlier = self.ages(batch.steps)
        speaks = earlier * batch.strengths[:, None, :]  # [n, length, length]
        weights = functional.embedding(bucket, self.decay.T) * speaks[..., None]
        flat = weights.permute(0, 1, 3, 2).reshape(n, length, self.n_heads * length)
        pooled = torch.bmm(
            flat, values.permute(0, 2, 1, 3).reshape(n, self.n_heads * length, self.dim)
        )
        queries: Tensor = self.dropout(pooled[batch.is_target])
        return queries
