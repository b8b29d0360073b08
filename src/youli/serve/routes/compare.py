"""Why not this one, and why this one above that one."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from youli.explain.questions.asking import Asking
from youli.serve.params import Ignore, Listed, Pair, Triple
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["explain"], dependencies=[Depends(admit)])


@router.get("/why-not/{user_id:path}/{item_id:path}")
def get_why_not(pair: Pair, services: ServicesDep, ignore: Ignore, shown: Listed) -> JSONResponse:
    """What keeps a product out of a shopper's list, and the least that would bring it in."""
    user_id, item_id = pair
    return JSONResponse(services.asked(user_id, item_id, "why-not", Asking(), shown, ignore))


@router.get("/compare/{user_id:path}/{item_id:path}/{other_id:path}")
def get_compare(
    triple: Triple, services: ServicesDep, ignore: Ignore, shown: Listed
) -> JSONResponse:
    """Why one product stands above another for a shopper: the difference, entry by entry."""
    user_id, item_id, other_id = triple
    asking = Asking(other=other_id)
    return JSONResponse(services.asked(user_id, item_id, "contrast", asking, shown, ignore))
