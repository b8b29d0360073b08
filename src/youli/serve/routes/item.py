"""Products, and what belongs to them."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from youli.serve.params import ItemId, K, Lang
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["item"], dependencies=[Depends(admit)])


@router.get("/item/{item_id:path}")
def get_item(item_id: ItemId, services: ServicesDep) -> JSONResponse:
    """One product and its attributes."""
    return JSONResponse(services.products.details(services.item_num(item_id)))


@router.get("/similar/{item_id:path}")
def get_similar(
    item_id: ItemId, services: ServicesDep, k: K = 8, lang: Lang = "en"
) -> JSONResponse:
    """Products like this one, with reasons."""
    return JSONResponse(services.similar(item_id, k, lang))


@router.get("/bought-together/{item_id:path}")
def get_bought_together(
    item_id: ItemId, services: ServicesDep, k: K = 8, lang: Lang = "en"
) -> JSONResponse:
    """Products that are bought with this one, with reasons."""
    return JSONResponse(services.bought_together(item_id, k, lang))
