"""What Prometheus reads: counts and durations by route, never by shopper."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
#: Seconds; the aims of the service (3 ms, 50 ms, 200 ms) are borders.
_BORDERS = (0.001, 0.003, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


class Metrics:
    """The counters of one application; a registry of its own, so that two do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "youli_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "youli_request_seconds",
            "Seconds from a request's arrival to the end of its answer.",
            ["route"],
            buckets=_BORDERS,
            registry=self.registry,
        )
        self.reloads = Counter(
            "youli_reloads", "Shops that were taken up while serving.", registry=self.registry
        )
        self.impressions_lost = Gauge(
            "youli_impressions_lost",
            "Lists that were shown but not stored, because the database took none.",
            registry=self.registry,
        )
        self.ready = Gauge(
            "youli_ready", "1 once the shop is loaded and warm.", registry=self.registry
        )

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is the template, `-` where there is no such address."""
        # A client may send any word as its method: it must not make counters without end.
        known = method if route != "-" and method in _METHODS else "-"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' format."""
        return generate_latest(self.registry)
