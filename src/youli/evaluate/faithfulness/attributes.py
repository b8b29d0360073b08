"""Explanations by attributes, as CountER judges them: are those named needed, and are they enough?

    PN   the product leaves the list when the named attributes count for nobody
    PS   it stays in the list when no other attribute counts for anybody
    F_NS 2 · PN · PS / (PN + PS)

(Tan et al. 2021, "Counterfactual Explainable Recommendation", eq. 13 to 15.) An attribute is a name
with a value, such as brand Ada; switched off it speaks for no product any more, not only for the
explained one. Only a ranker whose scores have entries by attribute can be asked so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from youli.channels.attributes import AttributesChannel
from youli.evaluate.faithfulness.cases import Explained
from youli.explain.questions.base import ledger_of
from youli.explain.worlds import Change, changed
from youli.models.ledger import LedgerModel
from youli.rank.ranker import Ranker

__all__ = ["harmonic", "judge_attributes", "named_attributes"]

#: As for past products: what a set has to hold of the positive amounts, and how many it may name.
_SHARE, _MOST = 0.8, 5
_Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One case: 1 or 0, NaN where nothing was named; how many were named."""

    needed: float
    enough: float
    size: int


def judge_attributes(
    model: Any, cases: Sequence[Explained], *, k: int, seed: int = 0
) -> dict[str, Any]:
    """PN, PS and F_NS of the ledger's attributes, and of as many drawn from the product's own.

    Or why the model cannot be asked, as ``left_out``.
    """
    if not isinstance(model, LedgerModel):
        return {"left_out": "its products' attributes are mixed into vectors and cannot be masked"}
    if not any(isinstance(one, AttributesChannel) for one in model.ranker.channels.values()):
        return {"left_out": "no attribute has a weight in this ranker"}
    found: dict[str, list[_Judged]] = {"ledger": [], "random": []}
    for case in cases:
        named = named_attributes(model.ranker, case)
        found["ledger"].append(_judge(model.ranker, case, named, k))
        drawn = _drawn(model.ranker, case, len(named), seed)
        found["random"].append(_judge(model.ranker, case, drawn, k))
    return {"n": len(cases), "methods": {name: _means(rows) for name, rows in found.items()}}


def named_attributes(ranker: Ranker, case: Explained) -> tuple[_Label, ...]:
    """The attributes that give the product most: four fifths of what they give, five at most."""
    sums: defaultdict[_Label, list[float]] = defaultdict(list)
    for entry in ledger_of(ranker, case.state, case.item_num).entries:
        if entry.evidence.attribute is not None and entry.channel in _switches(ranker):
            sums[entry.evidence.attribute].append(entry.amount)
    amounts = {label: math.fsum(parts) for label, parts in sums.items()}
    positive = sorted((one for one in amounts if amounts[one] > 0.0), key=lambda o: -amounts[o])
    total, held = math.fsum(amounts[one] for one in positive), 0.0
    for size, one in enumerate(positive[:_MOST], start=1):
        held += amounts[one]
        if held >= _SHARE * total * (1.0 - 1e-12):
            return tuple(positive[:size])
    return tuple(positive[:_MOST])


def harmonic(needed: float, enough: float) -> float:
    """F_NS: the harmonic mean of both; 0 where either is."""
    total = needed + enough
    return 2.0 * needed * enough / total if total > 0.0 else 0.0


def _switches(ranker: Ranker) -> dict[str, AttributesChannel]:
    """The channels whose attributes can be switched off."""
    return {
        name: one for name, one in ranker.channels.items() if isinstance(one, AttributesChannel)
    }


def _drawn(ranker: Ranker, case: Explained, n: int, seed: int) -> tuple[_Label, ...]:
    """As many of the product's own attributes, at random."""
    own: dict[_Label, None] = {}
    for channel in _switches(ranker).values():
        start, stop = channel.table.indptr[case.item_num : case.item_num + 2]
        own |= dict.fromkeys(channel.names[at] for at in channel.table.indices[start:stop].tolist())
    labels = list(own)
    rng = np.random.default_rng([seed, crc32(case.state.user_id.encode()), case.item_num])
    return tuple(labels[at] for at in rng.permutation(len(labels))[:n].tolist())


def _judge(ranker: Ranker, case: Explained, named: tuple[_Label, ...], k: int) -> _Judged:
    if not named:
        return _Judged(math.nan, math.nan, 0)
    every = dict.fromkeys(label for one in _switches(ranker).values() for label in one.names)
    others = tuple(label for label in every if label not in named)
    without, only = _rank(ranker, case, named), _rank(ranker, case, others)
    return _Judged(float(without > k), float(only <= k), len(named))


def _rank(ranker: Ranker, case: Explained, off: tuple[_Label, ...]) -> int:
    """The product's place when some attributes count for nobody; ties count against it."""
    world, state = changed(ranker, case.state, Change(labels_off=off))
    scores = world.score(state)
    allowed = case.allowed.copy()
    allowed[case.item_num] = True
    return int((scores[allowed] >= scores[case.item_num]).sum())


def _means(rows: Sequence[_Judged]) -> dict[str, float | int | None]:
    named = [row for row in rows if row.size]
    if not named:
        return {"n_named": 0, "abstention": 1.0, "pn": None, "ps": None, "f_ns": None, "size": None}
    needed = float(np.mean([row.needed for row in named]))
    enough = float(np.mean([row.enough for row in named]))
    return {
        "n_named": len(named),
        "abstention": 1.0 - len(named) / len(rows),
        "pn": needed,
        "ps": enough,
        "f_ns": harmonic(needed, enough),
        "size": float(np.mean([row.size for row in named])),
    }
