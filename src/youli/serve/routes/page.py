"""The store and the console: one HTML file each for all of their addresses."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from youli.serve.errors import ApiError
from youli.serve.host import Host
from youli.serve.services import ServicesDep

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_WEB = Path(__file__).parent.parent / "web"
_FRESH = {"Cache-Control": "no-store"}


@router.get("/")
@router.get("/item/{item_id:path}")
@router.get("/search")
@router.get("/cart")
@router.get("/profile")
@router.get("/how")
def get_store(request: Request, services: ServicesDep) -> Response:
    """The store, with a fresh cookie; its script reads the address and asks the API."""
    host: Host = request.app.state.host
    if not services.config.store_page:
        raise ApiError(404, "page_off", "The store page is off.", hint="Serve with --expose-store.")
    host.gate.check_host(request)
    response = FileResponse(_WEB / "index.html", headers=_FRESH)
    if not host.gate.is_signed_in(request):  # who is signed in stays so
        host.gate.give_cookie(response, secure=request.url.scheme == "https")
    return response


@router.get("/console")
@router.get("/console/{page}")
def get_console(request: Request) -> Response:
    """The console, which asks for an administrator's key."""
    host: Host = request.app.state.host
    host.gate.check_host(request)
    return FileResponse(_WEB / "console.html", headers=_FRESH)
