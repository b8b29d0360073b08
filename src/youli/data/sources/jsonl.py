"""JSON Lines: one object a line; nested objects are kept as their JSON text."""

from __future__ import annotations

from typing import ClassVar

import ibis

from youli.data.sources._text import MAX_LINE_BYTES, open_text
from youli.data.sources.base import ROW, Opened, Role, SourceInfo, naming_rows, register
from youli.data.workbench import Workbench
from youli.errors import SourceError

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
                raise SourceError(
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
