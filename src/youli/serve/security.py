"""Who may ask: the holder of the key, or the store page that this server handed out.

Design choices:

- The page gets a signed cookie (HttpOnly, SameSite=Strict) and nothing else; the key never reaches
  a browser. Cookies are checked by signature, so no table of sessions can fill up.
- A cookie counts only together with the page's own header, which no other site can set without a
  CORS consent that is never given, and only where the browser does not say "cross-site".
- Against DNS rebinding the page is served under IP addresses, localhost and names that were
  allowed: a hostile name that points here is refused. The key needs no such check.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from youli.serve.errors import ApiError
from youli.serve.limits import RateLimiter
from youli.serve.settings import ServeConfig

__all__ = ["COOKIE", "KEY_HEADER", "PAGE_HEADER", "Gate"]

COOKIE = "youli_page"
KEY_HEADER = "X-API-Key"
PAGE_HEADER = "X-Youli-Page"


class Gate:
    """Lets requests in or refuses them; holds the secret of this start."""

    def __init__(self, config: ServeConfig, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._key_digest = _digest(config.api_key.get_secret_value())
        self._page_rate = RateLimiter(config.page_rate_per_s, config.page_burst)
        self._key_rate = RateLimiter(config.key_rate_per_s, config.key_burst)

    def admit(self, request: HTTPConnection) -> None:
        """Raise `ApiError` unless the request carries the key or comes from our page."""
        key = request.headers.get(KEY_HEADER)
        if key is not None:
            if not hmac.compare_digest(_digest(key), self._key_digest):
                raise ApiError(401, "wrong_key", f"{KEY_HEADER} is not this server's key.")
            _spend(self._key_rate, "key")
            return
        token = request.cookies.get(COOKIE)
        if token is None or not self._config.store_page:
            raise ApiError(401, "no_key", f"This address needs {KEY_HEADER}.")
        self.check_host(request)
        if not self._is_from_own_page(request):
            raise ApiError(
                403,
                "foreign_origin",
                "The page's cookie counts on the page alone.",
                hint=f"From a program, send {KEY_HEADER}.",
            )
        if not self._is_valid(token):
            raise ApiError(401, "session_over", "This page was open too long; reload it.")
        _spend(self._page_rate, request.client.host if request.client else "")

    def check_host(self, request: HTTPConnection) -> None:
        """Raise `ApiError` where the page is opened under a name that was not allowed."""
        host = _host_of(request.headers.get("host", ""))
        if host == "localhost" or host in self._config.allowed_hosts or _is_ip(host):
            return
        raise ApiError(
            421,
            "unknown_host",
            "This server does not answer to that name.",
            hint="Start it with --allow-host NAME, or use its IP address.",
        )

    def give_cookie(self, response: Response, *, secure: bool) -> None:
        """Put a fresh cookie on the page."""
        body = f"{secrets.token_urlsafe(9)}.{int(self._clock()) + self._config.session_s}"
        response.set_cookie(
            COOKIE,
            f"{body}.{self._sign(body)}",
            max_age=self._config.session_s,
            httponly=True,
            samesite="strict",
            secure=secure,
            path="/",
        )

    def _sign(self, body: str) -> str:
        return hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()

    def _is_valid(self, token: str) -> bool:
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(body).encode()):
            return False
        return int(body.rpartition(".")[2]) > self._clock()

    @staticmethod
    def _is_from_own_page(request: HTTPConnection) -> bool:
        if request.headers.get(PAGE_HEADER) != "1":
            return False
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        origin = request.headers.get("origin")
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _digest(text: str) -> bytes:
    """Equal lengths for a comparison whose time says nothing."""
    return hashlib.sha256(text.encode()).digest()


def _host_of(header: str) -> str:
    """The name in a Host header, without its port."""
    return (urlsplit(f"//{header}").hostname or "") if header else ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _spend(limiter: RateLimiter, client: str) -> None:
    wait_s = limiter.wait_s(client)
    if wait_s > 0:
        raise ApiError(
            429,
            "too_many_requests",
            "Too many requests at once.",
            headers={"Retry-After": str(max(1, round(wait_s)))},
        )
