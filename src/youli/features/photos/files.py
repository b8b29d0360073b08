"""Photos that lie in folders of the shop."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from youli.features.photos.problem import PhotoProblem

__all__ = ["is_web_address", "read_file"]


def is_web_address(address: str) -> bool:
    """Whether an address is one of http(s)."""
    return address[:8].lower().startswith(("http://", "https://"))


def read_file(address: str, folders: Sequence[Path], max_bytes: int) -> bytes:
    """The bytes of a file in one of the folders, looked for in their order.

    An absolute path must lie in one of them, too: a catalogue may come from somebody else, and
    what is read ends up on the shop's pages. Raises `PhotoProblem`.
    """
    path = _path_of(address)
    outside = False
    for folder in folders:
        try:
            found = (folder / path).resolve()
            if not found.is_relative_to(folder.resolve()):
                outside = True
                continue
            return _bytes_of(found, max_bytes)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError, RuntimeError) as error:  # no access, NUL in a name, a loop
            raise PhotoProblem("file cannot be read", type(error).__name__) from error
    if outside:
        raise PhotoProblem("outside the photo folders", address)
    raise PhotoProblem("missing file", address)


def _path_of(address: str) -> Path:
    """A path, or the path of a file:// address."""
    if address[:7].lower() == "file://":
        return Path(unquote(urlsplit(address).path))
    return Path(address)


def _bytes_of(path: Path, max_bytes: int) -> bytes:
    """Read a plain file, and never more than one byte above the limit."""
    # A pipe or a device of that name must not be waited for.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise PhotoProblem("no plain file", str(path))
        data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise PhotoProblem("too many bytes", f"more than {max_bytes:,}")
    return data
