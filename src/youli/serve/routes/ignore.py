"""Past products that a shopper does not want to count."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from youli.serve.params import ShopId
from youli.serve.services import CallerDep, ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["ignore"], dependencies=[Depends(admit)])


class IgnoreIn(BaseModel):
    """Whose events, and about which product."""

    model_config = ConfigDict(extra="forbid")

    user_id: ShopId
    item_id: ShopId


class RestoreIn(BaseModel):
    """Whose events, and about which product; all that were ignored where it is left out."""

    model_config = ConfigDict(extra="forbid")

    user_id: ShopId
    item_id: ShopId | None = None


@router.post("/ignore")
def post_ignore(body: IgnoreIn, services: ServicesDep, caller: CallerDep) -> JSONResponse:
    """Leave the events so far about a product out of every further answer."""
    caller.check(body.user_id)
    live = services.live.ignore(body.user_id, services.item_num(body.item_id))
    return JSONResponse(services.ignored(live))


@router.delete("/ignore")
def delete_ignore(body: RestoreIn, services: ServicesDep, caller: CallerDep) -> JSONResponse:
    """Let the events about a product, or all of them, count again."""
    caller.check(body.user_id)
    item_num = None if body.item_id is None else services.item_num(body.item_id)
    return JSONResponse(services.ignored(services.live.restore(body.user_id, item_num)))
