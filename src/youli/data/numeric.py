"""Numeric attributes on one scale, with the constants that were used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from youli.types import FloatArray

__all__ = ["Scaling", "numeric_attributes", "standardise"]

#: Fewer different numbers than this are labels (sizes, codes) and no quantity.
_MIN_DISTINCT: Final = 10
_NUMBER: Final = r"^\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*$"


class Scaling(BaseModel):
    """How one column was standardised: (x − mean) / deviation; what was unknown stays NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    mean: float
    deviation: float
    """Standard deviation over known values; 1 where all are equal."""
    n_known: int
    n_unknown: int


def numeric_attributes(table: pa.Table, *, skip: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Columns that measure something: numbers throughout, of at least ten different values.

    Ids are left out: a column called `…id`, or numbers with a leading zero.
    """
    return tuple(
        name
        for name in table.column_names
        if name not in skip and not name.lower().endswith("id") and _measures(table[name])
    )


def standardise(
    table: pa.Table, columns: tuple[str, ...] | None = None
) -> tuple[dict[str, FloatArray], tuple[Scaling, ...]]:
    """Numeric columns with mean 0 and deviation 1, float64 [n_rows], and the constants used.

    Unknown values stay NaN, nothing is filled in.
    """
    values: dict[str, FloatArray] = {}
    scalings: list[Scaling] = []
    for name, raw in _numbers(table, columns or numeric_attributes(table)):
        known = raw[np.isfinite(raw)]
        mean = float(known.mean()) if len(known) else 0.0
        deviation = float(known.std()) if len(known) else 1.0
        scaling = Scaling(
            column=name,
            mean=mean,
            deviation=deviation or 1.0,
            n_known=len(known),
            n_unknown=len(raw) - len(known),
        )
        values[name] = (raw - scaling.mean) / scaling.deviation
        scalings.append(scaling)
    return values, tuple(scalings)


def _measures(column: pa.ChunkedArray) -> bool:
    if pc.count_distinct(column, mode="only_valid").as_py() < _MIN_DISTINCT:
        return False
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return True
    if not pa.types.is_string(column.type):
        return False
    every = pc.all(pc.match_substring_regex(column, _NUMBER)).as_py()
    padded = pc.any(pc.match_substring_regex(column, r"^0\d")).as_py()
    return bool(every) and not padded


def _numbers(table: pa.Table, columns: tuple[str, ...]) -> Iterator[tuple[str, FloatArray]]:
    for name in columns:
        column: Any = table[name]
        if pa.types.is_string(column.type):
            column = pc.utf8_trim_whitespace(column)
        numbers = pc.fill_null(column.cast(pa.float64()), float("nan"))
        yield name, np.asarray(numbers.to_numpy(), dtype=np.float64)
