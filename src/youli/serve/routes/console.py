"""The console's own questions; administrators alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from youli.serve.console import Console, EvaluationIn
from youli.serve.params import ItemId, PlainText
from youli.serve.replays import Replays
from youli.serve.services import ServicesDep, admit, admit_admin

__all__ = ["router"]


router = APIRouter(
    prefix="/api/console", tags=["console"], dependencies=[Depends(admit), Depends(admit_admin)]
)

Limit = Annotated[int, Query(ge=1, le=200, description="how many, latest first")]
Text = Annotated[PlainText, Query(max_length=256)]
ListId = Annotated[PlainText, Path(min_length=1, max_length=1_024)]


@router.get("/data")
def get_data(services: ServicesDep) -> JSONResponse:
    """The data report: what was read, dropped, repaired and kept."""
    return JSONResponse(Console(services).data())


@router.get("/model")
def get_model(services: ServicesDep) -> JSONResponse:
    """The model card: configuration, evaluations and drift."""
    return JSONResponse(Console(services).model())


@router.put("/evaluation")
def put_evaluation(evaluation: EvaluationIn, services: ServicesDep) -> JSONResponse:
    """Keep what `youli evaluate --json` printed, for the model card."""
    return JSONResponse(Console(services).keep_evaluation(evaluation))


@router.get("/drivers")
def get_drivers(
    services: ServicesDep,
    segment: Text = "",
    shoppers: Annotated[int, Query(ge=5, le=300, description="shoppers drawn")] = 40,
    months: Annotated[int, Query(ge=0, le=12, description="past months looked at")] = 0,
) -> JSONResponse:
    """What drives the lists of a group of shoppers, now and over the past months."""
    return JSONResponse(Console(services).drivers(segment, shoppers, months))


@router.get("/item/{item_id:path}")
def get_item(item_id: ItemId, services: ServicesDep) -> JSONResponse:
    """A product and how often it was asked for, week by week."""
    return JSONResponse(Console(services).item(item_id))


@router.get("/live")
def get_live(services: ServicesDep, limit: Limit = 50) -> JSONResponse:
    """The latest events and feedback."""
    return JSONResponse(Console(services).live(limit))


@router.get("/lists")
def get_lists(services: ServicesDep, user: Text = "", limit: Limit = 50) -> JSONResponse:
    """The latest lists that were shown, of one shopper or of all."""
    return JSONResponse(Replays(services).latest(user, limit))


@router.get("/lists/{recommendation_id}")
def get_list(recommendation_id: ListId, services: ServicesDep) -> JSONResponse:
    """One list as it was shown, and as it comes out when it is computed again."""
    return JSONResponse(Replays(services).replay(recommendation_id))
