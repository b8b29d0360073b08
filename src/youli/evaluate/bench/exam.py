"""What a model learns from and is asked, whatever the protocol: leave one out, or global time.

A log with dates is cut at one moment (`youli.evaluate.global_time`); what has only an order is
judged by leaving one out (`youli.evaluate.leave_one_out`). Every model is fitted as it would be on
that day:

- the ledger, as `youli fit` does: weights on a validation period, then channels on everything;
- a model that can say what it chose tunes on the last weeks before the cut without having seen
  them, and is then fitted by those settings on everything before the cut;
- any other learns from what came before those weeks and tunes on them, so that stopping early,
  say, is decided by what it has not seen. It pays for that with four weeks of data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from youli.data.shop import Shop
from youli.data.split import Case, Split
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.evaluate.beyond import attribute_rows
from youli.evaluate.global_time import cut_last_days, fit_then_all, tasks
from youli.evaluate.judge import Task, outside_history
from youli.evaluate.leave_one_out import splits
from youli.models.base import Model
from youli.models.ledger import LedgerModel
from youli.rank.fit import FitConfig
from youli.types import BoolArray, IntArray, Progress, no_progress

__all__ = ["COLD_TASKS", "Exam", "cold_products", "exam_of", "hold_out_products"]

#: Tasks of an exam whose products were held out: against everything, and against each other.
COLD_TASKS = ("cold", "cold_among_cold")


@dataclass(frozen=True)
class Exam:
    """The events to learn from, the cases to tune on (``learn``) and those to judge by."""

    protocol: str
    learn: Split
    test: Split
    #: The first is the one that models are compared by.
    tasks: tuple[Task, ...]
    #: How the ledger is learned, where the log is cut by time.
    config: FitConfig
    by_time: bool

    def fit(self, model_class: type[Model], seed: int, progress: Progress = no_progress) -> Model:
        """Fit a model as the protocol says."""
        if not self.by_time:
            return model_class.fit(self.learn, seed=seed, progress=progress)
        before = self.test.train
        if issubclass(model_class, LedgerModel):
            # What makes this ledger another one than the shop's is what its default sets.
            own = {name: getattr(model_class.default, name) for name in _set_by(model_class)}
            config = self.config.model_copy(update={**own, "seed": seed})
            return model_class.fit_as_served(before, config, progress)
        return fit_then_all(model_class, self.learn, before, seed, progress)


def _set_by(model_class: type[LedgerModel]) -> frozenset[str]:
    return frozenset(model_class.default.model_fields_set)


def exam_of(shop: Shop, config: FitConfig | None = None) -> Exam:
    """The protocol that the shop's events allow.

    Raises `NotEnoughDataError` where nobody has three events, or the log is shorter than 84 days.
    """
    config = FitConfig() if config is None else config
    if shop.interactions.timed:
        cut = cut_last_days(shop)
        return Exam(
            "global time split, 28 days", cut.valid, cut.test, tasks(cut.test.train), config, True
        )
    both = splits(shop)
    return Exam(
        "leave one out", both.valid, both.test, (Task("all", outside_history),), config, False
    )


def cold_products(shop: Shop, share: float, seed: int = 0) -> BoolArray:
    """A random share of the products that have attributes and events, bool [n_items]."""
    n_items = shop.interactions.n_items
    described = np.diff(attribute_rows(shop.catalogue).indptr) > 0
    seen = np.bincount(shop.interactions.item_num, minlength=n_items) > 0
    known = np.flatnonzero(described & seen)
    cold = np.zeros(n_items, dtype=bool)
    n_cold = int(np.ceil(share * len(known)))
    cold[np.random.default_rng(seed).choice(known, n_cold, replace=False)] = True
    return cold


def hold_out_products(exam: Exam, is_cold: BoolArray) -> Exam:
    """The same exam in a shop into which some products have just come.

    Their events are gone from what is learned from, from the validation and from every history;
    cases are those whose target is one of them (and only such targets). They compete once with
    everything that competes otherwise and once among themselves. Raises `NotEnoughDataError` where
    no case is left.
    """
    choose = exam.tasks[0].choose

    def among(case: Case, state: ShopperState, n_items: int) -> tuple[IntArray, BoolArray]:
        targets, allowed = choose(case, state, n_items)
        return targets, allowed & is_cold

    return replace(
        exam,
        learn=_without(exam.learn, is_cold, ~is_cold),
        test=_without(exam.test, is_cold, is_cold),
        tasks=(Task(COLD_TASKS[0], choose), Task(COLD_TASKS[1], among)),
    )


def _without(split: Split, gone: BoolArray, wanted: BoolArray) -> Split:
    """Drop the events of the `gone` products and the targets that are not `wanted`."""
    events = split.full.interactions
    keep = ~gone[events.item_num]
    n_kept = np.concatenate([[0], np.cumsum(keep)])
    cases = []
    for case in split.cases:
        start = events.rows_of(case.user_num).start
        targets = case.targets[wanted[case.targets]]
        if len(targets):
            n_known = int(n_kept[start + case.n_known] - n_kept[start])
            cases.append(replace(case, n_known=n_known, targets=targets))
    if not cases:
        raise NotEnoughDataError(
            "no shopper chose one of the products that were held out",
            value=int(gone.sum()),
            hint="measure new products on a larger shop",
        )
    train = split.train.select(~gone[split.train.interactions.item_num])
    return Split(split.full.select(keep), train, tuple(cases))
