"""Dropout whose masks cost little on a CPU (Srivastava et al. 2014).

One random word of 64 bits decides over eight numbers, one byte each, where torch draws one number
for each: a third of its time, and it was the largest part of a step. The share left out is rounded
to a 256th; what is kept is scaled by exactly what that takes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Dropout"]

_BYTES_A_WORD = 8
_LEVELS = 256
_LOWEST = -(2**63)


class Dropout(nn.Module):
    """Leaves out a share of the numbers while training, and nothing otherwise."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        #: Bytes below it leave their number out.
        self.threshold = min(round(rate * _LEVELS), _LEVELS - 1)

    def forward(self, x: Tensor) -> Tensor:
        """Any shape → the same."""
        if not self.training or self.threshold == 0:
            return x
        if x.device.type != "cpu":
            return functional.dropout(x, self.rate)
        n_words = -(-x.numel() // _BYTES_A_WORD)
        words = torch.empty(n_words, dtype=torch.int64).random_(_LOWEST, None)
        kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= self.threshold
        return x * kept.to(x.dtype).mul_(_LEVELS / (_LEVELS - self.threshold))
