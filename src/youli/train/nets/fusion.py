"""Four readers of a shop in one ranker: profile, sequence, photos, texts.

A shopper is a weighted sum of what each *modality* says of them, a product likewise of what it is
made of; the weights are attention over the modalities that are there. In training each modality is
left out at random, so that what one of them cannot say the others can.

- ``profile``: a DNN over attributes, length of the history, time since its end;
- ``sequence``: an LSTM over the products' ids and attributes;
- ``photo``, ``text``: means of what the products of the history look and read like.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from youli.features.items import ItemFeatures
from youli.features.shoppers import ShopperTable
from youli.train.nets.attention import FeatureAttention
from youli.train.nets.attentive import AttentiveNet
from youli.train.nets.items import ItemEmbedding
from youli.train.nets.recurrent import Recurrent, ResidualMLP
from youli.train.nets.shoppers import HistoryMeans, ShopperFeatures, known_events
from youli.train.sequences import Batch
from youli.types import IntArray

__all__ = ["CONTENT", "FusionNet"]

#: Blocks of content that are modalities of their own, where a shop has them.
CONTENT = ("photo", "text")
_SPREAD = 0.05


class FusionNet(AttentiveNet):
    """One dot product of two fused vectors."""

    def __init__(
        self,
        features: ItemFeatures,
        table: ShopperTable,
        popularity: IntArray,
        *,
        dim: int,
        hidden: int,
        attention: str,
        n_heads: int,
        dropout: float,
        item_dropout: float,
        modality_dropout: float,
        forgotten: float,
    ) -> None:
        content = tuple(name for name in CONTENT if name in features.dense)
        super().__init__(
            features, table, popularity, ("profile", "sequence", *content),
            dim=dim, attention=attention, n_heads=n_heads, dropout=dropout,
        )  # fmt: skip
        self.content = content
        self.modality_dropout, self.forgotten = modality_dropout, forgotten
        self.items = _Products(
            features, self.content, popularity, dim,
            attention=attention, n_heads=n_heads, dropout=dropout,
            item_dropout=item_dropout, modality_dropout=modality_dropout,
        )  # fmt: skip
        self.item_names = self.items.names
        self.shopper = ShopperFeatures(table, dim, n_last=0, n_means=0)
        self.profile = ResidualMLP(dim, dropout)
        self.recurrent = Recurrent(dim, hidden, 1, dropout)
        self.means = HistoryMeans(1)
        self.through = nn.ModuleDict({name: ResidualMLP(dim, dropout) for name in self.content})

    @property
    def prefix(self) -> str:
        """Where the ids and labels of the products are."""
        return "items.product."

    def inputs(self) -> Tensor:
        """Every product's parts side by side, float32 [n_items, n_parts · dim]."""
        table: Tensor = self.items()
        return table

    def outputs(self, table: Tensor) -> Tensor:
        """Every product, float32 [n_items, dim]."""
        return self.items.fused(table)[0]

    def item_weights(self) -> Tensor:
        """How much each part of each product counts."""
        return self.items.fused(self.inputs())[1]

    def parts(self) -> dict[str, Tensor]:
        """What each dense block makes of each product, [n_items, dim]."""
        return self.items.dense_parts()

    def mixed(self, batch: Batch, table: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sums of what the modalities say of the shoppers, and their weights."""
        n_before = known_events(batch, self.forgotten if self.training else 0.0)
        n, length = batch.items.shape
        x = (functional.embedding(batch.items, table) * self.scale).view(
            n, length, 1 + len(self.content), -1
        )
        row = torch.nonzero(batch.is_target)[:, 0]
        of_profile, is_known = self.shopper(batch, x[:, :, 0], n_before)
        states = self.recurrent(batch, x[:, :, 0])
        said = [
            self.profile((of_profile * is_known[:, :, None]).sum(dim=1)),
            states[row, (n_before - 1).clamp_min(0)],
        ]
        there = [torch.ones_like(n_before, dtype=torch.bool), n_before > 0]
        for at, through in enumerate(self.through.values()):
            has = self.items.has[batch.items, at] & (batch.strengths > 0.0)
            means, some = self.means(batch, n_before, x[:, :, 1 + at], has)
            said.append(through(means[:, 0]))
            there.append(some)
        is_there = torch.stack(there, dim=1)
        if self.training:
            is_there = _some_left_out(is_there, self.modality_dropout)
        found: tuple[Tensor, Tensor] = self.attend(torch.stack(said, dim=1), is_there)
        return found


class _Products(nn.Module):
    """What products are made of: id, attributes and numbers as one part, then each content."""

    has: Tensor
    is_known: Tensor

    def __init__(
        self,
        features: ItemFeatures,
        content: tuple[str, ...],
        popularity: IntArray,
        dim: int,
        *,
        attention: str,
        n_heads: int,
        dropout: float,
        item_dropout: float,
        modality_dropout: float,
    ) -> None:
        super().__init__()
        blocks = {name: one for name, one in features.dense.items() if name not in content}
        rest = replace(features, dense=blocks)
        self.product = ItemEmbedding(rest, popularity, dim, dropout=item_dropout, spread=_SPREAD)
        self.project = nn.ModuleDict()
        for name in content:
            block = torch.from_numpy(features.dense[name])
            self.register_buffer(f"block_{name}", block, persistent=False)
            linear = nn.Linear(block.shape[1], dim, bias=False)
            nn.init.normal_(linear.weight, std=_SPREAD)
            self.project[name] = linear
        has = [torch.from_numpy(features.dense[name].any(axis=1)) for name in content]
        empty = torch.zeros(len(popularity), 0, dtype=torch.bool)
        self.register_buffer("has", torch.stack(has, dim=1) if has else empty, persistent=False)
        is_known = torch.from_numpy((popularity > 0) | (features.labels.getnnz(axis=1) > 0))
        for one in blocks.values():
            is_known = is_known | torch.from_numpy(one.any(axis=1))
        self.register_buffer("is_known", is_known, persistent=False)
        self.names = ("product", *content)
        self.content = content
        self.modality_dropout = modality_dropout
        self.attention = FeatureAttention(attention, len(self.names), dim, n_heads)
        self.mlp = ResidualMLP(dim, dropout)

    def forward(self) -> Tensor:
        """All parts side by side, float32 [n_items, n_parts · dim]."""
        own = [self.project[name](getattr(self, f"block_{name}")) for name in self.content]
        return torch.cat([self.product(), *own], dim=1)

    def dense_parts(self) -> dict[str, Tensor]:
        """What each block makes of each product, [n_items, dim]."""
        found = {}
        for within in (self, self.product):
            for name, project in within.project.items():
                found[name] = project(getattr(within, f"block_{name}"))
        return found

    def fused(self, table: Tensor) -> tuple[Tensor, Tensor]:
        """Products [n_items, dim] and weights [n_items, n_heads, n_parts]."""
        is_there = torch.cat([self.is_known[:, None], self.has], dim=1)
        if self.training:
            is_there = _some_left_out(is_there, self.modality_dropout)
        parts = table.view(len(table), len(self.names), -1)
        mixed, weights = self.attention(parts, is_there)
        # What nothing is known of stays zero: no layer may make something of it.
        return self.mlp(mixed) * is_there.any(dim=1, keepdim=True), weights


def _some_left_out(is_there: Tensor, share: float) -> Tensor:
    """Each modality left out with this probability; where none would remain, none is."""
    kept = is_there & (torch.rand(is_there.shape, device=is_there.device) >= share)
    return torch.where(kept.any(dim=1, keepdim=True), kept, is_there)
