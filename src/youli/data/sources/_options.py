"""Settings behind a file's name: `shop.csv?encoding=cp1252&delimiter=;`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

from youli.errors import SourceError

__all__ = ["split_options"]


def split_options(spec: str, allowed: frozenset[str]) -> tuple[str, dict[str, str]]:
    """The file's name and its settings; a file that really has a `?` in its name is left alone."""
    if "?" not in spec or Path(spec).exists():
        return spec, {}
    path, _, query = spec.rpartition("?")
    options = dict(parse_qsl(query, keep_blank_values=True, separator="&"))
    for name in options:
        if name not in allowed:
            raise SourceError(
                f"unknown setting “{name}” behind the file's name",
                where=spec,
                value=name,
                hint=f"the settings are {', '.join(sorted(allowed))}",
            )
    return path, options
