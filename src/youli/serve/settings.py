"""What a server may be told, in one frozen place."""

from __future__ import annotations

import ipaddress
import secrets

from pydantic import BaseModel, ConfigDict, Field, SecretStr

__all__ = ["ServeConfig", "is_loopback", "new_api_key"]

_KEY_BYTES = 24


def new_api_key() -> str:
    """A fresh key that nobody can guess: 192 random bits, safe in a URL and in a header."""
    return secrets.token_urlsafe(_KEY_BYTES)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address that is bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class ServeConfig(BaseModel):
    """How the API and the store page behave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: SecretStr = Field(default_factory=lambda: SecretStr(new_api_key()))
    """The key that `X-API-Key` must carry; a fresh one where none is given."""
    shop_name: str = "Youli"
    """Name in the header of the store page."""
    store_page: bool = True
    """Serve the store page, on which anybody who reaches it can pick any shopper."""
    allowed_hosts: frozenset[str] = frozenset()
    """Names, beside IP addresses and localhost, under which the store page may be opened."""
    allowed_origins: frozenset[str] = frozenset()
    """Origins of other pages, ``https://shop.example``, whose scripts may use a page key."""
    session_s: int = Field(default=12 * 3600, gt=0)
    """How long an open page may ask on."""
    max_body_bytes: int = Field(default=1_000_000, gt=0)
    """Longest body of a request."""
    max_events_per_request: int = Field(default=1_000, gt=0)
    """Most events that one request may bring."""
    max_live_shoppers: int = Field(default=10_000, gt=0)
    """Shoppers whose states are kept at hand; the longest idle is read anew."""
    max_live_events_per_shopper: int = Field(default=1_000, gt=0)
    """The latest stored events of one shopper that count beside what was learned."""
    page_rate_per_s: float = Field(default=40.0, gt=0)
    """Requests a second of one address that uses the page."""
    page_burst: int = Field(default=160, gt=0)
    """Requests at once of one address that uses the page."""
    key_rate_per_s: float = Field(default=1_000.0, gt=0)
    """Requests a second of one key."""
    key_burst: int = Field(default=2_000, gt=0)
    """Requests at once of one key."""
    chat_rate_per_s: float = Field(default=2.0, gt=0)
    """Messages a second to the chat about one shopper."""
    chat_burst: int = Field(default=20, gt=0)
    """Messages at once to the chat about one shopper."""
    request_s: float = Field(default=30.0, gt=0)
    """Longest time that a request may take to arrive whole."""
    most_token_s: int = Field(default=7 * 86_400, gt=0)
    """Longest life of a shopper's token."""
