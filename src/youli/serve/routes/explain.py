"""The explanation of one product for one shopper."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from youli.serve.params import Ignore, ItemId, K, Lang, New, UserId
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["explain"], dependencies=[Depends(admit)])


@router.get("/explain/{user_id}/{item_id:path}")
def get_explain(
    user_id: UserId,
    item_id: ItemId,
    services: ServicesDep,
    ignore: Ignore,
    k: K = 10,
    lang: Lang = "en",
    only_new: New = False,
) -> JSONResponse:
    """Ledger, reasons, checks, and the least that would have to go for it to leave the list."""
    document = services.explain(user_id, item_id, k, lang, ignore, only_new=only_new)
    return JSONResponse(document)
