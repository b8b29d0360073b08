"""Where data comes from: one file a source, found by suffix or scheme.

Adding a source is one new file here with a class decorated by `register`.
"""

from youli.data.sources.base import (
    ROW,
    Opened,
    Role,
    Source,
    SourceInfo,
    all_sources,
    open_source,
    register,
    source_for,
)

__all__ = [
    "ROW",
    "Opened",
    "Role",
    "Source",
    "SourceInfo",
    "all_sources",
    "open_source",
    "register",
    "source_for",
]
