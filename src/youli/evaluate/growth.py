"""What going on from a shop costs against learning it anew, on the same held-out choices.

The end of the new events is held out. One shop goes on from what it had learned with the rest of
them, another is fitted on everything but the held-out end; both are asked the same questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from youli.artifact import FittedShop, as_saved
from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.split import Split, leave_last_out, split_at
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.evaluate.accuracy import Ranks, hit_rate, ndcg
from youli.evaluate.bootstrap import paired_bootstrap
from youli.evaluate.cost import Meter
from youli.learn import fit_models
from youli.models.base import Scores
from youli.models.ranks import place
from youli.models.tuning import batches
from youli.rank.fit import fit_ranker
from youli.types import Progress, no_progress
from youli.update import grown

__all__ = ["against_full_fit", "held_out_end"]

_K = 10
#: Share of the new events' time that is held out.
_HELD_OUT = 0.25
#: Cases that are judged at most, drawn once.
_MOST_CASES = 5000


def held_out_end(before: Shop, after: Shop) -> Split:
    """Hold out the end of what is new: its last quarter, or, in a log without a clock, the last
    event of each shopper who has new ones.

    Raises `NotEnoughDataError` where that leaves no new event to learn from, or none to judge by.
    """
    is_new = Growth.between(before, after).is_new
    too_few = NotEnoughDataError(
        "there are too few new events to hold some out",
        value=int(is_new.sum()),
        hint="leave out --compare, or give more new events",
    )
    if is_new.sum() < 2:
        raise too_few
    if after.interactions.timed:
        stamps = after.interactions.timestamp[is_new]
        cut = int(np.quantile(stamps, 1.0 - _HELD_OUT, method="lower"))
        if cut >= stamps.max():
            raise too_few
        split = split_at(after, cut)
    else:
        every = leave_last_out(after)
        ends = after.interactions.indptr[1:] - 1
        cases = tuple(case for case in every.cases if is_new[ends[case.user_num]])
        mine = np.zeros(after.interactions.n_users, dtype=bool)
        mine[[case.user_num for case in cases]] = True
        keep = np.ones(len(is_new), dtype=bool)
        keep[ends[mine]] = False
        split = Split(after, after.select(keep), cases)
    if not split.cases or not Growth.between(before, split.train).is_new.any():
        raise too_few
    return split


def against_full_fit(
    before: FittedShop, after: Shop, *, progress: Progress = no_progress
) -> dict[str, Any]:
    """NDCG@10 and HR@10 of both on the same cases, with the difference's interval, and CPU-seconds.

    Every product competes; what a shopper bought before is left out where the shop does not
    repeat. The same for every saved model. Traces of training are not kept.
    """
    split = held_out_end(before.shop, after)
    config = before.config
    with Meter() as of_update:
        updated = as_saved(grown(before, split.train, progress=progress))
    with Meter() as of_fit:
        settings = {name: _settings(model) for name, model in before.models.items()}
        shop = updated.shop  # with the photos that it has
        models = fit_models(shop, settings, config, progress=progress)
        ranker, _ = fit_ranker(shop, config, progress)
        anew = as_saved(FittedShop(ranker, config, models=models))
    cases = split.sample(_MOST_CASES, config.seed)
    results = []
    for name in ("ledger", *before.models):
        ours, theirs = (_placed(one, name, split, cases) for one in (updated, anew))
        difference = paired_bootstrap(ndcg(ours, _K), ndcg(theirs, _K), seed=config.seed)
        results.append(
            {
                "model": name,
                "updated": {"ndcg@10": _mean(ndcg(ours, _K)), "hr@10": _mean(hit_rate(ours, _K))},
                "full_fit": {
                    "ndcg@10": _mean(ndcg(theirs, _K)),
                    "hr@10": _mean(hit_rate(theirs, _K)),
                },
                "difference": {
                    "measure": "ndcg@10",
                    "mean": difference.mean,
                    "low": difference.low,
                    "high": difference.high,
                    "confidence": difference.confidence,
                },
            }
        )
    return {
        "n_cases": len(cases),
        "held_out": "the last quarter of the new events"
        if after.interactions.timed
        else "the last event of every shopper with new ones",
        "cpu_s": {"updated": of_update.cpu_s, "full_fit": of_fit.cpu_s},
        "models": results,
    }


def _settings(model: Any) -> Any:
    """What a model was told; what it chose itself is chosen again."""
    return getattr(model, "settings", None)


def _placed(fitted: FittedShop, name: str, split: Split, cases: Sequence[Any]) -> Ranks:
    score, found = _scorer(fitted, name), []
    n_items = split.full.interactions.n_items
    for part in batches(len(cases), n_items):
        states = [case.state(split.full) for case in cases[part]]
        for row, case, state in zip(score(states), cases[part], states, strict=True):
            allowed = np.ones(n_items, dtype=bool)
            if not fitted.ranker.config.repeats:
                allowed[state.bought] = False
            found.append(place(row, case.targets, allowed))
    return Ranks.of(found)


def _scorer(fitted: FittedShop, name: str) -> Callable[[Sequence[ShopperState]], Scores]:
    if name in fitted.models:
        return fitted.models[name].score_batch

    def ledger(states: Sequence[ShopperState]) -> Scores:
        return np.stack([fitted.ranker.score(state) for state in states]).astype(np.float32)

    return ledger


def _mean(values: Any) -> float:
    return float(np.mean(values))
