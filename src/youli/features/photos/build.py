"""From a catalogue with addresses of photos to `Photos`: read, encode, project, make small.

A cell's 1,280 features are projected on the directions in which the shop's photos differ most
(singular vectors of their unit vectors, not centred, so that cosines are kept), and rounded to
bytes. The likeness that serves is the cosine of what is stored, so nothing that is shown differs
from what ranked; what the projection costs is measured in `docs/experiments.md`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from youli.data.photos import GRID, Photos
from youli.data.shop import Catalogue
from youli.errors import ConfigError
from youli.features.cache import cache_folder
from youli.features.photos.cache import BlobCache
from youli.features.photos.config import PhotosConfig
from youli.features.photos.decode import Decoded, decode
from youli.features.photos.encoder import N_FEATURES, PhotoEncoder
from youli.features.photos.problem import PhotoProblem
from youli.features.photos.reading import COLUMN, PhotoReader, Problems, RawPhoto, addresses_of
from youli.features.photos.tune import FrontFeatures, Tuned, front_features, tune
from youli.types import FloatArray, Progress, no_progress

__all__ = ["EncodedPhotos", "basis_of", "encode_photos", "project"]

#: Photos that the network is taught with, at most: 38 KB each while it learns.
_MOST_TAUGHT = 20_000
_CELLS = GRID * GRID
#: Photos whose vectors are held at once.
_AT_ONCE = 256


@dataclass(frozen=True)
class EncodedPhotos:
    """What became of a catalogue's photos; `report` counts them and names what cannot be used."""

    photos: Photos | None
    report: dict[str, Any]


def encode_photos(
    catalogue: Catalogue,
    config: PhotosConfig,
    folders: Sequence[Path] = (),
    progress: Progress = no_progress,
) -> EncodedPhotos:
    """Read and encode the photos of a catalogue; `folders` are looked into after `config.folder`.

    Raises `ConfigError` where the network is not installed or `tune_on` names no attribute, and
    `SourceError` for an unusable photo under `config.strict`.
    """
    job = _Job(catalogue, config, folders, progress)
    if job.addresses and config.tune_on is not None:
        job.teach(config.tune_on)
    job.encode_all()
    photos = job.photos()
    return EncodedPhotos(photos, job.report(photos))


def basis_of(blocks: Iterable[FloatArray], n_dims: int) -> FloatArray:
    """The directions in which unit vectors differ most, not centred; float32 [1280, n_dims].

    `blocks` are float64 [any, 1280], of any length; a few at a time need no more memory.
    """
    moment = np.zeros((N_FEATURES, N_FEATURES))
    for vectors in blocks:
        unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        moment += unit.T @ unit
    _, directions = np.linalg.eigh(moment)  # the strongest last
    return np.asarray(directions[:, : -n_dims - 1 : -1], dtype=np.float32)


def project(cells: FloatArray, basis: FloatArray) -> npt.NDArray[np.int8]:
    """One photo's cells on a basis [1280, n_dims], as bytes: int8 [49, n_dims]."""
    small = cells @ basis
    largest = float(np.abs(small).max(initial=0.0))
    return np.asarray(np.round(small * (127.0 / largest if largest else 0.0)), dtype=np.int8)


