"""Answers searches in one shop: query, ranking, reasons, facets, suggestions, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from youli.data.filters import Filter, parse_filter
from youli.data.state import ShopperState
from youli.engine import Engine
from youli.explain.questions.base import Answer, Question
from youli.explain.types import Recommendation
from youli.features.text import encoder_for
from youli.language.vocabulary import Audience
from youli.rank.ranker import Ranker
from youli.search.config import IndexConfig, SearchConfig
from youli.search.facets import Facet, facets_of
from youli.search.index import SearchIndex
from youli.search.query import Query, QueryReader
from youli.search.ranking import QueryRanker, query_ranker
from youli.search.reasons import explain_found
from youli.search.store import index_of
from youli.search.suggest import Suggester, Suggestion
from youli.types import BoolArray, FloatArray, Progress, no_progress

__all__ = ["Found", "SearchDesk", "SearchRequest"]

#: Meanings of queries that are kept.
_N_QUERIES = 512


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked; `filter` is an expression over the catalogue, `facets` names of attributes."""

    text: str
    k: int = 10
    offset: int = 0
    lang: str = "en"
    filter: str = ""
    facets: Sequence[str] = ()
    explain: bool = True
    #: To whom reasons are said.
    audience: Audience = Audience.SHOPPER


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found; `total` counts all pages.

    `browse` says that nothing was asked for: the shop is listed as the shopper's ledger ranks it.
    """

    query: Query
    results: tuple[Recommendation, ...]
    total: int
    facets: tuple[Facet, ...]
    browse: bool


class SearchDesk:
    """Searches the shop of one engine; it can serve many threads."""

    def __init__(
        self, engine: Engine, index: SearchIndex, config: SearchConfig | None = None
    ) -> None:
        self.engine = engine
        self.index = index
        self.config = SearchConfig() if config is None else config
        self._reader = QueryReader(index, lru_cache(_N_QUERIES)(self._encoded))

    @classmethod
    def open(
        cls,
        engine: Engine,
        *,
        shop_folder: Path | None = None,
        config: SearchConfig | None = None,
        index_config: IndexConfig | None = None,
        progress: Progress = no_progress,
    ) -> SearchDesk:
        """With the index that lies in the shop's folder, made now where there is none that fits."""
        catalogue = engine.shop.catalogue
        index = index_of(catalogue, index_config, shop_folder=shop_folder, progress=progress)
        return cls(engine, index, config)

    def search(
        self, state: ShopperState, request: SearchRequest, base: Ranker | None = None
    ) -> Found:
        """One page of what is found for a shopper; `base` ranks in the place of the shop's ranker.

        Raises `FilterError` for a filter that cannot be read or does not fit this catalogue, and
        `InputError` for an unknown facet.
        """
        base = self.engine.ranker if base is None else base
        allowed = self._allowed(request.filter)
        if not request.text.strip():
            return self._browse(state, request, base, allowed)
        made = self._ranker(state, request.text, base, allowed)
        ranking = made.ranker.rank(state, k=request.offset + request.k)
        ledgers = ranking.ledgers[request.offset :]
        results = tuple(
            Recommendation(request.offset + place, ledger.item_num, ledger)
            for place, ledger in enumerate(ledgers, start=1)
        )
        if request.explain:
            results = explain_found(
                made,
                self.engine.support,
                state,
                ranking.scores,
                ledgers,
                self.engine.voice(request.lang, request.audience),
                first_rank=request.offset + 1,
                least_cosine=self.config.least_said_cosine,
            )
        return Found(
            made.query,
            results,
            int(ranking.eligible.sum()),
            facets_of(self.engine.shop, request.facets, ranking.eligible),
            browse=False,
        )

    def ranker(
        self, state: ShopperState, text: str, filter_text: str = "", base: Ranker | None = None
    ) -> QueryRanker:
        """The pipeline that answers a query, for whatever explains a list."""
        base = self.engine.ranker if base is None else base
        return self._ranker(state, text, base, self._allowed(filter_text))

    def compare(
        self,
        state: ShopperState,
        request: SearchRequest,
        item_num: int,
        other: int,
        base: Ranker | None = None,
    ) -> Answer:
        """Why one product stands above another in what was found; checked."""
        made = self.ranker(state, request.text, request.filter, base)
        return self.engine.answer(
            state,
            Question(item_num, other=other),
            "contrast",
            k=request.offset + request.k,
            lang=request.lang,
            ranker=made.ranker,
        )

    def suggest(self, text: str, k: int = 8) -> tuple[Suggestion, ...]:
        """How a query may go on."""
        return self._suggester.suggest(text, k)

    def read(self, text: str) -> Query:
        """A query as it is understood."""
        return self._reader.read(text)

    @cached_property
    def _suggester(self) -> Suggester:
        return Suggester(self.engine.shop, self.index)

    def _ranker(
        self, state: ShopperState, text: str, base: Ranker, allowed: BoolArray | None
    ) -> QueryRanker:
        allowed = base.config.only(allowed).allowed
        return query_ranker(base, self.index, self.read(text), state, self.config, allowed)

    def _browse(
        self, state: ShopperState, request: SearchRequest, base: Ranker, allowed: BoolArray | None
    ) -> Found:
        """What the filter leaves, as the shopper's whole ledger ranks it."""
        config = replace(base.config.only(allowed), repeats=True)
        ranker = replace(base, config=config)
        k = request.offset + request.k
        found = self.engine.recommend(
            state, k=k, lang=request.lang, explain=request.explain, ranker=ranker,
            audience=request.audience,
        )  # fmt: skip
        eligible = ranker.eligible(state)
        return Found(
            Query("", ()),
            found[request.offset :],
            int(eligible.sum()),
            facets_of(self.engine.shop, request.facets, eligible),
            browse=True,
        )

    def _allowed(self, text: str) -> BoolArray | None:
        if not text.strip():
            return None
        found: Filter = parse_filter(text)
        return found.mask(self.engine.shop)

    def _encoded(self, text: str) -> FloatArray | None:
        if not self.index.meanings.encoder:
            return None
        found = encoder_for(self.index.meanings.encoder).encode([text])[0]
        return np.asarray(found, dtype=np.float32)
