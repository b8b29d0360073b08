"""Puts the HTTP application together; importing this module does nothing."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from youli import __version__
from youli.serve.edge import EdgeMiddleware
from youli.serve.errors import add_error_handlers
from youli.serve.routes import ROUTERS
from youli.serve.services import Services
from youli.serve.settings import ServeConfig

if TYPE_CHECKING:
    from youli.engine import Engine

__all__ = ["WEB", "create_app"]

#: The store page's files.
WEB = Path(__file__).parent / "web"

_GZIP_FROM_BYTES = 1_024
_GZIP_LEVEL = 4


def create_app(engine: Engine, config: ServeConfig | None = None) -> FastAPI:
    """The API and, unless `config` says no, the store page, over one engine."""
    config = ServeConfig() if config is None else config
    services = Services(engine, config)
    app = FastAPI(
        title="Youli",
        version=__version__,
        summary="Recommendations with checked reasons.",
        docs_url=None,  # the built-in pages load scripts from other hosts
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_warming_up(services),
    )
    app.state.services = services
    add_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    if config.store_page:
        app.mount("/assets", StaticFiles(directory=WEB), name="assets")
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_FROM_BYTES, compresslevel=_GZIP_LEVEL)
    app.add_middleware(EdgeMiddleware, max_body_bytes=config.max_body_bytes)
    return app


def _warming_up(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Get ready beside the first requests, so that the server listens at once."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        thread = threading.Thread(target=services.warm_up, name="youli-warm-up", daemon=True)
        thread.start()
        yield
        thread.join()

    return lifespan
