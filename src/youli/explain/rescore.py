"""Scoring a list of products again under changed evidence, by the route that made no ledger.

`ranker.score_items` multiplies bases by coefficients; a ledger is read from the channels'
`entries`. What one route says is tested against the other. All the products of a list are scored
in one call, and each removal is computed once for the whole list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from youli.data.state import ShopperState
from youli.rank.ranker import Ranker
from youli.types import Evidence, EvidenceKind, FloatArray, IntArray

__all__ = ["Rescorer"]


class Rescorer:
    """Scores of some products for one shopper: as served, without some evidence, with only it."""

    def __init__(
        self, ranker: Ranker, state: ShopperState, item_nums: Sequence[int] | IntArray
    ) -> None:
        self.ranker = ranker
        self.state = state
        self.item_nums = np.asarray(item_nums, dtype=np.int32)
        self._place = {int(item): place for place, item in enumerate(self.item_nums)}
        self._known: dict[tuple[str, object], FloatArray] = {}

    def place(self, item_num: int) -> int:
        """Where a product lies in `item_nums`."""
        return self._place[item_num]

    def before(self) -> FloatArray:
        """Scores as served, float64 [n]."""
        return self._scores(("before", None), self.state)

    def nothing(self) -> FloatArray:
        """Scores without any history and without attributes of the shopper, float64 [n]."""
        return self._scores(("nothing", None), replace(self.state.only(()), attributes={}))

    def without(self, evidence: Evidence, channel: str) -> FloatArray:
        """Scores after the evidence is taken out, float64 [n].

        Facts about the product alone cannot be taken out of a history; `channel` is left out.
        """
        if evidence.events:
            return self._scores(("without", evidence.events), self.state.without(evidence.events))
        if evidence.kind is EvidenceKind.PROFILE and evidence.attribute is not None:
            name = evidence.attribute[0]
            kept = {n: v for n, v in self.state.attributes.items() if n != name}
            return self._scores(("without", name), replace(self.state, attributes=kept))
        return self.before() - self._of_channel(channel)

    def only(self, evidence: Evidence, channel: str) -> FloatArray:
        """Scores with this evidence and nothing else of the shopper, float64 [n]."""
        if evidence.events:
            state = replace(self.state.only(evidence.events), attributes={})
            return self._scores(("only", evidence.events), state)
        if evidence.kind is EvidenceKind.PROFILE and evidence.attribute is not None:
            state = replace(self.state.only(()), attributes=dict([evidence.attribute]))
            return self._scores(("only", evidence.attribute), state)
        return self.nothing()

    def of_channel(self, channel: str, place: int) -> float:
        """What one channel gives one product."""
        return float(self._of_channel(channel)[place])

    def _of_channel(self, channel: str) -> FloatArray:
        """What one channel gives, float64 [n]; zero where there is no such channel."""
        key = ("channel", channel)
        if key not in self._known:
            part = self.ranker.channels.get(channel)
            self._known[key] = (
                np.zeros(len(self.item_nums))
                if part is None
                else self.ranker.coefficients[channel] @ part.bases(self.state, self.item_nums)
            )
        return self._known[key]

    def _scores(self, key: tuple[str, object], state: ShopperState) -> FloatArray:
        if key not in self._known:
            self._known[key] = self.ranker.score_items(state, self.item_nums)
        return self._known[key]
