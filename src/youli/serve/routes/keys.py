"""Keys, tokens of shoppers, and signing in to the console."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from youli.serve.errors import ApiError
from youli.serve.host import Host
from youli.serve.keys import create_key, key_document, list_keys, revoke_key, rotate_key
from youli.serve.params import PlainText, ShopId
from youli.serve.services import CallerDep, ServicesDep, admit, admit_admin
from youli.storage.records import Role, iso

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["keys"], dependencies=[Depends(admit)])

KeyId = Annotated[PlainText, Path(min_length=1, max_length=64)]
ADMIN = [Depends(admit_admin)]


class KeyIn(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[PlainText, Field(min_length=1, max_length=128)] = Field(
        description="who it is for; the audit names it"
    )
    role: Role
    days: float | None = Field(default=None, gt=0, le=36_500, description="how long it opens")


class TokenIn(BaseModel):
    """Whose token, and for how long."""

    model_config = ConfigDict(extra="forbid")

    user_id: ShopId
    seconds: int = Field(default=86_400, gt=0, le=7 * 86_400)


@router.get("/keys", dependencies=ADMIN)
def get_keys(services: ServicesDep) -> JSONResponse:
    """Every key that was given out, without the keys themselves."""
    return JSONResponse({"keys": list_keys(services.storage)})


@router.post("/keys", dependencies=ADMIN)
def post_key(body: KeyIn, services: ServicesDep, caller: CallerDep) -> JSONResponse:
    """Make a key; it is shown this once."""
    record, key = create_key(
        services.storage, body.name, body.role, days=body.days, actor=caller.name
    )
    return JSONResponse({**key_document(record), "key": key}, 201)


@router.post("/keys/{key_id}/rotate", dependencies=ADMIN)
def post_rotation(
    key_id: KeyId,
    services: ServicesDep,
    caller: CallerDep,
    overlap_days: Annotated[float, Query(ge=0, le=90)] = 1.0,
) -> JSONResponse:
    """Make a key like this one, which opens on for the overlap."""
    record, key = rotate_key(services.storage, key_id, overlap_days=overlap_days, actor=caller.name)
    return JSONResponse({**key_document(record), "key": key}, 201)


@router.delete("/keys/{key_id}", dependencies=ADMIN)
def delete_key(key_id: KeyId, services: ServicesDep, caller: CallerDep) -> JSONResponse:
    """Let a key open nothing from now on, in every worker."""
    return JSONResponse(key_document(revoke_key(services.storage, key_id, actor=caller.name)))


@router.get("/audit", dependencies=ADMIN)
def get_audit(
    services: ServicesDep,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> JSONResponse:
    """Who did what, latest first; `before` is the cursor."""
    notes = services.storage.audit.page(before, limit)
    return JSONResponse(
        {
            "audit": [
                {
                    "seq": one.seq,
                    "at": iso(one.created_us),
                    "actor": one.actor,
                    "action": one.action,
                    "subject": one.subject,
                    **({"details": dict(one.document)} if one.document else {}),
                }
                for one in notes
            ],
            "next_cursor": notes[-1].seq if len(notes) == limit else None,
        }
    )


@router.post("/token")
def post_token(body: TokenIn, request: Request, caller: CallerDep) -> JSONResponse:
    """A signed token of one shopper, for a page that holds a page key; servers ask for it."""
    host: Host = request.app.state.host
    token, until = host.gate.token(body.user_id, body.seconds)
    return JSONResponse(
        {"token": token, "user_id": body.user_id, "expires": iso(until * 1_000_000)}
    )


@router.post("/session")
def post_session(request: Request, caller: CallerDep) -> JSONResponse:
    """Sign in to the console: an admin key in, a cookie of the browser out."""
    host: Host = request.app.state.host
    host.gate.admit_admin(caller)
    host.gate.check_host(request)
    if request.headers.get("X-API-Key") is None:
        raise ApiError(401, "no_key", "Signing in needs X-API-Key.")
    response = JSONResponse({"role": caller.role.value})
    host.gate.sign_in(caller, response, secure=request.url.scheme == "https")
    return response


@router.delete("/session")
def delete_session(request: Request) -> JSONResponse:
    """Sign out of the console."""
    host: Host = request.app.state.host
    response = JSONResponse({"role": None})
    host.gate.sign_out(response)
    return response
