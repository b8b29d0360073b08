"""Who may ask: the holder of a key, a shopper with a signed token, or our own store page.

Design choices:

- A key has a role. A page key lies open in a shop's page, so alone it reads what is nobody's
  (products, lists beside them). What is a shopper's needs their token as well, which the shop's
  server gets for them (`POST /api/token`); it is signed, names one shopper and runs out.
- Only digests of keys are stored. A kept copy of them is dropped when the storage says that keys
  changed: a revoked key opens nothing from the next request on, in every worker.
- The store page gets a signed cookie (HttpOnly, SameSite=Strict) and nothing else; the key never
  reaches a browser. Cookies are checked by signature, so no table of sessions can fill up. Signing
  in with an admin key (`POST /api/session`) gives the console a cookie of that role.
- A cookie counts only together with the page's own header, which no other site can set without a
  CORS consent that is never given for it, and only where the browser does not say "cross-site".
- Against DNS rebinding the page is served under IP addresses, localhost and names that were
  allowed: a hostile name that points here is refused. The key needs no such check.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from youli.serve.errors import ApiError
from youli.serve.limits import RateLimiter
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage
from youli.storage.records import KeyRecord, Role

__all__ = [
    "COOKIE",
    "KEY_HEADER",
    "PAGE_HEADER",
    "TOKEN_HEADER",
    "Caller",
    "Gate",
]

COOKIE = "youli_page"
KEY_HEADER = "X-API-Key"
PAGE_HEADER = "X-Youli-Page"
TOKEN_HEADER = "X-Youli-Shopper"  # noqa: S105 - the name of a header

#: Names of a shopper in an address or after its question mark.
_USER_NAMES = ("user_id", "user")
#: Addresses that speak of no shopper unless one is named: a page key may read them.
_OF_NOBODY = (
    "/api/item/{item_id:path}",
    "/api/item/{item_id:path}/photo",
    "/api/similar/{item_id:path}",
    "/api/bought-together/{item_id:path}",
    "/api/shop",
    "/api/search",
    "/api/suggest",
    "/api/trending",
    "/api/cart",
    "/api/how",
)
#: What a page may send for its shopper; each of these asks `Caller.check` whose it is.
_PAGE_WRITES = (
    "/api/events",
    "/api/feedback",
    "/api/feedback/{feedback_id}",
    "/api/ignore",
    "/api/chat",
)
#: What a page may change of its shopper's own, whose id is in the address.
_OWN_WRITES = ("/api/profile/{user_id:path}",)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, once they were let in."""

    name: str
    role: Role
    #: The one shopper they may speak of; None where they may speak of all.
    user_id: str | None = None
    #: Which key; empty for the store page.
    key_id: str = ""

    def check(self, user_id: str) -> None:
        """Raise `ApiError` where that shopper is none of theirs."""
        if self.role is Role.PAGE and user_id != self.user_id:
            raise _another_shopper()


_STORE_PAGE = Caller("store page", Role.SERVER)
#: The key that the server was started with; ids of others are hexadecimal.
_START = Caller("start", Role.ADMIN, key_id="start")


