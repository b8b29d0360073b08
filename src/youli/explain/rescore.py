"""Scoring a list of products again under changed evidence, by a route that made no ledger.

For a list, `recount` computes what each itemised past product gives, and the served score minus
it is the score without it. Where a channel's type is unknown to `recount`, the shopper's state is
changed and `ranker.score_items` goes through every channel's bases again. The tests hold the two
routes equal; a product's own page ranks everything again besides (`explain_item`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from youli.data.state import ShopperState
from youli.explain.recount import recount
from youli.rank.book import Page
from youli.rank.ranker import Ranker
from youli.types import Evidence, EvidenceKind, FloatArray, IntArray, Ledger

__all__ = ["Rescorer", "Served"]

#: What an amount rests on that no past product has a part in.
_ON_NO_PAST = (
    EvidenceKind.ITEM,
    EvidenceKind.PROFILE,
    EvidenceKind.FEEDBACK,
    EvidenceKind.QUERY,
)


@dataclass(frozen=True)
class Served:
    """What was served: scores and the list's ledgers.

    ``scores`` are float64 [n_items], or, with `of_ledgers`, those of the ledgers' products alone.
    """

    scores: FloatArray
    ledgers: Sequence[Ledger]
    of_ledgers: bool = False

    def of(self, item_nums: IntArray) -> FloatArray:
        """Some products' scores, float64 [n]."""
        if not self.of_ledgers:
            return np.asarray(self.scores[item_nums])
        place = {ledger.item_num: at for at, ledger in enumerate(self.ledgers)}
        return np.asarray(self.scores[[place[one] for one in item_nums.tolist()]])


class Rescorer:
    """Scores of some products for one shopper: as served, without some evidence, with only it.

    With `served` the fast route is taken for the past products that its ledgers itemise. Without
    it every score is computed again from a changed state.
    """

    def __init__(
        self,
        ranker: Ranker,
        state: ShopperState,
        item_nums: Sequence[int] | IntArray,
        *,
        served: Served | None = None,
    ) -> None:
        self.ranker = ranker
        self.state = state
        self.item_nums = np.asarray(item_nums, dtype=np.int32)
        self._place = {int(item): place for place, item in enumerate(self.item_nums)}
        self._known: dict[tuple[str, object], FloatArray] = {}
        self._served = None if served is None else served.of(self.item_nums)
        self._given: dict[int, FloatArray] | None = None
        if served is not None:
            self._given = self._recounted(served.ledgers)

    def place(self, item_num: int) -> int:
        """Where a product lies in `item_nums`."""
        return self._place[item_num]

    def before(self) -> FloatArray:
        """Scores as served, float64 [n]."""
        if self._served is not None:
            return self._served
        return self._scores(("before", None), self.state)

    def nothing(self) -> FloatArray:
        """Scores without any history and without attributes of the shopper, float64 [n]."""
        if self._given is not None:
            return self._fixed() - self._of_channel("profile")
        return self._scores(("nothing", None), replace(self.state.only(()), attributes={}))

    def without(self, evidence: Evidence, channel: str) -> FloatArray:
        """Scores after the evidence is taken out, float64 [n].

        Facts about the product alone cannot be taken out of a history; `channel` is left out.
        """
        if evidence.events:
            if (given := self._given_by(evidence)) is not None:
                return self.before() - given
            return self._scores(("without", evidence.events), self.state.without(evidence.events))
        if evidence.kind is EvidenceKind.PROFILE and evidence.attribute is not None:
            name = evidence.attribute[0]
            kept = {n: v for n, v in self.state.attributes.items() if n != name}
            state = replace(self.state, attributes=kept)
            return self.before() - self._of_channel(channel) + self._bases_of(channel, state)
        return self.before() - self._of_channel(channel)

    def only(self, evidence: Evidence, channel: str) -> FloatArray:
        """Scores with this evidence and nothing else of the shopper, float64 [n]."""
        if evidence.events:
            if (given := self._given_by(evidence)) is not None:
                return self.nothing() + given
            state = replace(self.state.only(evidence.events), attributes={})
            return self._scores(("only", evidence.events), state)
        if evidence.kind is EvidenceKind.PROFILE and evidence.attribute is not None:
            state = replace(self.state, attributes=dict([evidence.attribute]))
            return self.nothing() + self._bases_of(channel, state)
        return self.nothing()

    def of_channel(self, channel: str, place: int) -> float:
        """What one channel gives one product."""
        return float(self._of_channel(channel)[place])

    def _recounted(self, ledgers: Sequence[Ledger]) -> dict[int, FloatArray] | None:
        """What each itemised past product gives the products, by its place among the past."""
        cited = {place for ledger in ledgers for place in _cited(ledger, self.state)}
        past = np.array(sorted(cited), dtype=np.int64)
        table = recount(self.ranker, self.state, past, self.item_nums)
        return None if table is None else dict(zip(past.tolist(), table, strict=True))

    def _given_by(self, evidence: Evidence) -> FloatArray | None:
        """What the past products of the evidence give, float64 [n]; None where not recounted."""
        if self._given is None:
            return None
        places = {self._row_of[row] for row in evidence.events}
        if not places <= self._given.keys():
            return None
        total = np.zeros(len(self.item_nums))
        for place in sorted(places):
            total += self._given[place]
        return total

    @cached_property
    def _row_of(self) -> list[int]:
        """Place among the past products of each history row."""
        row_of: list[int] = self.state.distinct_items[1].tolist()
        return row_of

    def _fixed(self) -> FloatArray:
        """What rests on no past product: rules, channels of the product and of the profile."""
        key = ("fixed", None)
        if key not in self._known:
            total = self.ranker.config.rules.shift_of(self.item_nums)
            for name, channel in self.ranker.channels.items():
                if channel.evidence in _ON_NO_PAST:
                    total += self._of_channel(name)
            self._known[key] = total
        return self._known[key]

    def _of_channel(self, channel: str) -> FloatArray:
        """What one channel gives, float64 [n]; zero where there is no such channel."""
        key = ("channel", channel)
        if key not in self._known:
            self._known[key] = self._bases_of(channel, self.state)
        return self._known[key]

    def _bases_of(self, channel: str, state: ShopperState) -> FloatArray:
        part = self.ranker.channels.get(channel)
        if part is None:
            return np.zeros(len(self.item_nums))
        return np.asarray(
            self.ranker.coefficients[channel] @ part.bases(state, self.item_nums), dtype=np.float64
        )

    def _scores(self, key: tuple[str, object], state: ShopperState) -> FloatArray:
        if key not in self._known:
            self._known[key] = self.ranker.score_items(state, self.item_nums)
        return self._known[key]


def _cited(ledger: Ledger, state: ShopperState) -> set[int]:
    """Places of the past products that a ledger itemises."""
    page = ledger.made_by
    if isinstance(page, Page) and page.book.state is state:
        return {past for _, past, _, _, _ in page.rows if past >= 0}
    row_of = state.distinct_items[1]
    return {int(row_of[one.evidence.events[0]]) for one in ledger.entries if one.evidence.events}
