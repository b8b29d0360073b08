"""Shoppers: examples to pick from, and one shopper's history."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.serve.params import UserId
from youli.serve.services import ServicesDep, admit
from youli.serve.shoppers import history_document

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["user"], dependencies=[Depends(admit)])

Prefix = Annotated[str, Query(max_length=256, description="what the id starts with")]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/users")
def get_users(services: ServicesDep, prefix: Prefix = "", limit: Limit = 8) -> JSONResponse:
    """Shoppers to look through the eyes of, and an id for somebody new."""
    shoppers = services.shoppers
    users = shoppers.search(prefix, limit) if prefix else shoppers.examples(limit)
    return JSONResponse({"users": users, "new_user_id": shoppers.somebody_new()})


@router.get("/user/{user_id:path}/history")
def get_history(user_id: UserId, services: ServicesDep, limit: Limit = 12) -> JSONResponse:
    """The latest products of a shopper, each with its events; live ones included."""
    live = services.live.get(user_id)
    return JSONResponse(history_document(live, services.products, limit))
