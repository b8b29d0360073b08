"""How well photos find their like: the nearest by cosine, against labels that people gave.

Held against colour histograms, which need no network. What the network gains from being taught a
shop's attribute is measured on products that it was not taught with.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from youli.data.photos import Photos
from youli.errors import SourceError
from youli.features.photos.build import basis_of, project
from youli.features.photos.decode import SIDE, decode
from youli.features.photos.encoder import PhotoEncoder
from youli.features.photos.problem import PhotoProblem
from youli.features.photos.tune import front_features, tune
from youli.types import FloatArray, IntArray, Progress, no_progress

__all__ = ["bench_photos", "colour_histogram", "neighbour_precision", "stored_vectors"]

_BINS = 8  # a channel
_AT_ONCE = 32
_TABLES = ("styles.csv", "items.csv")


def neighbour_precision(vectors: FloatArray, labels: Sequence[str], k: int = 5) -> float:
    """Share of the `k` nearest other products by cosine that have the same label, on average.

    Each product with a label asks, and all others are ranked; "" is no label and like nothing. Of
    equal cosines the earlier row goes first. NaN where no product has a label.
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1.0)
    found = []
    for row, label in enumerate(labels):
        if label:
            cosine = unit @ unit[row]
            cosine[row] = -np.inf
            nearest = np.argsort(-cosine, kind="stable")[: min(k, len(labels) - 1)]
            found.append(np.mean([labels[other] == label for other in nearest.tolist()]))
    return float(np.mean(found)) if found else float("nan")


