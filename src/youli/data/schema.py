"""The one place where columns and event names are spelled.

An event row says *who* did *what* with *which product* and *when*. Names follow GA4. The canonical
tables below are what every source is mapped to and what everything later reads.

=============== =================== =====================================================
events          type                meaning
=============== =================== =====================================================
``user_id``     string              the shop's own id of the shopper
``item_id``     string              the shop's own id of the product
``event``       string              one of `EVENTS`
``timestamp``   timestamp[us, UTC]  when it happened
``value``       float64, nullable   rating or weight, where the event has one
``quantity``    float64, nullable   units
``price_minor`` int64, nullable     price of one unit in minor units (pence, cents, fen)
``currency``    string, nullable    ISO 4217 code
``order_id``    string, nullable    what was bought together
``session_id``  string, nullable    what was looked at together
=============== =================== =====================================================

The catalogue has ``item_id`` and any of `ITEM_COLUMNS`; every other column is an attribute.
The shoppers' table has ``user_id``; every other column is an attribute.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "CURRENCY_EXPONENT",
    "EVENTS",
    "EVENT_COLUMNS",
    "ITEM_COLUMNS",
    "LOG_SAYS",
    "REQUIRED_EVENT_COLUMNS",
    "TAKES_BACK",
    "TIME_IS_ORDER",
]

EVENT_COLUMNS: Final = (
    "user_id",
    "item_id",
    "event",
    "timestamp",
    "value",
    "quantity",
    "price_minor",
    "currency",
    "order_id",
    "session_id",
)
REQUIRED_EVENT_COLUMNS: Final = ("user_id", "item_id", "timestamp")

ITEM_COLUMNS: Final = (
    "item_id",
    "title",
    "category",
    "brand",
    "price_minor",
    "currency",
    "description",
    "image_url",
    "in_stock",
)

#: GA4 event name → how strongly it speaks for the product before anything is learned.
EVENTS: Final[dict[str, float]] = {
    "purchase": 1.0,
    "add_to_cart": 0.6,
    "add_to_wishlist": 0.5,
    "rate": 0.5,
    "view_item": 0.25,
    "select_item": 0.25,
    "search": 0.1,
    "remove_from_cart": 0.0,
    "refund": 0.0,
}

#: Events that take something back; they are matched to what they undo and never count as interest.
TAKES_BACK: Final = frozenset({"refund", "remove_from_cart"})

#: Digits behind the decimal point of a currency (ISO 4217); two where it is not listed.
CURRENCY_EXPONENT: Final[dict[str, int]] = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3}

#: Key in the metadata of a log that Youli saved, and its value where times are positions only.
LOG_SAYS: Final = b"youli"
TIME_IS_ORDER: Final = b"time is order"
