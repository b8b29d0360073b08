"""Numbers about a list that tell whoever looks after a shop whether something is odd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from youli.explain.types import Recommendation
from youli.types import EvidenceKind, FloatArray

__all__ = ["list_diagnostics", "relative_scores"]


def relative_scores(scores: FloatArray) -> FloatArray:
    """The relative score f_i = (1/N) Σ_j r_i / r_j of each product of a list, float64 [N].

    f is r over the harmonic mean of the list's r: 1 for all where all are equal. It needs positive
    r; scores are log-odds, so r = e^score.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if not len(scores):
        return scores
    # r_i / r_j = e^(s_i - s_j), so nothing overflows before the ratio itself would.
    return np.asarray(np.exp(scores[:, None] - scores[None, :]).mean(axis=1))


def list_diagnostics(found: Sequence[Recommendation]) -> list[dict[str, Any]]:
    """For each product its relative score, and what feedback and rules put into its ledger."""
    relative = relative_scores(np.array([one.score for one in found]))
    rows = []
    for one, f in zip(found, relative.tolist(), strict=True):
        by_kind = {
            kind.value: sum(e.amount for e in one.ledger.entries if e.evidence.kind is kind)
            for kind in (EvidenceKind.FEEDBACK, EvidenceKind.RULE)
        }
        rows.append({"rank": one.rank, "score": one.score, "relative_score": f, **by_kind})
    return rows
