"""Recommendations of a shopper, and the ranking of products that are given."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from youli.engine import LEDGER
from youli.serve.params import Ignore, Listed, ShopId, UserId
from youli.serve.services import CallerDep, ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["recommend"], dependencies=[Depends(admit)])

_MOST_CANDIDATES = 1_000


class RankIn(BaseModel):
    """Whose ranking, and of which products."""

    model_config = ConfigDict(extra="forbid")

    user_id: ShopId | None = Field(default=None, description="nobody where it is left out")
    items: list[ShopId] = Field(min_length=1, max_length=_MOST_CANDIDATES)


@router.get("/recommend/{user_id:path}")
def get_recommend(
    user_id: UserId,
    services: ServicesDep,
    ignore: Ignore,
    shown: Listed,
    model: Annotated[
        str, Query(max_length=64, description="what ranks: `ledger`, or a model saved beside it")
    ] = LEDGER,
) -> JSONResponse:
    """Rank products for a shopper, or for a session that nobody has seen before.

    Each has its checked reasons and its complete ledger, or less of them where `explain` says so. A
    saved model has neither: its document says `"exact": false`.
    """
    if model == LEDGER:
        return JSONResponse(services.lists.recommend(user_id, shown, ignore))
    return JSONResponse(services.ranked_with(model, user_id, shown, ignore))


@router.post("/rank")
def post_rank(
    body: RankIn, services: ServicesDep, caller: CallerDep, shown: Listed
) -> JSONResponse:
    """Rank the given products for a shopper, in the served pipeline; what is left out says why."""
    if body.user_id is not None:
        caller.check(body.user_id)
    return JSONResponse(services.lists.rank(body.user_id or "", body.items, shown))
