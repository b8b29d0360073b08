"""The explanation of one product for one shopper, and what every method says of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from youli.explain.questions.asking import AskedEvent, Asking
from youli.explain.types import By
from youli.serve.lists import Shown
from youli.serve.params import Diversity, Filter, Ignore, K, Lang, New, Pair, Placement
from youli.serve.services import ServicesDep, admit

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["explain"], dependencies=[Depends(admit)])

_Id = Annotated[str | None, Query(min_length=1, max_length=256)]


def _asking(
    other: Annotated[_Id, Query(description="contrast: the product to compare with")] = None,
    by: Annotated[By | None, Query(description="counterfactual: what is taken out")] = None,
    add: Annotated[_Id, Query(description="what-if: one more event with this product")] = None,
    event: Annotated[AskedEvent, Query(description="what-if: which event `add` is")] = "purchase",
    remove: Annotated[_Id, Query(description="what-if: no events with this product")] = None,
    price_minor: Annotated[
        int | None, Query(ge=1, le=10**12, description="what-if: another price, in minor units")
    ] = None,
    model: Annotated[_Id, Query(description="attributions: a model that the shop saved")] = None,
) -> Asking:
    return Asking(other, by, add, event, remove, price_minor, model)


@router.get("/explain/{user_id:path}/{item_id:path}")
def get_explain(
    pair: Pair,
    services: ServicesDep,
    ignore: Ignore,
    asking: Annotated[Asking, Depends(_asking)],
    method: Annotated[str | None, Query(max_length=64, description="one method alone")] = None,
    k: K = 10,
    lang: Lang = "en",
    only_new: New = False,
    filter: Filter = "",
    diversity: Diversity = None,
    placement: Placement = "",
) -> JSONResponse:
    """Ledger, reasons, checks and the least that would have to go; or what one method says."""
    user_id, item_id = pair
    shown = Shown(filter=filter, diversity=diversity, placement=placement)
    if method is None:
        document = services.explain(
            user_id, item_id, k, lang, ignore, only_new=only_new, shown=shown
        )
    else:
        document = services.answer(
            user_id,
            item_id,
            method,
            asking,
            k=k,
            lang=lang,
            ignore=ignore,
            only_new=only_new,
            shown=shown,
        )
    return JSONResponse(document)
