"""Reads events that were sent in, row by row: a bad row never stops a good one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from youli.data.schema import EVENTS
from youli.serve.errors import ApiError
from youli.serve.services import Services

__all__ = ["BATCH_SCHEMA", "EventIn", "take_in"]

#: How far ahead of the shop's clock an event may lie: clocks differ.
_AHEAD_S = 300

_MESSAGES = {
    "unknown_item": "This shop has no such product.",
    "future": "The event lies in the future.",
    "nothing_to_take_back": "There is no purchase or cart line of this product to take back.",
    "too_many_events": "This shopper has too many live events; learn the shop again.",
}


class EventIn(BaseModel):
    """One event as a client sends it."""

    model_config = ConfigDict(extra="forbid")

    user_id: str = Field(min_length=1, max_length=256)
    item_id: str = Field(min_length=1, max_length=256)
    event: str = Field(default="purchase", description="a GA4 name: " + ", ".join(EVENTS))
    timestamp: AwareDatetime | None = Field(
        default=None, description="when, with its UTC offset; now where it is left out"
    )

    @field_validator("event")
    @classmethod
    def _is_known(cls, event: str) -> str:
        if event not in EVENTS:
            raise ValueError("must be one of " + ", ".join(EVENTS))
        return event


BATCH_SCHEMA: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    EventIn.model_json_schema(),
                    {"type": "array", "items": EventIn.model_json_schema()},
                ]
            }
        }
    },
}


def take_in(services: Services, body: object) -> dict[str, Any]:
    """Record what can be recorded; raises `ApiError` where not one row could."""
    rows = body if isinstance(body, list) else [body]
    limit = services.config.max_events_per_request
    if not 1 <= len(rows) <= limit:
        raise ApiError(422, "bad_batch", f"Send 1 to {limit} events in one request.")
    refused = [
        {"index": index, **problem}
        for index, row in enumerate(rows)
        if (problem := _record(services, row)) is not None
    ]
    if len(refused) == len(rows):
        raise ApiError(
            422,
            "no_event_accepted",
            "No event was accepted.",
            hint="rows says for each what is wrong.",
            rows=refused,
        )
    return {"accepted": len(rows) - len(refused), "rejected": refused}


def _record(services: Services, row: object) -> dict[str, str] | None:
    """What is wrong with a row; None where it was recorded."""
    try:
        event = EventIn.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "event"
        return {"code": "bad_row", "message": f"{field}: {first['msg']}"}
    item_num = services.engine.shop.interactions.items.num(event.item_id)
    if item_num is None:
        return _problem("unknown_item")
    stamp = _stamp(event.timestamp)
    if stamp is not None and stamp > services.clock.event_time() + _AHEAD_S:
        return _problem("future")
    code = services.live.record(event.user_id, item_num, event.event, stamp)
    return None if code is None else _problem(code)


def _stamp(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _problem(code: str) -> dict[str, str]:
    return {"code": code, "message": _MESSAGES[code]}
