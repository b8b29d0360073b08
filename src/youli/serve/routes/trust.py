"""How far a shopper may trust each kind of reason, as far as what happened tells."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from youli.serve.params import UserId
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["trust"], dependencies=[Depends(admit)])


@router.get("/trust/{user_id:path}")
def get_trust(user_id: UserId, services: ServicesDep) -> JSONResponse:
    """What is believed of each kind of reason, how surely, and what moved it."""
    return JSONResponse(services.trusting.document(user_id))
