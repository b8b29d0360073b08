"""Products, and what belongs to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from youli.serve.catalogue import ItemChange, ItemIn, Things, one_or_many
from youli.serve.params import Beside, ItemId, PlainText
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
    return JSONResponse(Things(services).get(item_id))


@router.get("/items")
def get_items(
    services: ServicesDep,
    cursor: Annotated[PlainText, Query(max_length=256, description="the page before said it")] = "",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> JSONResponse:
    """Products in the order of their ids, page by page; those of `POST /api/item` included."""
    return JSONResponse(Things(services).page(cursor, limit))


@router.post("/item", openapi_extra={"requestBody": one_or_many(ItemIn)})
def post_item(body: Annotated[Any, Body()], services: ServicesDep) -> JSONResponse:
    """Store one product or a list of them; what is known is changed in the next answer."""
    return JSONResponse(Things(services).put(body))


@router.patch("/item/{item_id:path}")
def patch_item(item_id: ItemId, body: ItemChange, services: ServicesDep) -> JSONResponse:
    """Change what is named of a product: price, stock, title, ..."""
    return JSONResponse(Things(services).change(item_id, body))


@router.delete("/item/{item_id:path}")
def delete_item(item_id: ItemId, services: ServicesDep) -> JSONResponse:
    """Take a product out of every list and every answer."""
    return JSONResponse(Things(services).delete(item_id))


@router.get("/similar/{item_id:path}")
def get_similar(item_id: ItemId, services: ServicesDep, shown: Beside) -> JSONResponse:
    """Products like this one, with reasons."""
    return JSONResponse(services.lists.beside(item_id, "similar", shown))


@router.get("/bought-together/{item_id:path}")
def get_bought_together(item_id: ItemId, services: ServicesDep, shown: Beside) -> JSONResponse:
    """Products that are bought with this one, with reasons."""
    return JSONResponse(services.lists.beside(item_id, "bought-together", shown))
