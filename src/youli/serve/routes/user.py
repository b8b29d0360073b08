"""Shoppers: examples to pick from, and one shopper's history."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import JSONResponse

from youli.serve.catalogue import AttributesIn, Things, UserIn, one_or_many
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


@router.post("/user", openapi_extra={"requestBody": one_or_many(UserIn)})
def post_user(body: Annotated[Any, Body()], services: ServicesDep) -> JSONResponse:
    """Store what the shop says of one shopper or of several."""
    return JSONResponse(Things(services).put_users(body))


@router.get("/user/{user_id:path}/history")
def get_history(user_id: UserId, services: ServicesDep, limit: Limit = 12) -> JSONResponse:
    """The latest products of a shopper, each with its events; live ones included."""
    live = services.live.get(user_id)
    return JSONResponse(history_document(live, services.products, limit))


@router.get("/user/{user_id:path}")
def get_user(user_id: UserId, services: ServicesDep) -> JSONResponse:
    """One shopper; 404 for somebody of whom nothing is known."""
    return JSONResponse(Things(services).user(user_id))


@router.patch("/user/{user_id:path}")
def patch_user(user_id: UserId, body: AttributesIn, services: ServicesDep) -> JSONResponse:
    """Change the named attributes of a shopper."""
    return JSONResponse(Things(services).change_user(user_id, body.attributes))
