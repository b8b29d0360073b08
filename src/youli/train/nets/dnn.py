"""Two towers of input features under attention: a shopper at a moment, and every product."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from youli.features.items import ItemFeatures
from youli.features.shoppers import ShopperTable, feature_names
from youli.train.nets.attentive import AttentiveNet
from youli.train.nets.shoppers import ShopperFeatures, known_events
from youli.train.nets.tower import ItemTower
from youli.train.sequences import Batch
from youli.types import IntArray

__all__ = ["DnnNet"]


class DnnNet(AttentiveNet):
    """query = norm(mlp(Σ w · features of the shopper)), product = mlp(Σ w · features of it)."""

    def __init__(
        self,
        features: ItemFeatures,
        table: ShopperTable,
        popularity: IntArray,
        *,
        dim: int,
        attention: str,
        n_heads: int,
        n_last: int,
        n_means: int,
        dropout: float,
        item_dropout: float,
        forgotten: float,
    ) -> None:
        names = feature_names(table, n_last=n_last, n_means=n_means)
        super().__init__(
            features, table, popularity, names,
            dim=dim, attention=attention, n_heads=n_heads, dropout=dropout,
        )  # fmt: skip
        self.forgotten = forgotten
        self.shopper = ShopperFeatures(table, dim, n_last=n_last, n_means=n_means)
        self.items = ItemTower(
            features, popularity, dim,
            attention=attention, n_heads=n_heads, dropout=dropout, item_dropout=item_dropout,
        )  # fmt: skip
        self.item_names = self.items.names

    def inputs(self) -> Tensor:
        """Every product, float32 [n_items, dim]."""
        table: Tensor = self.items()[0]
        return table

    def item_weights(self) -> Tensor:
        """How much each feature of each product counts."""
        weights: Tensor = self.items()[1]
        return weights

    def parts(self) -> dict[str, Tensor]:
        """What each dense block makes of each product, [n_items, dim]."""
        return self.items.dense_parts()

    def mixed(self, batch: Batch, table: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sums of the shoppers' features, and their weights."""
        n_before = known_events(batch, self.forgotten if self.training else 0.0)
        x = self.dropout(functional.embedding(batch.items, table) * self.scale)
        features, there = self.shopper(batch, x, n_before)
        found: tuple[Tensor, Tensor] = self.attend(features, there)
        return found
