"""Vectors kept on disk, so that a text or a photo is encoded once.

One SQLite file for each encoder and version, in ``$YOULI_CACHE`` or ``~/.cache/youli``. A row is
the hash of a content, its vector as float16, and a checksum of the two. A write is one transaction,
so two processes may share the file and a kill leaves it whole. Whatever cannot be read is encoded
again: rows of a wrong size or checksum are passed over and replaced, a file that is no such cache
is set aside as ``<name>.damaged``. Either is counted and said (`VectorCache.notes`). The folder may
be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from youli.types import FloatArray

__all__ = ["VectorCache", "cache_folder", "content_key"]

_VARIABLE = "YOULI_CACHE"
#: "YOUL", and the number of the layout.
_APPLICATION = 0x594F554C
_LAYOUT = 1
#: Wait so long for another process's transaction.
_TIMEOUT_S = 30.0
#: Keys asked for in one statement; SQLite allows 32,766.
_AT_ONCE = 4096


def cache_folder() -> Path:
    """Where vectors are kept: ``$YOULI_CACHE``, else what the platform has for it."""
    given = os.environ.get(_VARIABLE)
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "youli"


def content_key(content: str | bytes) -> bytes:
    """The key of a content: 16 bytes of its BLAKE2b."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.blake2b(data, digest_size=16).digest()


class VectorCache:
    """The kept vectors of one encoder. Never fails: without a disk it keeps nothing, and says so.

    `kind` and `version` name the file; what is read is float32 [n_dims], as `float16` keeps it.
    """

    def __init__(self, kind: str, version: str, n_dims: int, folder: Path | None = None) -> None:
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{kind}-{version}")[:80]
        digest = hashlib.blake2b(f"{kind}\0{version}".encode(), digest_size=4).hexdigest()
        self.path = (cache_folder() if folder is None else folder) / f"{name}-{digest}.sqlite"
        self.n_dims = n_dims
        self.n_damaged = 0
        self.notes: list[str] = []

    def read(self, keys: Sequence[bytes]) -> dict[bytes, FloatArray]:
        """The vectors that are kept, by key."""
        found: dict[bytes, FloatArray] = {}
        if not self.path.exists():
            return found
        with self._guarded(), self._open() as connection:
            for start in range(0, len(keys), _AT_ONCE):
                some = list(keys[start : start + _AT_ONCE])
                marks = ",".join("?" * len(some))
                query = f"SELECT key, vector, sum FROM vectors WHERE key IN ({marks})"  # noqa: S608 - question marks
                for key, vector, total in connection.execute(query, some):
                    row = self._row(key, vector, total)
                    if row is not None:
                        found[key] = row
        if self.n_damaged:
            self._say(f"{self.n_damaged:,} damaged vectors in {self.path} are made again")
        return found

    def write(self, vectors: Mapping[bytes, FloatArray]) -> None:
        """Keep some more vectors."""
        if not vectors:
            return
        rows = []
        for key, vector in vectors.items():
            data = np.asarray(vector, np.float16).tobytes()
            rows.append((key, data, zlib.crc32(key + data)))
        with self._guarded():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def _row(self, key: object, vector: object, total: object) -> FloatArray | None:
        whole = (
            isinstance(key, bytes)
            and isinstance(vector, bytes)
            and len(vector) == 2 * self.n_dims
            and zlib.crc32(key + vector) == total
        )
        if not whole:
            self.n_damaged += 1
            return None
        assert isinstance(vector, bytes)
        return np.frombuffer(vector, dtype=np.float16).astype(np.float32)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file, made where there is none; one that is something else is set aside."""
        try:
            connection = self._connected()
        except _ForeignError:
            self._set_aside()
            connection = self._connected()
        with closing(connection):
            yield connection

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_TIMEOUT_S)
        try:
            if not _is_ours(connection):
                connection.execute("BEGIN IMMEDIATE")  # two processes may have come this far
                if not _is_ours(connection):
                    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {_LAYOUT}")
                    connection.execute(
                        "CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB, sum INTEGER) "
                        "WITHOUT ROWID"
                    )
                connection.commit()
        except sqlite3.OperationalError:
            connection.close()
            raise
        except (sqlite3.DatabaseError, _ForeignError) as error:
            connection.close()
            raise _ForeignError from error
        return connection

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """No trouble with the cache is trouble for whoever asks: it is noted."""
        try:
            yield
        except sqlite3.OperationalError as error:
            self._say(f"the cache {self.path} cannot be used ({error})")
        except (sqlite3.DatabaseError, _ForeignError):
            self._set_aside()
        except OSError as error:
            self._say(f"the cache {self.path} cannot be used ({error.strerror or error})")

    def _set_aside(self) -> None:
        """Another file under our name, or a broken one, stands beside from now on."""
        self.n_damaged += 1
        try:
            os.replace(self.path, self.path.with_suffix(".damaged"))
            # What was under way in it must not be rolled back into the next one.
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
        except OSError as error:
            self._say(f"the cache {self.path} cannot be used ({error.strerror or error})")
        else:
            self._say(f"{self.path} was damaged or no cache of vectors; it is made again")

    def _say(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the file is a cache; false where it is empty, `_ForeignError` where it is another."""
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [layout] = connection.execute("PRAGMA user_version").fetchone()
    [n_tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (application, layout) == (_APPLICATION, _LAYOUT):
        return True
    if n_tables or application:
        raise _ForeignError
    return False


class _ForeignError(Exception):
    """The file is damaged or not ours."""
