"""Products, and what belongs to them."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from youli.serve.params import ItemId, K, Lang
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["item"], dependencies=[Depends(admit)])


@router.get("/item/{item_id:path}/photo", response_class=Response)
def get_photo(item_id: ItemId, services: ServicesDep, request: Request) -> Response:
    """The small photo of one product, a square JPEG; 404 where it has none."""
    photo = services.photo(services.item_num(item_id))
    headers = {"Cache-Control": "private, max-age=3600", "ETag": photo.etag}
    if request.headers.get("If-None-Match") == photo.etag:
        return Response(status_code=304, headers=headers)
    return Response(photo.data, media_type="image/jpeg", headers=headers)


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
