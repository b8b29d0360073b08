"""What was found, as JSON: the same from the command line and over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from youli.data.state import ShopperState
from youli.documents import recommendation_rows
from youli.engine import Engine
from youli.search.desk import Found, SearchRequest
from youli.search.facets import Facet
from youli.search.suggest import Suggestion

__all__ = ["search_document", "suggest_document"]


def search_document(
    engine: Engine, state: ShopperState, request: SearchRequest, found: Found
) -> dict[str, Any]:
    """One page; every score is exactly the sum of its ledger."""
    query = found.query
    return {
        "user_id": state.user_id,
        "query": query.text,
        "words": [one.word for one in query.words],
        "did_you_mean": query.did_you_mean,
        "corrections": [{"typed": o.typed, "meant": list(o.meant)} for o in query.corrections],
        "unknown": list(query.unknown),
        "cut": query.cut,
        "filter": request.filter,
        "browse": found.browse,
        "total": found.total,
        "offset": request.offset,
        "k": request.k,
        "lang": request.lang,
        "currency": engine.shop.currency,
        "simulated": engine.shop.simulated,
        "model_version": engine.model_version,
        "data_until": engine.shop.data_until.isoformat(),
        "exact": True,
        "facets": [_facet(one) for one in found.facets],
        "recommendations": recommendation_rows(engine, state, found.results),
    }


def suggest_document(text: str, suggestions: Iterable[Suggestion]) -> dict[str, Any]:
    """How a query may go on."""
    return {
        "query": text,
        "suggestions": [
            {"text": one.text, "kind": one.kind, "n_items": one.n_items} for one in suggestions
        ],
    }


def _facet(facet: Facet) -> dict[str, Any]:
    return {
        "name": facet.name,
        "n_values": facet.n_values,
        "values": [
            {"value": one.value, "count": one.count, "filter": one.filter} for one in facet.values
        ],
    }
