"""Search, suggestions, and why one product was found above another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.serve.lists import Detail, Shown
from youli.serve.params import Ignore, K, Lang, PlainText
from youli.serve.searching import SearchPages
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["search"], dependencies=[Depends(admit)])

Text = Annotated[
    PlainText,
    Query(alias="q", max_length=4_000, description="the query; the first 500 letters are read"),
]
User = Annotated[PlainText, Query(max_length=256, description="whose ledger takes part; or nobody")]
FilterText = Annotated[
    PlainText, Query(alias="filter", max_length=4_000, description="such as `price < 20`")
]
Facets = Annotated[
    PlainText, Query(max_length=1_000, description="attributes to count, `brand,category`")
]
Offset = Annotated[int, Query(ge=0, le=200, description="products to pass over")]
Item = Annotated[PlainText, Query(min_length=1, max_length=256, description="a product's id")]


@router.get("/search")
def get_search(
    services: ServicesDep,
    ignore: Ignore,
    q: Text = "",
    user: User = "",
    filter_text: FilterText = "",
    facets: Facets = "",
    k: K = 10,
    offset: Offset = 0,
    lang: Lang = "en",
    explain: Annotated[Detail, Query(description="how much is said of each product")] = "full",
    ledger: Annotated[bool, Query(description="whether each product has its ledger")] = False,
) -> JSONResponse:
    """Find products by words and meaning; what the shopper did takes part where one is named."""
    shown = Shown(k=k, offset=offset, lang=lang, detail=explain, ledger=ledger, filter=filter_text)
    names = [name.strip() for name in facets.split(",") if name.strip()]
    return JSONResponse(SearchPages(services).search(user, q, shown, names, ignore))


@router.get("/suggest")
def get_suggest(
    services: ServicesDep,
    q: Text = "",
    k: Annotated[int, Query(ge=1, le=20, description="how many")] = 8,
) -> JSONResponse:
    """How a query that is being typed may go on, from words of the catalogue."""
    return JSONResponse(SearchPages(services).suggest(q, k))


@router.get("/search/compare")
def get_compare(
    services: ServicesDep,
    ignore: Ignore,
    item: Item,
    other: Item,
    q: Text = "",
    user: User = "",
    filter_text: FilterText = "",
    k: K = 10,
    lang: Lang = "en",
) -> JSONResponse:
    """Why one product was found above the other: their ledgers' difference, entry by entry."""
    shown = Shown(k=k, lang=lang, filter=filter_text)
    return JSONResponse(SearchPages(services).compare(user, q, (item, other), shown, ignore))
