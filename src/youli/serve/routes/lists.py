"""The lists beside the first one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.serve.params import Listed, ShopId, UserId
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["lists"], dependencies=[Depends(admit)])


@router.get("/trending")
def get_trending(services: ServicesDep, shown: Listed) -> JSONResponse:
    """What is chosen more than before, the same for everybody."""
    return JSONResponse(services.lists.trending(shown))


@router.get("/cart")
def get_cart(
    services: ServicesDep,
    shown: Listed,
    item: Annotated[
        list[ShopId], Query(min_length=1, max_length=100, description="once for each product")
    ],
) -> JSONResponse:
    """What goes with the products of a cart."""
    return JSONResponse(services.lists.cart(item, shown))


@router.get("/recently-viewed/{user_id:path}")
def get_recently_viewed(user_id: UserId, services: ServicesDep, shown: Listed) -> JSONResponse:
    """What the shopper looked at, latest first."""
    return JSONResponse(services.lists.recently_viewed(user_id, shown))


@router.get("/buy-again/{user_id:path}")
def get_buy_again(user_id: UserId, services: ServicesDep, shown: Listed) -> JSONResponse:
    """What the shopper bought, what is due by their rhythm first."""
    return JSONResponse(services.lists.buy_again(user_id, shown))


@router.get("/new-for-you/{user_id:path}")
def get_new_for_you(user_id: UserId, services: ServicesDep, shown: Listed) -> JSONResponse:
    """Products that are new in the shop, ranked for the shopper."""
    return JSONResponse(services.lists.new_for_you(user_id, shown))
