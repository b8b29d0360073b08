"""Causal self-attention over the sequence (Kang and McAuley 2018), with pre-norm blocks.

Positions count back from the end of what is known, by shopper ticks, so that one table serves
sequences of every length.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from youli.features.items import ItemFeatures
from youli.train.nets.base import Net
from youli.train.nets.dropout import Dropout
from youli.train.nets.items import ItemEmbedding
from youli.train.sequences import Batch
from youli.types import IntArray

__all__ = ["TransformerNet"]


class TransformerNet(Net):
    """Blocks of causal attention; the query is the last block's output at the event before."""

    never: Tensor

    def __init__(
        self,
        features: ItemFeatures,
        popularity: IntArray,
        *,
        dim: int,
        n_heads: int,
        n_blocks: int,
        max_length: int,
        dropout: float,
        item_dropout: float,
    ) -> None:
        super().__init__()
        self.items = ItemEmbedding(features, popularity, dim, dropout=item_dropout)
        self.position = nn.Parameter(torch.randn(max_length, dim) * 0.02)
        self.blocks = nn.ModuleList(_Block(dim, n_heads, dropout) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(dropout)
        self.register_buffer("never", torch.from_numpy(popularity == 0))

    def inputs(self) -> Tensor:
        """Every product, float32 [n_items, dim]."""
        table: Tensor = self.items()
        return table

    def biases(self) -> Tensor:
        """No popularity: only products never chosen are left out."""
        return torch.zeros(len(self.never), device=self.never.device).masked_fill(
            self.never, -torch.inf
        )

    def attention(self, batch: Batch) -> dict[str, Tensor]:
        """Each block's weights on the first sequence, mean over heads, [length, length]."""
        x = self._placed(batch, self.inputs())[:1]
        maps = {}
        for number, block in enumerate(self.blocks):
            assert isinstance(block, _Block), "every block is one"
            maps[f"attention of block {number + 1}"] = block.weights(x)[0].mean(0)
            x = block(x)
        return maps

    def queries(self, batch: Batch, table: Tensor) -> Tensor:
        """The state after the event before each target, float32 [n_targets, dim]."""
        x = self._placed(batch, table)
        for block in self.blocks:
            x = block(x)
        queries: Tensor = self.norm(x[batch.is_target[:, 1:]])
        return queries

    def _placed(self, batch: Batch, table: Tensor) -> Tensor:
        """All events but the last, with their positions, [n, length - 1, dim]."""
        items = batch.items[:, :-1]
        x = (
            functional.embedding(items, table) * table.shape[1] ** 0.5
            + self.position[: items.shape[1]]
        )
        placed: Tensor = self.dropout(x)
        return placed


class _Block(nn.Module):
    """Attention to what came before, then a feed-forward net, each added to what came in."""

    def __init__(self, dim: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.before, self.between = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.into, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.wide, self.back = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.dropout = Dropout(dropout)

    def weights(self, x: Tensor) -> Tensor:
        """How much each event attends to each, [n, heads, length, length]; rows sum to 1."""
        n, length, _ = x.shape
        q, k, _ = self.into(self.before(x)).view(n, length, 3, self.n_heads, -1).unbind(2)
        scores = q.transpose(1, 2) @ k.permute(0, 2, 3, 1) / q.shape[-1] ** 0.5
        later = torch.ones(length, length, device=x.device).triu(1).bool()
        attention: Tensor = scores.masked_fill(later, -torch.inf).softmax(-1)
        return attention

    def forward(self, x: Tensor) -> Tensor:
        """[n, length, dim] → [n, length, dim]."""
        n, length, dim = x.shape
        qkv = self.into(self.before(x)).view(n, length, 3, self.n_heads, -1)
        # On a CPU the one-pass kernel is quick in float32, slow in bfloat16. It drops no weights:
        # what is attended to loses numbers instead.
        with torch.autocast(x.device.type, enabled=False):
            q, k, v = (qkv.float() if x.device.type == "cpu" else qkv).transpose(1, 3).unbind(2)
            mixed = functional.scaled_dot_product_attention(q, k, self.dropout(v), is_causal=True)
        x = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(n, length, dim)))
        wide = functional.gelu(self.wide(self.between(x)))
        changed: Tensor = x + self.dropout(self.back(wide))
        return changed
