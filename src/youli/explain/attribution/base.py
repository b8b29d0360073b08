"""What an attribution is, and what a method of attribution is asked.

The *players* are the distinct past products of a shopper: all counted events of one product come
and go together. Ignored events are no players and change nothing. What is explained is the score
of one product, before filters and rules, as `score_batch` gives it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from youli.data.state import ShopperState
from youli.models.base import Scores
from youli.types import FloatArray, IntArray

__all__ = [
    "Attribution",
    "Attributor",
    "Players",
    "Scorer",
    "players",
    "score_of",
    "spearman",
]


class Scorer(Protocol):
    """Anything whose scores can be explained from outside; `youli.models.base.Model` is one."""

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Score of every product for every state."""
        ...


@dataclass(frozen=True)
class Players:
    """The past products that count: ``items`` int32 [n], sorted, and the rows of each."""

    items: IntArray
    rows: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.items)

    def without(self, state: ShopperState, out: Iterable[int]) -> ShopperState:
        """The state in which some players (places) do not count."""
        return state.without(row for one in out for row in self.rows[one])

    def only(self, state: ShopperState, kept: Iterable[int]) -> ShopperState:
        """The state in which no other players count than these."""
        stay = set(kept)
        return self.without(state, (one for one in range(len(self)) if one not in stay))


@dataclass(frozen=True)
class Attribution:
    """How much of a score each past product is said to have given.

    ``items`` int32 [n], the players; ``amounts`` float64 [n]. `exact`: the amounts are in units of
    the score and add up to it with ``base``, and nothing was drawn or approximated; all else is an
    estimate. `in_score_units`: whether an amount claims to be a part of the score at all, or is
    only an ordering. `numbers` holds what a reader should know beside it, by name; `maps` tables
    worth looking at, each [rows, columns].
    """

    method: str
    item_num: int
    items: IntArray
    amounts: FloatArray
    exact: bool
    in_score_units: bool
    numbers: Mapping[str, float] = field(default_factory=dict)
    maps: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def order(self) -> IntArray:
        """Places of the players, largest amount first, ties by place; int64 [n]."""
        return np.argsort(-self.amounts, kind="stable")

    @property
    def total(self) -> float:
        """The sum of all amounts, exactly rounded."""
        return math.fsum(self.amounts.tolist())


@runtime_checkable
class Attributor(Protocol):
    """One method of attribution."""

    name: ClassVar[str]

    def lacking(self, model: Scorer) -> str | None:
        """Why it cannot explain this model, in words; None where it can."""
        ...

    def attribute(self, model: Any, state: ShopperState, item_num: int) -> Attribution:
        """What each past product gave the score of a product; empty without a history."""
        ...


def players(state: ShopperState) -> Players:
    """The past products that count and speak, in the order of `item_num`."""
    items, _ = state.distinct_items
    speaks = state.strength > 0.0
    found = [
        (int(item), tuple(row for row in rows if speaks[row]))
        for item, rows in zip(items.tolist(), state.rows_of_distinct, strict=True)
    ]
    kept = [(item, rows) for item, rows in found if rows]
    return Players(
        np.array([item for item, _ in kept], dtype=np.int32), tuple(rows for _, rows in kept)
    )


def score_of(model: Scorer, states: Sequence[ShopperState], item_num: int) -> FloatArray:
    """Score of one product for each state, float64 [n_states]."""
    if not states:
        return np.zeros(0)
    return model.score_batch(states)[:, item_num].astype(np.float64)


def spearman(first: FloatArray, second: FloatArray) -> float:
    """Correlation of the ranks of two lists of numbers (Spearman 1904), ties by their mean rank.

    NaN where either is constant or there are fewer than two numbers: no order, nothing to compare.
    """
    if len(first) < 2:
        return math.nan
    from scipy.stats import rankdata

    one, two = rankdata(first), rankdata(second)
    one, two = one - one.mean(), two - two.mean()
    length = math.sqrt(float(one @ one) * float(two @ two))
    return float(one @ two) / length if length > 0.0 else math.nan
