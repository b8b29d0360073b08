"""What shoppers say of products and of reasons, and what it does."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError, UnknownEntityError
from youli.feedback.records import RATINGS
from youli.serve.errors import ApiError
from youli.serve.params import PlainText, ShopId
from youli.serve.security import Caller
from youli.serve.services import Services
from youli.storage.records import FeedbackRecord, StoredEvent, iso
from youli.storage.said import event_of_feedback

__all__ = ["FeedbackIn", "keep_feedback", "list_feedback", "withdraw_feedback"]

_SECOND_US = 1_000_000
#: Of a product. The first two keep it out of the shopper's lists until they are taken back.
_OF_ITEMS = ("not_for_me", "dismissed", "saved", "rated", "returned", "liked")
#: Of a reason that was shown: it is judged apart from the product.
_OF_REASONS = ("helpful", "not_helpful", "wrong")
#: Feedback that is an event as well, and counts as one.
_AS_EVENT = {
    "saved": "add_to_wishlist",
    "liked": "add_to_wishlist",
    "rated": "rate",
    "returned": "refund",
}


class FeedbackIn(BaseModel):
    """What a shopper says of a product, or of the reason that they were given for it."""

    model_config = ConfigDict(extra="forbid")

    user_id: ShopId
    item_id: ShopId
    kind: Literal[
        "not_for_me", "dismissed", "saved", "rated", "returned", "liked",
        "helpful", "not_helpful", "wrong",
    ]  # fmt: skip
    recommendation_id: Annotated[PlainText, Field(max_length=1_024)] | None = Field(
        default=None, description="the list in which it stood"
    )
    reason: Annotated[PlainText, Field(max_length=2_000)] | None = Field(
        default=None, description="the reason in question: its kind, or its text"
    )
    value: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None, description="the rating"
    )
    comment: Annotated[PlainText, Field(max_length=2_000)] | None = None
    feedback_id: ShopId | None = Field(
        default=None, description="one of the sender's own: sent twice, it counts once"
    )


def keep_feedback(services: Services, sent: FeedbackIn, caller: Caller) -> dict[str, Any]:
    """Store it; it acts on the shopper's next list."""
    caller.check(sent.user_id)
    if not services.has_item(sent.item_id):
        services.item_num(sent.item_id)  # says that there is no such product
    if (sent.kind == "rated") != (sent.value is not None):
        raise InputError(
            "a rating needs a value, and nothing else has one.", hint="send kind rated with value"
        )
    low, high = RATINGS
    if sent.value is not None and not low <= sent.value <= high:
        raise InputError(
            f"value: a rating lies between {low:g} and {high:g}.",
            value=sent.value,
            hint="bring the shop's own scale to this one",
        )
    if sent.reason is not None and sent.kind not in _OF_REASONS:
        raise InputError(
            "reason goes with what is said of a reason.",
            hint=f"send it with one of {', '.join(_OF_REASONS)}",
        )
    record = FeedbackRecord(
        feedback_id=sent.feedback_id or secrets.token_hex(8),
        user_id=sent.user_id,
        about="reason" if sent.kind in _OF_REASONS else "item",
        kind=sent.kind,
        item_id=sent.item_id,
        recommendation_id=sent.recommendation_id,
        value=sent.value,
        document={
            name: text
            for name, text in (("reason", sent.reason), ("comment", sent.comment))
            if text is not None
        },
    )
    kept = services.storage.feedback.add(record)
    if (kept.user_id, kept.item_id, kept.kind) != (record.user_id, record.item_id, record.kind):
        raise ApiError(
            409,
            "feedback_id_taken",
            "This feedback_id was sent with something else.",
            hint="Send each its own, or none.",
        )
    if sent.kind in _AS_EVENT and not kept.is_withdrawn:
        moment = round(services.clock.event_time() * _SECOND_US)
        event = StoredEvent(
            sent.user_id,
            sent.item_id,
            _AS_EVENT[sent.kind],
            moment,
            event_of_feedback(record.feedback_id),
            value=sent.value,
            recommendation_id=sent.recommendation_id,
        )
        services.storage.events.add([event])
    return {"feedback_id": record.feedback_id, "about": record.about}


def list_feedback(services: Services, user_id: str, limit: int) -> dict[str, Any]:
    """What a shopper said, latest first, taken back or not."""
    said = services.storage.feedback.of_shopper(user_id, limit)
    return {"user_id": user_id, "feedback": [_document(one) for one in said]}


def withdraw_feedback(services: Services, feedback_id: str, caller: Caller) -> dict[str, Any]:
    """Take it back: it acts no longer from the next list on."""
    record = services.storage.feedback.get(feedback_id)
    if record is None or caller.user_id not in (None, record.user_id):
        # To a page key somebody else's feedback is no different from none.
        raise UnknownEntityError(
            "There is no such feedback.", value=feedback_id, hint="Take a feedback_id of an answer."
        )
    services.storage.feedback.withdraw(feedback_id)
    return {"feedback_id": feedback_id, "withdrawn": True}


def _document(record: FeedbackRecord) -> dict[str, Any]:
    return {
        "feedback_id": record.feedback_id,
        "about": record.about,
        "kind": record.kind,
        "item_id": record.item_id,
        "recommendation_id": record.recommendation_id,
        "value": record.value,
        **record.document,
        "at": iso(record.created_us),
        "withdrawn": record.is_withdrawn,
    }
