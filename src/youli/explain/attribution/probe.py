"""What a model says when some past products are taken away: every answer kept for one case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.base import Players, Scorer, players
from youli.models.base import Scores
from youli.rank.ranker import top
from youli.types import BoolArray, IntArray

__all__ = ["Probe", "Seen"]

#: States that are scored together.
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: the explained product's score and place, and the list, best first."""

    score: float
    rank: float
    listed: tuple[int, ...]


class Probe:
    """Asks about one product for one shopper; places of players stand for past products.

    `allowed` bool [n_items] is what competes; the explained product always does. A tie counts
    against it. A list is of `k` products.
    """

    def __init__(
        self, model: Scorer, state: ShopperState, item_num: int, allowed: BoolArray, *, k: int = 10
    ) -> None:
        self.model, self.state, self.item_num, self.k = model, state, item_num, k
        self.players: Players = players(state)
        self._allowed = allowed.copy()
        self._allowed[item_num] = True
        self._seen: dict[frozenset[int], Seen] = {}

    @property
    def every(self) -> frozenset[int]:
        """All players."""
        return frozenset(range(len(self.players)))

    def prepare(self, removals: Iterable[Iterable[int]]) -> None:
        """Ask for several removals at once; they are then at hand."""
        wanted = list(dict.fromkeys(frozenset(one) for one in removals))
        wanted = [one for one in wanted if one not in self._seen]
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            states = [self.players.without(self.state, one) for one in part]
            scores = self.model.score_batch(states)
            for one, row in zip(part, scores, strict=True):
                self._seen[one] = self._answer(row)

    def without(self, removed: Iterable[int]) -> Seen:
        """The answer when some players do not count."""
        key = frozenset(removed)
        if key not in self._seen:
            self.prepare([key])
        return self._seen[key]

    def only(self, kept: Iterable[int]) -> Seen:
        """The answer when no other players count."""
        return self.without(self.every - frozenset(kept))

    @property
    def full(self) -> Seen:
        """The answer as it is."""
        return self.without(())

    @property
    def empty(self) -> Seen:
        """The answer without any history."""
        return self.without(self.every)

    def prefixes(self, order: IntArray, n: int) -> list[list[int]]:
        """The first 1 … n players of an order; all of them where there are fewer."""
        return [order[:size].tolist() for size in range(1, n + 1)]

    def _answer(self, row: Scores) -> Seen:
        score = float(row[self.item_num])
        scores = np.where(np.isnan(row), -np.inf, row)
        rivals = int((scores[self._allowed] >= scores[self.item_num]).sum())  # itself included
        listed = top(scores, self._allowed, self.k)
        return Seen(score, float(rivals), tuple(listed.tolist()))
