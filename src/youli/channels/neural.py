"""A learned attention kernel, exactly additive; trained with torch, served in NumPy.

    amount(u, i) = Σ_h c_h Σ_j strength_j · d_h(age_j) · g_h(x_j) · V_h x_j · x_i

x are product vectors (an id, attributes, texts, photos: `youli.train.nets.items`), d_h a learned
number for each head and range of ages, g_h a gate of the past product alone, V_h a matrix. Nothing
is normalised over the history, so each past event has its part of every score and no other part
depends on it. What it has learned about popularity stays out: the ledger has a channel for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from youli.channels.base import Addends, Arrays, Coefficients, Needs
from youli.channels.labels import names_from_array, names_to_array
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.errors import ConfigError
from youli.train.config import KernelConfig, Started
from youli.types import EvidenceKind, FloatArray, IntArray, Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["NeuralChannel"]

_ARRAYS = (
    "items", "edges", "decay", "gate.weight", "gate.bias", "value",
    "label", "label_names", "bias",
)  # fmt: skip


class NeuralChannel:
    """What past products say about a candidate, by vectors that were learned."""

    name: ClassVar[str] = "neural"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.SEQUENCES})
    evidence: ClassVar[EvidenceKind] = EvidenceKind.HISTORY
    signed: ClassVar[bool] = False

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Arrays: ``items`` [n_items, dim], ``edges`` [ages], ``decay`` [heads, ages],
        ``gate.weight`` [heads, dim], ``gate.bias`` [heads], ``value`` [heads, dim, dim]; and, only
        to learn on from them, ``label`` [n_labels, dim], ``label_names``, ``bias`` [n_items].
        """
        self.arrays = {name: arrays[name] for name in _ARRAYS}

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Train with the default settings; nothing is saved by leaving heads out."""
        del coefficients
        return cls.train(shop)

    @classmethod
    def train(
        cls,
        shop: Shop,
        *,
        config: KernelConfig | None = None,
        seed: int = 0,
        watch: Watch | None = None,
        progress: Progress = no_progress,
        start: Self | None = None,
        rows: IntArray | None = None,
    ) -> Self:
        """Train on a shop's sequences; some shoppers' last choices decide when to stop.

        With `start` it goes on from an earlier channel; `rows` then gives each product's row in it,
        int32 [n_items], -1 for a new one (default: the same products). Raises `ConfigError` where
        torch is not installed.
        """
        try:
            from youli.train.kernel import train_kernel
        except ImportError as error:
            raise ConfigError(
                "the neural channel is trained with PyTorch, which is not installed",
                hint="pip install 'youli[train]', or leave out --neural",
            ) from error
        config = KernelConfig() if config is None else config
        arrays, names = train_kernel(
            shop,
            config,
            seed=seed,
            watch=watch,
            progress=progress,
            start=None if start is None else start._started(rows),
        )
        return cls({**arrays, "label_names": names_to_array(names)})

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return len(self.arrays["items"])

    @property
    def n_heads(self) -> int:
        """How many heads it has."""
        return len(self.arrays["decay"])

    @property
    def basis_names(self) -> tuple[str, ...]:
        """One for each head."""
        return tuple(f"head {head + 1}" for head in range(self.n_heads))

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None without a history."""
        if state.n_rows == 0 or not coefficients.any():
            return None
        query = np.einsum("h,hd->d", coefficients, self._by_head(state))
        return np.asarray(self._items @ query)

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each head, float64 [n_heads, len(item_nums)]."""
        if state.n_rows == 0:
            return np.zeros((self.n_heads, len(item_nums)))
        return np.asarray(self._by_head(state) @ self._items[item_nums].T)

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each past product and candidate."""
        items, _ = state.distinct_items
        if len(items) == 0 or len(item_nums) == 0 or not coefficients.any():
            return Addends.none()
        said = coefficients[:, None, None] * self._said(state)  # [heads, n_past, dim]
        heard = self._items[item_nums] @ self._value  # [heads, n_targets, dim]
        amount = np.einsum("hpd,htd->pt", said, heard, optimize=True)
        past, target = np.nonzero(amount)
        return Addends(target, past, np.full(len(past), -1), amount[past, target])

    def label(self, number: int) -> tuple[str, str]:
        """It names no attributes."""
        raise KeyError(number)

    def to_arrays(self) -> Arrays:
        """All of the fitted state."""
        return dict(self.arrays)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where an array is missing."""
        return cls(arrays)

    def _started(self, rows: IntArray | None) -> Started:
        names = names_from_array(self.arrays["label_names"])
        same = np.arange(self.n_items, dtype=np.int32)
        return Started(self.arrays, names, same if rows is None else rows)

    @cached_property
    def _items(self) -> FloatArray:
        return self._part("items")

    @cached_property
    def _value(self) -> FloatArray:
        return self._part("value")

    def _said(self, state: ShopperState) -> FloatArray:
        """What each past product says before its head's matrix, float64 [heads, n_past, dim]."""
        items, place = state.distinct_items
        x = self._items[items]
        gate_weight, gate_bias = self._part("gate.weight"), self._part("gate.bias")
        gate = 2.0 * expit(x @ gate_weight.T + gate_bias)  # [n_past, heads]
        bucket = np.searchsorted(self.arrays["edges"], state.steps_ago, side="right") - 1
        weight = self._part("decay")[:, bucket] * state.strength  # [heads, n_rows]
        by_past = np.stack([np.bincount(place, one, minlength=len(items)) for one in weight])
        said: FloatArray = (by_past * gate.T)[:, :, None] * x
        return said

    def _by_head(self, state: ShopperState) -> FloatArray:
        """The query of each head, float64 [heads, dim]."""
        pooled = self._said(state).sum(axis=1)  # [heads, dim]
        return np.asarray(np.einsum("hoi,hi->ho", self._value, pooled))

    def _part(self, name: str) -> FloatArray:
        return self.arrays[name].astype(np.float64)
