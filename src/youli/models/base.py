"""What a model is: anything that gives every product a score for a shopper's state.

Channels are parts of one model, the ledger; models are what is compared. A model learns from
``split.train`` and may choose its settings on ``split.cases``; it sees nothing else. One that a
shop can also save and serve is `Servable`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.base import Arrays
from youli.data.growth import Growth
from youli.data.interactions import Interactions
from youli.data.split import Split
from youli.data.state import EVENT_STRENGTH, ShopperState
from youli.types import Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["Model", "Scores", "Servable", "past_products", "who_chose_what"]

#: float32 [n_states, n_items]; higher is better, NaN where a product cannot be scored.
Scores: TypeAlias = npt.NDArray[np.float32]


@runtime_checkable
class Model(Protocol):
    """A recommender that can be fitted on a split and judged."""

    name: ClassVar[str]
    #: Whether every score is exactly a sum of parts, none of which depends on another event.
    additive: ClassVar[bool]
    #: Whether a fit depends on its seed.
    is_random: ClassVar[bool]

    @property
    def config(self) -> Mapping[str, Any]:
        """Settings and what was chosen on validation, ready for JSON."""
        ...

    @classmethod
    def fit(cls, split: Split, *, seed: int = 0, progress: Progress = no_progress) -> Self:
        """Learn from the split's training part; tune, if at all, on its cases."""
        ...

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Score of every product for every state; row n depends on state n alone."""
        ...


@runtime_checkable
class Servable(Protocol):
    """A model that a shop can save and rank with; it may need nothing then but NumPy and SciPy."""

    def again(
        self,
        growth: Growth,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        watch: Watch | None = None,
    ) -> Self:
        """The same settings on a shop that has grown: counted again, or trained on from here."""
        ...

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """As in `Model`."""
        ...

    def to_arrays(self) -> Arrays:
        """All of the fitted state; every product has its row in the shop's order."""
        ...

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], config: Mapping[str, Any]
    ) -> Self:
        """The model again, equal in every score; `config` is what `config` said.

        Raises `KeyError` where an array is missing.
        """
        ...


def past_products(states: Sequence[ShopperState], n_items: int) -> sparse.csr_matrix:
    """1 where a shopper had a product, however often; float32 CSR [n_states, n_items]."""
    past = [np.unique(state.item_num[state.strength > 0.0]) for state in states]
    lengths = [len(items) for items in past]
    indices = np.concatenate(past) if past else np.zeros(0, dtype=np.int32)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    ones = np.ones(len(indices), dtype=np.float32)
    return sparse.csr_matrix((ones, indices, indptr), shape=(len(states), n_items))


def who_chose_what(interactions: Interactions) -> sparse.csr_matrix:
    """1 where a shopper had a product, however often; float32 CSR [n_users, n_items]."""
    counts = EVENT_STRENGTH[interactions.event] > 0.0
    matrix = sparse.csr_matrix(
        (
            np.ones(int(counts.sum()), dtype=np.float32),
            (interactions.user_num[counts], interactions.item_num[counts]),
        ),
        shape=(interactions.n_users, interactions.n_items),
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
