"""What Prometheus reads."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from youli.serve.host import Host
from youli.serve.metrics import CONTENT_TYPE
from youli.serve.services import admit, admit_admin
from youli.serve.settings import is_loopback

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response)
def get_metrics(request: Request) -> Response:
    """Counts and durations; for this machine without a key, for others with an admin key."""
    host: Host = request.app.state.host
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    if forwarded or request.client is None or not is_loopback(request.client.host):
        admit(request)
        admit_admin(request)
    return Response(host.measured(), media_type=CONTENT_TYPE)
