"""One shape for every error that leaves the server.

``{"error": {"code", "message", "hint", "request_id"}}``, and ``rows`` where single rows of a batch
were refused. Messages are written here or carried by a `YouliError`; the text of any other
exception stays inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from youli.errors import (
    InputError,
    StorageUnavailableError,
    UnknownEntityError,
    YouliError,
)

__all__ = ["ApiError", "add_error_handlers", "error_document", "error_response"]

_HINTS = {
    401: "Send the key that the server printed at its start as X-API-Key, or reload the page.",
    404: "See /api/openapi.json for what there is.",
    405: "See /api/openapi.json for the methods of this address.",
    408: "Send the whole request at once.",
    413: "Send fewer events in one request.",
    429: "Wait a moment, then try again.",
    500: "Try again; the server's log has more under this request_id.",
    503: "Try again in a moment.",
}


class ApiError(Exception):
    """An answer other than success, meant for the client to read."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        hint: str = "",
        rows: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint or _HINTS.get(status, "")
        self.rows = tuple(rows)
        self.headers = dict(headers or {})
        super().__init__(code)


def error_document(error: ApiError, request_id: str) -> dict[str, Any]:
    """The JSON of an error."""
    inner: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "request_id": request_id,
    }
    if error.rows:
        inner["rows"] = [dict(row) for row in error.rows]
    return {"error": inner}


def error_response(error: ApiError, request_id: str) -> JSONResponse:
    """The HTTP answer of an error."""
    return JSONResponse(error_document(error, request_id), error.status, headers=error.headers)


def add_error_handlers(app: FastAPI) -> None:
    """Send every expected exception out in the one shape; the edge middleware has the rest."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(YouliError, _on_youli_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def _respond(request: Request, error: ApiError) -> JSONResponse:
    return error_response(error, request.scope.get("state", {}).get("request_id", ""))


def _on_api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return _respond(request, error)


def _on_youli_error(request: Request, error: Exception) -> JSONResponse:
    """What the request asked for is at fault, or else the server is and keeps the text inside."""
    assert isinstance(error, YouliError)
    if isinstance(error, InputError | UnknownEntityError | StorageUnavailableError):
        known = ApiError(error.http_status, error.code, error.problem, hint=error.hint)
        return _respond(request, known)
    return _respond(request, ApiError(500, "internal", "Something went wrong in the server."))


def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    """Name the field and the rule, never the value that was sent."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part not in ("query", "path", "body"))
    message = f"{field}: {first['msg']}" if field else str(first["msg"])
    return _respond(request, ApiError(422, "bad_request", message, hint="Mend it and try again."))


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = status.name.lower()
    return _respond(
        request, ApiError(status.value, code, f"{status.phrase}.", headers=error.headers)
    )
