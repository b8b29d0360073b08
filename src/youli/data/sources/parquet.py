"""Parquet files.

A log that Youli saved says in the metadata (`LOG_SAYS`) whether its times are positions only.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import ibis
import pyarrow.parquet as pq

from youli.data.schema import LOG_SAYS, TIME_IS_ORDER
from youli.data.sources.base import (
    ROW,
    Opened,
    Role,
    SourceInfo,
    existing_file,
    naming_rows,
    register,
)
from youli.data.workbench import Workbench

__all__ = ["ParquetSource"]


@register
class ParquetSource:
    """One Parquet file."""

    name: ClassVar[str] = "parquet"
    doc: ClassVar[str] = "Parquet."
    order: ClassVar[int] = 50

    def accepts(self, spec: str) -> bool:
        """By ending: .parquet or .pq."""
        return Path(spec).suffix.lower() in (".parquet", ".pq")

    def roles(self, spec: str) -> frozenset[Role]:
        """One table: whatever it is asked for."""
        return frozenset({"events"})

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Open lazily with the file's own types."""
        path = existing_file(spec)
        with naming_rows(spec):
            table = bench.connection.read_parquet(str(path))
        said = (pq.read_schema(path).metadata or {}).get(LOG_SAYS)
        return Opened(
            table.mutate(**{ROW: ibis.row_number() + 1}),
            SourceInfo(spec, self.name, role, time_is_order=said == TIME_IS_ORDER),
        )
