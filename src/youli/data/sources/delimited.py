"""CSV and its kin: any usual delimiter, any encoding that occurs, gzip or not."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import ibis

from youli.data.sources._options import split_options
from youli.data.sources._salvage import delimited_records, parted
from youli.data.sources._text import (
    MAX_LINE_BYTES,
    DamagedText,
    TextFile,
    damaged_text,
    open_text,
)
from youli.data.sources.base import ROW, Opened, Role, SourceInfo, naming_rows, register
from youli.data.workbench import Table, Workbench
from youli.errors import SchemaError

__all__ = [
    "DelimitedSource",
    "guess_delimiter",
    "head_of",
    "header_of",
    "read_delimited",
    "salvage_delimited",
]

_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
_OPTIONS = frozenset({"encoding", "delimiter"})
_DELIMITERS = (",", "\t", ";", "|")


@register
class DelimitedSource:
    """Comma, tab, semicolon or bar separated text with a header line."""

    name: ClassVar[str] = "delimited"
    doc: ClassVar[str] = "CSV, TSV and kin with a header line; .gz; any encoding."
    order: ClassVar[int] = 50

    def accepts(self, spec: str) -> bool:
        """By ending: .csv .tsv .tab .txt, with or without .gz and ?settings."""
        name = spec.rpartition("?")[0] if "?" in spec and not Path(spec).exists() else spec
        return name.lower().removesuffix(".gz").endswith(_SUFFIXES)

    def roles(self, spec: str) -> frozenset[Role]:
        """One table: whatever it is asked for."""
        return frozenset({"events"})

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Open lazily, every column as text."""
        path, options = split_options(spec, _OPTIONS)
        text = open_text(path, bench.folder, encoding=options.get("encoding"))
        delimiter, columns = _layout(head_of(text), options, path)
        table = read_delimited(text, bench, columns, delimiter, path)
        return Opened(table, self._info(path, role, text.encoding, delimiter))

    def salvage(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Read around rows that are none."""
        path, options = split_options(spec, _OPTIONS)
        damaged = damaged_text(path, encoding=options.get("encoding"))
        delimiter, columns = _layout(damaged.head(), options, path)
        table, unreadable = salvage_delimited(damaged, bench, columns, delimiter)
        return Opened(table, self._info(path, role, damaged.encoding, delimiter), unreadable)

    def _info(self, path: str, role: Role, encoding: str, delimiter: str) -> SourceInfo:
        note = f"{encoding}, delimiter {_say(delimiter)}"
        return SourceInfo(path, self.name, role, encoding, (note,), row="line")


def _layout(start: str, options: Mapping[str, str], where: str) -> tuple[str, list[str]]:
    """Delimiter and column names, from what the user says or the beginning of the file."""
    given = options.get("delimiter", "")
    delimiter = {"tab": "\t", "\\t": "\t"}.get(given, given) or guess_delimiter(start)
    return delimiter, header_of(start, delimiter, where)


def read_delimited(
    text: TextFile, bench: Workbench, columns: list[str], delimiter: str, where: str
) -> Table:
    """A lazy table of text columns under the given names, the header counted as row 1."""
    with naming_rows(where):
        table = bench.connection.read_csv(
            str(text.path),
            header=True,
            delim=delimiter,
            quote='"',
            escape='"',
            auto_detect=False,
            columns=dict.fromkeys(columns, "VARCHAR"),
            max_line_size=MAX_LINE_BYTES,
            **({"compression": "gzip"} if text.gzipped else {}),
        )
    # DuckDB keeps the order of a file, and a window without an order follows it.
    return table.mutate(**{ROW: ibis.row_number() + 2})


def salvage_delimited(
    damaged: DamagedText, bench: Workbench, columns: list[str], delimiter: str
) -> tuple[Table, Table | None]:
    """The same table of the rows that can be read, and the others (`Opened.unreadable`)."""
    records = delimited_records(damaged, delimiter, len(columns))
    return parted(records, columns, ROW, bench, damaged.spec)


def head_of(text: TextFile) -> str:
    """The beginning of the file, long enough for its header."""
    opened: Any = gzip.open if text.gzipped else open
    with opened(text.path, "rb") as file:
        return str(file.read(256 * 1024).decode("utf-8", errors="ignore")).removeprefix("\ufeff")


def guess_delimiter(start: str) -> str:
    """The usual delimiter that splits the header into most fields."""
    return max(
        _DELIMITERS, key=lambda mark: len(next(csv.reader(io.StringIO(start), delimiter=mark)))
    )


def header_of(start: str, delimiter: str, where: str) -> list[str]:
    """Column names of the first record; raises `SchemaError` for blank or repeated ones."""
    names = [name.strip() for name in next(csv.reader(io.StringIO(start), delimiter=delimiter))]
    for position, name in enumerate(names, start=1):
        if not name:
            names[position - 1] = f"column_{position}"  # pandas writes its index without a name
    folded = [name.casefold() for name in names]
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise SchemaError(
                f"two columns are called “{name}”",
                where=f"{where}, row 1",
                value=name,
                hint="rename one of them in the header",
            )
    return names


def _say(delimiter: str) -> str:
    return {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(delimiter, delimiter)
