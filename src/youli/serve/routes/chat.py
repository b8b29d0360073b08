"""A conversation with a shopper."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from youli.serve.chat import ChatIn, chat
from youli.serve.services import CallerDep, ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["chat"], dependencies=[Depends(admit)])

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.post("/chat", response_class=StreamingResponse)
def post_chat(body: ChatIn, services: ServicesDep, caller: CallerDep) -> StreamingResponse:
    """Answer one message: server-sent events token, evidence, products, chips, done."""
    stream = chat(services, body, caller)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)
