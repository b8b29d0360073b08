"""Several threads for work that SciPy and NumPy do outside the interpreter lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["n_threads", "process_num", "thread_map"]

#: More threads than this wait for memory, not for cores.
_MOST_THREADS = 4

Item = TypeVar("Item")
Result = TypeVar("Result")


def process_num() -> int:
    """Number of this process among those that `torchrun` started, 0 for the first or only one."""
    return int(os.environ.get("RANK", "0"))


def n_threads() -> int:
    """How many threads to use: the cores this process may run on, at most four."""
    allowed = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(allowed, _MOST_THREADS)


def thread_map(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`map` with the results in order; the first error ends it and is raised."""
    with ThreadPoolExecutor(n_threads()) as pool:
        yield from pool.map(function, items)
