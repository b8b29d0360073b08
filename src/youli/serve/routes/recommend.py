"""Recommendations of a shopper."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.engine import LEDGER
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
    model: Annotated[
        str, Query(max_length=64, description="what ranks: `ledger`, or a model saved beside it")
    ] = LEDGER,
    ledger: Annotated[bool, Query(description="whether each product has its ledger")] = True,
) -> JSONResponse:
    """Rank products for a shopper; each has its checked reasons and its complete ledger.

    A saved model has neither: its document says `"exact": false`.
    """
    if model != LEDGER:
        return JSONResponse(
            services.ranked_with(model, user_id, k, lang, ignore, only_new=only_new)
        )
    document = services.recommend(user_id, k, lang, ignore, ledger=ledger, only_new=only_new)
    return JSONResponse(document)
