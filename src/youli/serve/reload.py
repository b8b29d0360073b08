"""Takes up a shop that was written anew, while requests run."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from youli.artifact import MANIFEST
from youli.engine import Engine
from youli.errors import YouliError
from youli.serve.host import Host

__all__ = ["Reloader"]

_LOG = logging.getLogger("youli.serve")
#: How often the folder is looked at.
_EVERY_S = 2.0


class Reloader:
    """Watches a shop's folder; a new version is loaded, warmed up and then served.

    One that cannot be loaded is left alone: what was served before is served on, and the log says
    why.
    """

    def __init__(self, host: Host, shop: Path, every_s: float = _EVERY_S) -> None:
        self._host = host
        self._shop = shop
        self._every_s = every_s
        self._wake = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="youli-reload", daemon=True)
        self._seen = host.services.engine.model_version

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    def look(self) -> bool:
        """Take up a new version where there is one; whether there was."""
        version = _version(self._shop)
        if version is None or version == self._seen:
            return False
        self._seen = version  # one that cannot be served is tried once, not every two seconds
        try:
            engine = Engine.open(self._shop)
            self._host.exchange(engine)
        except YouliError as error:
            _LOG.error("the new shop is not served: %s", error)
            return False
        except Exception as error:  # noqa: BLE001 - the watch must outlive any one shop
            _LOG.error("the new shop is not served: %s", type(error).__name__)
            return False
        _LOG.info("now serving version %s", engine.model_version)
        return True

    def _watch(self) -> None:
        while not self._over.is_set():
            self._wake.wait(self._every_s)
            self._wake.clear()
            if not self._over.is_set():
                self.look()


def _version(shop: Path) -> str | None:
    """The version that lies there; None while the folder is being exchanged."""
    try:
        manifest = json.loads((shop / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    version = manifest.get("version") if isinstance(manifest, dict) else None
    return version if isinstance(version, str) else None
