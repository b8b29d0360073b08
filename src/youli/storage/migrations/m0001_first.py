"""The first schema: events, shoppers, products, impressions, feedback, rules, keys, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "events",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("timestamp_us", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("quantity", sa.Float),
        sa.Column("price_minor", sa.BigInteger),
        sa.Column("currency", sa.String),
        sa.Column("order_id", sa.String),
        sa.Column("session_id", sa.String),
        sa.Column("recommendation_id", sa.String),
        sa.Column("received_us", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("user_id", "event_id", name="events_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_time", "events", ["user_id", "timestamp_us"])
    op.create_table(
        "shoppers",
        sa.Column("user_id", sa.String, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.JSON),
        sa.Column("is_personalised", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("updated_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "items",
        sa.Column("item_id", sa.String, primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("updated_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "impressions",
        sa.Column("recommendation_id", sa.String, primary_key=True),
        sa.Column("user_id", sa.String, nullable=False, index=True),
        sa.Column("placement", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.String, primary_key=True),
        sa.Column("user_id", sa.String, nullable=False, index=True),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("recommendation_id", sa.String),
        sa.Column("value", sa.Float),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
    )
    op.create_table(
        "rules",
        sa.Column("rule_id", sa.String, primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("placement", sa.String, nullable=False),
        sa.Column("starts_us", sa.BigInteger),
        sa.Column("ends_us", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_us", sa.BigInteger, nullable=False),
        sa.Column("updated_by", sa.String, nullable=False),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger),
        sa.Column("revoked_us", sa.BigInteger),
    )
    op.create_table(
        "audit",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ignored_events",
        sa.Column("user_id", sa.String, primary_key=True),
        sa.Column("item_id", sa.String, primary_key=True),
        sa.Column("event", sa.String, primary_key=True),
        sa.Column("timestamp_s", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "interests",
        sa.Column("user_id", sa.String, primary_key=True),
        sa.Column("attribute", sa.String, primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        sa.Column("choice", sa.String, nullable=False),
    )
    op.create_table(
        "erased",
        sa.Column("id_hash", sa.String, primary_key=True),
        sa.Column("n_times", sa.Integer, nullable=False),
        sa.Column("erased_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
