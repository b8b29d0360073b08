"""A real browser on a real server with a small shop."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pydantic import SecretStr

from youli.engine import Engine
from youli.serve.app import create_app
from youli.serve.settings import ServeConfig

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Chromium says this of every answer that is no success; tests of errors expect it.
_STATUS_LINE = "Failed to load resource: the server responded with a status of"

Open = Callable[..., Page]


def _loaded(name: str, file: str, proof: str) -> Any:
    """A module of this folder under a name that tests import; `proof` is something it defines."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(spec.name, importlib.util.module_from_spec(spec))
    if not hasattr(module, proof):
        spec.loader.exec_module(module)
    return module


def _tiny() -> Any:
    return _loaded("youli_tiny_shop", "tiny.py", "tiny_engine")


_loaded("youli_pages", "pages.py", "listed")  # before the tests of this folder are read


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine: Engine = _tiny().tiny_engine(tmp_path_factory.mktemp("shop") / "SHOP")
    return engine


@pytest.fixture(scope="session")
def repeating_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The same shop, which lists again what was bought."""
    folder = tmp_path_factory.mktemp("repeating") / "SHOP"
    engine: Engine = _tiny().tiny_engine(folder, "include")
    return engine


@pytest.fixture(scope="session")
def photo_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The same shop with photos, ranked by looks."""
    folder = tmp_path_factory.mktemp("photos") / "SHOP"
    engine: Engine = _tiny().tiny_engine(folder, photos=True)
    return engine


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system or of Playwright; a plain reason to skip where there is none."""
    with sync_playwright() as playwright:
        found = next((path for name in _NAMES if (path := shutil.which(name))), None)
        path = os.environ.get("YOULI_CHROMIUM") or found or playwright.chromium.executable_path
        if not Path(path).exists():
            reason = (
                f"no Chromium at {path}: `apt install chromium` or `playwright install chromium`"
            )
            if os.environ.get("YOULI_REQUIRE_ALL") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, engine: Engine) -> Iterator[Open]:
    """Open the page of a server that just started: nobody clicked anything yet."""
    with _serving(engine) as address, _opening(browser, address) as open_page:
        yield open_page


@pytest.fixture
def open_repeating(browser: Browser, repeating_engine: Engine) -> Iterator[Open]:
    """Open the page of the shop that lists again what was bought."""
    with _serving(repeating_engine) as address, _opening(browser, address) as open_page:
        yield open_page


@pytest.fixture
def open_photos(browser: Browser, photo_engine: Engine) -> Iterator[Open]:
    """Open the page of the shop with photos."""
    with _serving(photo_engine) as address, _opening(browser, address) as open_page:
        yield open_page


@pytest.fixture(scope="session")
def other_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A second server of plain files, a shop's own page, and the folder that it serves."""
    folder = tmp_path_factory.mktemp("other")
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def shared_address(engine: Engine, other_origin: tuple[str, Path]) -> Iterator[str]:
    """One server for tests that each act as another shopper."""
    with _serving(engine, frozenset({other_origin[0]})) as address:
        yield address


@pytest.fixture
def open_shared(browser: Browser, shared_address: str) -> Iterator[Open]:
    """Open a page of the server that several tests use."""
    with _opening(browser, shared_address) as open_page:
        yield open_page


class QuietHandler(SimpleHTTPRequestHandler):
    """Plain files without a log."""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def _serving(engine: Engine, origins: frozenset[str] = frozenset()) -> Iterator[str]:
    config = ServeConfig(api_key=SecretStr("e2e"), shop_name="Corner shop", allowed_origins=origins)
    with _tiny().running(create_app(engine, config)) as address:
        yield address


@contextmanager
def _opening(browser: Browser, address: str) -> Iterator[Open]:
    """Afterwards no error may stand in the console, no other host been asked."""
    contexts = []
    troubles: list[str] = []

    def heard(message: Any) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_STATUS_LINE):
            troubles.append(message.text)

    def asked(request: Any) -> None:
        if f"{urlsplit(request.url).scheme}://{urlsplit(request.url).netloc}" != address:
            troubles.append(f"asked {request.url}")

    def open_page(path: str = "/?user=ada&lang=en", **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(reduced_motion="reduce", locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", heard)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", asked)
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []
