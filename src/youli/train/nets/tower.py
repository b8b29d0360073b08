"""Products as sums of their features, weighted by attention: an id, attributes, blocks of content.

In training ids and features are left out at random (modality dropout; Volkovs et al. 2017), so that
a product nobody has chosen, which has no id of its own, is placed by what is known of it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from youli.features.items import ItemFeatures
from youli.train.nets.attention import FeatureAttention
from youli.train.nets.recurrent import ResidualMLP
from youli.types import IntArray

__all__ = ["ItemTower"]

_SPREAD = 0.05


class ItemTower(nn.Module):
    """Every product as one vector, and the weights of what it is made of."""

    known: Tensor

    def __init__(
        self,
        features: ItemFeatures,
        popularity: IntArray,
        dim: int,
        *,
        attention: str,
        n_heads: int,
        dropout: float,
        item_dropout: float,
    ) -> None:
        super().__init__()
        self.item_dropout = item_dropout
        self.id = nn.Parameter(torch.randn(len(popularity), dim) * _SPREAD)
        self.register_buffer("known", torch.from_numpy(popularity > 0), persistent=False)
        self.label = nn.Parameter(torch.randn(features.labels.shape[1], dim) * _SPREAD)
        for at, columns in enumerate(features.attributes.values()):
            labels = features.labels[:, columns]
            for name, values in (
                ("code", labels.indices.astype(np.int64) + columns.start),
                ("start", labels.indptr[:-1].astype(np.int64)),
                ("weight", labels.data.astype(np.float32)),
                ("has", np.diff(labels.indptr) > 0),
            ):
                self.register_buffer(f"{name}_{at}", torch.from_numpy(values), persistent=False)
        self.n_attributes = len(features.attributes)
        self.project = nn.ModuleDict()
        for name, block in features.dense.items():
            self.register_buffer(
                f"block_{name}", torch.from_numpy(block.astype(np.float32)), persistent=False
            )
            linear = nn.Linear(block.shape[1], dim, bias=False)
            nn.init.normal_(linear.weight, std=_SPREAD)
            self.project[name] = linear
        self.names = ("id", *features.attributes, *features.dense)
        self.attention = FeatureAttention(attention, len(self.names), dim, n_heads)
        self.mlp = ResidualMLP(dim, dropout)

    def forward(self) -> tuple[Tensor, Tensor]:
        """Products float32 [n_items, dim], weights [n_items, n_heads, n_features]."""
        parts, there = [self.id + 0.0], [self.known]
        for at in range(self.n_attributes):
            parts.append(
                functional.embedding_bag(
                    getattr(self, f"code_{at}"),
                    self.label,
                    getattr(self, f"start_{at}"),
                    mode="sum",
                    per_sample_weights=getattr(self, f"weight_{at}"),
                )
            )
            there.append(getattr(self, f"has_{at}"))
        for name, part in self.dense_parts().items():
            parts.append(part)
            there.append(getattr(self, f"block_{name}").any(dim=1))
        is_there = torch.stack(there, dim=1)
        if self.training and self.item_dropout > 0.0:
            kept = torch.rand(is_there.shape, device=is_there.device) >= self.item_dropout
            some = (is_there & kept).any(dim=1, keepdim=True)
            is_there = is_there & (kept | ~some)
        mixed, weights = self.attention(torch.stack(parts, dim=1), is_there)
        # What nothing is known of stays zero: no layer may make something of it.
        return self.mlp(mixed) * is_there.any(dim=1, keepdim=True), weights

    def dense_parts(self) -> dict[str, Tensor]:
        """What each block makes of each product, [n_items, dim]."""
        return {
            name: project(getattr(self, f"block_{name}")) for name, project in self.project.items()
        }
