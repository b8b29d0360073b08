"""What lies in the database, as values: no record knows how it is stored.

Moments are microseconds since 1970, UTC (`…_us`); money is minor units with its currency. A
`document` is JSON that the storage keeps as it is and does not read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

__all__ = [
    "AuditRecord",
    "FeedbackRecord",
    "IgnoredEvent",
    "Impression",
    "InterestChoice",
    "ItemRecord",
    "KeyRecord",
    "Role",
    "RuleRecord",
    "ShopperVersion",
    "StoredEvent",
    "StoredShopper",
    "iso",
    "now_us",
]

_SECOND_US = 1_000_000


def now_us() -> int:
    """This moment, in microseconds since 1970, UTC."""
    return time.time_ns() // 1_000


def iso(moment_us: int) -> str:
    """A moment as documents write it: ``2026-03-01T09:30:00Z``, with the fraction it has."""
    whole, rest = divmod(moment_us, _SECOND_US)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:06}Z" if rest else f"{text}Z"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it was sent in; `event_id` is unique for a shopper."""

    user_id: str
    item_id: str
    event: str
    timestamp_us: int
    event_id: str
    value: float | None = None
    quantity: float | None = None
    price_minor: int | None = None
    currency: str | None = None
    order_id: str | None = None
    session_id: str | None = None
    #: The list that the shopper acted on, where the sender named it.
    recommendation_id: str | None = None
    received_us: int = 0
    #: Number of arrival, given by the database; 0 before it is stored.
    seq: int = 0


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """What the shop said of a product after it was learned: only the named columns changed."""

    item_id: str
    #: Column → new value: title, category, brand, price_minor, currency, in_stock, attributes, …
    document: Mapping[str, Any]
    is_deleted: bool = False
    updated_us: int = 0


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """An event that a shopper does not want to count, named so that a refit does not lose it."""

    item_id: str
    event: str
    timestamp_s: int


@dataclass(frozen=True, slots=True)
class InterestChoice:
    """What a shopper said of one believed interest: ``pinned`` or ``deleted``."""

    attribute: str
    value: str
    choice: str


@dataclass(frozen=True, slots=True)
class ShopperVersion:
    """Two equal ones: nothing stored of the shopper has changed in between.

    `n_erased` is how often the shopper was erased: what was learned of them is then masked.
    """

    version: int = 0
    n_erased: int = 0


@dataclass(frozen=True, slots=True)
class StoredShopper:
    """Everything stored of one shopper, as of `version`."""

    user_id: str
    version: ShopperVersion
    #: What the shop said of them after learning; None where it said nothing.
    attributes: Mapping[str, str] | None = None
    #: False once they turned personalisation off.
    is_personalised: bool = True
    #: In the order of (time, what takes back last, event_id), whatever the order of arrival.
    events: tuple[StoredEvent, ...] = ()
    ignored: frozenset[IgnoredEvent] = frozenset()
    interests: tuple[InterestChoice, ...] = ()
    #: Products that they said are not for them.
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Impression:
    """One list that was shown: what stood where, which model ranked it and what was said."""

    recommendation_id: str
    user_id: str
    #: Which list: ``recommend``, ``similar``, ``search``, …
    placement: str
    model_version: str
    #: In the order of places: ``{"item_id", "rank", "score", "reasons": [...], ...}``.
    items: tuple[Mapping[str, Any], ...]
    #: Whatever else is worth keeping: language, filter, query, propensities.
    document: Mapping[str, Any] = field(default_factory=dict)
    created_us: int = 0


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """What a shopper said of a product, or of a reason they were given."""

    feedback_id: str
    user_id: str
    #: ``item`` or ``reason``.
    about: str
    #: not_for_me, saved, rated, … of an item; helpful, not_helpful, wrong of a reason.
    kind: str
    item_id: str
    recommendation_id: str | None = None
    value: float | None = None
    #: The reason in question, and anything else that was sent along.
    document: Mapping[str, Any] = field(default_factory=dict)
    created_us: int = 0
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A merchant's rule; what its document means is the ranker's business."""

    rule_id: str
    document: Mapping[str, Any]
    #: The list it acts on; empty for all of them.
    placement: str = ""
    starts_us: int | None = None
    ends_us: int | None = None
    #: Counts the times it was saved, from 1.
    version: int = 0
    updated_us: int = 0
    #: Who saved it: the name of the key.
    updated_by: str = ""


class Role(StrEnum):
    """What the holder of a key may do; each may do less than the next."""

    PAGE = "page"  # events and reading, for the shopper of a signed token
    SERVER = "server"  # everything about shoppers and products
    ADMIN = "admin"  # keys, rules, audit and metrics as well


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key without the key: the database holds its digest alone."""

    key_id: str
    name: str
    role: Role
    created_us: int
    expires_us: int | None = None
    revoked_us: int | None = None

    def is_valid(self, at_us: int) -> bool:
        """Whether the key opens anything at that moment."""
        return self.revoked_us is None and (self.expires_us is None or at_us < self.expires_us)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what to what; never with what a shopper's record says."""

    actor: str
    action: str
    subject: str
    document: Mapping[str, Any] = field(default_factory=dict)
    created_us: int = 0
    seq: int = 0
