"""The ledger itself: what each past product gives, read off the ranker; exact."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.base import Attribution, Scorer, players
from youli.models.ledger import LedgerModel

__all__ = ["LedgerAttributor"]


class LedgerAttributor:
    """Sums the entries that rest on each past product; for the additive ranker alone."""

    name: ClassVar[str] = "ledger"

    def lacking(self, model: Scorer) -> str | None:
        """Only a ranker has a ledger."""
        return None if isinstance(model, LedgerModel) else "only the ledger's scores have entries"

    def attribute(self, model: LedgerModel, state: ShopperState, item_num: int) -> Attribution:
        """One row of `Ranker.amounts_by_past`."""
        found = players(state)
        ranker, target = model.ranker, np.array([item_num], dtype=np.int32)
        given = ranker.amounts_by_past(state, target)[:, 0]
        place = np.searchsorted(state.distinct_items[0], found.items)
        amounts = given[place] if len(found) else np.zeros(0)
        score = float(ranker.score(state)[item_num])
        return Attribution(
            self.name, item_num, found.items, amounts, exact=True, in_score_units=True,
            numbers={"score": score, "base": score - float(amounts.sum())},
        )  # fmt: skip
