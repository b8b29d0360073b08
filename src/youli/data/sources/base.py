"""What a source is, the registry of sources, and errors that name file and row."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

import duckdb

from youli.data.discovery import load_parts
from youli.data.workbench import Table, Workbench
from youli.errors import SourceError

__all__ = [
    "MAX_RAW_TEXT",
    "ROW",
    "Opened",
    "Role",
    "Salvaging",
    "Source",
    "SourceInfo",
    "UnreadableRowError",
    "all_sources",
    "existing_file",
    "naming_rows",
    "open_source",
    "register",
    "source_for",
]

#: What a table is about.
Role: TypeAlias = Literal["events", "items", "users"]
#: Column that every source adds: the record's number as a person counts it (see `SourceInfo.row`).
ROW = "_row"
#: Characters of an unreadable row that are kept.
MAX_RAW_TEXT = 2_000


class UnreadableRowError(SourceError):
    """A row, not the file as a whole, cannot be read: the others may be saved."""


@dataclass(frozen=True)
class SourceInfo:
    """What is known about a source once it is open."""

    where: str  # path or address, without a password
    kind: str  # the source's name
    role: Role = "events"
    encoding: str = ""  # text files only
    notes: tuple[str, ...] = ()  # what was decided while reading, in words
    #: Times are positions in a sequence, not dates.
    time_is_order: bool = False
    #: What `_row` counts: "line" has the header as row 1, "record" starts at the first record.
    row: Literal["line", "record"] = "record"


@dataclass(frozen=True)
class Opened:
    """A lazy table with a `_row` column, and what is known about it."""

    table: Table
    info: SourceInfo
    #: Rows that could not be read, as `row`, `reason` and `text` (the beginning of what is there).
    unreadable: Table | None = None


class Source(Protocol):
    """Something that events, products or shoppers are read from."""

    name: ClassVar[str]
    #: One sentence for people.
    doc: ClassVar[str]
    #: Tried in this order, lowest first.
    order: ClassVar[int]

    def accepts(self, spec: str) -> bool:
        """Whether the suffix or scheme is this source's; reads no content."""
        ...

    def roles(self, spec: str) -> frozenset[Role]:
        """What can be read from this place: a folder may hold events, products and shoppers."""
        ...

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Open lazily; raises `SourceError` naming the file, and the row where there is one.

        A single bad row is an `UnreadableRowError`, here or when the table is computed.
        """
        ...


@runtime_checkable
class Salvaging(Protocol):
    """A source that can read around rows that are no rows."""

    def salvage(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Read row by row and set aside what cannot be read.

        Slower than `Source.open`, and called after it has met an unreadable row. Raises
        `SourceError` when more than half of the rows are unreadable.
        """
        ...


_SOURCES: dict[str, Source] = {}


def register(kind: type[Source]) -> type[Source]:
    """Class decorator: make a source known under its name."""
    _SOURCES[kind.name] = kind()
    return kind


def all_sources() -> tuple[Source, ...]:
    """Every source, in the order they are asked."""
    load_parts(importlib.import_module("youli.data.sources"))
    return tuple(sorted(_SOURCES.values(), key=lambda source: (source.order, source.name)))


def source_for(spec: str) -> Source:
    """The source that reads this path or address; raises `SourceError` when none does."""
    for source in all_sources():
        if source.accepts(spec):
            return source
    path = Path(spec)
    if path.is_dir():
        raise SourceError(
            "this is a folder, and holds neither sequences.txt nor RecBole files",
            where=spec,
            hint="name the files in it one by one",
        )
    existing_file(spec)
    known = ", ".join(source.name for source in all_sources())
    raise SourceError(
        f"cannot tell from the name “{path.name}” how to read it",
        where=spec,
        value=path.suffix,
        hint=f"give it a usual ending such as .csv, .jsonl or .parquet (sources: {known})",
    )


def open_source(spec: str, bench: Workbench, role: Role = "events") -> Opened:
    """Open a path or address lazily: a table with a `_row` column, and what is known about it."""
    return source_for(spec).open(spec, bench, role)


def existing_file(spec: str) -> Path:
    """The path, checked to be a file that can be read and is not empty."""
    path = Path(spec)
    if path.is_dir():
        raise SourceError("this is a folder, not a file", where=spec, hint="name a file inside it")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise SourceError(
            "there is no such file", where=spec, hint="check the path for a typing mistake"
        ) from error
    except OSError as error:
        raise SourceError(
            f"the file cannot be opened ({error.strerror})",
            where=spec,
            hint="check that you may read it",
        ) from error
    if empty:
        raise SourceError("the file is empty", where=spec, hint="export it again")
    return path


#: What the engine raises when text is not what it should be.
_OF_CONTENT = (duckdb.InvalidInputException, duckdb.ConversionException)
_LINE = re.compile(r"(?:CSV Error on Line: |in line )(\d+)")


@contextmanager
def naming_rows(where: str) -> Iterator[None]:
    """Turn an engine's complaint about content into a `SourceError` that names file and row."""
    try:
        yield
    except duckdb.Error as error:
        found = _LINE.search(str(error))
        place = f"{where}, row {found[1]}" if found else where
        problem, hint = _in_words(str(error))
        kind = UnreadableRowError if isinstance(error, _OF_CONTENT) else SourceError
        raise kind(problem, where=place, hint=hint) from error


def _in_words(message: str) -> tuple[str, str]:
    columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if columns:
        return (
            f"this row has {columns[2]} fields where the header has {columns[1]}",
            "quote the fields that contain the delimiter, or export the file again",
        )
    if "unterminated quote" in message or "quote" in message.split("Possible fixes")[0].lower():
        return (
            "a quoted field is not closed, or text follows its closing quote",
            'double the quote marks inside a field ("") or export the file again',
        )
    if "Maximum line size" in message or "maximum_object_size" in message:
        return ("this record is too long", "an unclosed quote is the usual cause")
    if "JSON" in message:
        return (
            "this line is not one JSON object",
            "write one object a line, for example with `jq -c '.[]'`",
        )
    if "magic bytes" in message or "Parquet" in message or "parquet" in message:
        return ("this is not a Parquet file, or it is damaged", "export the file again")
    return (message.splitlines()[0], "look at the file at this place")
