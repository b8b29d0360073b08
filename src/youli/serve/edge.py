"""The outermost layer: request ids, headers, size limit, the log line, and the last resort.

The log line names the route's template, never the path: a path carries a shopper's id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from youli.serve.errors import ApiError, error_response
from youli.serve.metrics import Metrics
from youli.serve.settings import ServeConfig

__all__ = ["SECURITY_HEADERS", "EdgeMiddleware", "JsonLines"]

_LOG = logging.getLogger("youli.serve")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

_FRAMES_LOGGED = 4
#: Files of the pages; a shop's own page loads the widget from here.
_ASSETS = "/assets/"

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


#: What an allowed page of another origin may send.
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Content-Type, X-API-Key, X-Youli-Shopper, X-Request-ID",
    "Access-Control-Max-Age": "600",
}
_OF_A_REQUEST = ("request_id", "method", "route", "status", "ms")


class EdgeMiddleware:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, config: ServeConfig, metrics: Metrics) -> None:
        self._app = app
        self._config = config
        self._max_body_bytes = config.max_body_bytes
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        is_api = scope["path"].startswith("/api/")
        is_open = is_api or scope["path"].startswith(_ASSETS)
        origin = _origin(headers, self._config) if is_open else None
        varies = is_open and bool(self._config.allowed_origins)
        outgoing = _Outgoing(send, request_id, is_api=is_api, origin=origin, varies=varies)
        started = time.perf_counter()
        try:
            said = headers.get("content-length", "")
            if said.isdecimal() and int(said) > self._max_body_bytes:
                raise ApiError(413, "too_large", self._size_message())
            if outgoing.answers_preflight(scope["method"], headers):
                await _no_content(scope, receive, outgoing)
                return
            await self._app(scope, self._counting(receive), outgoing)
        except ApiError as error:
            await error_response(error, request_id)(scope, receive, outgoing)
        except Exception as error:  # noqa: BLE001 - the edge: nothing may pass it
            _LOG.error("%s failed: %s at %s", request_id, type(error).__name__, _where(error))
            if not outgoing.started:
                internal = ApiError(500, "internal", "Something went wrong in the server.")
                await error_response(internal, request_id)(scope, receive, outgoing)
        finally:
            took_s = time.perf_counter() - started
            template = _template(scope)
            self._metrics.note(template, scope["method"], outgoing.status, took_s)
            _LOG.info(
                "%s %s %s %s %.1f ms",
                request_id,
                scope["method"],
                template,
                outgoing.status,
                took_s * 1e3,
                extra={
                    "request_id": request_id,
                    "method": scope["method"],
                    "route": template,
                    "status": outgoing.status,
                    "ms": round(took_s * 1e3, 1),
                },
            )

    def _counting(self, receive: Receive) -> Receive:
        """Stop a body that is longer than it said, or that did not say."""
        n_bytes, whole = 0, False

        until = time.monotonic() + self._config.request_s

        async def counted() -> Message:
            nonlocal n_bytes, whole
            if whole:  # all is here: what comes next is the end of the connection, whenever
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - time.monotonic()))
            except TimeoutError:
                raise HTTPException(408) from None
            whole = not message.get("more_body", False)
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_body_bytes:
                raise HTTPException(413)
            return message

        return counted

    def _size_message(self) -> str:
        return f"A request may have at most {self._max_body_bytes} bytes."


class _Outgoing:
    """Sends on, adding our headers to the first message."""

    def __init__(
        self,
        send: Send,
        request_id: str,
        *,
        is_api: bool,
        origin: str | None = None,
        varies: bool = False,
    ) -> None:
        self._send = send
        self._request_id = request_id
        self._is_api = is_api
        self._origin = origin
        #: Whether a cache between here and there must keep one answer for each origin.
        self._varies = varies
        self.started = False
        self.status = 0

    def answers_preflight(self, method: str, headers: Headers) -> bool:
        """Whether a browser asks if an allowed page may send its real request."""
        return (
            self._origin is not None
            and method == "OPTIONS"
            and "access-control-request-method" in headers
        )

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            if self._origin is not None:
                # No credentials: a page of another origin speaks with a key, never with a cookie.
                headers["Access-Control-Allow-Origin"] = self._origin
                headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After"
                headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            if self._varies:
                headers.append("Vary", "Origin")
            if self._is_api:
                headers.setdefault("Cache-Control", "no-store")  # a photo says for how long
        await self._send(message)


class JsonLines(logging.Formatter):
    """One JSON object a line; a request's line holds what its record says and nothing else."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
        }
        if hasattr(record, "route"):
            line |= {name: getattr(record, name) for name in _OF_A_REQUEST}
        else:
            line["message"] = record.getMessage()
        return json.dumps(line, ensure_ascii=False)


async def _no_content(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)


def _origin(headers: Headers, config: ServeConfig) -> str | None:
    """The origin of the asking page, where it is one that was allowed."""
    origin = headers.get("origin")
    return origin if origin in config.allowed_origins else None


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
