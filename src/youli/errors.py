"""Every error Youli raises on purpose.

::

    YouliError
    ├── InputError              what the user gave cannot be used      (exit 2, HTTP 422)
    │   ├── SourceError         a file, table or query cannot be read
    │   ├── SchemaError         columns are missing, clash or are unknown
    │   ├── ConfigError         a setting is unknown or out of range
    │   ├── FilterError         an expression over the catalogue cannot be read or does not apply
    │   └── NotEnoughDataError  too little is left to learn from
    ├── UnknownEntityError      no such shopper or product             (exit 2, HTTP 404)
    ├── ArtifactError           a saved shop is damaged, foreign or of another version (exit 2)
    └── StorageError            the result could not be written        (exit 1)
        └── StorageUnavailableError  the database cannot be reached, or is full   (HTTP 503)

An error says what was found, where, and what to do next. It carries the offending value, so that
the command line and the HTTP edge can show it without parsing text.
"""

from __future__ import annotations

__all__ = [
    "ArtifactError",
    "ConfigError",
    "FilterError",
    "InputError",
    "NotEnoughDataError",
    "SchemaError",
    "SourceError",
    "StorageError",
    "StorageUnavailableError",
    "UnknownEntityError",
    "YouliError",
]


class YouliError(Exception):
    """Root of the tree: a problem, where it was met, and the next step.

    `where` names the file, row or column; `value` is the offending value; `hint` is the next step.
    """

    exit_code = 1
    http_status = 500
    code = "error"

    def __init__(
        self, problem: str, *, where: str = "", value: object = None, hint: str = ""
    ) -> None:
        self.problem = problem
        self.where = where
        self.value = value
        self.hint = hint
        super().__init__(problem)

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{text}\n  next: {self.hint}" if self.hint else text


class InputError(YouliError):
    """What the user gave cannot be used as it is."""

    exit_code = 2
    http_status = 422
    code = "bad_input"


class SourceError(InputError):
    """A file, table or query cannot be read."""

    code = "bad_source"


class SchemaError(InputError):
    """Columns are missing, clash, or are named in a map but not in the data."""

    code = "bad_schema"


class ConfigError(InputError):
    """A setting is unknown or out of its range."""

    code = "bad_config"


class FilterError(InputError):
    """An expression over the catalogue cannot be read, or this shop has no such column.

    `position` counts the letters of the expression from 1; 0 where no place is to blame.
    """

    code = "bad_filter"

    def __init__(
        self, problem: str, *, value: object = None, hint: str = "", position: int = 0
    ) -> None:
        super().__init__(problem, value=value, hint=hint)
        self.position = position


class NotEnoughDataError(InputError):
    """After checking and cleaning, too little is left to learn from."""

    code = "not_enough_data"


class UnknownEntityError(YouliError):
    """There is no such shopper or product in this shop."""

    exit_code = 2
    http_status = 404
    code = "not_found"


class ArtifactError(YouliError):
    """A saved shop is damaged, is not a shop, or was written by another version."""

    exit_code = 2
    code = "bad_artifact"


class StorageError(YouliError):
    """A result could not be written; nothing half-written is left behind."""

    code = "storage"


class StorageUnavailableError(StorageError):
    """The service's database cannot be reached, or has no room; nothing was stored by halves."""

    http_status = 503
    code = "storage_unavailable"
