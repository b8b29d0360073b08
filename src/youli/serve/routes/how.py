"""How the shop recommends."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["shop"], dependencies=[Depends(admit)])


@router.get("/how")
def get_how(services: ServicesDep) -> JSONResponse:
    """The main parameters of the lists, measured on the model that is serving."""
    return JSONResponse(services.how.document())
