"""The tables, as the newest migration leaves them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

__all__ = [
    "API_KEYS",
    "AUDIT",
    "ERASED",
    "EVENTS",
    "FEEDBACK",
    "IGNORED_EVENTS",
    "IMPRESSIONS",
    "INTERESTS",
    "ITEMS",
    "METADATA",
    "OF_A_SHOPPER",
    "RULES",
    "SETTINGS",
    "SHOPPERS",
    "VERSIONS",
]

METADATA = MetaData()
#: SQLite counts its own rows in INTEGER alone; it is 64 bits wide there, too.
_SEQ = BigInteger().with_variant(Integer(), "sqlite")

EVENTS = Table(
    "events",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("user_id", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("item_id", String, nullable=False),
    Column("event", String, nullable=False),
    Column("timestamp_us", BigInteger, nullable=False),
    Column("value", Float),
    Column("quantity", Float),
    Column("price_minor", BigInteger),
    Column("currency", String),
    Column("order_id", String),
    Column("session_id", String),
    Column("recommendation_id", String),
    Column("received_us", BigInteger, nullable=False),
    UniqueConstraint("user_id", "event_id", name="events_once"),
    sqlite_autoincrement=True,  # a number is never given twice, also after an erasure
)
Index("events_by_time", EVENTS.c.user_id, EVENTS.c.timestamp_us)

SHOPPERS = Table(
    "shoppers",
    METADATA,
    Column("user_id", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("attributes", JSON),
    Column("is_personalised", Boolean, nullable=False, server_default=text("true")),
    Column("updated_us", BigInteger, nullable=False),
)

ITEMS = Table(
    "items",
    METADATA,
    Column("item_id", String, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
)

IMPRESSIONS = Table(
    "impressions",
    METADATA,
    Column("recommendation_id", String, primary_key=True),
    Column("user_id", String, nullable=False, index=True),
    Column("placement", String, nullable=False),
    Column("model_version", String, nullable=False),
    Column("items", JSON, nullable=False),
    Column("document", JSON, nullable=False),
    Column("created_us", BigInteger, nullable=False, index=True),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("feedback_id", String, primary_key=True),
    Column("user_id", String, nullable=False, index=True),
    Column("about", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("item_id", String, nullable=False),
    Column("recommendation_id", String),
    Column("value", Float),
    Column("document", JSON, nullable=False),
    Column("created_us", BigInteger, nullable=False, index=True),
    Column("is_withdrawn", Boolean, nullable=False),
)

RULES = Table(
    "rules",
    METADATA,
    Column("rule_id", String, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("placement", String, nullable=False),
    Column("starts_us", BigInteger),
    Column("ends_us", BigInteger),
    Column("version", Integer, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("updated_by", String, nullable=False),
)

SETTINGS = Table(
    "settings",
    METADATA,
    Column("name", String, primary_key=True),
    Column("document", JSON, nullable=False),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("key_id", String, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger),
    Column("revoked_us", BigInteger),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("document", JSON, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)

IGNORED_EVENTS = Table(
    "ignored_events",
    METADATA,
    Column("user_id", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("timestamp_s", BigInteger, primary_key=True, autoincrement=False),
)

INTERESTS = Table(
    "interests",
    METADATA,
    Column("user_id", String, primary_key=True),
    Column("attribute", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("choice", String, nullable=False),
)

#: Somebody who was erased: a keyed hash of the id, so that what was learned of them is masked.
ERASED = Table(
    "erased",
    METADATA,
    Column("id_hash", String, primary_key=True),
    Column("n_times", Integer, nullable=False),
    Column("erased_us", BigInteger, nullable=False),
)

#: One counter for each kind of thing that workers keep in memory; it rises with every change.
VERSIONS = Table(
    "versions",
    METADATA,
    Column("name", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

#: Every table that names a shopper; an erasure empties them all, and a test looks for more.
OF_A_SHOPPER = (EVENTS, SHOPPERS, IMPRESSIONS, FEEDBACK, IGNORED_EVENTS, INTERESTS)
