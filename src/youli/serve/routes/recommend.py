"""Recommendations of a shopper."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.serve.params import Ignore, K, Lang, New, UserId
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["recommend"], dependencies=[Depends(admit)])


@router.get("/recommend/{user_id:path}")
def get_recommend(
    user_id: UserId,
    services: ServicesDep,
    ignore: Ignore,
    k: K = 10,
    lang: Lang = "en",
    only_new: New = False,
    ledger: Annotated[bool, Query(description="whether each product has its ledger")] = True,
) -> JSONResponse:
    """Rank products for a shopper; each has its checked reasons and its complete ledger."""
    document = services.recommend(user_id, k, lang, ignore, ledger=ledger, only_new=only_new)
    return JSONResponse(document)
