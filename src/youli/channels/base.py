"""What a channel is.

A channel turns a shopper's state into amounts for products. It is linear in a few coefficients
(its *bases*: decays, variants), which are learned together for all channels in
`youli.rank.combine`. Every part rests on one piece of evidence and none depends on another
event, so parts can be read off, removed and summed exactly.

Three views of the same numbers, held equal by the contract suite:

- `score`: the sum over all evidence, for all products at once (what ranks);
- `addends`: the parts, one for each piece of evidence, for a few products (what explains);
- `bases`: the sums before the coefficients are applied (what the coefficients are learned from).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = [
    "Addends",
    "Arrays",
    "Bound",
    "Bounded",
    "Cells",
    "Channel",
    "Coefficients",
    "Needs",
    "Sparse",
]

#: What a channel saves: name → array, written as one safetensors file.
Arrays = dict[str, npt.NDArray[np.generic]]

#: One number for each basis of one channel.
Coefficients = FloatArray


class Needs:
    """Capabilities that a shop's data may have; a channel names those that it cannot do without."""

    ORDERS = "orders"  # events that share an order
    SINGLE_EVENTS = "single_events"  # every event stands alone
    TIME = "time"  # a real clock, not only an order of events
    SEQUENCES = "sequences"  # somebody came more than once
    ITEM_ATTRIBUTES = "item_attributes"
    TEXT = "text"  # a title or a description with words, for two products at least
    USER_ATTRIBUTES = "user_attributes"
    PHOTOS = "photos"  # encoded photos, of two products at least


@dataclass(frozen=True, slots=True)
class Addends:
    """Parts of amounts as arrays, one row a part.

    ``target`` indexes the products asked for; ``past`` indexes the state's distinct past products,
    -1 where the part rests on none; ``label`` names an attribute of the channel, -1 for none.
    """

    target: IntArray
    past: IntArray
    label: IntArray
    amount: FloatArray

    @classmethod
    def none(cls) -> Addends:
        """Nothing to say."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, empty, np.zeros(0))

    @classmethod
    def of_items(cls, amount: FloatArray) -> Addends:
        """One part for each product that rests on the product alone; float64 [n_targets]."""
        target = np.flatnonzero(amount)
        nothing = np.full(len(target), -1)
        return cls(target, nothing, nothing, amount[target])


@dataclass(frozen=True, slots=True)
class Cells:
    """What single past products give single products; a product without a cell is given nothing.

    ``item`` int32 and ``amount`` float64, [n_cells], lie in runs: the cells of one past product
    after the other. ``past`` says which of the state's distinct past products each run is of,
    ``ends`` where it ends.
    """

    item: IntArray
    amount: FloatArray
    past: IntArray
    ends: IntArray

    def summed(self, place: IntArray, n_places: int) -> FloatArray:
        """The sum of each place, float64 [n_places]; `place` is int [n_cells], -1 for none."""
        total = np.bincount(place + 1, self.amount, minlength=n_places + 1)[1:]
        return total.astype(np.float64, copy=False)  # integers where there is no cell

    def addends(self, place: IntArray, n_past: int, n_places: int) -> Addends:
        """One part for each past product and place, by past product, then place."""
        at = np.flatnonzero(place >= 0)
        past = self.past[np.searchsorted(self.ends, at, side="right")]
        cell = past * n_places + place[at]
        total = np.bincount(cell, self.amount[at], minlength=n_past * n_places)
        found = np.flatnonzero(total)
        amount = total[found].astype(np.float64, copy=False)  # integers where there is no cell
        return Addends(found % n_places, found // n_places, np.full(len(found), -1), amount)


@runtime_checkable
class Channel(Protocol):
    """One way in which a past event, an attribute or a fact speaks for a product."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]]
    #: What its parts rest on.
    evidence: ClassVar[EvidenceKind]
    #: Whether its coefficients may be negative.
    signed: ClassVar[bool]

    @property
    def basis_names(self) -> tuple[str, ...]:
        """A name for each coefficient, as shown in reports."""
        ...

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        ...

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Learn from a shop's events; `shop.data_until` is the present.

        Where the coefficients are known already, what they multiply by zero need not be computed.
        """
        ...

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None where it has nothing to say."""
        ...

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each basis for some products, float64 [n_bases, len(item_nums)]."""
        ...

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """The parts of each product's amount, for some distinct products; zeros may be left out.

        Where a channel cannot answer for a product that is named twice it raises `ValueError`.
        """
        ...

    def label(self, number: int) -> tuple[str, str]:
        """Name and value of the attribute that an addend names by number."""
        ...

    def to_arrays(self) -> Arrays:
        """All of the fitted state."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again, equal in every score.

        Raises `KeyError` where an array is missing; the artifact reader names the file.
        """
        ...


@runtime_checkable
class Sparse(Protocol):
    """A channel that gives few products anything, and can say which."""

    def cells(self, state: ShopperState, coefficients: Coefficients) -> Cells | None:
        """All that it gives; None where it has nothing to say. Their sum is its `score`."""
        ...


@dataclass(frozen=True, slots=True)
class Bound:
    """What a channel gives, of which a few products' share can be asked for."""

    #: No product is given more.
    most: float
    #: Some products' values of `score`, to the last bit: int [n] → float64 [n].
    of: Callable[[IntArray], FloatArray]


@runtime_checkable
class Bounded(Protocol):
    """A channel that can score a few products, and knows how much it could give any other."""

    def bounded(self, state: ShopperState, coefficients: Coefficients) -> Bound | None:
        """All that it gives; None where it has nothing to say."""
        ...
