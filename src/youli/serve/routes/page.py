"""The store page: one HTML file for every address of it, with a fresh cookie."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from youli.serve.errors import ApiError
from youli.serve.host import Host
from youli.serve.services import ServicesDep

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_INDEX = Path(__file__).parent.parent / "web" / "index.html"


@router.get("/")
@router.get("/item/{item_id:path}")
@router.get("/cart")
@router.get("/how")
def get_page(request: Request, services: ServicesDep) -> Response:
    """The page; its script reads the address and asks the API for the rest."""
    host: Host = request.app.state.host
    if not services.config.store_page:
        raise ApiError(404, "page_off", "The store page is off.", hint="Serve with --expose-store.")
    host.gate.check_host(request)
    response = FileResponse(_INDEX, headers={"Cache-Control": "no-store"})
    host.gate.give_cookie(response, secure=request.url.scheme == "https")
    return response
