"""A folder with `sequences.txt`: one shopper a line, then products in time order.

The form in which sequential recommenders are published. Beside it may lie `item_attributes.json`
(product → unnamed attribute numbers), `items.tsv` and `users.tsv`. There are no dates: a product's
position in its line, counted in days from 2000-01-01, stands for the time, and the report says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from youli.data.sources._text import open_text
from youli.data.sources.base import ROW, Opened, Role, SourceInfo, existing_file, register
from youli.data.sources.delimited import head_of, header_of
from youli.data.workbench import Workbench
from youli.errors import SourceError

__all__ = ["SequencesSource"]

_EVENTS = "sequences.txt"
_TABLES: dict[Role, str] = {"items": "items.tsv", "users": "users.tsv"}
_ATTRIBUTES = "item_attributes.json"
_DAY_S = 86_400
_START_S = 946_684_800  # 2000-01-01T00:00:00Z


@register
class SequencesSource:
    """A folder of item sequences with what is known of items and users."""

    name: ClassVar[str] = "sequences"
    doc: ClassVar[str] = (
        "A folder with sequences.txt, optionally items.tsv, users.tsv, item_attributes.json."
    )
    order: ClassVar[int] = 20

    def accepts(self, spec: str) -> bool:
        """A folder that holds sequences.txt, or that file itself."""
        path = Path(spec)
        return path.name == _EVENTS or (path.is_dir() and (path / _EVENTS).exists())

    def roles(self, spec: str) -> frozenset[Role]:
        """What lies beside the sequences."""
        folder = _folder(spec)
        found: set[Role] = {"events"}
        if (folder / _TABLES["items"]).exists() or (folder / _ATTRIBUTES).exists():
            found.add("items")
        if (folder / _TABLES["users"]).exists():
            found.add("users")
        return frozenset(found)

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Read the table for a role; the line number is the row."""
        folder = _folder(spec)
        if role == "events":
            path, table = folder / _EVENTS, _events(folder / _EVENTS, bench)
        elif role == "users":
            path, table = folder / _TABLES["users"], _table(folder / _TABLES["users"], bench)
        else:
            path, table = folder / _TABLES["items"], _items(folder, bench)
        notes = ("times are positions in the sequence, not dates",) if role == "events" else ()
        kept = bench.load(table, "sequences")
        return Opened(
            kept, SourceInfo(str(path), self.name, role, "utf-8", notes, role == "events")
        )


def _folder(spec: str) -> Path:
    path = Path(spec)
    return path if path.is_dir() else path.parent


def _events(path: Path, bench: Workbench) -> pa.Table:
    text = open_text(str(path), bench.folder)
    users: list[str] = []
    items: list[str] = []
    lengths: list[int] = []
    rows: list[int] = []
    with text.path.open(encoding="utf-8-sig") as file:
        for row, line in enumerate(file, start=1):
            fields = line.split()
            if len(fields) == 1:
                raise SourceError(
                    "this line names a shopper and no product",
                    where=f"{path}, row {row}",
                    value=fields[0],
                    hint="each line is a shopper, then products in time order, by spaces",
                )
            if fields:
                users.append(fields[0])
                items.extend(fields[1:])
                lengths.append(len(fields) - 1)
                rows.append(row)
    owner = pa.array([at for at, n in enumerate(lengths) for _ in range(n)], pa.int32())
    position = pa.array([at for n in lengths for at in range(n)], pa.int64())
    return pa.table(
        {
            "user_id": pc.take(pa.array(users, pa.string()), owner),
            "item_id": pa.array(items, pa.string()),
            "timestamp": pc.add(pc.multiply(position, _DAY_S), _START_S),
            ROW: pc.take(pa.array(rows, pa.int64()), owner),
        }
    )


def _table(path: Path, bench: Workbench) -> pa.Table:
    text = open_text(str(path), bench.folder)
    names = header_of(head_of(text), "\t", str(path))
    try:
        table = pa_csv.read_csv(
            text.path,
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1),
            parse_options=pa_csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceError(str(error), where=str(path), hint="check its tabs") from error
    return table.append_column(ROW, pa.array(range(2, len(table) + 2), pa.int64()))


def _items(folder: Path, bench: Workbench) -> pa.Table:
    path = folder / _TABLES["items"]
    known = _table(path, bench) if path.exists() else None
    if known is not None and "title" not in known.column_names and "keywords" in known.column_names:
        names = ["title" if name == "keywords" else name for name in known.column_names]
        known = known.rename_columns(names)
    if not (folder / _ATTRIBUTES).exists():
        assert known is not None, "roles() promised a table of items"
        return known
    pairs = list(_attributes(folder / _ATTRIBUTES))
    extra = pa.table(
        {
            "item_id": pa.array([item for item, _ in pairs], pa.string()),
            "attributes": pa.array([values for _, values in pairs], pa.string()),
        }
    )
    if known is None:
        return extra.append_column(ROW, pa.array(range(1, len(extra) + 1), pa.int64()))
    return known.join(extra, "item_id", join_type="left outer").sort_by(ROW)


def _attributes(path: Path) -> Iterator[tuple[str, str]]:
    """Product and its attribute numbers, joined by a bar as every list of values is."""
    try:
        content = json.loads(existing_file(str(path)).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        row = getattr(error, "lineno", 1)
        raise SourceError(
            "this is not JSON", where=f"{path}, row {row}", hint="export the file again"
        ) from error
    if not isinstance(content, dict):
        raise SourceError(
            "this is no object of product → attribute numbers",
            where=str(path),
            hint='it should look like {"1": [4, 7], "2": [7]}',
        )
    for item, values in content.items():
        yield str(item), "|".join(str(value) for value in values)
