"""The rules of the whole log."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.serve.params import Lang
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["rules"], dependencies=[Depends(admit)])

Sort = Literal["lift_low", "lift", "confidence", "support", "n_shoppers"]


@router.get("/rules")
def get_rules(
    services: ServicesDep,
    item: Annotated[
        str | None, Query(max_length=256, description="only rules with this product")
    ] = None,
    kind: Annotated[Literal["together", "went_on"] | None, Query(description="one kind")] = None,
    sort: Annotated[Sort, Query(description="strongest first by this")] = "lift_low",
    k: Annotated[int, Query(ge=1, le=1_000, description="how many rules")] = 20,
    lang: Lang = "en",
) -> JSONResponse:
    """What is bought together and what is bought later, over all shoppers (five or more each)."""
    document = services.rules(item, kind or "", sort, k, lang)
    return JSONResponse(document)
