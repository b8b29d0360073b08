"""Where rows stand among a few: looked up in an array that each thread keeps at hand."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np

from youli.types import IntArray

__all__ = ["places_among"]


class _Scratch(threading.local):
    """An array of -1 for each thread; whoever marks it, clears it."""

    def __init__(self) -> None:
        self.marks = np.zeros(0, dtype=np.int64)

    def of(self, size: int) -> IntArray:
        if len(self.marks) < size:
            self.marks = np.full(size, -1, dtype=np.int64)
        return self.marks


_SCRATCH = _Scratch()


def places_among(few: IntArray, n_rows: int, columns: Iterable[IntArray]) -> list[IntArray]:
    """For every row of each column its place in `few`, -1 where it is not there; int64.

    `few` are distinct rows below `n_rows`. To fill a fresh array costs more than all the rest.
    Raises `ValueError` for a row that is named twice: it would have its place once only, and what
    is summed by place would be nothing at the other.
    """
    marks = _SCRATCH.of(n_rows)
    places = np.arange(len(few))
    marks[few] = places
    try:
        if not np.array_equal(marks[few], places):
            raise ValueError("a product is asked for twice; name each once")
        return [marks[column] for column in columns]
    finally:
        marks[few] = -1
