"""The ranker of one query: its channels beside those that know the shopper."""

from __future__ import annotations

from collections.abc import Sequence
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
        nobody = ShopperState("")
        total = np.zeros(self.index.n_items)
        for name in (MatchChannel.name, MeaningChannel.name):
            found = self.ranker.channels[name].score(nobody, self.ranker.coefficients[name])
            if found is not None:
                total += found
        return total

    def cosine(self, item_num: int) -> float:
        """How alike a product's meaning and the query's are."""
        channel = self.ranker.channels[MeaningChannel.name]
        assert isinstance(channel, MeaningChannel)
        return float(channel.cosine[item_num])

    def without_words(self, words: Sequence[str]) -> Ranker:
        """The ranker of the query without some words."""
        return self._with(MatchChannel(self.index, self.query.without(words)))

    def only_words(self, words: Sequence[str]) -> Ranker:
        """A ranker that knows some words of the query and nothing else."""
        others = [one.word for one in self.query.words if one.word not in set(words)]
        return _alone(self.without_words(others), MatchChannel.name)

    def without_meaning(self) -> Ranker:
        """The ranker of the query's words alone, and of the shopper."""
        channels = {n: c for n, c in self.ranker.channels.items() if n != MeaningChannel.name}
        return replace(self.ranker, channels=channels)

    def only_meaning(self) -> Ranker:
        """A ranker that knows the query's meaning and nothing else."""
        return _alone(self.ranker, MeaningChannel.name)

    def _with(self, channel: Channel) -> Ranker:
        return replace(self.ranker, channels={**self.ranker.channels, channel.name: channel})


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


def _alone(ranker: Ranker, name: str) -> Ranker:
    return replace(ranker, channels={name: ranker.channels[name]})
