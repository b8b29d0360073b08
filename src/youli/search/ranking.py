"""The ranker of one query: its channels beside those that know the shopper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from youli.channels.base import Channel, Coefficients
from youli.data.state import ShopperState
from youli.rank.ranker import Ranker
from youli.search.channels import MatchChannel, MeaningChannel
from youli.search.config import SearchConfig
from youli.search.index import SearchIndex
from youli.search.query import Query
from youli.types import BoolArray, EvidenceKind, FloatArray

__all__ = ["QueryRanker", "query_ranker"]

#: Channels that need a history or an attribute of the shopper.
_OF_SHOPPER = frozenset(
    {
        EvidenceKind.HISTORY,
        EvidenceKind.ATTRIBUTE,
        EvidenceKind.REPURCHASE,
        EvidenceKind.PROFILE,
    }
)
#: A query gives everybody the same.
_NOBODY = ShopperState("")


@dataclass(frozen=True)
class QueryRanker:
    """A `Ranker` whose scores are what a query gives and what the shopper's ledger gives.

    Whatever explains a list explains what this ranker lists: it is the pipeline that serves.
    """

    ranker: Ranker
    query: Query
    index: SearchIndex
    config: SearchConfig
    knows_shopper: bool

    def given(self) -> FloatArray:
        """What the query alone gives every product, float64 [n_items]."""
        total = np.zeros(self.index.n_items)
        for name in (MatchChannel.name, MeaningChannel.name):
            found = self.ranker.channels[name].score(_NOBODY, self.ranker.coefficients[name])
            if found is not None:
                total += found
        return total

    def cosine(self, item_num: int) -> float:
        """How alike a product's meaning and the query's are."""
        channel = self.ranker.channels[MeaningChannel.name]
        assert isinstance(channel, MeaningChannel)
        return float(channel.cosine[item_num])

    def words_give(self, words: Iterable[str], item_num: int) -> float:
        """What a query of these words alone gives a product by its words, scored anew."""
        kept = frozenset(words)
        others = [one.word for one in self.query.words if one.word not in kept]
        return self._gives(MatchChannel(self.index, self.query.without(others)), item_num)

    def meaning_gives(self, item_num: int) -> float:
        """What the query's meaning gives a product."""
        return self._gives(self.ranker.channels[MeaningChannel.name], item_num)

    def _gives(self, channel: Channel, item_num: int) -> float:
        item = np.array([item_num], dtype=np.int32)
        return float((self.ranker.coefficients[channel.name] @ channel.bases(_NOBODY, item))[0])


def query_ranker(
    base: Ranker,
    index: SearchIndex,
    query: Query,
    state: ShopperState,
    config: SearchConfig,
    allowed: BoolArray | None = None,
) -> QueryRanker:
    """The ranker of a query in the place of the shop's own, `base`.

    Lists what is found (`SearchConfig.least_share`) of what is `allowed`, bool [n_items]; what the
    shopper bought is listed again. Facts about products alone, such as popularity, have no part.
    """
    knows_shopper = bool(state.counted.any() or state.attributes)
    channels: dict[str, Channel] = {}
    coefficients: dict[str, Coefficients] = {}
    for name, channel in base.channels.items():
        if channel.evidence is EvidenceKind.ITEM or not config.personal:
            continue
        if channel.evidence in _OF_SHOPPER and not knows_shopper:
            continue  # nothing of a shopper that nobody knows may move a list
        channels[name] = channel
        coefficients[name] = config.personal * np.asarray(base.coefficients[name])
    match = MatchChannel(index, query)
    channels[match.name] = match
    coefficients[match.name] = np.array([config.of_field(name) for name in match.basis_names])
    channels[MeaningChannel.name] = MeaningChannel(index, query, config.least_cosine)
    coefficients[MeaningChannel.name] = np.array([config.meaning])
    listed = replace(base.config, repeats=True, diversity=0.0, allowed=allowed)
    made = QueryRanker(
        Ranker(base.shop, channels, coefficients, listed), query, index, config, knows_shopper
    )
    given = made.given()
    may = made.ranker.eligible(state) & (given > 0.0)
    best = float(given[may].max(initial=0.0))
    found = may & (given >= config.least_share * best)
    final = replace(made.ranker, config=replace(listed, allowed=found))
    return replace(made, ranker=final)
