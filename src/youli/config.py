"""Settings from a file, the environment and the command line, the later the stronger.

    youli.toml            YOULI_FIT__DIVERSITY=0.2            --diversity 0.2
    [fit]
    diversity = 0.2

A table is one component's config class; an unknown key anywhere is an error that names it.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from youli.errors import ConfigError

__all__ = ["load_config"]

_PREFIX = "YOULI_"

Config = TypeVar("Config", bound=BaseModel)


def load_config(
    kind: type[Config],
    table: str,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
) -> Config:
    """The settings of one component.

    `given` are the command line's; None there means "not given". Raises `ConfigError` naming the
    file or variable and the key.
    """
    environment = os.environ if environment is None else environment
    values = dict(_from_file(file, table)) if file is not None else {}
    source = dict.fromkeys(values, str(file))
    start = f"{_PREFIX}{table.upper()}__"
    for name, text in environment.items():
        if name.startswith(start):
            key = name.removeprefix(start).lower()
            values[key], source[key] = _read(text), name
    for key, value in (given or {}).items():
        if value is not None:
            values[key], source[key] = value, ""
    try:
        return kind.model_validate(_onto_defaults(kind, values))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"setting {table}.{key}: {first['msg'].lower()}",
            where=source.get(str(first["loc"][0]), "") if first["loc"] else "",
            value=first.get("input"),
            hint=f"settings of [{table}] are {', '.join(kind.model_fields)}",
        ) from error


def _onto_defaults(kind: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """A table within a table changes only the keys that it names, as the outer one does."""
    merged = dict(values)
    for name, field in kind.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel) and isinstance(values.get(name), Mapping):
            merged[name] = {**default.model_dump(), **_onto_defaults(type(default), values[name])}
    return merged


def _from_file(file: Path, table: str) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"the settings cannot be read ({error})",
            where=str(file),
            hint="give a TOML file, such as one with a [fit] table",
        ) from error
    found = document.get(table, {})
    if not isinstance(found, Mapping):
        raise ConfigError(
            f"{table!r} is no table", where=str(file), value=found, hint=f"write [{table}]"
        )
    return found


def _read(text: str) -> Any:
    """A JSON value where it is one, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
