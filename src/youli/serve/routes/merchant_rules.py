"""The merchant's rules: for administrators, tried on real lists before they are saved."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from youli.rank.rules import MerchantRule
from youli.serve.params import Lang, RuleId, ShopId
from youli.serve.services import CallerDep, ServicesDep, admit_admin

__all__ = ["router"]

router = APIRouter(
    prefix="/api/merchant-rules", tags=["merchant rules"], dependencies=[Depends(admit_admin)]
)

_MOST_SHOPPERS = 20


class PreviewIn(BaseModel):
    """A rule, and the lists to try it on."""

    model_config = ConfigDict(extra="forbid")

    rule: MerchantRule
    users: list[ShopId] = Field(min_length=1, max_length=_MOST_SHOPPERS)
    items: list[ShopId] = Field(
        default_factory=list, max_length=100, description="the cart, or the products to rank"
    )
    k: int = Field(default=10, ge=1, le=100)
    lang: Lang = "en"


@router.get("")
def get_rules(services: ServicesDep) -> JSONResponse:
    """Every rule, in the order in which they were made, and whether it acts now."""
    return JSONResponse({"rules": services.lists.book.documents()})


@router.post("", status_code=201)
def post_rule(body: MerchantRule, services: ServicesDep, caller: CallerDep) -> JSONResponse:
    """Save a new rule; it acts in the next answer of every worker."""
    return JSONResponse(services.lists.book.create(body, caller.name), 201)


@router.post("/preview")
def post_preview(body: PreviewIn, services: ServicesDep) -> JSONResponse:
    """The lists of some shoppers without and with a rule, as if it acted already."""
    return JSONResponse(
        services.lists.preview(body.rule, body.users, body.items, k=body.k, lang=body.lang)
    )


@router.get("/{rule_id}")
def get_rule(rule_id: RuleId, services: ServicesDep) -> JSONResponse:
    """One rule."""
    return JSONResponse(services.lists.book.document(rule_id))


@router.put("/{rule_id}")
def put_rule(
    rule_id: RuleId, body: MerchantRule, services: ServicesDep, caller: CallerDep
) -> JSONResponse:
    """Save another rule in the place of one."""
    return JSONResponse(services.lists.book.replace(rule_id, body, caller.name))


@router.delete("/{rule_id}", status_code=204, response_class=Response)
def delete_rule(rule_id: RuleId, services: ServicesDep, caller: CallerDep) -> Response:
    """Forget a rule."""
    services.lists.book.delete(rule_id, caller.name)
    return Response(status_code=204)
