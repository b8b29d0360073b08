"""Products as vectors: an id of their own, and what they look and read like.

    x_i = known_i · id_i + Σ_labels weight · label vector + Σ_m P_m · features_m,i

In training the id of a product is left out at random (modality dropout; Volkovs et al. 2017,
DropoutNet), and so is each block of features, so that a product nobody has chosen is placed by its
content alone. After training the id of such a product is zero.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from youli.features.items import ItemFeatures
from youli.types import IntArray

__all__ = ["ItemEmbedding"]

_SPREAD = 0.02


class ItemEmbedding(nn.Module):
    """A learned table of all products."""

    known: Tensor
    label_code: Tensor
    label_start: Tensor
    label_weight: Tensor

    def __init__(
        self,
        features: ItemFeatures,
        popularity: IntArray,
        dim: int,
        *,
        dropout: float = 0.1,
        spread: float = _SPREAD,
    ) -> None:
        super().__init__()
        n_items = len(popularity)
        self.dropout = dropout
        self.id = nn.Parameter(torch.randn(n_items, dim) * spread)
        self.register_buffer("known", torch.from_numpy(popularity > 0).float()[:, None])
        labels = features.labels
        self.register_buffer("label_code", torch.from_numpy(labels.indices.astype(np.int64)))
        self.register_buffer("label_start", torch.from_numpy(labels.indptr.astype(np.int64)))
        self.register_buffer("label_weight", torch.from_numpy(labels.data.astype(np.float32)))
        self.label = nn.Parameter(torch.randn(labels.shape[1], dim) * spread)
        self.names = tuple(features.dense)
        self.project = nn.ModuleDict()
        for name, block in features.dense.items():
            self.register_buffer(f"block_{name}", torch.from_numpy(block.astype(np.float32)))
            linear = nn.Linear(block.shape[1], dim, bias=False)
            nn.init.normal_(linear.weight, std=spread)
            self.project[name] = linear

    def forward(self) -> Tensor:
        """Every product, float32 [n_items, dim]."""
        table = self.id * (self.known * self._kept(len(self.id)))
        if len(self.label_code):
            labels = functional.embedding_bag(
                self.label_code,
                self.label,
                self.label_start[:-1],
                mode="sum",
                per_sample_weights=self.label_weight,
            )
            table = table + labels
        for name in self.names:
            block = getattr(self, f"block_{name}")
            table = table + self.project[name](block) * self._kept(len(block))
        return table

    def _kept(self, n_items: int) -> Tensor:
        """1 for what is kept, [n_items, 1]; all of it outside training."""
        if not self.training or self.dropout == 0.0:
            return torch.ones(n_items, 1, device=self.id.device)
        return (torch.rand(n_items, 1, device=self.id.device) >= self.dropout).float()
