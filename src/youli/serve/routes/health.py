"""Whether the server runs and is ready."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from youli.serve.errors import ApiError
from youli.serve.host import Host
from youli.serve.services import ServicesDep

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["health"])


@router.get("/health/live")
async def get_live() -> JSONResponse:
    """The process answers; open to everybody, says nothing else."""
    return JSONResponse({"status": "live"})


@router.get("/health/ready")
async def get_ready(request: Request, services: ServicesDep) -> JSONResponse:
    """The shop is loaded and warm, else 503; open to everybody."""
    host: Host = request.app.state.host
    if not host.ready.is_set():
        raise ApiError(503, "warming_up", "The shop is loaded and not yet warm.")
    return JSONResponse({"status": "ready", "model_version": services.engine.model_version})
