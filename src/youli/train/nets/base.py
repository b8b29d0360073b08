"""What the loop asks of a net."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from youli.train.sequences import Batch

__all__ = ["Net"]


class Net(nn.Module):
    """Turns what came before each target into a query; products are ranked by query · product."""

    @abstractmethod
    def queries(self, batch: Batch, table: Tensor) -> Tensor:
        """One query for each target of the batch, in its order, float32 [n_targets, dim].

        `table` are the products as they go in, float32 [n_items, dim].
        """

    @abstractmethod
    def inputs(self) -> Tensor:
        """Every product as it goes in, float32 [n_items, dim]."""

    def outputs(self, table: Tensor) -> Tensor:
        """Every product as it is ranked, float32 [n_items, dim]; tied to what goes in."""
        return table

    @abstractmethod
    def biases(self) -> Tensor:
        """What is added to every query's score, float32 [n_items]; −inf leaves a product out."""

    def attention(self, batch: Batch) -> dict[str, Tensor]:
        """Weights worth looking at, by name, each [rows, columns]; for the training log."""
        del batch
        return {}

    @property
    def device(self) -> torch.device:
        """Where its parameters are."""
        return next(self.parameters()).device
