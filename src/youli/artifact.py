"""A fitted shop on disk: one folder of JSON, Parquet and safetensors, written whole or not at all.

::

    SHOP/
      manifest.json            format, versions, hashes of every file, config, coefficients
      report.json              what was checked, dropped and repaired
      interactions.safetensors events as arrays
      items.parquet  users.parquet
      channels/<name>.safetensors
      photos/arrays.safetensors, photos/thumbnails.bin    where the shop has photos

Nothing is pickled: loading a shop cannot run code. Every file's SHA-256 is compared on loading.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from youli import __version__
from youli.channels.base import Channel
from youli.data.interactions import Interactions, Vocabulary
from youli.data.photos import Photos
from youli.data.shop import Catalogue, Shop, Shoppers
from youli.errors import ArtifactError, StorageError
from youli.rank.fit import FitConfig
from youli.rank.ranker import RankConfig, Ranker
from youli.registry import CHANNELS

__all__ = ["FORMAT", "FittedShop", "load_shop", "save_shop"]

#: Number of the folder's layout; a folder of another number is refused.
FORMAT = 1
_MANIFEST = "manifest.json"
_PHOTO_ARRAYS = ("photo_of", "cells", "starts")
_ARRAYS = ("indptr", "item_num", "step", "timestamp", "event", "order_num")


@dataclass(frozen=True)
class FittedShop:
    """What a folder holds."""

    ranker: Ranker
    config: FitConfig
    #: Changes whenever the data, the configuration or a coefficient does.
    version: str = ""
    #: The data report, as JSON.
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shop(self) -> Shop:
        """The shop that the ranker serves."""
        return self.ranker.shop


def save_shop(fitted: FittedShop, path: Path) -> FittedShop:
    """Write the folder and return the shop with its version.

    An older shop at `path` is replaced in one step; anything else there is left alone.

    Raises `StorageError` where the disk refuses; then nothing has changed.
    """
    if path.exists() and not _is_shop(path):
        raise StorageError(
            "this exists and is no saved shop, so it is not overwritten",
            where=str(path),
            hint="name another folder with --out",
        )
    with _replacing(path) as folder:
        _write(fitted, folder)
        manifest = _manifest(fitted, folder)
        (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
    return FittedShop(fitted.ranker, fitted.config, manifest["version"], fitted.report)


def load_shop(path: Path) -> FittedShop:
    """Read a folder back, equal in every score.

    Raises `ArtifactError` for a folder that is no shop, is damaged, or has another format.
    """
    manifest = _read_manifest(path)
    try:
        for name, digest in manifest["files"].items():
            if not (path / name).is_file():
                raise _damaged(path / name, "the file is missing")
            if _sha256(path / name) != digest:
                raise _damaged(path / name, "the content is not what was saved")
        return _read(path, manifest)
    except OSError as error:
        raise _damaged(path, f"it cannot be read ({error.strerror or error})") from error
    except (KeyError, ValueError, TypeError, SafetensorError, pa.ArrowException) as error:
        raise _damaged(
            path, f"the content does not fit together ({type(error).__name__})"
        ) from error


def _write(fitted: FittedShop, folder: Path) -> None:
    ranker, events = fitted.ranker, fitted.shop.interactions
    (folder / "channels").mkdir()
    save_file(
        {name: np.ascontiguousarray(getattr(events, name)) for name in _ARRAYS},
        folder / "interactions.safetensors",
    )
    pq.write_table(fitted.shop.catalogue.table, folder / "items.parquet")
    pq.write_table(fitted.shop.shoppers.table, folder / "users.parquet")
    for name, channel in ranker.channels.items():
        arrays = {key: np.ascontiguousarray(a) for key, a in channel.to_arrays().items()}
        save_file(arrays, folder / "channels" / f"{name}.safetensors")
    if fitted.shop.photos is not None:
        _write_photos(fitted.shop.photos, folder / "photos")
    (folder / "report.json").write_text(json.dumps(fitted.report, ensure_ascii=False))


def _write_photos(photos: Photos, folder: Path) -> None:
    folder.mkdir()
    arrays = {name: np.ascontiguousarray(getattr(photos, name)) for name in _PHOTO_ARRAYS}
    save_file(arrays, folder / "arrays.safetensors")
    photos.thumbnails.tofile(folder / "thumbnails.bin")


def _manifest(fitted: FittedShop, folder: Path) -> dict[str, Any]:
    shop, ranker = fitted.shop, fitted.ranker
    files = {
        str(file.relative_to(folder)): _sha256(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    content: dict[str, Any] = {
        "format": FORMAT,
        "youli": __version__,
        "data_hash": shop.data_hash,
        "vocabulary_hash": _vocabulary_hash(shop.interactions),
        "currency": shop.currency,
        "simulated": shop.simulated,
        "timed": shop.interactions.timed,
        "config": fitted.config.model_dump(mode="json"),
        "rank": {f.name: getattr(ranker.config, f.name) for f in fields(ranker.config)},
        "coefficients": {
            name: dict(zip(channel.basis_names, ranker.coefficients[name].tolist(), strict=True))
            for name, channel in ranker.channels.items()
        },
        **({} if shop.photos is None else {"photos": {"encoder": shop.photos.encoder}}),
        "files": files,
    }
    return {"version": _digest(content), **content}


def _digest(content: Mapping[str, Any]) -> str:
    """The version: a hash of all that the manifest says, and through it of every file."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _is_shop(path: Path) -> bool:
    """Whether a folder was written here, by any version; other programs have manifests, too."""
    try:
        manifest = json.loads((path / _MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and {"format", "youli", "files"} <= manifest.keys()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((path / _MANIFEST).read_text())
        found = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(
            "this is no saved shop",
            where=str(path),
            hint="make one with `youli fit --events FILE --out SHOP`",
        ) from error
    if found != FORMAT:
        raise ArtifactError(
            f"this shop was saved in format {found}; this version reads format {FORMAT}",
            where=str(path),
            value=found,
            hint="fit it again with `youli fit`",
        )
    content = {name: value for name, value in manifest.items() if name != "version"}
    if manifest.get("version") != _digest(content):
        raise _damaged(path / _MANIFEST, "the content is not what was saved")
    return manifest


def _read(path: Path, manifest: Mapping[str, Any]) -> FittedShop:
    items = pq.ParquetFile(path / "items.parquet").read()
    users = pq.ParquetFile(path / "users.parquet").read()
    interactions = Interactions(
        users=Vocabulary(tuple(users["user_id"].to_pylist())),
        items=Vocabulary(tuple(items["item_id"].to_pylist())),
        **load_file(path / "interactions.safetensors"),
        timed=manifest["timed"],
    )
    if _vocabulary_hash(interactions) != manifest["vocabulary_hash"]:
        raise _damaged(path, "its products are not those that it was fitted with")
    shop = Shop(
        interactions=interactions,
        catalogue=Catalogue(items),
        shoppers=Shoppers(users),
        currency=manifest["currency"],
        data_hash=manifest["data_hash"],
        simulated=manifest["simulated"],
        photos=_read_photos(path / "photos", manifest["photos"]) if "photos" in manifest else None,
    )
    channels: dict[str, Channel] = {}
    coefficients = {}
    for name, by_basis in manifest["coefficients"].items():
        arrays = load_file(path / "channels" / f"{name}.safetensors")
        channels[name] = CHANNELS.load(name).from_arrays(arrays)
        coefficients[name] = np.array([by_basis[b] for b in channels[name].basis_names])
    return FittedShop(
        ranker=Ranker(shop, channels, coefficients, RankConfig(**manifest["rank"])),
        config=FitConfig.model_validate(manifest["config"]),
        version=manifest["version"],
        report=json.loads((path / "report.json").read_text()),
    )


def _read_photos(folder: Path, said: Mapping[str, Any]) -> Photos:
    """Thumbnails stay on disk until one is asked for."""
    thumbnails = np.memmap(folder / "thumbnails.bin", dtype=np.uint8, mode="r")
    return Photos(
        **load_file(folder / "arrays.safetensors"), thumbnails=thumbnails, encoder=said["encoder"]
    )


def _vocabulary_hash(interactions: Interactions) -> str:
    digest = hashlib.sha256()
    for vocabulary in (interactions.users, interactions.items):
        digest.update("\0".join(vocabulary.ids).encode())
        digest.update(b"\1")
    return digest.hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damaged(path: Path, problem: str) -> ArtifactError:
    return ArtifactError(
        f"the saved shop is damaged: {problem}",
        where=str(path),
        hint="fit it again with `youli fit`, or restore the folder from a copy",
    )


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A new folder beside `path` that takes its place when the block ends without an error.

    Killed at any moment, nothing half-written ever stands at `path`. A kill may leave a folder
    ``.<name>.…`` beside it, which may be deleted; in the instant between the two renames it holds
    the old shop as ``.<name>.…/old``.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise _refused(path, error) from error
    try:
        yield folder
        folder.chmod(0o755)
        _sync(folder)
        if path.exists():
            _swap(folder, path)
        else:
            os.replace(folder, path)
    except (OSError, SafetensorError) as error:  # safetensors wraps what the system said
        raise _refused(path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _swap(folder: Path, path: Path) -> None:
    """Put `folder` where the older shop stands at `path`, or leave that as it was."""
    retired = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        os.replace(path, retired / "old")
        try:
            os.replace(folder, path)
        except BaseException:
            os.replace(retired / "old", path)
            raise
    finally:
        if path.exists():  # else it is all that is left of the older shop
            shutil.rmtree(retired, ignore_errors=True)


def _sync(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())


def _refused(path: Path, error: OSError | SafetensorError) -> StorageError:
    said = error.strerror if isinstance(error, OSError) and error.strerror else error
    return StorageError(
        f"the shop could not be saved ({said})",
        where=str(path),
        hint="free some space or name another folder with --out; nothing was changed",
    )
