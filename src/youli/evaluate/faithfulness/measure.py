"""Every measure of one explanation, all taken on the same explanation of the same case."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from youli.evaluate.faithfulness.cases import Caused, Explained
from youli.evaluate.faithfulness.causes import precision_at, recall_at
from youli.evaluate.faithfulness.claims import abstains, claims_that_pass
from youli.evaluate.faithfulness.curves import deletion, insertion, neg_at, pos_at
from youli.evaluate.faithfulness.orders import (
    overlap,
    same_first,
    sign_violations,
    spearman_with_left_out,
)
from youli.evaluate.faithfulness.sets import (
    explanation_size,
    gini,
    necessity,
    necessity_of_list,
    necessity_of_ranks,
)
from youli.explain.attribution.base import Attribution, Attributor, Scorer, spearman
from youli.explain.attribution.claims import chosen_set, completeness_residual
from youli.explain.attribution.probe import Probe

__all__ = ["MOST_EVIDENCE", "Measured", "means", "measure_case", "recovery_of"]

#: Sizes at which deletion and insertion are taken.
MOST_EVIDENCE = 5


@dataclass(frozen=True)
class Measured:
    """What came of one case: numbers by method, CPU time in ms by method, and pairs of methods."""

    numbers: dict[str, dict[str, float]]
    took_ms: dict[str, float]
    pairs: dict[tuple[str, str], dict[str, float]]
    n_past: int
    item_num: int


def measure_case(
    model: Scorer, case: Explained, methods: Mapping[str, Attributor], *, k: int
) -> Measured:
    """Explain once with every method, then take every measure on those explanations."""
    probe = Probe(model, case.state, case.item_num, case.allowed, k=k)
    made: dict[str, Attribution] = {}
    took: dict[str, float] = {}
    for name, method in methods.items():
        start = time.process_time()  # a busy machine does not make a method slow
        made[name] = method.attribute(model, case.state, case.item_num)
        took[name] = (time.process_time() - start) * 1e3
    probe.prepare(_removals(probe, made))
    numbers = {
        name: _numbers(model, probe, methods[name], attribution)
        for name, attribution in made.items()
    }
    return Measured(numbers, took, _pairs(made), len(probe.players), case.item_num)


def recovery_of(attribution: Attribution, case: Caused) -> dict[str, float]:
    """How well one explanation names the true cause of a purchase."""
    return {
        "precision@1": precision_at(attribution, case.sources, 1),
        "recall@3": recall_at(attribution, case.sources, 3),
    }


def means(rows: Sequence[Mapping[str, float]]) -> dict[str, float | None]:
    """The mean of each number over the rows where it is defined; None where it nowhere is."""
    found: dict[str, float | None] = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row[name] for row in rows if name in row and not math.isnan(row[name])]
        found[name] = float(np.mean(values)) if values else None
    return found


def _numbers(
    model: Scorer, probe: Probe, method: Attributor, attribution: Attribution
) -> dict[str, float]:
    order, chosen = attribution.order, chosen_set(attribution)
    passed = claims_that_pass(probe, attribution, chosen)
    numbers = {
        "exact": float(attribution.exact),
        "completeness_residual": completeness_residual(probe, attribution),
        "pos": pos_at(probe, order),
        "neg": neg_at(probe, order),
        "pn_s": necessity(probe, chosen),
        "pn_s_list": necessity_of_list(probe, chosen),
        "pn_r_list": necessity_of_ranks(probe, chosen),
        "gini": gini(attribution.amounts),
        "size": explanation_size(chosen),
        "sign_violations": sign_violations(probe, attribution),
        "spearman_left_out": spearman_with_left_out(probe, attribution),
        "yield_same_checks": passed.same,
        "yield_amount": passed.amount,
        "yield_direction": passed.direction,
        "coverage": passed.covered,
        "coverage_direction": passed.covered_direction,
        "abstention": abstains(chosen),
    }
    for q in range(1, MOST_EVIDENCE + 1):
        numbers[f"del@{q}"] = deletion(probe, order, q)
        numbers[f"ins@{q}"] = insertion(probe, order, q)
    return numbers | _stability(model, probe, method, attribution)


def _stability(
    model: Scorer, probe: Probe, method: Attributor, attribution: Attribution
) -> dict[str, float]:
    """Explain again without the least important past product that the explanation does not name."""
    cited = set(chosen_set(attribution).tolist())
    uncited = [one for one in range(len(attribution.items)) if one not in cited]
    if not cited or not uncited:
        return {"stability_first": math.nan, "stability_set": math.nan}
    least = min(uncited, key=lambda one: (abs(attribution.amounts[one]), one))
    fewer = probe.players.without(probe.state, [least])
    again = method.attribute(model, fewer, attribution.item_num)
    sets = (attribution.items[chosen_set(attribution)], again.items[chosen_set(again)])
    return {"stability_first": same_first(attribution, again), "stability_set": overlap(*sets)}


def _removals(probe: Probe, made: Mapping[str, Attribution]) -> list[list[int]]:
    """What most measures will ask, so that it is asked in few batches."""
    every = list(range(len(probe.players)))
    wanted: list[list[int]] = [[], every, *([one] for one in every)]
    for attribution in made.values():
        order = attribution.order.tolist()
        wanted += [order[:q] for q in range(1, MOST_EVIDENCE + 1)]
        wanted += [order[q:] for q in range(1, MOST_EVIDENCE + 1)]
        wanted.append(chosen_set(attribution).tolist())
    return wanted


def _pairs(made: Mapping[str, Attribution]) -> dict[tuple[str, str], dict[str, float]]:
    """How far two methods say the same of this case."""
    names = list(made)
    return {
        (one, two): {
            "same_first": same_first(made[one], made[two]),
            "spearman": spearman(made[one].amounts, made[two].amounts),
        }
        for at, one in enumerate(names)
        for two in names[at + 1 :]
    }
