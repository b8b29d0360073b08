"""Search as the routes ask for it: live shoppers, the merchant's rules, cards, impressions."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from youli.data.state import ShopperState
from youli.documents import answer_document, chip_rows
from youli.rank.ranker import Ranker
from youli.search.desk import SearchDesk, SearchRequest
from youli.search.documents import search_document, suggest_document
from youli.serve.history import LiveShopper
from youli.serve.lists import Shown

if TYPE_CHECKING:
    from youli.engine import Engine
    from youli.serve.services import Services

__all__ = ["PLACEMENT", "SearchPages", "Searching"]

Json = dict[str, Any]

#: By which merchant's rules choose the pages of a search.
PLACEMENT = "search"


class Searching:
    """The search desk of one engine, opened when it is first asked for.

    A catalogue with other prices, stock or titles keeps the index of the artifact: a changed title
    is searched by after the next refit, and nothing is quoted of it that it does not say.
    """

    def __init__(self, engine: Engine, first: Searching | None = None) -> None:
        """`first` has the index; where there is none, this one makes it."""
        self._engine = engine
        self._first = first
        self._desk: SearchDesk | None = None
        self._lock = threading.Lock()

    def desk(self) -> SearchDesk:
        """The desk; the first call may have to make the index."""
        with self._lock:
            if self._desk is None and self._first is not None:
                self._desk = SearchDesk(self._engine, self._first.desk().index)
            elif self._desk is None:
                folder = self._engine.fitted.folder
                self._desk = SearchDesk.open(self._engine, shop_folder=folder)
            return self._desk

    def over(self, engine: Engine) -> Searching:
        """The same artifact with the catalogue as it is now."""
        return Searching(engine, self._first or self)

    def warm_up(self) -> None:
        """Load what the first search would load."""
        titles = self._engine.shop.catalogue.titles
        self.desk().search(self._engine.state(""), SearchRequest(titles[0] if titles else "", k=1))


class SearchPages:
    """Documents of searches."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def search(
        self,
        user_id: str,
        text: str,
        shown: Shown,
        facets: Sequence[str] = (),
        ignore: frozenset[int] = frozenset(),
    ) -> Json:
        """One page of what is found, kept as an impression like every list."""
        services = self._services
        live, state, base = self._asked(user_id, shown, ignore)
        request = SearchRequest(
            text, shown.k, shown.offset, shown.lang, shown.filter, facets, shown.detail != "none"
        )
        found = services.searching.desk().search(state, request, base)
        document = search_document(services.engine, state, request, found)
        if shown.detail != "full":
            document["recommendations"] = chip_rows(services.engine, found.results)
        elif not shown.ledger:
            for row in document["recommendations"]:
                del row["ledger"]
        placed = replace(shown, placement=shown.placement or PLACEMENT)
        return services.lists.finished(PLACEMENT, document, placed, live)

    def compare(
        self,
        user_id: str,
        text: str,
        pair: tuple[str, str],
        shown: Shown,
        ignore: frozenset[int] = frozenset(),
    ) -> Json:
        """Why one product stands above another in what is found."""
        services = self._services
        _, state, base = self._asked(user_id, shown, ignore)
        request = SearchRequest(text, shown.k, shown.offset, shown.lang, shown.filter)
        first, other = (services.item_num(one) for one in pair)
        answer = services.searching.desk().compare(state, request, first, other, base)
        document = answer_document(services.engine, state, answer, shown.lang)
        return {**document, "query": text, "item": services.products.card(first)}

    def suggest(self, text: str, k: int) -> Json:
        """How a query may go on."""
        return suggest_document(text, self._services.searching.desk().suggest(text, k))

    def _asked(
        self, user_id: str, shown: Shown, ignore: frozenset[int]
    ) -> tuple[LiveShopper | None, ShopperState, Ranker]:
        """Who asks, and the shop's ranker with the rules of the placement.

        The filter is left to the search, which counts facets by it as well.
        """
        services = self._services
        live = services.live.get(user_id) if user_id else None
        state = services.engine.state("") if live is None else services.effective(live, ignore)
        wish = services.lists.wish(live, replace(shown, filter=""), PLACEMENT)
        return live, state, services.lists.lists.recommend(state, wish).ranker
