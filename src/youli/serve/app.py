"""Puts the HTTP application together; importing this module does nothing."""

from __future__ import annotations

import shutil
import tempfile
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
from youli.serve.host import Host
from youli.serve.routes import ROUTERS
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage

if TYPE_CHECKING:
    from youli.engine import Engine

__all__ = ["WEB", "create_app"]

#: The files of store, console and widget.
WEB = Path(__file__).parent / "web"

_GZIP_FROM_BYTES = 1_024
_GZIP_LEVEL = 4


def create_app(
    engine: Engine, config: ServeConfig | None = None, storage: Storage | None = None
) -> FastAPI:
    """The API and, unless `config` says no, the store page, over one engine and one storage.

    Without a storage everything is kept in a temporary file and gone when the application ends.
    """
    config = ServeConfig() if config is None else config
    scratch: Path | None = None
    if storage is None:
        scratch = Path(tempfile.mkdtemp(prefix="youli-"))
        storage = Storage.open(scratch / "storage.db")
    host = Host(engine, config, storage)
    app = FastAPI(
        title="Youli",
        version=__version__,
        summary="Recommendations with checked reasons.",
        docs_url=None,  # the built-in pages load scripts from other hosts
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_living(host, scratch),
    )
    app.state.host = host
    add_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/assets", StaticFiles(directory=WEB), name="assets")
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_FROM_BYTES, compresslevel=_GZIP_LEVEL)
    app.add_middleware(EdgeMiddleware, config=config, metrics=host.metrics)
    return app


def _living(
    host: Host, scratch: Path | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Get ready beside the first requests, so that the server listens at once; tidy up after."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        thread = threading.Thread(target=host.warm_up, name="youli-warm-up", daemon=True)
        thread.start()
        yield
        thread.join()
        if scratch is not None:
            host.storage.close()
            shutil.rmtree(scratch)

    return lifespan
