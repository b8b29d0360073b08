"""Tables of products or shoppers as numbers for a net: labels as codes, quantities on one scale.

A column is a *quantity* where it is numbers throughout, of at least ten different values, else it
is *labels*. What is unknown (null, an empty text, NaN, ±∞) is a level of its own; a label that was
not there when the table was learned stands for nothing (−1). Columns that cannot tell two rows
apart, that name each row, or that are neither text nor number are left out, and it is said which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from youli.errors import SchemaError
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["EncodedTable", "Labels", "Quantity", "TableEncoder", "TabularConfig"]

#: Fewer different numbers than this are labels (sizes, codes) and no quantity.
_LEAST_DISTINCT: Final = 10
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
#: How programs write a number that is none.
_NO_NUMBER: Final = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
#: √3: even positions between −√3 and √3 have deviation 1.
_HALF_WIDTH: Final = 3.0**0.5
#: What the cells of a column are.
Kind: TypeAlias = Literal["text", "number", "truth"]


class TabularConfig(BaseModel):
    """How columns become numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scaling: Literal["quantile", "standard"] = "quantile"
    """`quantile`: a quantity's place among those learned from, evenly from −√3 to √3, so that no
    outlier counts more than the last; `standard`: (x − mean) / deviation, without bounds."""
    n_quantiles: int = Field(default=101, ge=2)
    """Places that are kept of a quantity, with `quantile`; between them lines are drawn."""
    max_distinct_share: float = Field(default=0.5, gt=0.0, le=1.0)
    """Labels of more different values than this share of the rows (and than 50) are names."""


@dataclass(frozen=True)
class Labels:
    """A column of labels. Code 0 is the unknown; ``levels[c - 1]`` has code c."""

    name: str
    levels: tuple[str, ...]
    kind: Kind

    @property
    def n_codes(self) -> int:
        """The levels and the unknown."""
        return len(self.levels) + 1


@dataclass(frozen=True)
class Quantity:
    """A column of quantities: ``grid`` float64, quantiles, or mean and deviation."""

    name: str
    grid: FloatArray
    has_gaps: bool


@dataclass(frozen=True)
class EncodedTable:
    """A table as numbers, and what was met in it.

    ``codes`` int32 [n_rows, n_label_columns], 0 unknown, −1 never seen; ``numbers`` float32
    [n_rows, n_quantities], 0 where ``known`` (bool, the same shape) is false. The counts are by
    column: cells that were NaN or infinite, and labels never seen.
    """

    codes: IntArray
    numbers: FloatArray
    known: BoolArray
    n_not_finite: Mapping[str, int]
    n_unseen: Mapping[str, int]