def colour_histogram(pixels: npt.NDArray[np.uint8]) -> FloatArray:
    """Root of the share of each of 8 × 8 × 8 colours, float64 [512], of uint8 [h, w, 3].

    The cosine of two of them is the Bhattacharyya coefficient of the shares.
    """
    coarse = (pixels // (256 // _BINS)).reshape(-1, 3).astype(np.int64)
    code = (coarse[:, 0] * _BINS + coarse[:, 1]) * _BINS + coarse[:, 2]
    return np.asarray(np.sqrt(np.bincount(code, minlength=_BINS**3) / len(code)))


def stored_vectors(cells: npt.NDArray[np.uint8], n_dims: int) -> FloatArray:
    """Vectors as a fitted shop keeps them, float32 [n, n_dims], of uint8 [n, 49, 1280]."""
    basis = basis_of([cells.sum(axis=1, dtype=np.float64)], min(n_dims, len(cells)))
    small = np.stack([project(one.astype(np.float32), basis) for one in cells])
    nothing = np.zeros(0, dtype=np.uint8)
    starts = np.zeros(len(small) + 1, dtype=np.int64)
    return Photos(np.arange(len(small), dtype=np.int32), small, nothing, starts, "").vectors


def bench_photos(
    folder: Path,
    labels: Sequence[str],
    *,
    tune_on: str | None = None,
    n_dims: int = 64,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Precision at 5 of every way to compare photos, for each label column; one document.

    `folder` has a table (`styles.csv` or `items.csv` with a column `id` or `item_id`) and photos
    ``photos/<id>.jpg``. With `tune_on` a network is taught on a random half and both are judged on
    the other half. Raises `SourceError` where the folder or a column is missing.
    """
    table = _read(folder, (*labels, *([tune_on] if tune_on else [])), limit)
    encoder = PhotoEncoder.packaged()
    start = time.process_time()
    pixels = _pixels(folder, table, progress)
    decoded = time.process_time()
    cells = _encoded(encoder, pixels.values, progress)
    encoded = time.process_time()
    n = len(pixels.values)
    columns = {name: [row[name] for row in pixels.rows] for name in labels}
    histograms = np.stack([colour_histogram(one) for one in pixels.values])
    everything = np.arange(n)
    ways = {"colour histogram": histograms, **_ways(cells, n_dims)}
    document: dict[str, Any] = {
        "dataset": folder.resolve().name,
        "n_photos": n,
        "n_unusable": pixels.n_unusable,
        "encoder": encoder.version,
        "decode_cpu_s_per_photo": (decoded - start) / n,
        "encode_cpu_s_per_photo": (encoded - decoded) / n,
        "all": {name: _judged(one, columns, everything) for name, one in ways.items()},
    }
    if tune_on is not None:
        given = [row[tune_on] for row in pixels.rows]
        document |= _taught(encoder, pixels.values, cells, given, tune_on, columns, n_dims,
                            histograms, seed, progress)  # fmt: skip
    return document


@dataclass(frozen=True)
class _Pixels:
    values: npt.NDArray[np.uint8]  # [n, 224, 224, 3]
    rows: list[dict[str, str]]
    n_unusable: int


def _read(folder: Path, columns: Sequence[str], limit: int | None) -> list[dict[str, str]]:
    file = next((folder / name for name in _TABLES if (folder / name).is_file()), None)
    if file is None or not (folder / "photos").is_dir():
        raise SourceError(
            f"a folder with {' or '.join(_TABLES)} and photos/ is needed",
            where=str(folder),
            hint="name a folder such as ../shared/data/images/fashion",
        )
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(stream)]
    known = set(rows[0]) if rows else set()
    for name in columns:
        if name not in known:
            raise SourceError(
                f"there is no column {name!r}", where=str(file), value=name,
                hint=f"choose from {', '.join(sorted(known))}",
            )  # fmt: skip
    return rows[:limit]


def _pixels(folder: Path, table: list[dict[str, str]], progress: Progress) -> _Pixels:
    rows, values, n_unusable = [], [], 0
    for at, row in enumerate(table):
        progress("reading photos", at / len(table))
        name = row.get("id") or row.get("item_id", "")
        try:
            values.append(decode((folder / "photos" / f"{name}.jpg").read_bytes()).pixels)
        except (OSError, PhotoProblem):
            n_unusable += 1
        else:
            rows.append(row)
    if not rows:
        raise SourceError(
            "not one photo could be read",
            where=str(folder / "photos"),
            hint="photos are named <id>.jpg, after the table's column id or item_id",
        )
    return _Pixels(np.stack(values).reshape(-1, SIDE, SIDE, 3), rows, n_unusable)


def _encoded(
    encoder: PhotoEncoder, pixels: npt.NDArray[np.uint8], progress: Progress
) -> npt.NDArray[np.uint8]:
    parts = []
    for start in range(0, len(pixels), _AT_ONCE):
        progress("looking at photos", start / len(pixels))
        parts.append(encoder.encode(pixels[start : start + _AT_ONCE]))
    return np.concatenate(parts)


def _ways(cells: npt.NDArray[np.uint8], n_dims: int) -> dict[str, FloatArray]:
    return {
        "network, 1,280 features": cells.mean(axis=1, dtype=np.float32),
        f"network, {n_dims} stored in bytes": stored_vectors(cells, n_dims),
    }


def _judged(
    vectors: FloatArray, columns: Mapping[str, Sequence[str]], rows: IntArray
) -> dict[str, float]:
    return {
        name: neighbour_precision(vectors[rows], [values[row] for row in rows.tolist()])
        for name, values in columns.items()
    }


def _taught(
    encoder: PhotoEncoder,
    pixels: npt.NDArray[np.uint8],
    cells: npt.NDArray[np.uint8],
    given: Sequence[str],
    tune_on: str,
    columns: Mapping[str, Sequence[str]],
    n_dims: int,
    histograms: FloatArray,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Teach on one half, judge before and after on the other; both halves' products are apart."""
    order = np.random.default_rng(seed).permutation(len(pixels))
    half = len(order) // 2
    taught, others = np.sort(order[:half]), np.sort(order[half:])
    start = time.process_time()
    front = np.concatenate(
        [
            front_features(encoder, pixels[rows])
            for rows in np.array_split(taught, -(-len(taught) // _AT_ONCE))
        ]
    )
    labels = [given[row] for row in taught.tolist()]
    tuned = tune(encoder, front, labels, seed=seed, progress=progress)
    if tuned is None:
        raise SourceError(
            f"{tune_on!r} has too few photos of a kind", value=tune_on,
            hint="two labels with four photos each are the least; use --no-tune",
        )  # fmt: skip
    cpu_s = time.process_time() - start
    after = _encoded(encoder.tuned(tuned.weights), pixels[others], progress)
    held = {name: [values[row] for row in others.tolist()] for name, values in columns.items()}
    every = np.arange(len(others))
    ways = {"colour histogram": histograms[others]}
    ways |= {f"{name}, as shipped": one for name, one in _ways(cells[others], n_dims).items()}
    ways |= {f"{name}, taught": one for name, one in _ways(after, n_dims).items()}
    return {
        "tuned_on": tune_on,
        "n_tuned_on": tuned.n_photos,
        "n_classes": tuned.n_classes,
        "n_held_out": len(others),
        "held_out_loss": list(tuned.losses),
        "tune_cpu_s": cpu_s,
        "held_out": {name: _judged(one, held, every) for name, one in ways.items()},
    }
