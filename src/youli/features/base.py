"""What an encoder of texts is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from youli.types import FloatArray

__all__ = ["Encoder"]


class Encoder(Protocol):
    """Makes texts into vectors of unit length, so that a product of two vectors is their cosine."""

    @property
    def name(self) -> str:
        """What it is called in settings."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its vectors do: with the name, the key under which they are kept."""
        ...

    @property
    def n_dims(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text, float32 [len(texts), n_dims], of unit length.

        A row depends on its own text alone. No text is empty (`youli.features.vectors` sees to it).
        """
        ...
