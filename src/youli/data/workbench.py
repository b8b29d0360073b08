"""Where data is prepared: a throw-away DuckDB file behind Ibis, so that big logs need little RAM.

Tables live in a temporary file that DuckDB pages in and out under a memory limit. Everything else
in this room is an Ibis expression, which the same code could hand to another engine.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import duckdb
import ibis
import pyarrow as pa

from youli.errors import StorageError

__all__ = ["Table", "Workbench"]

#: An Ibis table expression (Ibis ships no types that mypy could follow).
Table: TypeAlias = Any
#: DuckDB's own buffers; Python, Arrow and the result tables come on top of it.
_MEMORY_LIMIT = "600MB"


class Workbench:
    """A temporary DuckDB database; use it as a context manager, its file goes with it."""

    def __init__(self, *, folder: Path | None = None, memory_limit: str = _MEMORY_LIMIT) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="youli-", dir=folder))
        self.connection: Any = ibis.duckdb.connect(
            str(self.folder / "work.duckdb"), memory_limit=memory_limit
        )
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget every table and remove the file."""
        self.connection.disconnect()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_name(self, stem: str) -> str:
        """A table name that is not taken."""
        return f"{stem}_{next(self._numbers)}"

    def keep(self, expression: Table, stem: str) -> Table:
        """Compute an expression once and return the table that holds its rows.

        Raises `StorageError` when the temporary folder is full.
        """
        try:
            return self.connection.create_table(self.new_name(stem), expression)
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            if "No space left" not in str(error) and isinstance(error, duckdb.IOException):
                raise
            raise StorageError(
                "there is no room left for temporary tables",
                where=str(self.folder),
                hint="free some disk space, or point TMPDIR to a larger disk",
            ) from error

    def load(self, table: pa.Table, stem: str) -> Table:
        """Copy an Arrow table into the workbench."""
        return self.keep(ibis.memtable(table), stem)

    def arrow(self, expression: Table) -> pa.Table:
        """Compute an expression into an Arrow table."""
        return self.connection.to_pyarrow(expression)

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """Compute a small expression into dictionaries."""
        return list(self.arrow(expression).to_pylist())

    def one(self, expression: Table) -> dict[str, Any]:
        """Compute an expression that has one row."""
        return self.rows(expression)[0]

    def drop(self, table: Table) -> None:
        """Give back the space of a table made by `keep`."""
        # The name is of `new_name`'s making; the DROP of Ibis 12 is one that DuckDB 2 cannot parse.
        self.connection.raw_sql(f'DROP TABLE "{table.op().name}"')

    def set_timezone(self, name: str) -> None:
        """The zone in which times without an offset are read from now on."""
        zone = name.replace("'", "''")
        self.connection.raw_sql(f"SET TimeZone='{zone}'")
