"""The ledger against the average product: what speaks for *this* product and not for any.

    amount(past, i) − mean over products of amount(past, ·)

A past product may lift everything alike: a popular brand, a price band that half of the catalogue
is in. That is a true part of the score and no reason why this product and no other was chosen,
because what every product is given moves none of them. These amounts add up, exactly, to how far
the history lifts the product above the average one.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.base import Attribution, Scorer, players
from youli.models.ledger import LedgerModel
from youli.types import FloatArray, IntArray

__all__ = ["LedgerContrastAttributor"]

#: Products whose mean stands for the average one: all, or so many evenly spaced and its own.
_MOST_COMPARED = 2_000


class LedgerContrastAttributor:
    """Read off the ledgers of many products at once; for the additive ranker alone."""

    name: ClassVar[str] = "ledger_contrast"

    def lacking(self, model: Scorer) -> str | None:
        """Only a ranker has ledgers."""
        return None if isinstance(model, LedgerModel) else "only the ledger's scores have entries"

    def attribute(self, model: LedgerModel, state: ShopperState, item_num: int) -> Attribution:
        """``lift`` is what the amounts add up to: how far above the average product."""
        found = players(state)
        if not len(found):
            return self._of(item_num, found.items, np.zeros(0))
        ranker = model.ranker
        n_items = ranker.shop.interactions.n_items
        spaced = np.linspace(0, n_items - 1, min(n_items, _MOST_COMPARED)).round()
        # Each product once: channels look a product up by its place among those asked.
        asked = np.union1d(spaced, [item_num]).astype(np.int32)
        place = np.searchsorted(state.distinct_items[0], found.items)
        given = ranker.amounts_by_past(state, asked)[place]  # [n_players, n_asked]
        mine = given[:, np.searchsorted(asked, item_num)]
        return self._of(item_num, found.items, mine - given.mean(axis=1))

    def _of(self, item_num: int, items: IntArray, amounts: FloatArray) -> Attribution:
        return Attribution(
            self.name, item_num, items, amounts, exact=False, in_score_units=False,
            numbers={"lift": float(amounts.sum())},
        )  # fmt: skip
