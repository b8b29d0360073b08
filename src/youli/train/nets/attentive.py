"""What nets with attention over named features share: the query, and going on from another net."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from youli.features.items import ItemFeatures
from youli.features.shoppers import ShopperTable
from youli.train.nets.attention import FeatureAttention
from youli.train.nets.base import Net
from youli.train.nets.dropout import Dropout
from youli.train.nets.recurrent import ResidualMLP
from youli.train.sequences import Batch
from youli.types import FloatArray, IntArray

__all__ = ["AttentiveNet", "Kept"]

#: Share of a direction's mean square that is added to all when a projection is solved for.
_RIDGE = 1e-4

#: The fitted state of a model, by name.
Kept = Mapping[str, npt.NDArray[Any]]


class AttentiveNet(Net):
    """query = norm(mlp(Σ w · features of the shopper))."""

    never: Tensor
    #: The features of a shopper, in order.
    names: tuple[str, ...]
    #: The features of a product, in order.
    item_names: tuple[str, ...]

    def __init__(
        self,
        features: ItemFeatures,
        table: ShopperTable,
        popularity: IntArray,
        names: tuple[str, ...],
        *,
        dim: int,
        attention: str,
        n_heads: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.features, self.table, self.names = features, table, names
        self.scale = dim**0.5
        self.attend = FeatureAttention(attention, len(names), dim, n_heads)
        self.mlp = ResidualMLP(dim, dropout)
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(dropout)
        self.register_buffer("never", torch.from_numpy(popularity == 0), persistent=False)

    def biases(self) -> Tensor:
        """No popularity: only products never chosen are left out."""
        return torch.zeros(len(self.never), device=self.never.device).masked_fill(
            self.never, -torch.inf
        )

    def queries(self, batch: Batch, table: Tensor) -> Tensor:
        """One query for each target, float32 [n_targets, dim]."""
        mixed, _ = self.mixed(batch, table)
        queries: Tensor = self.norm(self.mlp(self.dropout(mixed)))
        return queries

    def attention(self, batch: Batch) -> dict[str, Tensor]:
        """Mean weights of the heads: of the batch's shoppers, and of the first products."""
        return {
            "weights/shopper": self.mixed(batch, self.inputs())[1].mean(1),
            "weights/product": self.item_weights()[:256].mean(1),
        }

    @abstractmethod
    def mixed(self, batch: Batch, table: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sums [n_targets, dim] and their weights [n_targets, n_heads, n_features]."""

    @abstractmethod
    def item_weights(self) -> Tensor:
        """How much each feature of each product counts, [n_items, n_heads, n_item_features]."""

    @abstractmethod
    def parts(self) -> dict[str, Tensor]:
        """What each dense block makes of each product, [n_items, dim]."""

    @property
    def prefix(self) -> str:
        """Where the ids and labels of the products are."""
        return "items."

    def kept(self) -> dict[str, FloatArray]:
        """What scoring does not need and going on from here does."""
        state = self.state_dict().items()
        arrays = {
            name: one.float().cpu().numpy() for name, one in state if name.startswith("items.")
        }
        with torch.no_grad():
            arrays |= {f"items.part.{n}": one.cpu().numpy() for n, one in self.parts().items()}
        return arrays | {"items.label_scale": _label_scale(self.features)}

    @torch.no_grad()
    def go_on_from(
        self,
        arrays: Kept,
        about: Mapping[str, Any],
        labels: Sequence[tuple[str, str]],
        rows: IntArray,
    ) -> tuple[str, ...]:
        """Put what another net had learned into this one; give the names of what starts anew.

        Everything with a row for a product, label, level or feature is found by its name. Where
        the weight of a label changed with the catalogue its vector changes the other way, so that
        a product stays where it was; what dense blocks said is solved for, because their axes turn
        with the catalogue. `about` and `labels` are the other net's, `rows` each product's row
        there, −1 for a new one.
        """
        old_table = ShopperTable.from_state({"grids": arrays["profile.grids"]}, about["table"])
        quantities = (_quantities(old_table), _quantities(self.table))
        names: dict[str, tuple[Sequence[Any], Sequence[Any]]] = {
            f"{self.prefix}label": (labels, self.features.label_names),
            "attend.which": (about["names"], self.names),
            "items.attention.which": (about["item_names"], self.item_names),
            "shopper.level": (old_table.levels, self.table.levels),
            **{f"shopper.{one}": quantities for one in ("size", "known", "unknown")},
        }
        moved = {name: _places(*both) for name, both in names.items()}
        moved[f"{self.prefix}id"] = rows
        anew: list[str] = []
        for name, parameter in self.named_parameters():
            if ".project." in name:
                block = name.partition(".project.")[2].removesuffix(".weight")
                part = arrays.get(f"items.part.{block}")
                if part is None:
                    anew.append(name)
                else:
                    parameter.copy_(_solved(self.features.dense[block], part, rows))
            elif name not in arrays:
                anew.append(name)
            elif name in moved:
                found = moved[name] >= 0
                taken = np.array(arrays[name][moved[name][found]], dtype=np.float32)
                if name == f"{self.prefix}label":
                    scale = _label_scale(self.features)[found]
                    before = arrays["items.label_scale"][moved[name][found]]
                    both = (scale > 0.0) & (before > 0.0)
                    taken *= np.divide(before, scale, out=np.ones_like(scale), where=both)[:, None]
                parameter[torch.from_numpy(found)] = torch.from_numpy(taken)
            elif arrays[name].shape == tuple(parameter.shape):
                parameter.copy_(torch.from_numpy(np.array(arrays[name], dtype=np.float32)))
            else:
                anew.append(name)
        self.eval()
        return tuple(anew)


def _quantities(table: ShopperTable) -> tuple[str, ...]:
    return tuple(one.name for one in table.encoder.quantities)


def _places(old: Sequence[Any], new: Sequence[Any]) -> IntArray:
    """Where each new name was among the old ones, −1 where it is new."""
    row_of = {_hashable(one): row for row, one in enumerate(old)}
    return np.array([row_of.get(_hashable(one), -1) for one in new], dtype=np.int64)


def _hashable(name: Any) -> Any:
    return tuple(name) if isinstance(name, list) else name


def _label_scale(features: ItemFeatures) -> FloatArray:
    """How heavy each label is in a product that has no other of its attribute, float32."""
    scale = np.zeros(features.labels.shape[1], dtype=np.float32)
    for columns in features.attributes.values():
        mine = features.labels[:, columns].tocoo()
        n_labels = np.maximum(np.bincount(mine.row, minlength=mine.shape[0]), 1)
        of_label = np.zeros(mine.shape[1], dtype=np.float32)
        np.maximum.at(of_label, mine.col, mine.data * np.sqrt(n_labels[mine.row]))
        scale[columns] = of_label
    return scale


def _solved(block: FloatArray, part: npt.NDArray[Any], rows: IntArray) -> Tensor:
    """The projection of a block that makes of known products what was made of them before."""
    known = rows >= 0
    every = block[known].astype(np.float64)
    gram = every.T @ every
    gram[np.diag_indices_from(gram)] += _RIDGE * max(np.trace(gram) / len(gram), 1e-9)
    solved = np.linalg.solve(gram, every.T @ part[rows[known]])  # [n_dims, dim]
    return torch.from_numpy(np.ascontiguousarray(solved.T, dtype=np.float32))
