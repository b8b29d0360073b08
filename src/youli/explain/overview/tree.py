"""A shallow regression tree over readable features, grown by least squares (Breiman et al. 1984).

For a target of noughts and ones the squared error splits as the Gini index does, so the same tree
serves a score and a yes or no. Thresholds lie half-way between neighbouring values; of equally good
splits the first feature and the smallest threshold win, so one table gives one tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["NEVER", "Feature", "Node", "grow"]

#: Stands for the days since something that never was: more than any real number of days.
NEVER = 1e6
#: Thresholds tried for one feature of a node; with more different values, quantiles of them.
_MOST_THRESHOLDS = 64
#: A split must take this share of the root's squared error away.
_LEAST_GAIN = 1e-3


@dataclass(frozen=True, slots=True)
class Feature:
    """One column in words; the kind says how a threshold is read."""

    name: str
    kind: Literal["flag", "count", "number", "since"]

    def question(self, threshold: float) -> str:
        """What a split asks; "yes" goes to the upper side for a flag, else to the lower."""
        if self.kind == "flag":
            return f"{self.name}?"
        if self.kind == "since" and threshold > NEVER / 10:
            return f"{self.name}: ever?"
        if self.kind == "number":
            return f"{self.name} ≤ {threshold:.2g}?"
        return f"{self.name} ≤ {int(np.floor(threshold)):,}?"

    @property
    def yes_is_low(self) -> bool:
        """Whether "yes" is the side at or below the threshold."""
        return self.kind != "flag"


@dataclass(frozen=True, slots=True)
class Node:
    """A leaf, or a question with a node for yes and one for no."""

    #: Mean of the target among the training rows that came here.
    value: float
    n_rows: int
    feature: Feature | None = None
    column: int = -1
    threshold: float = 0.0
    yes: Node | None = None
    no: Node | None = None

    @property
    def is_leaf(self) -> bool:
        """Whether nothing more is asked."""
        return self.feature is None

    @property
    def question(self) -> str:
        """What is asked here; empty for a leaf."""
        return "" if self.feature is None else self.feature.question(self.threshold)

    def predict(self, table: FloatArray) -> FloatArray:
        """The value of the leaf that each row comes to, float64 [n_rows]."""
        if self.feature is None or self.yes is None or self.no is None:
            return np.full(len(table), self.value)
        says_yes = self.answers(table)
        return np.where(says_yes, self.yes.predict(table), self.no.predict(table))

    def answers(self, table: FloatArray) -> BoolArray:
        """Which rows say yes, bool [n_rows]."""
        assert self.feature is not None, "a leaf asks nothing"
        low = table[:, self.column] <= self.threshold
        return np.asarray(low if self.feature.yes_is_low else ~low)

    def leaves(self) -> Iterator[Node]:
        """All leaves, those of "yes" first."""
        if self.yes is None or self.no is None:
            yield self
        else:
            yield from self.yes.leaves()
            yield from self.no.leaves()

    @property
    def depth(self) -> int:
        """Questions on the longest way."""
        return 0 if self.yes is None or self.no is None else 1 + max(self.yes.depth, self.no.depth)

    def lines(self) -> list[str]:
        """The tree as text, a line a node."""
        return self._lines("", "")

    def _lines(self, lead: str, below: str) -> list[str]:
        if self.yes is None or self.no is None:
            return [f"{lead}{self.value:.3g}  ({self.n_rows:,} cases)"]
        return [
            f"{lead}{self.question}",
            *self.yes._lines(f"{below}├ yes: ", f"{below}│  "),
            *self.no._lines(f"{below}└ no: ", f"{below}   "),
        ]


def grow(
    table: FloatArray, target: FloatArray, features: Sequence[Feature], *, depth: int, min_rows: int
) -> Node:
    """The tree for float64 [n_rows, n_features] and [n_rows]; a leaf keeps `min_rows` or more."""
    least = _LEAST_GAIN * _error(target)
    return _grow(table, target, features, depth, min_rows, least)


def _grow(
    table: FloatArray,
    target: FloatArray,
    features: Sequence[Feature],
    depth: int,
    min_rows: int,
    least: float,
) -> Node:
    value, n_rows = float(target.mean()), len(target)
    best = _best_split(table, target, min_rows) if depth else None
    if best is None or best[0] <= max(least, 1e-12):
        return Node(value, n_rows)
    _, column, threshold = best
    node = Node(value, n_rows, features[column], column, threshold)
    says_yes = node.answers(table)
    yes = _grow(table[says_yes], target[says_yes], features, depth - 1, min_rows, least)
    no = _grow(table[~says_yes], target[~says_yes], features, depth - 1, min_rows, least)
    return Node(value, n_rows, features[column], column, threshold, yes, no)


def _best_split(
    table: FloatArray, target: FloatArray, min_rows: int
) -> tuple[float, int, float] | None:
    """Gain, column and threshold of the best split; None where none is allowed."""
    best: tuple[float, int, float] | None = None
    whole = _error(target)
    for column in range(table.shape[1]):
        order = np.argsort(table[:, column], kind="stable")
        value, y = table[order, column], target[order]
        cuts = _cuts(value)
        cuts = cuts[(cuts >= min_rows) & (cuts <= len(y) - min_rows)]
        if not len(cuts):
            continue
        sums, squares = np.cumsum(y), np.cumsum(y**2)
        left = squares[cuts - 1] - sums[cuts - 1] ** 2 / cuts
        right_sum, right_square = sums[-1] - sums[cuts - 1], squares[-1] - squares[cuts - 1]
        gain = whole - left - (right_square - right_sum**2 / (len(y) - cuts))
        at = int(np.argmax(gain))
        if best is None or gain[at] > best[0] + 1e-12 * max(whole, 1.0):
            threshold = (value[cuts[at] - 1] + value[cuts[at]]) / 2
            best = (float(gain[at]), column, float(threshold))
    return best


def _cuts(value: FloatArray) -> IntArray:
    """Numbers of rows below each possible threshold of sorted values."""
    cuts = np.flatnonzero(value[1:] > value[:-1]) + 1
    if len(cuts) <= _MOST_THRESHOLDS:
        return cuts
    places = np.linspace(0, len(cuts) - 1, _MOST_THRESHOLDS).round().astype(np.int64)
    return np.asarray(cuts[places])


def _error(target: FloatArray) -> float:
    return float(((target - target.mean()) ** 2).sum()) if len(target) else 0.0
