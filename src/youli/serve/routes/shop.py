"""The shop itself."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["shop"], dependencies=[Depends(admit)])


@router.get("/shop")
def get_shop(services: ServicesDep) -> JSONResponse:
    """Name, currency, size, date and languages of the shop."""
    return JSONResponse(services.about_shop())