class _Job:
    """One catalogue's photos on their way."""

    def __init__(
        self,
        catalogue: Catalogue,
        config: PhotosConfig,
        folders: Sequence[Path],
        progress: Progress,
    ) -> None:
        self.catalogue, self.config, self.progress = catalogue, config, progress
        self.item_addresses = addresses_of(catalogue)
        ids = catalogue.table["item_id"].to_pylist()
        items_of: defaultdict[str, list[str]] = defaultdict(list)
        for item_id, address in zip(ids, self.item_addresses, strict=True):
            if address:
                items_of[address].append(item_id)
        self.items_of = dict(items_of)
        self.addresses: list[str] = list(items_of)
        self.problems = Problems(self.items_of, strict=config.strict)
        folder = cache_folder() if config.cache is None else config.cache
        self.cache = BlobCache(folder, "photos")
        looked_in = () if config.folder is None else (config.folder, *folders)
        self.reader = PhotoReader(config, looked_in, self.cache, self.problems)
        self.encoder = PhotoEncoder.packaged()
        self.key_of: dict[str, str] = {}  # address → hash of its bytes
        self.n_encoded = 0
        self.tuned: dict[str, Any] | None = None

    # -- teaching ------------------------------------------------------------------------

    def teach(self, name: str) -> None:
        """Train the last layers on an attribute, or take what the same photos gave before."""
        attribute = self.catalogue.attribute(name)
        if attribute is None:
            known = ", ".join(one.name for one in self.catalogue.attributes)
            raise ConfigError(
                f"the catalogue has no attribute {name!r} to teach the network",
                value=name,
                hint=f"set photos.tune_on to one of: {known}",
            )
        label_of: dict[str, str] = {}
        for row, address in enumerate(self.item_addresses):
            labels = attribute.of(row)
            if address and labels:
                label_of.setdefault(address, labels[0])
        wanted = self._drawn(list(label_of))
        keyed = [one for photos in self.reader.batches(wanted) for one in _named(photos)]
        made_of = [name, self.config.seed, sorted((key, label_of[a]) for a, key in keyed)]
        digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
        kept = self.cache.get(f"{self.encoder.version}/taught/{digest}")
        if kept is None:
            tuned = self._taught([address for address, _ in keyed], label_of, name)
            self.cache.put(f"{self.encoder.version}/taught/{digest}", tuned.to_bytes())
        else:
            tuned = Tuned.from_bytes(kept)
        self.encoder = self.encoder.tuned(tuned.weights)
        self.tuned = {
            "tuned_on": name,
            "n_tuned_on": tuned.n_photos,
            "n_classes": tuned.n_classes,
            "held_out_loss": [round(loss, 4) for loss in tuned.losses],
        }

    def _taught(self, addresses: list[str], label_of: dict[str, str], name: str) -> Tuned:
        labels: list[str] = []
        front: list[FrontFeatures] = []
        for photos in self.reader.batches(addresses):
            self.progress("reading photos to learn from", len(labels) / len(addresses))
            seen = [(one, pixels) for one in photos if (pixels := self._decoded(one)) is not None]
            if seen:
                labels += [label_of[one.address] for one, _ in seen]
                front.append(front_features(self.encoder, np.stack([p.pixels for _, p in seen])))
        found = None
        if front:
            together, seed = np.concatenate(front), self.config.seed
            found = tune(self.encoder, together, labels, seed=seed, progress=self.progress)
        if found is None:
            raise ConfigError(
                f"{name!r} has too few photos of a kind to teach the network",
                value=name,
                hint="two labels with four photos each are the least; leave photos.tune_on out",
            )
        return found

    def _drawn(self, addresses: list[str]) -> list[str]:
        if len(addresses) <= _MOST_TAUGHT:
            return addresses
        rng = np.random.default_rng(self.config.seed)
        drawn = np.sort(rng.choice(len(addresses), _MOST_TAUGHT, replace=False))
        return [addresses[place] for place in drawn.tolist()]

    # -- encoding ------------------------------------------------------------------------

    def encode_all(self) -> None:
        """Bring every photo into the cache; it is there already where the bytes were seen."""
        n_done = 0
        for photos in self.reader.batches(self.addresses):
            self.progress("looking at photos", n_done / max(len(self.addresses), 1))
            fresh: dict[str, Decoded] = {}
            for one in photos:
                if one.key not in fresh and self._entry(one.key) is None:
                    found = self._decoded(one)
                    if found is None:
                        continue
                    fresh[one.key] = found
                self.key_of[one.address] = one.key
            if fresh:
                cells = self.encoder.encode(np.stack([one.pixels for one in fresh.values()]))
                for (key, decoded), mine in zip(fresh.items(), cells, strict=True):
                    self.cache.put(self._name(key), _packed(decoded.thumbnail, mine))
                self.n_encoded += len(fresh)
            n_done += len(photos)
        self._leave_out_placeholders()

    def _decoded(self, photo: RawPhoto) -> Decoded | None:
        config = self.config
        try:
            return decode(
                photo.data,
                max_pixels=config.max_pixels,
                min_side_px=config.min_side_px,
                thumbnail_px=config.thumbnail_px,
            )
        except PhotoProblem as problem:
            self.problems.add(photo.address, problem)
            return None

    def _leave_out_placeholders(self) -> None:
        """A picture of very many products shows none of them."""
        n_products: defaultdict[str, int] = defaultdict(int)
        for address, key in self.key_of.items():
            n_products[key] += len(self.items_of[address])
        for address, key in list(self.key_of.items()):
            if n_products[key] > self.config.most_products:
                detail = f"{n_products[key]:,} products"
                self.problems.add(address, PhotoProblem("one picture for many products", detail))
                del self.key_of[address]

    def photos(self) -> Photos | None:
        """All that is kept, in the products' order; None where there is no photo."""
        keys = list(dict.fromkeys(self.key_of[a] for a in self.addresses if a in self.key_of))
        if not keys:
            return None
        basis = self._basis(keys)
        thumbnails, cells = [], []
        for key in keys:
            thumbnail, features = self._read(key)
            thumbnails.append(np.frombuffer(thumbnail, dtype=np.uint8))
            cells.append(project(features.astype(np.float32), basis))
        place = {key: number for number, key in enumerate(keys)}
        photo_of = [place.get(self.key_of.get(one, ""), -1) for one in self.item_addresses]
        sizes = [len(one) for one in thumbnails]
        return Photos(
            photo_of=np.array(photo_of, dtype=np.int32),
            cells=np.stack(cells),
            thumbnails=np.concatenate(thumbnails),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            encoder=self.encoder.version,
        )

    def _basis(self, keys: Sequence[str]) -> FloatArray:
        """Directions in which the photos' unit vectors differ most, float32 [1280, n_dims]."""
        blocks = (
            np.stack([self._read(key)[1].sum(axis=0, dtype=np.float64) for key in some])
            for start in range(0, len(keys), _AT_ONCE)
            if (some := keys[start : start + _AT_ONCE])
        )
        return basis_of(blocks, min(self.config.n_dims, len(keys)))

    def _name(self, key: str) -> str:
        return f"{self.encoder.version}/{self.config.thumbnail_px}/{key}"

    def _entry(self, key: str) -> bytes | None:
        return self.cache.get(self._name(key))

    def _read(self, key: str) -> tuple[bytes, npt.NDArray[np.uint8]]:
        entry = self._entry(key)
        assert entry is not None, "it was put there a moment ago"
        return _unpacked(entry)

    # -- what became of them -------------------------------------------------------------

    def report(self, photos: Photos | None) -> dict[str, Any]:
        """Counts, troubles and the network's version."""
        n_with = 0 if photos is None else int((photos.photo_of >= 0).sum())
        notes = []
        if not self.addresses:
            notes.append(f"the catalogue has no column {COLUMN} with addresses of photos")
        if self.cache.n_damaged:
            notes.append(f"{self.cache.n_damaged:,} damaged files of the cache were made again")
        if self.cache.n_refused:
            notes.append(f"{self.cache.n_refused:,} entries could not be written to the cache")
        return {
            "n_products": len(self.item_addresses),
            "n_with_address": sum(map(len, self.items_of.values())),
            "n_with_photo": n_with,
            "n_photos": 0 if photos is None else len(photos.cells),
            "n_fetched": self.reader.n_fetched,
            "n_encoded": self.n_encoded,
            "encoder": self.encoder.version,
            **({} if self.tuned is None else self.tuned),
            **self.problems.document(),
            "notes": notes,
        }


def _named(photos: Sequence[RawPhoto]) -> list[tuple[str, str]]:
    """Addresses and hashes, without the bytes."""
    return [(one.address, one.key) for one in photos]


def _packed(thumbnail: bytes, cells: npt.NDArray[np.uint8]) -> bytes:
    """A cache entry; nine of ten features are zero, so packing makes a sixth of them."""
    by_feature = np.ascontiguousarray(cells.T).tobytes()
    return len(thumbnail).to_bytes(4, "little") + thumbnail + zlib.compress(by_feature, 1)


def _unpacked(entry: bytes) -> tuple[bytes, npt.NDArray[np.uint8]]:
    """The thumbnail, and the cells as uint8 [49, 1280]."""
    stop = 4 + int.from_bytes(entry[:4], "little")
    flat = np.frombuffer(zlib.decompress(entry[stop:]), dtype=np.uint8)
    return entry[4:stop], flat.reshape(N_FEATURES, _CELLS).T
