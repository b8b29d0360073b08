"""Live events: what is recorded here counts in the very next answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from youli.serve.intake import BATCH_SCHEMA, take_in
from youli.serve.services import CallerDep, ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["events"], dependencies=[Depends(admit)])


@router.post("/events", openapi_extra={"requestBody": BATCH_SCHEMA})
def post_events(
    body: Annotated[Any, Body()], services: ServicesDep, caller: CallerDep
) -> JSONResponse:
    """Store one event or a list of them; rows that are refused are named one by one.

    Events of GA4, Segment and Google Retail are understood as they are.
    """
    return JSONResponse(take_in(services, body, caller))