@dataclass(frozen=True)
class TableEncoder:
    """What was learned of a table.

    ``left_out`` maps the name of a column that is not used to the reason.
    """

    config: TabularConfig
    labels: tuple[Labels, ...]
    quantities: tuple[Quantity, ...]
    left_out: Mapping[str, str]

    @classmethod
    def fit(
        cls,
        table: pa.Table,
        config: TabularConfig | None = None,
        *,
        skip: Sequence[str] = (),
        only_quantities: bool = False,
    ) -> TableEncoder:
        """Learn levels and scales of every column but those to `skip`."""
        config = TabularConfig() if config is None else config
        labels: list[Labels] = []
        quantities: list[Quantity] = []
        left_out: dict[str, str] = {}
        for name in table.column_names:
            if name in skip:
                continue
            column = _Column.of(name, table[name])
            if column is None:
                left_out[name] = "neither text nor number"
            elif column.numbers is not None and _n_distinct(column.numbers) >= _LEAST_DISTINCT:
                known = column.numbers[np.isfinite(column.numbers)]
                quantities.append(
                    Quantity(name, _grid(known, config), has_gaps=len(known) < len(column.numbers))
                )
            elif not only_quantities:
                levels = tuple(sorted({one for one in column.texts() if one is not None}))
                reason = _why_not(levels, column.texts(), config)
                if reason:
                    left_out[name] = reason
                else:
                    labels.append(Labels(name, levels, column.kind))
        return cls(config, tuple(labels), tuple(quantities), left_out)

    def encode(self, table: pa.Table) -> EncodedTable:
        """The table as numbers.

        Raises `SchemaError` where a column is missing or has become another kind: text where there
        were numbers, or the other way round.
        """
        n_rows = len(table)
        codes = np.zeros((n_rows, len(self.labels)), dtype=np.int32)
        numbers = np.zeros((n_rows, len(self.quantities)), dtype=np.float32)
        known = np.zeros(numbers.shape, dtype=bool)
        n_not_finite: dict[str, int] = {}
        n_unseen: dict[str, int] = {}
        for at, one in enumerate(self.labels):
            column = _same_kind(table, one.name, one.kind)
            n_not_finite[one.name] = column.n_not_finite
            place: dict[str | None, int] = {level: c for c, level in enumerate(one.levels, start=1)}
            place[None] = 0
            codes[:, at] = [place.get(text, -1) for text in column.texts()]
            n_unseen[one.name] = int((codes[:, at] < 0).sum())
        for at, quantity in enumerate(self.quantities):
            column = _same_kind(table, quantity.name, "number")
            n_not_finite[quantity.name] = column.n_not_finite
            assert column.numbers is not None, "a column of no numbers is an error before this"
            known[:, at] = np.isfinite(column.numbers)
            scaled = _scaled(column.numbers[known[:, at]], quantity.grid, self.config)
            numbers[known[:, at], at] = scaled
        return EncodedTable(codes, numbers, known, n_not_finite, n_unseen)

    def encode_rows(self, rows: Sequence[Mapping[str, str]]) -> EncodedTable:
        """The same for rows as name → value; a name that is not there is unknown."""
        names = [*(one.name for one in self.labels), *(one.name for one in self.quantities)]
        columns = {
            name: pa.array([row.get(name) for row in rows], type=pa.string()) for name in names
        }
        return self.encode(pa.table(columns) if names else _no_columns(len(rows)))

    def quantity_block(self, encoded: EncodedTable) -> FloatArray:
        """Quantities, then a 1 where one is unknown that had gaps; float32 [n_rows, n_columns]."""
        gaps = [at for at, one in enumerate(self.quantities) if one.has_gaps]
        unknown = (~encoded.known[:, gaps]).astype(np.float32)
        return np.concatenate([encoded.numbers, unknown], axis=1)

    def to_state(self) -> tuple[dict[str, FloatArray], dict[str, Any]]:
        """All that was learned: arrays by name, and the rest ready for JSON."""
        width = max((len(one.grid) for one in self.quantities), default=0)
        grids = np.zeros((len(self.quantities), width))
        for row, one in zip(grids, self.quantities, strict=True):
            row[:] = one.grid
        return {"grids": grids}, {
            "config": self.config.model_dump(mode="json"),
            "labels": [
                {"name": one.name, "levels": list(one.levels), "kind": one.kind}
                for one in self.labels
            ],
            "quantities": [{"name": o.name, "has_gaps": o.has_gaps} for o in self.quantities],
            "left_out": dict(self.left_out),
        }

    @classmethod
    def from_state(cls, arrays: Mapping[str, npt.NDArray[Any]], said: Mapping[str, Any]) -> Self:
        """The encoder again."""
        return cls(
            config=TabularConfig.model_validate(said["config"]),
            labels=tuple(
                Labels(one["name"], tuple(one["levels"]), one["kind"]) for one in said["labels"]
            ),
            quantities=tuple(
                Quantity(one["name"], grid, one["has_gaps"])
                for one, grid in zip(said["quantities"], arrays["grids"], strict=True)
            ),
            left_out=dict(said["left_out"]),
        )


@dataclass(frozen=True)
class _Column:
    """One column's cells.

    ``cells`` are texts as written, None unknown; ``numbers`` (float64, NaN unknown) only where all
    that is known is numbers, and then it is what counts.
    """

    cells: list[str | None]
    numbers: FloatArray | None
    n_not_finite: int
    kind: Kind

    @classmethod
    def of(cls, name: str, column: pa.ChunkedArray) -> _Column | None:
        """The column read; None where it is neither text nor number."""
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            raw = np.asarray(pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy())
            n_not_finite = int((~np.isfinite(raw)).sum()) - column.null_count
            numbers = np.where(np.isfinite(raw), raw, np.nan)
            return cls([None] * len(raw), numbers, n_not_finite, "number")
        if pa.types.is_boolean(kind):
            truths = {True: "yes", False: "no", None: None}
            return cls([truths[one] for one in column.to_pylist()], None, 0, "truth")
        if not _is_text(kind):
            return None
        cells = [(one or "").strip() or None for one in column.to_pylist()]
        found, n_not_finite = _as_numbers(cells, is_id=name.lower().endswith("id"))
        return cls(cells, found, n_not_finite, "text" if found is None else "number")

    def texts(self) -> list[str | None]:
        """The labels, None where unknown; a number as its shortest text (1.0 is 1)."""
        if self.numbers is None:
            return self.cells
        return [None if np.isnan(one) else _shortest(one) for one in self.numbers.tolist()]


