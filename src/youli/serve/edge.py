"""The outermost layer: request ids, headers, size limit, the log line, and the last resort.

The log line names the route's template, never the path: a path carries a shopper's id.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
import traceback
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from youli.serve.errors import ApiError, error_response

__all__ = ["SECURITY_HEADERS", "EdgeMiddleware"]

_LOG = logging.getLogger("youli.serve")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

_FRAMES_LOGGED = 4

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class EdgeMiddleware:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        outgoing = _Outgoing(send, request_id, is_api=scope["path"].startswith("/api/"))
        started = time.perf_counter()
        try:
            said = headers.get("content-length", "")
            if said.isdecimal() and int(said) > self._max_body_bytes:
                raise ApiError(413, "too_large", self._size_message())
            await self._app(scope, self._counting(receive), outgoing)
        except ApiError as error:
            await error_response(error, request_id)(scope, receive, outgoing)
        except Exception as error:  # noqa: BLE001 - the edge: nothing may pass it
            _LOG.error("%s failed: %s at %s", request_id, type(error).__name__, _where(error))
            if not outgoing.started:
                internal = ApiError(500, "internal", "Something went wrong in the server.")
                await error_response(internal, request_id)(scope, receive, outgoing)
        finally:
            _LOG.info(
                "%s %s %s %s %.1f ms",
                request_id,
                scope["method"],
                _template(scope),
                outgoing.status,
                (time.perf_counter() - started) * 1e3,
            )

    def _counting(self, receive: Receive) -> Receive:
        """Stop a body that is longer than it said, or that did not say."""
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_body_bytes:
                raise HTTPException(413)
            return message

        return counted

    def _size_message(self) -> str:
        return f"A request may have at most {self._max_body_bytes} bytes."


class _Outgoing:
    """Sends on, adding our headers to the first message."""

    def __init__(self, send: Send, request_id: str, *, is_api: bool) -> None:
        self._send = send
        self._request_id = request_id
        self._is_api = is_api
        self.started = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            if self._is_api:
                headers.setdefault("Cache-Control", "no-store")  # a photo says for how long
        await self._send(message)


def _request_id(headers: Headers) -> str:
    """The caller's id where it is a plain one, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _where(error: BaseException) -> str:
    """The innermost frames, without the text of the exception: it may quote a shopper."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_LOGGED:]
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))


def _template(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path", "-"))
