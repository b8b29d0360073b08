"""Read a benchmark folder exactly as published: `sequences.txt`, and what lies beside it.

`youli fit` reads such a folder through `youli.data`, which checks and cleans. A benchmark must not
be cleaned: every line of the published split is a shopper and every number an event, or results
would not compare with those of others. What lies beside it becomes attributes:

- ``item_attributes.json``: product → unnamed attribute numbers, as the list column ``attributes``;
- ``items.tsv``: ``title`` or ``keywords`` as the title, whose words the catalogue compares by;
  columns whose values hold ``|`` as list columns;
- ``users.tsv``: every column but the protected ones (`PROTECTED`).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as pa_csv

from youli.data.shop import Shop, build_shop
from youli.errors import SourceError

__all__ = ["FILES", "PROTECTED", "read_sequences"]

FILES = ("sequences.txt", "items.tsv", "item_attributes.json", "users.tsv")
#: Shoppers' columns that nothing may be learned from.
PROTECTED = frozenset({"gender", "age"})
_TITLES = ("title", "keywords")
#: Codes of other catalogues: they name a product and describe nothing.
_CODES = frozenset({"asin"})
_STRINGS = pa.list_(pa.string())


def read_sequences(folder: Path) -> Shop:
    """The folder as an untimed shop, hashed over all its files.

    Raises `SourceError` where `sequences.txt` is missing or a file cannot be understood.
    """
    path = folder / FILES[0]
    if not path.is_file():
        raise SourceError(
            "there is no sequences.txt here",
            where=str(folder),
            hint="name a folder with one shopper a line: its id, then product ids in time order",
        )
    try:
        return build_shop(
            _events(path), _items(folder), _users(folder), data_hash=_hash(folder), timed=False
        )
    except (UnicodeDecodeError, json.JSONDecodeError, pa.ArrowException) as error:
        raise SourceError(
            f"a file of this folder cannot be read ({type(error).__name__})",
            where=str(folder),
            hint="the files are UTF-8 text, tab-separated tables and one JSON object",
        ) from error


def _events(path: Path) -> pa.Table:
    users: list[str] = []
    items: list[str] = []
    position: list[int] = []
    for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        user, *mine = line.split() or [""]
        if not mine:
            raise SourceError(
                "this line has no product", where=f"{path}, row {row}", value=line,
                hint="each line is a shopper's id, then at least one product id, by spaces",
            )  # fmt: skip
        users.extend([user] * len(mine))
        items.extend(mine)
        position.extend(range(len(mine)))
    if not items:
        raise SourceError("the file is empty", where=str(path), hint="give at least one line")
    stamps = pa.array(position, pa.int64()).cast(pa.timestamp("s", tz="UTC"))
    return pa.table({"user_id": users, "item_id": items, "timestamp": stamps})


def _items(folder: Path) -> pa.Table | None:
    columns: dict[str, pa.Array] = {}
    ids: list[str] = []
    if (path := folder / "items.tsv").is_file():
        table = _table(path, "item_id")
        ids = table["item_id"].to_pylist()
        for name in set(table.column_names) - _CODES - {"item_id"}:
            columns |= _item_column(name, table[name].to_pylist())
    if (path := folder / "item_attributes.json").is_file():
        labels = {key: [str(one) for one in many] for key, many in _json(path).items()}
        ids = ids or list(labels)
        columns["attributes"] = pa.array([labels.get(one) for one in ids], _STRINGS)
    if not ids:
        return None
    return pa.table({"item_id": ids} | {name: columns[name] for name in sorted(columns)})


def _item_column(name: str, values: list[str | None]) -> dict[str, pa.Array]:
    if name in _TITLES:
        return {"title": pa.array(values, pa.string())}
    if any("|" in (value or "") for value in values):
        parts = [value.split("|") if value else None for value in values]
        return {name: pa.array(parts, _STRINGS)}
    return {name: pa.array(values, pa.string())}


def _users(folder: Path) -> pa.Table | None:
    path = folder / "users.tsv"
    if not path.is_file():
        return None
    table = _table(path, "user_id")
    return table.select([name for name in table.column_names if name not in PROTECTED])


def _table(path: Path, key: str) -> pa.Table:
    """A tab-separated table, all columns as text, empty fields as null."""
    with path.open(encoding="utf-8") as file:
        names = file.readline().rstrip("\r\n").split("\t")
    if key not in names:
        raise SourceError(
            f"the column {key!r} is missing", where=f"{path}, row 1", value=names,
            hint="the first line names the columns, separated by tabs",
        )  # fmt: skip
    return pa_csv.read_csv(
        path,
        parse_options=pa_csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _json(path: Path) -> dict[str, list[object]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
        raise SourceError(
            "this is no object of product → attribute numbers", where=str(path),
            hint='it should look like {"1": [4, 7], "2": [7]}',
        )  # fmt: skip
    return content


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        if (folder / name).is_file():
            digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()
