"""RecBole atomic files: `.inter`, `.item`, `.user`, tab separated, `name:type` headers."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from youli.data.sources._text import damaged_text, open_text
from youli.data.sources.base import Opened, Role, SourceInfo, existing_file, register
from youli.data.sources.delimited import (
    head_of,
    header_of,
    read_delimited,
    salvage_delimited,
)
from youli.data.workbench import Workbench
from youli.errors import SchemaError, SourceError

__all__ = ["RecBoleSource"]

_SUFFIX_OF: dict[Role, str] = {"events": ".inter", "items": ".item", "users": ".user"}
_TYPES = frozenset({"token", "token_seq", "float", "float_seq"})


@register
class RecBoleSource:
    """A folder of atomic files, or one of them."""

    name: ClassVar[str] = "recbole"
    doc: ClassVar[str] = "RecBole atomic files (.inter, .item, .user) or a folder of them."
    order: ClassVar[int] = 30

    def accepts(self, spec: str) -> bool:
        """By ending, or a folder that holds an .inter file."""
        path = Path(spec)
        return path.suffix in _SUFFIX_OF.values() or (path.is_dir() and any(path.glob("*.inter")))

    def roles(self, spec: str) -> frozenset[Role]:
        """What the folder holds; a single file holds what its ending says."""
        path = Path(spec)
        if path.is_dir():
            return frozenset(role for role, end in _SUFFIX_OF.items() if any(path.glob(f"*{end}")))
        return frozenset(role for role, end in _SUFFIX_OF.items() if path.suffix == end)

    def open(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Open lazily; `name:type` headers become names, `token_seq` values keep their spaces."""
        path = _file(Path(spec), role)
        text = open_text(str(path), bench.folder)
        columns = [_name(field, str(path)) for field in header_of(head_of(text), "\t", str(path))]
        table = read_delimited(text, bench, columns, "\t", str(path))
        return Opened(table, SourceInfo(str(path), self.name, role, text.encoding, row="line"))

    def salvage(self, spec: str, bench: Workbench, role: Role) -> Opened:
        """Read around rows that are none."""
        path = _file(Path(spec), role)
        damaged = damaged_text(str(path))
        columns = [_name(field, str(path)) for field in header_of(damaged.head(), "\t", str(path))]
        table, unreadable = salvage_delimited(damaged, bench, columns, "\t")
        info = SourceInfo(str(path), self.name, role, damaged.encoding, row="line")
        return Opened(table, info, unreadable)


def _file(path: Path, role: Role) -> Path:
    if not path.is_dir():
        return existing_file(str(path))
    found = sorted(path.glob(f"*{_SUFFIX_OF[role]}"))
    if len(found) != 1:
        raise SourceError(
            f"the folder has {len(found)} files ending in {_SUFFIX_OF[role]}",
            where=str(path),
            hint="name the one to read",
        )
    return found[0]


def _name(field: str, where: str) -> str:
    name, _, kind = field.rpartition(":")
    if not name or kind not in _TYPES:
        raise SchemaError(
            f"the header field “{field}” is not name:type",
            where=f"{where}, row 1",
            value=field,
            hint="RecBole headers look like user_id:token<TAB>item_id:token<TAB>timestamp:float",
        )
    return name
