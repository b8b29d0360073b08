"""Reads events that were sent in, row by row: a bad row never stops a good one."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from youli.data.schema import EVENTS
from youli.serve.errors import ApiError
from youli.serve.params import PlainText, ShopId
from youli.serve.security import Caller
from youli.serve.services import Services
from youli.serve.shapes import Row, spread
from youli.storage.records import Role, StoredEvent

__all__ = ["BATCH_SCHEMA", "EventIn", "take_in"]

#: How far ahead of the shop's clock an event may lie: clocks differ.
_AHEAD_S = 300
_SECOND_US = 1_000_000

_MESSAGES = {
    "unknown_item": "This shop has no such product.",
    "future": "The event lies in the future.",
    "another_shopper": "This key may send events of the shopper of its token alone.",
}

_Number = Annotated[float, Field(allow_inf_nan=False)]


class EventIn(BaseModel):
    """One event as a client sends it."""

    model_config = ConfigDict(extra="forbid")

    user_id: ShopId
    item_id: ShopId
    event: str = Field(default="purchase", description="a GA4 name: " + ", ".join(EVENTS))
    timestamp: AwareDatetime | None = Field(
        default=None, description="when, with its UTC offset; now where it is left out"
    )
    event_id: ShopId | None = Field(
        default=None, description="one of the sender's own: sent twice, the event counts once"
    )
    value: _Number | None = Field(default=None, description="a rating or a weight")
    quantity: _Number | None = Field(default=None, description="units")
    price: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None = Field(
        default=None, description="price of one unit, as on its label"
    )
    currency: Annotated[PlainText, Field(max_length=8)] | None = None
    order_id: Annotated[PlainText, Field(max_length=256)] | None = Field(
        default=None, description="what was bought together"
    )
    session_id: Annotated[PlainText, Field(max_length=256)] | None = None
    recommendation_id: Annotated[PlainText, Field(max_length=1_024)] | None = Field(
        default=None, description="the list that the shopper acted on"
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
                    {"type": "object", "description": "GA4, Segment or Google Retail"},
                ]
            }
        }
    },
}


def take_in(services: Services, body: object, caller: Caller) -> dict[str, Any]:
    """Store what can be stored, durably; raises `ApiError` where not one row could be."""
    limit = services.config.max_events_per_request
    rows = list(islice(spread(body, limit + 1), limit + 1))
    if not 1 <= len(rows) <= limit:
        raise ApiError(422, "bad_batch", f"Send 1 to {limit} events in one request.")
    taken: list[StoredEvent] = []
    refused: list[dict[str, Any]] = []
    waiting: list[int] = []
    for row in rows:
        read = _read(services, row, caller)
        if isinstance(read, dict):
            place = {} if row.place is None else {"product": row.place}
            refused.append({"index": row.index, **place, **read})
            continue
        taken.append(read)
        if services.engine.shop.interactions.items.num(read.item_id) is None:
            waiting.append(row.index)
    if not taken:
        raise ApiError(
            422,
            "no_event_accepted",
            "No event was accepted.",
            hint="rows says for each what is wrong.",
            rows=refused,
        )
    is_new = services.storage.events.add(taken)
    document: dict[str, Any] = {
        "accepted": len(taken),
        "duplicates": len(taken) - sum(is_new),
        "rejected": refused,
    }
    if waiting:  # about products that the artifact does not know yet
        document["after_refit"] = waiting
    return document


def _read(services: Services, row: Row, caller: Caller) -> StoredEvent | dict[str, str]:
    """The event of a row, or what is wrong with it."""
    value = row.value
    if caller.user_id is not None and isinstance(value, dict) and "user_id" not in value:
        value = {**value, "user_id": caller.user_id}
    try:
        event = EventIn.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "event"
        return {"code": "bad_row", "message": f"{field}: {first['msg']}"}
    if caller.role is Role.PAGE and event.user_id != caller.user_id:
        return _problem("another_shopper")
    if not services.has_item(event.item_id):
        return _problem("unknown_item")
    now = services.clock.event_time()
    moment = now if event.timestamp is None else event.timestamp.timestamp()
    if moment > now + _AHEAD_S:
        return _problem("future")
    return _stored(services, event, round(moment * _SECOND_US))


def _stored(services: Services, event: EventIn, timestamp_us: int) -> StoredEvent:
    price = event.price
    content = event.model_dump(exclude={"timestamp", "event_id", "price"})
    if price is not None:
        # Through the shortest decimal: 4.35 is 435 pence, not 434.
        content["price_minor"] = round(Decimal(repr(price)) * services.engine.shop.minor_per_major)
    event_id = event.event_id
    if event_id is None:
        is_timed = event.timestamp is not None
        event_id = _derived(content, timestamp_us) if is_timed else secrets.token_hex(16)
    return StoredEvent(**content, timestamp_us=timestamp_us, event_id=event_id)


def _derived(content: Mapping[str, Any], timestamp_us: int) -> str:
    """An id from all that was said: the same event sent again has the same.

    An event without a moment of its own has none: sent twice, it may well have happened twice.
    """
    text = json.dumps([timestamp_us, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _problem(code: str) -> dict[str, str]:
    return {"code": code, "message": _MESSAGES[code]}
