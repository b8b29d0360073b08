"""Run a model over cases and keep the ranks of the targets and the first places of each list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from youli.data.shop import Shop
from youli.data.split import Case
from youli.data.state import ShopperState
from youli.evaluate.accuracy import Ranks
from youli.models.base import Model, Scores
from youli.models.ranks import target_ranks
from youli.models.tuning import batches
from youli.rank.ranker import top
from youli.types import BoolArray, FloatArray, IntArray, Progress, no_progress

__all__ = ["LIST_LENGTH", "Judged", "Task", "judge", "outside_history"]

#: Length of the lists on which coverage, novelty and Gini are measured.
LIST_LENGTH = 10


@dataclass(frozen=True)
class Task:
    """Which of a case's targets are looked for, and among which products.

    `choose` gets the case, its state and the number of products, and gives the targets (int32,
    distinct; none where the case is not part of the task) and what may be listed beside them,
    bool [n_items].
    """

    name: str
    choose: Callable[[Case, ShopperState, int], tuple[IntArray, BoolArray]]


@dataclass(frozen=True)
class Judged:
    """What a model did on the cases of one task.

    ``lists`` int32 [n_cases, LIST_LENGTH], -1 where a list came short.
    """

    ranks: Ranks
    lists: IntArray


def outside_history(case: Case, state: ShopperState, n_items: int) -> tuple[IntArray, BoolArray]:
    """All targets, among everything that is not in the history; a target itself always competes."""
    allowed = np.ones(n_items, dtype=bool)
    allowed[state.item_num] = False
    return case.targets, allowed


def judge(
    model: Model,
    shop: Shop,
    cases: Sequence[Case],
    tasks: Sequence[Task],
    *,
    progress: Progress = no_progress,
) -> dict[str, Judged]:
    """Score every case once and place its targets for each task; `shop` holds the histories."""
    n_items = shop.interactions.n_items
    gathered = {task.name: _Gathered() for task in tasks}
    for part in batches(len(cases), n_items):
        progress("judging", part.start / len(cases))
        states = [case.state(shop) for case in cases[part]]
        scores = model.score_batch(states)
        for row, case, state in zip(scores, cases[part], states, strict=True):
            for task in tasks:
                targets, allowed = task.choose(case, state, n_items)
                if len(targets):
                    gathered[task.name].add(row, targets, allowed)
    progress("judging", 1.0)
    return {name: found.judged() for name, found in gathered.items()}


class _Gathered:
    """The ranks and lists of one task so far."""

    def __init__(self) -> None:
        self.ranks: list[FloatArray] = []
        self.lists: list[IntArray] = []

    def add(self, scores: Scores, targets: IntArray, allowed: BoolArray) -> None:
        self.ranks.append(target_ranks(scores, targets, allowed))
        eligible = allowed & ~np.isnan(scores)
        eligible[targets] = ~np.isnan(scores[targets])
        first = top(scores, eligible, LIST_LENGTH)
        self.lists.append(np.pad(first, (0, LIST_LENGTH - len(first)), constant_values=-1))

    def judged(self) -> Judged:
        empty = np.zeros((0, LIST_LENGTH), dtype=np.int32)
        return Judged(Ranks.of(self.ranks), np.stack(self.lists) if self.lists else empty)
