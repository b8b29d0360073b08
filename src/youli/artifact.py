"""A fitted shop on disk: one folder of JSON, Parquet and safetensors, written whole or not at all.

::

    SHOP/
      manifest.json            format, versions, hashes of every file, config, coefficients
      report.json              what was checked, dropped and repaired
      interactions.safetensors events as arrays
      items.parquet  users.parquet
      channels/<name>.safetensors
      models/<name>.safetensors                           rankers beside the ledger, if any
      log.parquet              the cleaned events with all columns, for `youli update`
      photos/arrays.safetensors, photos/thumbnails.bin    where the shop has photos
      search/                                             beside the shop (`youli.search.store`)

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
from dataclasses import dataclass, field, replace
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
from youli.data.schema import LOG_SAYS, TIME_IS_ORDER
from youli.data.shop import Catalogue, Shop, Shoppers
from youli.errors import ArtifactError, StorageError
from youli.models.base import Servable
from youli.quantise import packed, rounded, unpacked
from youli.rank.fit import FitConfig
from youli.rank.ranker import RankConfig, Ranker
from youli.registry import CHANNELS, MODELS

__all__ = ["FORMAT", "LOG", "MANIFEST", "FittedShop", "as_saved", "load_shop", "save_shop"]

#: Number of the folder's layout; a folder of another number is refused.
FORMAT = 1
#: The file of the cleaned events.
LOG = "log.parquet"
#: The file that says what the folder holds.
MANIFEST = "manifest.json"
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
    #: Rankers beside the ledger, by name; none of their scores is a ledger.
    models: Mapping[str, Servable] = field(default_factory=dict)
    #: The cleaned events with all columns, or the file that holds them; None in older shops.
    log: pa.Table | Path | None = None
    #: How the data was read (`youli.data.config.DataConfig`), as JSON, and what else was allowed.
    prepared: Mapping[str, Any] = field(default_factory=dict)
    #: Where it was read from; None where it was never saved.
    folder: Path | None = None

    @property
    def shop(self) -> Shop:
        """The shop that the ranker serves."""
        return self.ranker.shop


def save_shop(fitted: FittedShop, path: Path) -> FittedShop:
    """Write the folder and return the shop with its version.

    An older shop at `path` is replaced in one step; anything else there is left alone.

    Where the configuration says int8, what is returned is what was written: with rounded tables.
    Raises `StorageError` where the disk refuses; then nothing has changed.
    """
    fitted = as_saved(fitted)
    if path.exists() and not _is_shop(path):
        raise StorageError(
            "this exists and is no saved shop, so it is not overwritten",
            where=str(path),
            hint="name another folder with --out",
        )
    with _replacing(path) as folder:
        _write(fitted, folder)
        manifest = _manifest(fitted, folder)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
    return replace(fitted, version=manifest["version"])


def as_saved(fitted: FittedShop) -> FittedShop:
    """The shop with its large tables rounded to int8, where its configuration says so.

    Once rounded, always the same: a rounded shop stays as it is.
    """
    if not fitted.config.int8:
        return fitted
    ranker = fitted.ranker
    channels = {
        name: type(channel).from_arrays(rounded(channel.to_arrays()))
        for name, channel in ranker.channels.items()
    }
    models = {
        name: type(model).from_arrays(rounded(model.to_arrays()), _config_of(model))
        for name, model in fitted.models.items()
    }
    return replace(fitted, ranker=replace(ranker, channels=channels), models=models)


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


class _SavedModels(Mapping[str, Servable]):
    """The rankers of a folder, each read when it is first asked for.

    A file is compared once more then: another shop may have taken the folder's place.
    """

    def __init__(self, path: Path, manifest: Mapping[str, Any]) -> None:
        self._path, self._files = path, manifest["files"]
        self._configs: Mapping[str, Mapping[str, Any]] = manifest.get("models", {})
        self._read: dict[str, Servable] = {}

    def __getitem__(self, name: str) -> Servable:
        if name not in self._read:
            config, place = self._configs[name], f"models/{name}.safetensors"
            kind, file = MODELS.load(name), self._path / place
            try:
                if _sha256(file) != self._files[place]:
                    raise _damaged(file, "the content is not what was opened")
                self._read[name] = kind.from_arrays(unpacked(load_file(file)), config)
            except (OSError, KeyError, ValueError, TypeError, SafetensorError) as error:
                raise _damaged(
                    file, f"the content does not fit together ({type(error).__name__})"
                ) from error
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._configs)

    def __len__(self) -> int:
        return len(self._configs)


def _write(fitted: FittedShop, folder: Path) -> None:
    ranker, events = fitted.ranker, fitted.shop.interactions
    (folder / "channels").mkdir()
    save_file(
        {name: np.ascontiguousarray(getattr(events, name)) for name in _ARRAYS},
        folder / "interactions.safetensors",
    )
    pq.write_table(fitted.shop.catalogue.table, folder / "items.parquet")
    pq.write_table(fitted.shop.shoppers.table, folder / "users.parquet")
    parts = {f"channels/{name}": one.to_arrays() for name, one in ranker.channels.items()}
    if fitted.models:
        (folder / "models").mkdir()
        parts |= {f"models/{name}": one.to_arrays() for name, one in fitted.models.items()}
    for place, found in parts.items():
        written = packed(found) if fitted.config.int8 else found
        arrays = {key: np.ascontiguousarray(a) for key, a in written.items()}
        save_file(arrays, folder / f"{place}.safetensors")
    _write_log(fitted, folder / LOG)
    if fitted.shop.photos is not None:
        _write_photos(fitted.shop.photos, folder / "photos")
    (folder / "report.json").write_text(json.dumps(fitted.report, ensure_ascii=False))


def _write_log(fitted: FittedShop, file: Path) -> None:
    """Copy it, or write it; it says whether its times are positions."""
    if isinstance(fitted.log, Path):
        shutil.copyfile(fitted.log, file)
    elif fitted.log is not None:
        said = {} if fitted.shop.interactions.timed else {LOG_SAYS: TIME_IS_ORDER}
        log = fitted.log.replace_schema_metadata(said)
        pq.write_table(log, file, compression="zstd")


def _config_of(model: Any) -> dict[str, Any]:
    """A model's settings as they will be read back."""
    found: dict[str, Any] = json.loads(json.dumps(dict(model.config)))
    return found


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
    models = {name: _config_of(model) for name, model in fitted.models.items()}
    content: dict[str, Any] = {
        "format": FORMAT,
        "youli": __version__,
        "data_hash": shop.data_hash,
        "vocabulary_hash": _vocabulary_hash(shop.interactions),
        "currency": shop.currency,
        "simulated": shop.simulated,
        "scene": shop.scene,
        "timed": shop.interactions.timed,
        "config": fitted.config.model_dump(mode="json"),
        "rank": ranker.config.learned(),
        "coefficients": {
            name: dict(zip(channel.basis_names, ranker.coefficients[name].tolist(), strict=True))
            for name, channel in ranker.channels.items()
        },
        **({"models": models} if models else {}),
        **({"prepared": dict(fitted.prepared)} if fitted.prepared else {}),
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
        manifest = json.loads((path / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and {"format", "youli", "files"} <= manifest.keys()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_text())
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
        raise _damaged(path / MANIFEST, "the content is not what was saved")
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
        scene=manifest.get("scene", "retail"),  # before there were scenes, all were shops
        photos=_read_photos(path / "photos", manifest["photos"]) if "photos" in manifest else None,
    )
    channels: dict[str, Channel] = {}
    coefficients = {}
    for name, by_basis in manifest["coefficients"].items():
        arrays = unpacked(load_file(path / "channels" / f"{name}.safetensors"))
        channels[name] = CHANNELS.load(name).from_arrays(arrays)
        coefficients[name] = np.array([by_basis[b] for b in channels[name].basis_names])
    return FittedShop(
        ranker=Ranker(shop, channels, coefficients, RankConfig(**manifest["rank"])),
        config=FitConfig.model_validate(manifest["config"]),
        version=manifest["version"],
        report=json.loads((path / "report.json").read_text()),
        models=_SavedModels(path, manifest),
        log=path / LOG if LOG in manifest["files"] else None,
        prepared=manifest.get("prepared", {}),
        folder=path,
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
