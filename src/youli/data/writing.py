"""Write results so that a full disk or a kill leaves the old file or the new one, never a half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from youli.data.prepare import PreparedShop
from youli.data.report.page import render_page
from youli.errors import StorageError

__all__ = ["write_atomically", "write_report"]


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk, then put it in place.

    Raises `StorageError` when that fails; the temporary file is removed.
    """
    partial = Path(_temporary(path))
    try:
        write(partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.chmod(0o644)
        partial.replace(path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def write_report(shop: PreparedShop, folder: Path) -> tuple[Path, ...]:
    """Write report.html, report.json and quarantine.parquet into a folder; give their paths.

    All three are complete before the first is put in place. Raises `StorageError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = tempfile.TemporaryDirectory(prefix=".youli-", dir=folder)
    except OSError as error:
        raise _not_written(folder, error) from error
    report = shop.report
    with staging as name:
        built = Path(name)
        try:
            (built / "report.html").write_text(render_page(report), encoding="utf-8")
            text = report.model_dump_json(indent=2) + "\n"
            (built / "report.json").write_text(text, encoding="utf-8")
            pq.write_table(shop.quarantine, built / "quarantine.parquet", compression="zstd")
            parts = sorted(built.iterdir())
            for part in parts:
                with part.open("rb") as file:
                    os.fsync(file.fileno())
            written = [part.replace(folder / part.name) for part in parts]
        except OSError as error:
            raise _not_written(folder, error) from error
    return tuple(written)


def _temporary(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    os.close(handle)
    return name


def _not_written(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot be written ({error.strerror or error})",
        where=str(path),
        value=error.errno,
        hint="free some space or choose another folder; nothing half-written was left",
    )
