"""JSON Lines: one object a line; nested objects are kept as their JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

import ibis

from youli.data.sources._salvage import TOO_LONG, Record, check_share, parted
from youli.data.sources._text import MAX_LINE_BYTES, DamagedText, damaged_text, open_text
from youli.data.sources.base import (
    MAX_RAW_TEXT,
    ROW,
    Opened,
    Role,
    SourceInfo,
    UnreadableRowError,
    naming_rows,
    register,
)
from youli.data.workbench import Table, Workbench
from youli.errors import SchemaError

__all__ = ["JsonLinesSource"]

_SUFFIXES = (".jsonl", ".ndjson")


@register
class JsonLinesSource:
    """One JSON object a line, plain or gzipped."""

    name: ClassVar[str] = "jsonl"
    doc: ClassVar[str] = "JSON Lines (.jsonl, .ndjson), plain or .gz."
    order: ClassVar[int] = 50

    def accepts(self, spec: str) -> bool:
        """By ending: .jsonl or .ndjson, with or without .gz."""
        return spec.lower().removesuffix(".gz").endswith(_SUFFIXES)

    def roles(self, spec: str) -> frozenset[Role]:
        """One table: whatever it is asked for."""
        return frozenset({"events"})

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Open lazily, every value as text, so that ids and times stay exactly as written."""
        text = open_text(spec, bench.folder)
        settings = {
            "format": "newline_delimited",
            "maximum_object_size": MAX_LINE_BYTES,
            "compression": "gzip" if text.gzipped else "uncompressed",
        }
        with naming_rows(spec):
            names = bench.connection.read_json(str(text.path), sample_size=-1, **settings).columns
            if list(names) == ["json"]:
                raise UnreadableRowError(
                    "the lines are not JSON objects",
                    where=f"{spec}, row 1",
                    hint='write one object a line, like {"user_id": "u1", "item_id": "i1"}',
                )
            table = bench.connection.read_json(
                str(text.path), columns=dict.fromkeys(names, "VARCHAR"), **settings
            )
        return Opened(
            table.mutate(**{ROW: ibis.row_number() + 1}),
            SourceInfo(spec, self.name, role, text.encoding),
        )

    def salvage(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Read around lines that are no objects."""
        damaged = damaged_text(spec)
        lines, unreadable = parted(_lines(damaged), ["line"], ROW, bench, spec)
        judged = _judged(lines, bench)
        broken = judged.filter(judged["reason"].notnull()).select(
            row=judged[ROW], reason=judged["reason"], text=judged["line"].left(MAX_RAW_TEXT)
        )
        unreadable = broken if unreadable is None else ibis.union(broken, unreadable)
        unreadable = bench.keep(unreadable, "unreadable")
        found = bench.one(
            unreadable.aggregate(
                n=unreadable.count(),
                row=unreadable["row"].min(),
                reason=unreadable["reason"].argmin(unreadable["row"]),
            )
        )
        objects = judged.filter(judged["reason"].isnull())
        n_objects = bench.one(objects.aggregate(n=objects.count()))["n"]
        if found["n"]:
            check_share(found["n"], n_objects + found["n"], found["row"], found["reason"], spec)
        table = _objects(objects, bench, spec)
        info = SourceInfo(spec, self.name, role, damaged.encoding)
        return Opened(table, info, unreadable if found["n"] else None)


def _lines(damaged: DamagedText) -> Iterator[Record]:
    """Lines that are not blank, numbered from 1."""
    with damaged.lines() as lines:
        row = 0
        for line, cut in lines:
            text = line.strip()
            if not text:
                continue
            row += 1
            reason = TOO_LONG if cut else damaged.trouble(text)
            if reason:
                yield Record(row, (), reason, damaged.shown(text[:MAX_RAW_TEXT]))
            else:
                yield Record(row, (text,), "", text)


def _judged(lines: Table, bench: Workbench) -> Table:
    """Lines with the reason why they are no object; the engine that reads them decides."""
    kept = bench.keep(lines, "lines").op().name
    # Ibis has no such functions, and its `sql` asks this release of DuckDB for what it lacks.
    # `kept` is a name that the workbench made; so it is in the two queries below.
    return _computed(
        f"""SELECT "{ROW}", line, CASE
            WHEN NOT json_valid(line) THEN 'no valid JSON'
            WHEN json_type(line) <> 'OBJECT' THEN 'JSON, but not one JSON object'
            WHEN len(json_keys(line)) <> len(list_distinct(json_keys(line)))
            THEN 'a key that stands twice' END AS reason FROM "{kept}" """,  # noqa: S608 - our own name
        bench,
    )


def _objects(lines: Table, bench: Workbench, where: str) -> Table:
    """One text column a key, in the order in which the keys occur."""
    kept = bench.keep(lines, "objects").op().name
    keys = _computed(
        f"""SELECT key, min(record) AS record, min(place) AS place FROM (
                SELECT unnest(json_keys(line)) AS key, "{ROW}" AS record,
                       generate_subscripts(json_keys(line), 1) AS place FROM "{kept}"
            ) GROUP BY key""",  # noqa: S608 - our own name
        bench,
    )
    found = bench.rows(keys.order_by(["record", "place", "key"]))
    names = [str(row["key"]) for row in found if row["key"] != ROW]
    folded = [name.casefold() for name in names]
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise SchemaError(
                f"another key differs from “{name}” in case only",
                where=where,
                value=name,
                hint="rename one of them",
            )
    layout = json.dumps(dict.fromkeys(names, "VARCHAR"), ensure_ascii=False).replace("'", "''")
    return _computed(
        f"""SELECT "{ROW}", unnest(json_transform(line, '{layout}')) FROM "{kept}" """,  # noqa: S608
        bench,
    )


def _computed(query: str, bench: Workbench) -> Table:
    name = bench.new_name("json")
    bench.connection.raw_sql(f'CREATE TABLE "{name}" AS {query}')
    return bench.connection.table(name)
