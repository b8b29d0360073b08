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

    #: The key that `X-API-Key` must carry; a fresh one where none is given.
    api_key: SecretStr = Field(
        default_factory=lambda: SecretStr(new_api_key()), description="key of the API"
    )
    shop_name: str = Field(default="Youli", description="name in the header of the store page")
    store_page: bool = Field(
        default=True,
        description="serve the store page, on which anybody who reaches it can pick any shopper",
    )
    #: Names, beside IP addresses and localhost, under which the store page may be opened.
    allowed_hosts: frozenset[str] = frozenset()
    session_s: int = Field(default=12 * 3600, gt=0, description="how long an open page may ask on")
    max_body_bytes: int = Field(default=1_000_000, gt=0)
    max_events_per_request: int = Field(default=1_000, gt=0)
    #: Shoppers whose live events are kept; the longest idle is forgotten first.
    max_live_shoppers: int = Field(default=10_000, gt=0)
    max_live_events_per_shopper: int = Field(default=1_000, gt=0)
    #: Requests a second and at once: of one address that uses the page, and of the key.
    page_rate_per_s: float = Field(default=40.0, gt=0)
    page_burst: int = Field(default=160, gt=0)
    key_rate_per_s: float = Field(default=1_000.0, gt=0)
    key_burst: int = Field(default=2_000, gt=0)
