"""An LSTM over the events of a sequence (Hochreiter and Schmidhuber 1997; in recommenders Hidasi et
al. 2016), told at each event how long the gap before it was and how strongly it speaks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from youli.train.nets.dropout import Dropout
from youli.train.sequences import Batch

__all__ = ["Recurrent", "ResidualMLP", "signals"]

_DAY_S = 86_400.0


class Recurrent(nn.Module):
    """States after each event, as vectors of the products' length."""

    def __init__(self, dim: int, hidden: int, n_layers: int, dropout: float) -> None:
        super().__init__()
        self.told = nn.Linear(3, dim)
        self.norm = nn.LayerNorm(dim)
        self.lstm = nn.LSTM(
            dim, hidden, n_layers, batch_first=True, dropout=dropout if n_layers > 1 else 0.0
        )
        self.out = nn.Linear(hidden, dim)
        self.dropout = Dropout(dropout)

    def forward(self, batch: Batch, x: Tensor) -> Tensor:
        """Products of the events, [n, length, dim] → states, the same shape."""
        told = self.norm(x + self.told(signals(batch)))
        states, _ = self.lstm(self.dropout(told))
        found: Tensor = self.out(self.dropout(states))
        return found


class ResidualMLP(nn.Module):
    """x + W₂ gelu(W₁ norm(x)), and nearly x to begin with."""

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.wide, self.back = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        nn.init.normal_(self.back.weight, std=0.02)
        nn.init.zeros_(self.back.bias)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[…, dim] → the same."""
        wide = nn.functional.gelu(self.wide(self.norm(x)))
        found: Tensor = x + self.dropout(self.back(wide))
        return found


def signals(batch: Batch) -> Tensor:
    """What is told of each event beside its product, float32 [n, length, 3].

    log(1 + days since the event before), 1 where it belongs to the tick of the one before, and its
    strength; the first event has no gap.
    """
    days = torch.diff(batch.times, dim=1, prepend=batch.times[:, :1]).clamp_min(0) / _DAY_S
    same = torch.diff(batch.steps, dim=1, prepend=batch.steps[:, :1] - 1) == 0
    return torch.stack([torch.log1p(days), same.float(), batch.strengths], dim=2)
