"""`youli serve`: answer over HTTP, and show the store page."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from youli.cli.options import Database
from youli.errors import ConfigError

if TYPE_CHECKING:
    from youli.engine import Engine
    from youli.serve.settings import ServeConfig
    from youli.storage.base import Storage

__all__ = ["bind", "database_of", "serve", "serve_engine"]

_SHUTDOWN_S = 5


def serve(
    shop: Annotated[Path, typer.Argument(help="Folder that `youli fit` wrote.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="YOULI_API_KEY",
            show_default=False,
            help="Key of the API; a fresh one for each start where none is given.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name on the store page; the folder's by default.")
    ] = None,
    expose_store: Annotated[
        bool,
        typer.Option(
            "--expose-store",
            help="Serve the store page beyond this machine, too: whoever reaches it can look "
            "through the eyes of any shopper.",
        ),
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="A name, beside IP addresses, of the store page."),
    ] = None,
    database: Database = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-origin",
            help="A page of another origin, https://shop.example, that may use a page key.",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="One line for each request on stderr.")
    ] = False,
    json_logs: Annotated[
        bool, typer.Option("--json-logs", help="One JSON object for each request on stderr.")
    ] = False,
) -> None:
    """Serve a fitted shop: the API, and on this machine the store page."""
    from pydantic import SecretStr

    from youli.serve.settings import ServeConfig, is_loopback, new_api_key

    listener = bind(host, port)  # a port in use is an error before anything is loaded
    with listener:
        from youli.engine import Engine
        from youli.storage.base import Storage

        config = ServeConfig(
            shop_name=name or _title(shop),
            store_page=expose_store or is_loopback(host),
            allowed_hosts=frozenset(one.lower() for one in allow_host or ()),
            allowed_origins=frozenset(one.rstrip("/") for one in allow_origin or ()),
            api_key=SecretStr(new_api_key() if api_key is None else api_key),
        )
        engine = Engine.open(shop)
        storage = Storage.open(database_of(shop, database))
        if verbose or json_logs:
            _log_requests(as_json=json_logs)
        try:
            serve_engine(engine, config, listener, storage, shop, show_key=api_key is None)
        finally:
            storage.close()


def database_of(shop: Path, database: str | None) -> str | Path:
    """The database that was named, or the file beside a shop."""
    folder = shop.resolve()
    return folder.with_name(f"{folder.name}.db") if database is None else database


def serve_engine(
    engine: Engine,
    config: ServeConfig,
    listener: socket.socket,
    storage: Storage,
    shop: Path,
    *,
    show_key: bool = True,
) -> None:
    """Serve on a bound socket until a signal; open requests are finished first.

    A shop that is written anew at `shop` is taken up while requests run, at SIGHUP or by itself.
    """
    import uvicorn

    from youli.serve.app import create_app
    from youli.serve.reload import Reloader

    app = create_app(engine, config, storage)
    reloader = Reloader(app.state.host, shop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda _number, _frame: reloader.wake())
    # The HTTP server ends its requests and raises the signal again: it must not end us at once,
    # because what waits is stored after that.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _announce(config, listener, show_key=show_key)
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # its lines hold paths, and those hold shoppers' ids
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    with reloader:
        try:
            uvicorn.Server(settings).run(sockets=[listener])
        except KeyboardInterrupt:
            typer.echo("stopped", err=True)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises `ConfigError` where the address cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError(
            "this is no address of this machine",
            where="--host",
            value=host,
            hint="use 127.0.0.1, or 0.0.0.0 for all of its addresses",
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise _cannot_bind(error, host, port) from error
    return listener


def _cannot_bind(error: OSError, host: str, port: int) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            f"port {port} is in use",
            where="--port",
            value=port,
            hint=f"stop what listens there, or name another one: --port {port + 1}",
        )
    if error.errno == errno.EACCES:
        return ConfigError(
            f"port {port} may not be used by this user",
            where="--port",
            value=port,
            hint="use a port from 1024 upwards",
        )
    return ConfigError(
        "cannot listen here",
        where="--host",
        value=host,
        hint="use 127.0.0.1, or 0.0.0.0 for all addresses of this machine",
    )


def _announce(config: ServeConfig, listener: socket.socket, *, show_key: bool) -> None:
    """Say where to look and with which key, on stderr."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    if config.store_page:
        typer.echo(f"store page  http://{shown}:{port}/", err=True)
    else:
        typer.echo(
            "store page  off: this address is reached from other machines, and the page shows "
            "every shopper; --expose-store turns it on",
            err=True,
        )
    typer.echo(f"API         http://{shown}:{port}/api/   (description: openapi.json)", err=True)
    key = config.api_key.get_secret_value() if show_key else "as given"
    typer.echo(f"X-API-Key   {key}", err=True)
    typer.echo("stop with Ctrl-C", err=True)


def _log_requests(*, as_json: bool) -> None:
    from youli.serve.edge import JsonLines

    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("youli")
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def _title(shop: Path) -> str:
    """The folder's name as words."""
    words = shop.resolve().name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] if words else "Youli"
