"""How much one client may ask for: requests a second."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["RateLimiter"]


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    """A token bucket for each client; at most `capacity` clients are remembered."""

    def __init__(
        self,
        rate_per_s: float,
        burst: int,
        *,
        capacity: int = 4096,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate_per_s
        self._burst = float(burst)
        self._capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """Take one token: 0 where the request may pass, else the seconds until one is free."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.setdefault(client, _Bucket(self._burst, now))
            self._buckets.move_to_end(client)
            if len(self._buckets) > self._capacity:
                self._buckets.popitem(last=False)
            gained = (now - bucket.filled_at) * self._rate
            bucket.tokens = min(self._burst, bucket.tokens + gained)
            bucket.filled_at = now
            if bucket.tokens < 1:
                return (1 - bucket.tokens) / self._rate
            bucket.tokens -= 1
            return 0.0