class Gate:
    """Lets requests in or refuses them; cookies are signed with a secret of this start."""

    def __init__(
        self, config: ServeConfig, storage: Storage, clock: Callable[[], float] = time.time
    ) -> None:
        self._config = config
        self._storage = storage
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._own = _digest(config.api_key.get_secret_value())
        self._lock = threading.Lock()
        self._known: dict[str, KeyRecord] = {}
        self._known_version = -1
        self._page_rate = RateLimiter(config.page_rate_per_s, config.page_burst)
        self._key_rate = RateLimiter(config.key_rate_per_s, config.key_burst)

    def admit(self, request: Request, versions: Mapping[str, int]) -> Caller:
        """Who asks; raises `ApiError` unless they may ask this."""
        caller = self._identified(request, versions)
        if caller.role is Role.PAGE:
            _check_page(request, caller)
        return caller

    def admit_admin(self, caller: Caller) -> None:
        """Raise `ApiError` unless the caller is an administrator."""
        if caller.role is not Role.ADMIN:
            raise ApiError(403, "wrong_role", "This address is for administrators.")

    def token(self, user_id: str, ttl_s: int) -> tuple[str, int]:
        """A signed token of one shopper, and when it runs out (seconds since 1970, UTC)."""
        until = int(self._clock()) + ttl_s
        body = f"{base64.urlsafe_b64encode(user_id.encode()).decode()}.{until}"
        return f"{body}.{self._token_signature(body)}", until

    def sign_out(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")

    def sign_in(self, caller: Caller, response: Response, *, secure: bool) -> None:
        """Give the console a cookie that counts as long as the key that it showed."""
        self.give_cookie(response, secure=secure, caller=caller)

    def _identified(self, request: Request, versions: Mapping[str, int]) -> Caller:
        key = request.headers.get(KEY_HEADER)
        if key is not None:
            return self._of_key(key, request, versions)
        cookie = request.cookies.get(COOKIE)
        caller = None if cookie is None else self._of_cookie(cookie)
        is_signed_in = caller is not None and caller.role is Role.ADMIN  # in the console
        if cookie is None or not (self._config.store_page or is_signed_in):
            raise ApiError(401, "no_key", f"This address needs {KEY_HEADER}.")
        self.check_host(request)
        if not self._is_from_own_page(request):
            raise ApiError(
                403,
                "foreign_origin",
                "The page's cookie counts on the page alone.",
                hint=f"From a program, send {KEY_HEADER}.",
            )
        if caller is None:
            raise ApiError(401, "session_over", "This page was open too long; reload it.")
        _spend(self._page_rate, request.client.host if request.client else "")
        return caller

    def _of_key(self, key: str, request: Request, versions: Mapping[str, int]) -> Caller:
        if hmac.compare_digest(_digest(key), self._own):
            caller = _START
        else:
            record = self._record(key, versions.get("keys", 0))
            if record is None:
                raise ApiError(401, "wrong_key", f"{KEY_HEADER} is no key of this server.")
            if not record.is_valid(int(self._clock() * 1e6)):
                raise ApiError(
                    401,
                    "key_over",
                    "This key has expired or was revoked.",
                    hint="Ask for a new one: youli keys create.",
                )
            shopper = self._shopper(request, record.role)
            caller = Caller(record.name, record.role, shopper, record.key_id)
        _spend(self._key_rate, caller.key_id)
        return caller

    def _record(self, key: str, version: int) -> KeyRecord | None:
        """What is known of a key; wrong ones are not kept, so that they cannot fill the memory."""
        digest = _digest(key).hex()
        with self._lock:
            if version != self._known_version:
                self._known.clear()
                self._known_version = version
            known = self._known.get(digest)
        if known is None:
            known = self._storage.keys.find(key)
            if known is not None:
                with self._lock:
                    if version == self._known_version:
                        self._known[digest] = known
        return known

    def _shopper(self, request: Request, role: Role) -> str | None:
        """The shopper of a token; a page key alone speaks for nobody."""
        token = request.headers.get(TOKEN_HEADER)
        if role is not Role.PAGE or token is None:
            return None
        body, _, signature = token.rpartition(".")
        coded, _, until = body.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._token_signature(body).encode()):
            raise ApiError(401, "wrong_token", f"{TOKEN_HEADER} was not signed here.")
        if int(until) <= self._clock():
            raise ApiError(401, "token_over", f"{TOKEN_HEADER} has run out; ask for a new one.")
        return base64.urlsafe_b64decode(coded).decode()

    def _token_signature(self, body: str) -> str:
        # The storage's secret: every worker signs alike, and a restart ends no visit.
        return hmac.new(
            self._storage.secret, f"shopper {body}".encode(), hashlib.sha256
        ).hexdigest()

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

    def give_cookie(
        self, response: Response, *, secure: bool, caller: Caller = _STORE_PAGE
    ) -> None:
        """Put a fresh cookie on the page, of the store or of who signed in."""
        until = int(self._clock()) + self._config.session_s
        body = f"{secrets.token_urlsafe(9)}.{caller.role.value}.{caller.key_id}.{until}"
        response.set_cookie(
            COOKIE,
            f"{body}.{self._sign(body)}",
            max_age=self._config.session_s,
            httponly=True,
            samesite="strict",
            secure=secure,
            path="/",
        )

    def is_signed_in(self, request: HTTPConnection) -> bool:
        """Whether a request brings the cookie of an administrator."""
        caller = self._of_cookie(request.cookies.get(COOKIE, ""))
        return caller is not None and caller.role is Role.ADMIN

    def _sign(self, body: str) -> str:
        return hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()

    def _of_cookie(self, cookie: str) -> Caller | None:
        """Whose a cookie is; None where it is not ours, has run out, or its key opens no more."""
        body, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(body).encode()):
            return None
        _, role, key_id, until = body.split(".")
        if int(until) <= self._clock():
            return None
        if not key_id:  # the store page's own
            return _STORE_PAGE
        if key_id == _START.key_id:
            return _START
        record = self._storage.keys.get(key_id)
        if record is None or not record.is_valid(int(self._clock() * 1e6)):
            return None
        return Caller(record.name, Role(role), key_id=key_id)

    @staticmethod
    def _is_from_own_page(request: HTTPConnection) -> bool:
        if request.headers.get(PAGE_HEADER) != "1":
            return False
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        origin = request.headers.get("origin")
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _check_page(request: Request, caller: Caller) -> None:
    """Raise `ApiError` unless a page key may ask this, for the shopper of its token."""
    route = getattr(request.scope.get("route"), "path", "")
    for name in _USER_NAMES:
        for user_id in request.query_params.getlist(name):
            caller.check(user_id)
    if request.method in ("GET", "HEAD"):
        if any(name in request.path_params for name in _USER_NAMES):
            if not _is_of(request, route, caller.user_id):
                raise _another_shopper()
            return
        if route in _OF_NOBODY:
            return
    elif caller.user_id is not None and (
        route in _PAGE_WRITES or (route in _OWN_WRITES and _is_of(request, route, caller.user_id))
    ):
        return
    raise ApiError(
        403,
        "wrong_role",
        "A page key may not ask this.",
        hint=f"Send events and read for a shopper with {TOKEN_HEADER}, or use a server's key.",
    )


def _is_of(request: Request, route: str, user_id: str | None) -> bool:
    """Whether an address speaks of that shopper, however its slashes are encoded.

    Where a product follows, the shopper's id is the address's first part as it was sent: the
    router's own cut may lie elsewhere (`youli.serve.params`).
    """
    if user_id is None or "/" in user_id:
        return False
    if user_id in (request.path_params.get(name) for name in _USER_NAMES):
        return True
    raw = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    sent = raw.removeprefix(route.partition("{")[0]).split("/")
    return "{item_id" in route and len(sent) == 2 and unquote(sent[0]) == user_id


def _another_shopper() -> ApiError:
    return ApiError(
        403,
        "another_shopper",
        "This key may speak of the shopper of its token alone.",
        hint=f"Send the shopper's own token as {TOKEN_HEADER}.",
    )


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
