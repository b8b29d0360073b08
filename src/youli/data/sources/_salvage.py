"""Reading around what cannot be read: the rows that are rows apart from those that are none.

This is slower than the engine's own readers and runs only after they have met a row that they
cannot read. A row is judged by itself: a quote that is never closed costs its own line and not
the lines below it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from youli.data.sources._text import MAX_LINE_BYTES, DamagedText
from youli.data.sources.base import MAX_RAW_TEXT
from youli.data.workbench import Table, Workbench
from youli.errors import SourceError

__all__ = ["TOO_LONG", "Record", "check_share", "delimited_records", "parted"]

TOO_LONG: Final = f"a line longer than {MAX_LINE_BYTES // 1024**2} MiB"
_UNCLOSED: Final = "a quote that is not closed"
_BATCH: Final = 20_000
_UNREADABLE: Final = pa.schema(
    [("row", pa.int64()), ("reason", pa.string()), ("text", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, or why it has none."""

    row: int
    fields: Sequence[str]
    reason: str
    text: str


def delimited_records(damaged: DamagedText, delimiter: str, n_fields: int) -> Iterator[Record]:
    """The records below the header, numbered as a spreadsheet does: the header is row 1.

    Blank lines count and are no records, unless there is one column.
    """
    with damaged.lines() as lines:
        ahead = _Ahead(lines)
        for row, (line, cut) in enumerate(ahead, start=1):
            if cut:
                found = _Parsed([], TOO_LONG, line)
            elif '"' in line:
                found = _quoted(line, ahead, delimiter, n_fields if row > 1 else 0)
            else:
                bare = line.rstrip("\r\n")
                found = _Parsed(bare.split(delimiter), "", bare)
            if row == 1 or (not found.text and n_fields > 1):
                continue
            text = found.text[:MAX_RAW_TEXT] if found.reason else found.text
            reason = damaged.trouble(text) or found.reason
            fields = found.fields
            if len(fields) == n_fields + 1 and not fields[-1]:
                fields = fields[:-1]  # a delimiter at the end of the line, which DuckDB lets pass
            if not reason and len(fields) != n_fields:
                reason = "too many fields" if len(fields) > n_fields else "too few fields"
            if reason:
                yield Record(row, (), reason, damaged.shown(text[:MAX_RAW_TEXT]))
            else:
                yield Record(row, fields, "", text)


def parted(
    records: Iterable[Record], names: Sequence[str], row_name: str, bench: Workbench, where: str
) -> tuple[Table, Table | None]:
    """A table of the rows and, where there are any, one of the unreadable ones.

    Raises `SourceError` when more than half are unreadable.
    """
    schema = pa.schema([(row_name, pa.int64()), *((name, pa.string()) for name in names)])
    good = bench.folder / f"{bench.new_name('rows')}.parquet"
    bad = bench.folder / f"{bench.new_name('unreadable')}.parquet"
    n_good = n_bad = 0
    first: Record | None = None
    with pq.ParquetWriter(good, schema) as rows, pq.ParquetWriter(bad, _UNREADABLE) as others:
        for batch in _batches(records):
            read = [record for record in batch if not record.reason]
            unread = [record for record in batch if record.reason]
            first = first or next(iter(unread), None)
            n_good, n_bad = n_good + len(read), n_bad + len(unread)
            if read:
                rows.write_table(_table(read, schema))
            if unread:
                columns = [
                    [getattr(record, name) for record in unread] for name in _UNREADABLE.names
                ]
                others.write_table(pa.table(columns, schema=_UNREADABLE))
    if first is not None:
        check_share(n_bad, n_good + n_bad, first.row, first.reason, where)
    table = bench.connection.read_parquet(str(good))
    return table, bench.connection.read_parquet(str(bad)) if n_bad else None


