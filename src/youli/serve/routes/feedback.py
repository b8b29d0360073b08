"""What shoppers say of products and of reasons."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from youli.serve.params import PlainText, UserId
from youli.serve.said import FeedbackIn, keep_feedback, list_feedback, withdraw_feedback
from youli.serve.services import CallerDep, ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["feedback"], dependencies=[Depends(admit)])

FeedbackId = Annotated[PlainText, Path(min_length=1, max_length=256)]
Limit = Annotated[int, Query(ge=1, le=1_000)]


@router.post("/feedback")
def post_feedback(body: FeedbackIn, services: ServicesDep, caller: CallerDep) -> JSONResponse:
    """Keep what was said; "not for me" acts on the shopper's next list."""
    return JSONResponse(keep_feedback(services, body, caller))


@router.get("/user/{user_id:path}/feedback")
def get_feedback(user_id: UserId, services: ServicesDep, limit: Limit = 100) -> JSONResponse:
    """What a shopper said, latest first."""
    return JSONResponse(list_feedback(services, user_id, limit))


@router.delete("/feedback/{feedback_id}")
def delete_feedback(
    feedback_id: FeedbackId, services: ServicesDep, caller: CallerDep
) -> JSONResponse:
    """Take it back."""
    return JSONResponse(withdraw_feedback(services, feedback_id, caller))
