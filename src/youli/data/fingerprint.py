"""A hash of a table's content that does not depend on how it lies in memory."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["content_hash"]

#: Stands for null in texts; no shop's text holds it.
_NULL_TEXT = "\x00"


def content_hash(*tables: pa.Table) -> str:
    """SHA-256 over names, types, values and order of rows, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for table in tables:
        for name in table.column_names:
            column = table[name]
            digest.update(f"{name}:{column.type}:{len(column)};".encode())
            _update(digest, column)
    return digest.hexdigest()


def _update(digest: hashlib._Hash, column: pa.ChunkedArray) -> None:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], column.type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        filled = pc.fill_null(whole, _NULL_TEXT)
        digest.update(pc.binary_length(filled).to_numpy(zero_copy_only=False).tobytes())
        content = pc.binary_join(pa.ListArray.from_arrays([0, len(filled)], filled), "")[0]
        digest.update(content.as_buffer() if content.is_valid else b"")
        return
    digest.update(pc.is_null(whole).to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_timestamp(column.type):
        whole = whole.cast(pa.int64())
    if pa.types.is_boolean(column.type):
        whole = whole.cast(pa.int8())
    digest.update(pc.fill_null(whole, 0).to_numpy(zero_copy_only=False).tobytes())
