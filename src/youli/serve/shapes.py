"""Events as GA4, Segment and Google Retail send them, as rows of our own.

One foreign event may hold several products: each becomes a row. What is recognised:

- **GA4**, Measurement Protocol (``{"client_id", "user_id", "events": [{"name", "params"}]}``) and a
  row of its export (``{"event_name", "event_timestamp", "user_pseudo_id", "items"}``);
- **Segment**, ``{"type": "track", "event": "Order Completed", "properties": {…}}`` or
  ``{"batch": [...]}``;
- **Google Retail**, ``{"eventType": "purchase-complete", "visitorId", "productDetails"}``, alone or
  in ``{"userEventInlineSource": {"userEvents": [...]}}``.

Anything else is a row of ours and comes out as it went in. Values are not judged here: that is done
once, for every shape alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from youli.data.event_names import canonical_event

__all__ = ["Row", "spread"]

_MICRO = 1_000_000
_MICROS = re.compile(r"[0-9]{1,20}")
_ENDLESS = 10**20
#: What single events take from what stands around them, for Segment and for GA4.
_OF_A_BATCH = ("type", "userId", "anonymousId", "timestamp", "originalTimestamp")
_OF_A_SENDER = ("client_id", "user_id", "timestamp_micros")


@dataclass(frozen=True, slots=True)
class Row:
    """One row to judge, and the place of the event it came from in what was sent."""

    index: int
    #: The place among the products of that event; None where it has no list of them.
    place: int | None
    value: object


def spread(body: object, most: int) -> Iterator[Row]:
    """The rows of a request's body, in the order sent; at most `most` of each list in it.

    A few bytes of a list would else become a whole row each before anybody has counted them.
    """
    for index, event in enumerate(islice(_events(body), most)):
        rows = _rows(event, most)
        if rows is None:
            yield Row(index, None, event)
            continue
        for place, row in enumerate(rows):
            known = {name: value for name, value in row.items() if value is not None}
            yield Row(index, place if len(rows) > 1 else None, known)


def _events(body: object) -> Iterator[object]:
    """The single events of a request."""
    for part in body if isinstance(body, list) else [body]:
        yield from _events_of(part)


def _events_of(part: object) -> Iterator[object]:
    if not isinstance(part, dict):
        yield part
        return
    if isinstance(part.get("batch"), list):  # Segment
        shared = {name: part[name] for name in _OF_A_BATCH if name in part}
        for one in part["batch"]:
            yield {**shared, **one} if isinstance(one, dict) else one
        return
    for name in ("userEventInlineSource", "inlineSource"):  # Google Retail
        source = part.get(name)
        if isinstance(source, dict) and isinstance(source.get("userEvents"), list):
            yield from source["userEvents"]
            return
    if isinstance(part.get("events"), list) and "client_id" in part:  # GA4, Measurement Protocol
        sender = {name: part[name] for name in _OF_A_SENDER if name in part}
        for one in part["events"]:
            yield {**sender, "events": one}
        return
    yield part


def _rows(event: object, most: int) -> list[dict[str, Any]] | None:
    """The rows of a foreign event; None where it is none that is known."""
    if not isinstance(event, dict):
        return None
    if "client_id" in event and "events" in event:
        return _ga4_sent(event, most)
    if "event_name" in event and ("user_pseudo_id" in event or "items" in event):
        return _ga4_exported(event, most)
    if "properties" in event or event.get("type") == "track":
        return _segment(event, most)
    if "eventType" in event and "visitorId" in event:
        return _retail(event, most)
    return None


def _ga4_sent(event: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    one = _mapping(event["events"])
    params = _mapping(one.get("params"))
    micros = one.get("timestamp_micros", event.get("timestamp_micros"))
    shared = {
        "user_id": _text(event.get("user_id", event.get("client_id"))),
        "event": _name(one.get("name")),
        "timestamp": _seconds(micros),
        "order_id": _text(params.get("transaction_id")),
        "session_id": _text(params.get("session_id")),
        "currency": params.get("currency"),
        "recommendation_id": params.get("recommendation_id"),
        "event_id": params.get("event_id"),
    }
    return _with_products(shared, params.get("items"), "item_id", most)


def _ga4_exported(event: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    commerce = _mapping(event.get("ecommerce"))
    shared = {
        "user_id": _text(event.get("user_id") or event.get("user_pseudo_id")),
        "event": _name(event.get("event_name")),
        "timestamp": _seconds(event.get("event_timestamp")),
        "order_id": _text(commerce.get("transaction_id")),
    }
    return _with_products(shared, event.get("items"), "item_id", most)


def _segment(event: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    properties = _mapping(event.get("properties"))
    shared = {
        "user_id": _text(event.get("userId") or event.get("anonymousId")),
        "event": _name(event.get("event")),
        "timestamp": event.get("timestamp") or event.get("originalTimestamp"),
        "order_id": _text(properties.get("order_id") or properties.get("checkout_id")),
        "currency": properties.get("currency"),
        "recommendation_id": properties.get("recommendation_id"),
        "event_id": event.get("messageId"),
    }
    products = properties.get("products")
    if products is None and "product_id" in properties:
        products = [properties]
    return _with_products(shared, products, "product_id", most)


def _retail(event: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    deal = _mapping(event.get("purchaseTransaction"))
    shared = {
        "user_id": _text(_mapping(event.get("userInfo")).get("userId") or event["visitorId"]),
        "event": _name(event["eventType"]),
        "timestamp": event.get("eventTime"),
        "order_id": _text(deal.get("id")),
        "session_id": _text(event.get("sessionId")),
        "currency": deal.get("currencyCode"),
        "recommendation_id": event.get("attributionToken"),
    }
    details = event.get("productDetails")
    products = None
    if isinstance(details, list):
        products = [
            {**_mapping(_mapping(one).get("product")), "quantity": _mapping(one).get("quantity")}
            for one in details[:most]
        ]
    return _with_products(shared, products, "id", most)


def _with_products(
    shared: Mapping[str, Any], products: object, key: str, most: int
) -> list[dict[str, Any]]:
    """One row a product; where there is none, one row that says so when it is judged."""
    if not isinstance(products, list) or not products:
        return [dict(shared)]
    rows = []
    for place, one in enumerate(products[:most]):
        product = _mapping(one)
        row = {
            **shared,
            "item_id": _text(product.get(key)),
            "quantity": product.get("quantity"),
            "price": product.get("price"),
        }
        if shared.get("event_id") is not None and len(products) > 1:
            row["event_id"] = f"{shared['event_id']}/{place}"
        rows.append(row)
    return rows


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> object:
    """Ids that were sent as numbers are texts."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _name(value: object) -> object:
    """The event's GA4 name, or what was sent where it is unknown."""
    return (canonical_event(value) or value) if isinstance(value, str) else value


def _seconds(micros: object) -> object:
    """Microseconds as seconds, which is how a moment without a calendar is read."""
    if isinstance(micros, str) and _MICROS.fullmatch(micros):
        micros = int(micros)
    # A number without end is judged as it was sent: it has no seconds.
    return micros / _MICRO if isinstance(micros, int) and abs(micros) < _ENDLESS else micros
