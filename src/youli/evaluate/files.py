"""A benchmark's report on disk: JSON for programs, Markdown and a page that stands alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from youli.errors import StorageError

__all__ = ["write_files"]


def write_files(document: dict[str, Any], markdown: str, page: str, folder: Path) -> list[Path]:
    """Write all three and give their paths; `StorageError` where the disk refuses."""
    texts = {
        "report.json": json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False),
        "report.md": markdown,
        "report.html": page,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(
            f"the report could not be written ({error.strerror})",
            where=str(folder),
            hint="make room, or name another folder with --out",
        ) from error
    return [folder / name for name in texts]
