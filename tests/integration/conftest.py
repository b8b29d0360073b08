"""One small shop for all tests here, and servers that start without a warm-up."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from youli.engine import Engine
from youli.serve.services import Services
from youli.storage.base import Storage

_SPEC = importlib.util.spec_from_file_location(
    "youli_serving", Path(__file__).parent / "serving.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
serving = sys.modules.setdefault(_SPEC.name, importlib.util.module_from_spec(_SPEC))
_SPEC.loader.exec_module(serving)  # before the tests of this folder are read

_WARM_UP = Services.warm_up


@pytest.fixture(autouse=True, scope="module")
def nothing_is_warmed_up() -> Iterator[None]:
    """What these tests ask for is built when it is asked for; the rest would only take time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Services, "warm_up", lambda _self: None)
        yield


@pytest.fixture
def warmed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real warm-up, for servers that start after this."""
    monkeypatch.setattr(Services, "warm_up", _WARM_UP)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The small shop; nothing that a server does changes it."""
    engine: Engine = serving.tiny_shop().tiny_engine(tmp_path_factory.mktemp("shop") / "SHOP")
    return engine


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """A database of the module's own."""
    storage = Storage.open(tmp_path_factory.mktemp("storage") / "storage.db")
    yield storage
    storage.close()
