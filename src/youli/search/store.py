"""The index on disk, beside the shop that it was made of.

``SHOP/search/index.safetensors`` and ``index.json``: the key of what it was made of, and the file's
SHA-256. The key is a hash of the catalogue's file, of the settings and of the versions of what
reads texts; an index with another key, a damaged one or none at all is made anew. Where the folder
cannot be written the index is kept in memory alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from importlib.metadata import version as installed_version
from pathlib import Path

import numpy as np
import pyarrow as pa
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from youli.data.shop import Catalogue
from youli.features.product_text import has_texts
from youli.features.text import PACKAGED, encoder_for
from youli.search.config import IndexConfig
from youli.search.index import SearchIndex, build_index
from youli.types import Progress, no_progress

__all__ = ["FOLDER", "index_key", "index_of"]

#: Within the folder of a shop.
FOLDER = "search"
_FILE, _SAYS = "index.safetensors", "index.json"
#: Changes with what `youli.search.words` and `index` make of a text.
_LAYOUT = 1


def index_of(
    catalogue: Catalogue,
    config: IndexConfig | None = None,
    *,
    shop_folder: Path | None = None,
    progress: Progress = no_progress,
) -> SearchIndex:
    """The index of a catalogue: the kept one where it fits, else made, and kept where it can be."""
    config = IndexConfig() if config is None else config
    if shop_folder is None:
        return build_index(catalogue, config, progress)
    folder, key = shop_folder / FOLDER, index_key(catalogue, config)
    found = _read(folder, key)
    if found is None:
        found = build_index(catalogue, config, progress)
        _keep(found, folder, key)
    return found


def index_key(catalogue: Catalogue, config: IndexConfig) -> str:
    """Changes whenever another index would be made."""
    digest = hashlib.sha256()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, catalogue.table.schema) as stream:
        stream.write_table(catalogue.table.combine_chunks())
    digest.update(sink.getvalue())
    encoder = encoder_for(PACKAGED) if has_texts(catalogue) else None
    said = {
        "layout": _LAYOUT,
        "config": config.model_dump(mode="json"),
        "encoder": None if encoder is None else [encoder.name, encoder.version],
        "tantivy": installed_version("tantivy"),
        "jieba": installed_version("jieba"),
    }
    digest.update(json.dumps(said, sort_keys=True).encode())
    return digest.hexdigest()[:32]


def _read(folder: Path, key: str) -> SearchIndex | None:
    """The kept index; None where there is none, of another key, or a damaged one."""
    try:
        said = json.loads((folder / _SAYS).read_text(encoding="utf-8"))
        if said["key"] != key or said["sha256"] != _sha256(folder / _FILE):
            return None
        return SearchIndex.from_arrays(load_file(folder / _FILE))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        return None


def _keep(index: SearchIndex, folder: Path, key: str) -> None:
    """Write it: the arrays first, then what says that they are whole, each in one step."""
    arrays = {name: np.ascontiguousarray(one) for name, one in index.to_arrays().items()}
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new", dir=folder) as beside:
            file = Path(beside) / _FILE
            save_file(arrays, file)
            file.chmod(0o644)
            said = {"key": key, "sha256": _sha256(file)}
            (Path(beside) / _SAYS).write_text(json.dumps(said), encoding="utf-8")
            os.replace(file, folder / _FILE)
            os.replace(Path(beside) / _SAYS, folder / _SAYS)
    except (OSError, SafetensorError):
        return  # a read-only folder or a full disk: the next start makes it again


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
