"""DuckDB functions that Ibis does not name, declared so that expressions can use them."""

from __future__ import annotations

from typing import Any, Final

import ibis

__all__ = ["epoch_seconds_to_time", "first_time", "text_hash"]


def _try_strptime(text: str, formats: list[str]) -> Any:
    """Parse by the first format that fits; null where none does."""


def _to_timestamp(seconds: float) -> Any:
    """Seconds since 1970 as a time with zone."""


def _md5(text: str) -> str:  # type: ignore[empty-body]  # DuckDB has the body
    """Hexadecimal MD5 of a text."""


_try_strptime.__annotations__["return"] = ibis.dtype("timestamp")
_try_strptime.__annotations__["formats"] = ibis.dtype("array<string>")
_to_timestamp.__annotations__["return"] = ibis.dtype("timestamp('UTC')")

#: (text, formats) → timestamp without zone, null where no format fits.
first_time: Final[Any] = ibis.udf.scalar.builtin(_try_strptime, name="try_strptime")
#: seconds → timestamp with zone.
epoch_seconds_to_time: Final[Any] = ibis.udf.scalar.builtin(_to_timestamp, name="to_timestamp")
#: text → stable hash as text, for seeded samples.
text_hash: Final[Any] = ibis.udf.scalar.builtin(_md5, name="md5")
