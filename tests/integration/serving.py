"""The small shop of the browser tests behind HTTP, for tests that ask it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import Client, Response
from pydantic import SecretStr

from youli.engine import Engine
from youli.serve.app import create_app
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage

KEY = "a key of these tests"
CONFIG = ServeConfig(api_key=SecretStr(KEY), shop_name="Corner shop")


def tiny_shop() -> Any:
    """The module that makes the shop and serves an app: `tests/e2e/tiny.py`."""
    path = Path(__file__).parent.parent / "e2e" / "tiny.py"
    spec = importlib.util.spec_from_file_location("youli_tiny_shop", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(spec.name, importlib.util.module_from_spec(spec))
    if not hasattr(module, "tiny_engine"):
        spec.loader.exec_module(module)
    return module


@contextmanager
def asking_app(app: FastAPI, *, key: str | None = KEY) -> Iterator[Client]:
    """A client of an app that just started; without a key it is a stranger."""
    headers = {} if key is None else {"X-API-Key": key}
    with (
        tiny_shop().running(app) as address,
        Client(base_url=address, headers=headers, timeout=60) as client,
    ):
        yield client


@contextmanager
def asking(
    engine: Engine,
    config: ServeConfig = CONFIG,
    storage: Storage | None = None,
    *,
    key: str | None = KEY,
) -> Iterator[Client]:
    """A client of a server of that shop; without a storage it keeps nothing."""
    with asking_app(create_app(engine, config, storage), key=key) as client:
        yield client


def error_of(answer: Response) -> dict[str, Any]:
    """The error of an answer, in the one shape that all of them have."""
    document = answer.json()
    assert set(document) == {"error"}
    error: dict[str, Any] = document["error"]
    assert {"code", "message", "hint", "request_id"} <= set(error)
    assert error["request_id"] == answer.headers["x-request-id"]
    return error
