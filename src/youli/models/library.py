"""What the models that work through `implicit` share: its threads, set as it asks for.

`implicit` runs threads of its own and warns where BLAS would start more inside each of them; so
BLAS is held to one thread while it works, and its own are as many as ours everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from youli.parallel import n_threads

__all__ = ["threads_of_implicit"]


@contextmanager
def threads_of_implicit() -> Iterator[int]:
    """Hold BLAS to one thread, and give the number of threads to ask `implicit` for."""
    from threadpoolctl import threadpool_limits  # comes with implicit, an extra

    with threadpool_limits(1, "blas"):
        yield n_threads()
