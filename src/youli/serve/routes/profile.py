"""What is believed of a shopper: to see, to change, to take along, to erase."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.serve.params import UserId
from youli.serve.profile import (
    MOST_INTERESTS,
    ProfileChange,
    change_profile,
    erase_profile,
    export_profile,
    profile_document,
)
from youli.serve.services import CallerDep, ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["profile"], dependencies=[Depends(admit)])


@router.get("/profile/{user_id:path}/export")
def get_export(user_id: UserId, services: ServicesDep) -> JSONResponse:
    """Everything that is held of a shopper, to take along."""
    headers = {"Content-Disposition": 'attachment; filename="profile.json"'}
    return JSONResponse(export_profile(services, user_id), headers=headers)


@router.get("/profile/{user_id:path}")
def get_profile(
    user_id: UserId,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=MOST_INTERESTS)] = 50,
) -> JSONResponse:
    """What is believed and why: interests with the events they rest on, strongest first."""
    return JSONResponse(profile_document(services, user_id, limit))


@router.patch("/profile/{user_id:path}")
def patch_profile(user_id: UserId, body: ProfileChange, services: ServicesDep) -> JSONResponse:
    """Ignore or restore events, delete or pin interests, turn personalisation off or on."""
    return JSONResponse(change_profile(services, user_id, body))


@router.delete("/profile/{user_id:path}")
def delete_profile(
    user_id: UserId,
    services: ServicesDep,
    caller: CallerDep,
    confirm: Annotated[str, Query(max_length=256, description="the shopper's id again")] = "",
) -> JSONResponse:
    """Erase everything of a shopper; it cannot be undone."""
    return JSONResponse(erase_profile(services, user_id, confirm, caller.name))