def check_share(n_bad: int, n_all: int, row: int, reason: str, where: str) -> None:
    """Raise `SourceError` when more than half of the rows are unreadable: it is another file."""
    if 2 * n_bad > n_all:
        raise SourceError(
            f"{n_bad:,} of {n_all:,} rows cannot be read; the first is this one: {reason}",
            where=f"{where}, row {row}",
            hint="the file is not what its name says, or its encoding or delimiter was not found; "
            "look at this row, and export the file again",
        )


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _table(records: Sequence[Record], schema: pa.Schema) -> pa.Table:
    numbers = pa.array([record.row for record in records], pa.int64())
    columns = []
    for values in zip(*(record.fields for record in records), strict=True):
        column = pa.array(values, pa.string())
        # An empty field is nothing, quoted or not, as DuckDB reads it.
        columns.append(pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column))
    return pa.table([numbers, *columns], schema=schema)


@dataclass(frozen=True, slots=True)
class _Parsed:
    fields: Sequence[str]
    reason: str
    text: str


class _Ahead:
    """Lines that can be put back."""

    def __init__(self, lines: Iterator[tuple[str, bool]]) -> None:
        self._lines = lines
        self._back: deque[tuple[str, bool]] = deque()

    def __iter__(self) -> _Ahead:
        return self

    def __next__(self) -> tuple[str, bool]:
        return self._back.popleft() if self._back else next(self._lines)

    def put_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft((line, False) for line in reversed(lines))

    def put_back_cut(self, line: str) -> None:
        self._back.appendleft((line, True))


def _quoted(line: str, ahead: _Ahead, delimiter: str, n_fields: int) -> _Parsed:
    """A record that begins with a line that holds a quote; takes the lines that belong to it."""
    scan = _Scan(delimiter)
    taken = [line]
    size = len(line)
    scan.feed(line)
    while scan.open:
        following, cut = next(ahead, ("", False))
        size += len(following)
        if cut:
            ahead.put_back_cut(following)
        elif following:
            taken.append(following)
        if cut or not following or size > MAX_LINE_BYTES:
            ahead.put_back(taken[1:])
            return _Parsed([], _UNCLOSED, line.rstrip("\r\n"))
        scan.feed(following)
    if scan.bad:
        ahead.put_back(taken[1:])
        reason = _UNCLOSED if len(taken) > 1 else "text after a closing quote"
        return _Parsed([], reason, line.rstrip("\r\n"))
    swallowed = len(taken) > 1 and n_fields and len(scan.fields) != n_fields
    if swallowed and any(_stands_alone(one, delimiter, n_fields) for one in taken[1:]):
        ahead.put_back(taken[1:])
        return _Parsed([], _UNCLOSED, line.rstrip("\r\n"))
    return _Parsed(scan.fields, "", "".join(taken).rstrip("\r\n"))


def _stands_alone(line: str, delimiter: str, n_fields: int) -> bool:
    scan = _Scan(delimiter)
    scan.feed(line)
    return not scan.open and not scan.bad and len(scan.fields) == n_fields


_OPENS: Final = re.compile(' *"')
_BODY: Final = re.compile('(?:[^"]++|"")*+')


@dataclass(slots=True)
class _Scan:
    """Fields of one record, line by line, as RFC 4180 has them and DuckDB reads them."""

    delimiter: str
    fields: list[str] = field(default_factory=list)
    #: A quoted field goes on in the next line.
    open: bool = False
    #: Something other than a delimiter follows a closing quote.
    bad: bool = False
    _part: list[str] = field(default_factory=list)

    def feed(self, line: str) -> None:
        at, end = 0, len(line.rstrip("\r\n"))
        while True:
            opens = None if self.open else _OPENS.match(line, at, end)
            if self.open or opens:
                body = _BODY.match(line, opens.end() if opens else at)
                assert body is not None, "the pattern matches nothing, too"
                self._part.append(body[0])
                at = body.end()
                self.open = at == len(line)
                if self.open:
                    return
                self.fields.append("".join(self._part).replace('""', '"'))
                self._part.clear()
                at += 1  # the closing quote
                while at < end and line[at] == " ":
                    at += 1
            else:
                stop = line.find(self.delimiter, at, end)
                stop = end if stop < 0 else stop
                self.fields.append(line[at:stop])
                at = stop
            if at >= end:
                return
            if not line.startswith(self.delimiter, at):
                self.bad = True
                return
            at += len(self.delimiter)
