"""From the catalogue's column to the bytes of photos, a few at a time, each trouble counted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from youli.data.shop import Catalogue
from youli.errors import SourceError
from youli.features.photos.cache import BlobCache
from youli.features.photos.config import PhotosConfig
from youli.features.photos.fetch import fetch_photo
from youli.features.photos.files import is_web_address, read_file
from youli.features.photos.problem import PhotoProblem

__all__ = ["COLUMN", "PhotoReader", "Problems", "RawPhoto", "addresses_of"]

#: The catalogue's column of addresses.
COLUMN = "image_url"
_BATCH = 64
#: Troubles that the report lists one by one; the rest is counted.
_MOST_LISTED = 1_000


def addresses_of(catalogue: Catalogue) -> list[str]:
    """The address of each product's photo, "" where it has none; of several the first."""
    if COLUMN not in catalogue.table.column_names:
        return [""] * len(catalogue)
    return [_first(value) for value in catalogue.table[COLUMN].to_pylist()]


def _first(value: Any) -> str:
    """The first address of a cell: text, texts behind bars, or a list as JSON."""
    text = "" if value is None else str(value).strip()
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = []
        text = next((one for one in found if isinstance(one, str)), "")
    return text.split("|")[0].strip()


@dataclass(frozen=True)
class RawPhoto:
    """The bytes behind an address; `key` is their hash."""

    address: str
    key: str
    data: bytes


class Problems:
    """Photos that cannot be used, counted by kind and listed; under `strict` the first raises."""

    def __init__(self, items_of: dict[str, list[str]], *, strict: bool) -> None:
        self._items_of = items_of
        self._strict = strict
        self._counts: Counter[str] = Counter()
        self._rows: list[dict[str, str]] = []
        self.addresses: set[str] = set()

    def add(self, address: str, problem: PhotoProblem) -> None:
        """Count one address with all its products; raises `SourceError` under `strict`."""
        if address in self.addresses:
            return
        shown = _shown(address)
        first = self._items_of[address][0]
        if self._strict:
            raise SourceError(
                f"the photo of product {first!r} cannot be used: {problem}",
                where=f"{COLUMN} {shown}",
                value=shown,
                hint="correct the photo or its address, or fit without --strict",
            )
        self.addresses.add(address)
        self._counts[problem.kind] += len(self._items_of[address])
        for item_id in self._items_of[address]:
            if len(self._rows) < _MOST_LISTED:
                row = {"item_id": item_id, "address": shown, "problem": problem.kind}
                self._rows.append({**row, "detail": problem.detail})

    def document(self) -> dict[str, Any]:
        """Products without a usable photo, by kind of trouble, and one by one."""
        return {"problems": dict(self._counts.most_common()), "problem_rows": list(self._rows)}


def _shown(address: str) -> str:
    """An address for a report: without the query, which may hold a key, and without a password."""
    bare = address.split("?")[0].split("#")[0] if is_web_address(address) else address
    scheme, separator, rest = bare.partition("://")
    if separator and "@" in rest.split("/")[0]:
        rest = rest.partition("@")[2]
    return f"{scheme}{separator}{rest}"[:300]


class PhotoReader:
    """Reads files and, where it is allowed to, the web; what came from the web is kept."""

    def __init__(
        self, config: PhotosConfig, folders: Sequence[Path], fetched: BlobCache, problems: Problems
    ) -> None:
        self._config = config
        self._folders = folders
        self._fetched = fetched
        self._problems = problems
        #: Answers that came from the web in this run.
        self.n_fetched = 0

    def batches(self, addresses: Sequence[str]) -> Iterator[list[RawPhoto]]:
        """All photos that can be read, in the order of their addresses, a few at a time."""
        with ThreadPoolExecutor(self._config.n_connections) as pool:
            for start in range(0, len(addresses), _BATCH):
                some = addresses[start : start + _BATCH]
                found = []
                for address, read in zip(some, pool.map(self._read, some), strict=True):
                    if isinstance(read, PhotoProblem):
                        self._problems.add(address, read)
                    else:
                        found.append(RawPhoto(address, hashlib.sha256(read).hexdigest(), read))
                yield found

    def _read(self, address: str) -> bytes | PhotoProblem:
        try:
            if is_web_address(address):
                return self._from_web(address)
            if not self._folders:
                raise PhotoProblem("a file, and no photo folder is given")
            return read_file(address, self._folders, self._config.max_bytes)
        except PhotoProblem as problem:
            return problem

    def _from_web(self, address: str) -> bytes:
        if not self._config.fetch:
            raise PhotoProblem("a web address, and fetching is off")
        kept = self._fetched.get(address)
        if kept is not None:
            return kept
        data = fetch_photo(address, self._config)
        self.n_fetched += 1
        self._fetched.put(address, data)
        return data
