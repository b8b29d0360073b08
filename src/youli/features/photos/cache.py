"""What was fetched and encoded, kept on disk from one fit to the next, one small file each.

A file's name is a hash of what it was made from, so that nothing in it can be out of date; its
first bytes are a checksum of the rest, so that a damaged file is noticed, left aside and made
again. Files are written beside their place and renamed into it: two fits at once do no harm.
Where the disk refuses, entries stay in memory and the report says so.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

__all__ = ["BlobCache"]

_DIGEST_BYTES = 16


class BlobCache:
    """Key → bytes, in one folder a namespace; keys are texts of any length."""

    def __init__(self, folder: Path, namespace: str) -> None:
        self._folder = folder / namespace
        self._in_memory: dict[str, bytes] = {}
        #: Files that were damaged and are made again.
        self.n_damaged = 0
        #: Entries that the disk refused.
        self.n_refused = 0

    def get(self, key: str) -> bytes | None:
        """What was put under the key; None where there is nothing or it is damaged."""
        if key in self._in_memory:
            return self._in_memory[key]
        try:
            blob = self._path(key).read_bytes()
        except OSError:
            return None
        body = blob[_DIGEST_BYTES:]
        if blob[:_DIGEST_BYTES] != _digest(body):
            self.n_damaged += 1
            return None
        return body

    def put(self, key: str, body: bytes) -> None:
        """Keep it; in memory where the disk refuses."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
            try:
                with open(handle, "wb") as stream:
                    stream.write(_digest(body) + body)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        except OSError:
            self.n_refused += 1
            self._in_memory[key] = body

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / name[2:]


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_DIGEST_BYTES]
