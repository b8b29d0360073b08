"""Run a model over cases and keep the ranks of the targets and the first places of each list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from youli.data.shop import Shop
from youli.data.split import Case
from youli.data.state import ShopperState
from youli.evaluate.accuracy import Ranks
from youli.evaluate.calibration import probabilities
from youli.models.base import Model, Scores
from youli.models.ranks import Placed, place
from youli.models.tuning import batches
from youli.rank.ranker import top
from youli.types import BoolArray, FloatArray, IntArray, Progress, no_progress

__all__ = ["LIST_LENGTH", "Closer", "Judged", "Task", "judge", "outside_history"]

#: Length of the lists on which all that is not accuracy is measured.
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
class Closer:
    """What a closer look at the lists needs.

    ``popularity`` float64 [n_items] makes the list that needs no model; ``temperature`` gives the
    one for each case by its number.
    """

    popularity: FloatArray
    temperature: Callable[[int], float]


@dataclass(frozen=True)
class Judged:
    """What a model did on the cases of one task; rows are the cases that have targets in it.

    ``case_num`` int64 [n_cases], places in the given cases. ``lists`` int32
    [n_cases, LIST_LENGTH], -1 where a list came short; ``hit`` and ``expected``, bool, whether
    the product was chosen, and whether the most popular would have been listed there too;
    ``probability`` float64, of being chosen. The last two are false and 0 without a closer look.
    """

    ranks: Ranks
    case_num: IntArray
    lists: IntArray
    hit: BoolArray
    expected: BoolArray
    probability: FloatArray


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
    closer: Closer | None = None,
    known: Callable[[ShopperState], ShopperState] | None = None,
    progress: Progress = no_progress,
) -> dict[str, Judged]:
    """Score every case once and place its targets for each task; `shop` holds the histories.

    `known` cuts what the model gets to know of a shopper; tasks still see the whole state, so that
    the same products compete however little is known.
    """
    n_items = shop.interactions.n_items
    popular = None if closer is None else np.argsort(-closer.popularity, kind="stable")
    gathered = {task.name: _Gathered(closer, popular) for task in tasks}
    for part in batches(len(cases), n_items):
        progress("judging", part.start / len(cases))
        states = [case.state(shop) for case in cases[part]]
        asked = states if known is None else [known(state) for state in states]
        scores = model.score_batch(asked)
        numbered = enumerate(zip(scores, cases[part], states, strict=True), start=part.start)
        for case_num, (row, case, state) in numbered:
            for task in tasks:
                targets, allowed = task.choose(case, state, n_items)
                if len(targets):
                    gathered[task.name].add(case_num, row, targets, allowed)
    progress("judging", 1.0)
    return {name: found.judged() for name, found in gathered.items()}


@dataclass
class _Gathered:
    """The ranks and lists of one task so far."""

    closer: Closer | None
    popular: IntArray | None
    placed: list[Placed] = field(default_factory=list)
    case_num: list[int] = field(default_factory=list)
    lists: list[IntArray] = field(default_factory=list)
    hit: list[BoolArray] = field(default_factory=list)
    expected: list[BoolArray] = field(default_factory=list)
    probability: list[FloatArray] = field(default_factory=list)

    def add(self, case_num: int, scores: Scores, targets: IntArray, allowed: BoolArray) -> None:
        self.placed.append(place(scores, targets, allowed))
        self.case_num.append(case_num)
        competes = allowed.copy()
        competes[targets] = True
        eligible = competes & ~np.isnan(scores)
        first = top(scores, eligible, LIST_LENGTH)
        self.lists.append(_filled(first, -1, np.int32))
        self.hit.append(_filled(_among(first, targets), False, np.bool_))
        if self.closer is not None and self.popular is not None:
            best = self.popular[competes[self.popular]][:LIST_LENGTH]
            self.expected.append(_filled(_among(first, best), False, np.bool_))
            row = np.where(eligible, scores, np.nan)
            share = probabilities(row, self.closer.temperature(case_num)) if len(first) else row
            self.probability.append(_filled(share[first], 0.0, np.float64))

    def judged(self) -> Judged:
        shape = (len(self.placed), LIST_LENGTH)
        return Judged(
            Ranks.of(self.placed),
            np.array(self.case_num, dtype=np.int64),
            np.stack(self.lists) if self.lists else np.zeros(shape, dtype=np.int32),
            np.stack(self.hit) if self.hit else np.zeros(shape, dtype=bool),
            np.stack(self.expected) if self.expected else np.zeros(shape, dtype=bool),
            np.stack(self.probability) if self.probability else np.zeros(shape),
        )


def _among(first: IntArray, wanted: IntArray) -> BoolArray:
    """Which of a few products are wanted: quicker than `np.isin` for few and few."""
    if len(wanted) > 4 * LIST_LENGTH:
        return np.isin(first, wanted)
    return np.asarray((first[:, None] == wanted).any(axis=1))


def _filled(values: Any, fill: object, dtype: type) -> Any:
    """As long as a list, filled up where it came short."""
    found: Any = np.full(LIST_LENGTH, fill, dtype=dtype)
    found[: len(values)] = values
    return found
