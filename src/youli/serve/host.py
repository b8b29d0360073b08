"""What is served right now, and how it is exchanged while requests run.

A request takes the `Services` of its beginning and keeps it to its end, so that rows of one
artifact never meet those of another. Before a request is let in, one look at the storage's versions
says whether products changed; then the catalogue is laid over the artifact's anew.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from youli.serve.metrics import Metrics
from youli.serve.overlay import Overlay, laid_over, overlay_of
from youli.serve.security import Gate
from youli.serve.services import Services
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage

if TYPE_CHECKING:
    from youli.engine import Engine

__all__ = ["Host"]


class Host:
    """Holds the engine, the storage and the gate; safe to use from many threads."""

    def __init__(self, engine: Engine, config: ServeConfig, storage: Storage) -> None:
        self.config = config
        self.storage = storage
        self.gate = Gate(config, storage)
        self.metrics = Metrics()
        #: Set once everything was built that is built on first use.
        self.ready = threading.Event()
        self._lock = threading.Lock()
        self._versions: dict[str, int] = {}
        self._learned = engine
        self._overlay = Overlay()
        self._items_version = -1
        self._services = Services(engine, config, storage)
        self.refresh(storage.versions())

    @property
    def services(self) -> Services:
        """What a request works with, as of the last look."""
        return self._services

    def versions(self) -> Mapping[str, int]:
        """Look at the storage's versions; what is kept in memory is brought up to date."""
        versions = self.storage.versions()
        if versions.get("items", 0) != self._items_version:
            self.refresh(versions)
        return versions

    def refresh(self, versions: Mapping[str, int]) -> None:
        """Lay the changed products over the artifact's catalogue anew."""
        with self._lock:
            version = versions.get("items", 0)
            if version <= self._items_version:
                return
            overlay = overlay_of(self.storage.items.all(), self._learned.shop)
            self._serve(self._learned, overlay)
            self._items_version = version

    def exchange(self, engine: Engine) -> None:
        """Serve another engine from the next request on; those that run finish with the old one."""
        overlay = overlay_of(self.storage.items.all(), engine.shop)
        services = Services(laid_over(engine, overlay), self.config, self.storage, overlay)
        services.warm_up()  # nobody waits for it meanwhile
        with self._lock:
            self._learned = engine
            self._overlay = overlay
            self._services = services
            self.metrics.reloads.inc()
            self._items_version = -1  # what changed while it warmed up is taken in next
        self.versions()

    def measured(self) -> bytes:
        """What Prometheus reads, as of now."""
        self.metrics.ready.set(self.ready.is_set())
        self.metrics.impressions_lost.set(self.storage.impressions.n_lost)
        return self.metrics.text()

    def warm_up(self) -> None:
        """Build what is built on first use, so that no shopper waits for it."""
        try:
            self.services.warm_up()
        finally:
            self.ready.set()  # where it failed, a request will say why

    def _serve(self, engine: Engine, overlay: Overlay) -> None:
        if overlay == self._overlay:
            return
        changed = laid_over(engine, overlay)
        after = Services(changed, self.config, self.storage, overlay, self._services)
        self._overlay = overlay
        self._services = after