def _as_numbers(cells: list[str | None], *, is_id: bool) -> tuple[FloatArray | None, int]:
    """Texts as numbers and how many were NaN or infinite; None where one is something else."""
    numbers = np.full(len(cells), np.nan)
    n_not_finite = n_known = 0
    for at, cell in enumerate(cells):
        if cell is None:
            continue
        if _NO_NUMBER.fullmatch(cell):
            n_not_finite += 1
        elif _NUMBER.fullmatch(cell) and not _is_code(cell) and not is_id:
            n_known += 1
            numbers[at] = float(cell)
            if np.isinf(numbers[at]):  # 1e999
                numbers[at], n_not_finite = np.nan, n_not_finite + 1
        else:
            return None, 0
    return (numbers, n_not_finite) if n_known else (None, 0)


def _is_code(cell: str) -> bool:
    """Whether digits name something: nobody writes a quantity with a leading zero."""
    return len(cell) > 1 and cell[0] == "0" and cell[1].isdigit()


def _same_kind(table: pa.Table, name: str, kind: Kind) -> _Column:
    """A column that is of the kind that was learned; `SchemaError` where it has changed."""
    if name not in table.column_names:
        raise SchemaError(
            "the model was fitted with this column, and it is missing now",
            where=f"column {name}",
            value=table.column_names,
            hint="give the table with the columns that it had, or fit again",
        )
    raw = table[name]
    column = _Column.of(name, raw)
    is_text = _is_text(raw.type)
    if is_text and column is not None and not any(column.cells):
        numbers = np.full(len(raw), np.nan) if kind == "number" else None
        return _Column(column.cells, numbers, 0, kind)
    if column is not None and kind == "text" and is_text:
        return _Column(column.cells, None, 0, kind)  # "1" and "2" today, among them "3+" before
    if column is None or column.kind != kind:
        was = _SPOKEN[kind]
        now = str(raw.type) if column is None else _SPOKEN[column.kind]
        raise SchemaError(
            f"this column was {was} when the model was fitted, and is {now} now",
            where=f"column {name}",
            value=_first_other(column) if kind == "number" and is_text else str(raw.type),
            hint=f"give it as {was} again, or fit again",
        )
    return column


_SPOKEN: Final[dict[Kind, str]] = {"text": "text", "number": "numbers", "truth": "true or false"}


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(
        is_so(kind) for is_so in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    )


def _first_other(column: _Column | None) -> str | None:
    """The first cell that is no number."""
    for cell in column.cells if column is not None else ():
        if cell is not None and (not _NUMBER.fullmatch(cell) or _is_code(cell)):
            return cell
    return None


def _why_not(levels: tuple[str, ...], texts: list[str | None], config: TabularConfig) -> str:
    """Why a column of labels tells nothing; empty where it does."""
    n_known = sum(one is not None for one in texts)
    if not levels:
        return "nothing is known"
    if len(levels) + (n_known < len(texts)) < 2:
        return "one level"
    if len(levels) > max(50.0, config.max_distinct_share * n_known):
        return "a name for each row"
    return ""


def _grid(known: FloatArray, config: TabularConfig) -> FloatArray:
    if config.scaling == "standard":
        return np.array([known.mean(), known.std()])
    return np.quantile(known, np.linspace(0.0, 1.0, config.n_quantiles))


def _scaled(values: FloatArray, grid: FloatArray, config: TabularConfig) -> FloatArray:
    if config.scaling == "standard":
        mean, deviation = grid
        return np.asarray((values - mean) / deviation)
    # Of equal quantiles the middle counts: from the left and from the right, halved.
    place = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, len(grid))
    low = np.interp(values, grid, place)
    high = -np.interp(-values, -grid[::-1], place)
    return np.asarray((low + high) / 2.0)


def _n_distinct(numbers: FloatArray) -> int:
    return len(np.unique(numbers[np.isfinite(numbers)]))


def _truth(one: bool | None) -> str | None:
    return None if one is None else ("yes" if one else "no")


def _shortest(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def _no_columns(n_rows: int) -> pa.Table:
    return pa.table({"row": pa.array(range(n_rows), pa.int32())})
