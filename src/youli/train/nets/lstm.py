"""An LSTM over the sequence; the query is what it remembers after the last earlier tick."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from youli.features.items import ItemFeatures
from youli.train.nets.base import Net
from youli.train.nets.items import ItemEmbedding
from youli.train.nets.recurrent import Recurrent
from youli.train.nets.shoppers import known_events
from youli.train.sequences import Batch
from youli.types import IntArray

__all__ = ["LstmNet"]


class LstmNet(Net):
    """Item embeddings, an LSTM, a projection, a layer norm."""

    never: Tensor

    def __init__(
        self,
        features: ItemFeatures,
        popularity: IntArray,
        *,
        dim: int,
        hidden: int,
        n_layers: int,
        dropout: float,
        item_dropout: float,
        forgotten: float,
    ) -> None:
        super().__init__()
        self.items = ItemEmbedding(features, popularity, dim, dropout=item_dropout)
        self.forgotten = forgotten
        self.scale = dim**0.5
        self.recurrent = Recurrent(dim, hidden, n_layers, dropout)
        self.nobody = nn.Parameter(torch.zeros(dim))
        self.norm = nn.LayerNorm(dim)
        self.register_buffer("never", torch.from_numpy(popularity == 0), persistent=False)

    def inputs(self) -> Tensor:
        """Every product, float32 [n_items, dim]."""
        table: Tensor = self.items()
        return table

    def biases(self) -> Tensor:
        """No popularity: only products never chosen are left out."""
        return torch.zeros(len(self.never), device=self.never.device).masked_fill(
            self.never, -torch.inf
        )

    def queries(self, batch: Batch, table: Tensor) -> Tensor:
        """One query for each target, float32 [n_targets, dim]."""
        states = self.recurrent(batch, functional.embedding(batch.items, table) * self.scale)
        n_before = known_events(batch, self.forgotten if self.training else 0.0)
        row = torch.nonzero(batch.is_target)[:, 0]
        last = states[row, (n_before - 1).clamp_min(0)]
        queries: Tensor = self.norm(torch.where(n_before[:, None] > 0, last, self.nobody))
        return queries
