"""Choose a setting on validation cases by mean NDCG@10, the whole catalogue ranked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from pydantic import BaseModel

from youli.data.split import Case, Split
from youli.data.state import ShopperState
from youli.models.base import Model, Scores
from youli.models.ranks import target_ranks
from youli.types import Progress, no_progress

__all__ = ["N_TUNING_CASES", "Chosen", "Validation", "batches", "best_of"]

Tuned = TypeVar("Tuned", bound=Model)

#: Enough that the standard error of NDCG@10 stays below .005 where its spread is .25.
N_TUNING_CASES = 3000
#: Cells of a score matrix that are held at once: 64 MiB of float32.
_MAX_CELLS = 16 * 1024**2


class Validation:
    """The cases of a split, drawn once, so that all settings are compared on the same ones."""

    def __init__(self, split: Split, *, seed: int, n_cases: int = N_TUNING_CASES) -> None:
        self._cases = split.sample(n_cases, seed)
        self._states = [case.state(split.full) for case in self._cases]
        self._n_items = split.full.interactions.n_items

    def ndcg(
        self, score: Callable[[Sequence[ShopperState]], Scores], *, repeats: bool = False
    ) -> float:
        """Mean NDCG@10; without `repeats`, products of the history are left out."""
        total = 0.0
        for part in batches(len(self._cases), self._n_items):
            scores = score(self._states[part])
            for row, case, state in zip(scores, self._cases[part], self._states[part], strict=True):
                total += _ndcg(row, case, state, repeats)
        return total / len(self._cases)


@runtime_checkable
class Chosen(Protocol):
    """A model that can say its settings with nothing left to choose, to be fitted again by them."""

    @property
    def chosen(self) -> BaseModel:
        """The settings, each with the one value that was chosen."""
        ...


def best_of(
    fits: Sequence[Callable[[], Tuned]],
    split: Split,
    *,
    progress: Progress = no_progress,
) -> Tuned:
    """The model with the best validation NDCG@10, of equally good ones the first.

    Models are made one after the other and only the best is held. One alone is not asked. The
    question is that of the protocol: everything in a log with dates, where shoppers buy again, and
    what is new in sequences. (Leaving the past out where targets are in it makes them too easy.)
    """
    repeats = split.full.interactions.timed
    best = fits[0]()
    if len(fits) == 1:
        return best
    validation = Validation(split, seed=0)
    best_ndcg = validation.ndcg(best.score_batch, repeats=repeats)
    for done, fit in enumerate(fits[1:], start=1):
        progress(f"choosing {best.name}'s settings", done / len(fits))
        model = fit()
        ndcg = validation.ndcg(model.score_batch, repeats=repeats)
        if ndcg > best_ndcg:
            best, best_ndcg = model, ndcg
    return best


def batches(n_states: int, n_items: int) -> list[slice]:
    """Runs of states whose scores fit into memory together."""
    size = max(1, min(1024, _MAX_CELLS // max(n_items, 1)))
    return [slice(start, min(start + size, n_states)) for start in range(0, n_states, size)]


def _ndcg(row: Scores, case: Case, state: ShopperState, repeats: bool) -> float:
    allowed = np.ones(len(row), dtype=bool)
    if not repeats:
        allowed[state.item_num] = False
    ranks = target_ranks(row, case.targets, allowed)
    ideal = (1.0 / np.log2(np.arange(2, min(len(ranks), 10) + 2))).sum()
    return float((1.0 / np.log2(1.0 + ranks[ranks <= 10.0])).sum() / ideal)
