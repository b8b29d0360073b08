"""One vector a product, of all that the catalogue says of it in words.

    v(i) = unit( Σ_f weight_f · encode(text_f(i)) )

over the fields f that the product has (`youli.features.product_text`). Fields are encoded apart: on
amazon_in that finds more of the same category than one long text, and a category or a description
that many products share is encoded once. A product without a text has the zero vector: it is like
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from youli.data.shop import Catalogue
from youli.features.base import Encoder
from youli.features.cache import VectorCache, content_key
from youli.features.product_text import FIELDS, ProductTexts
from youli.features.text import TextConfig, encoder_for
from youli.types import FloatArray, IntArray, Progress, no_progress

__all__ = ["TextVectors", "encode_catalogue", "encode_texts", "texts_report"]

#: Texts encoded between two steps of progress; kept on disk after each, so that a kill loses few.
_BATCH = 1024
_KEPT = "text vectors"


@dataclass(frozen=True)
class TextVectors:
    """The vectors of a catalogue, and how they came about.

    ``vectors`` float32 [n_distinct, n_dims], of unit length, one for all products of the same
    texts; ``row`` int32 [n_items], the vector of each product, -1 where it has no text;
    ``summary`` counts by name.
    """

    vectors: FloatArray
    row: IntArray
    config: TextConfig
    summary: dict[str, int]
    notes: tuple[str, ...] = ()
    #: What is computed of the vectors and wanted again: fitting happens twice, on one catalogue.
    kept: dict[str, object] = field(default_factory=dict, compare=False, repr=False)


def encode_texts(
    texts: Sequence[str],
    encoder: Encoder,
    cache: VectorCache,
    progress: Progress = no_progress,
) -> tuple[FloatArray, dict[str, int]]:
    """Encode texts, each distinct one once and only if it is not kept; float32 [n, n_dims].

    An empty text has the zero vector. Rows are as the cache keeps them (float16), whether they were
    kept or made, so that a shop fitted twice is the same shop. Also returns counts by name.
    """
    distinct = list(dict.fromkeys(filter(None, texts)))
    keys = [content_key(text) for text in distinct]
    known = cache.read(keys)
    missing = [(key, text) for key, text in zip(keys, distinct, strict=True) if key not in known]
    n_kept = len(distinct) - len(missing)
    for start in range(0, len(missing), _BATCH):
        progress("reading the texts", start / len(missing))
        some = missing[start : start + _BATCH]
        made = encoder.encode([text for _, text in some]).astype(np.float16)
        new = {key: row.astype(np.float32) for (key, _), row in zip(some, made, strict=True)}
        cache.write(new)
        known |= new
    progress("reading the texts", 1.0)
    place = {text: at for at, text in enumerate(distinct)}
    table = np.zeros((len(distinct) + 1, encoder.n_dims), dtype=np.float32)
    for at, key in enumerate(keys):
        table[at] = known[key]
    rows = np.fromiter((place.get(text, len(distinct)) for text in texts), np.int64, len(texts))
    counts = {"n_distinct": len(distinct), "n_encoded": len(missing), "n_kept": n_kept}
    return table[rows], counts


def texts_report(catalogue: Catalogue) -> dict[str, Any] | None:
    """What became of a catalogue's texts, for reports; None where none were asked for."""
    found = catalogue.kept.get(_KEPT)
    return {**found.summary, "notes": list(found.notes)} if isinstance(found, TextVectors) else None


def encode_catalogue(
    catalogue: Catalogue, config: TextConfig | None = None, progress: Progress = no_progress
) -> TextVectors:
    """The vectors of all products, made once for a catalogue and a config.

    Without a config: those that were made before, else by the default.
    """
    found = catalogue.kept.get(_KEPT)
    if isinstance(found, TextVectors) and config in (None, found.config):
        return found
    config = TextConfig() if config is None else config
    encoder = encoder_for(config.encoder)
    cache = VectorCache(f"text-{encoder.name}", encoder.version, encoder.n_dims)
    texts = ProductTexts(catalogue)
    products = list(zip(*map(texts.field, FIELDS), strict=True))
    distinct = [one for one in dict.fromkeys(products) if any(one)]
    place = {one: at for at, one in enumerate(distinct)}
    row = np.fromiter((place.get(one, -1) for one in products), np.int32, len(products))
    total = np.zeros((len(distinct), encoder.n_dims), dtype=np.float32)
    summary = {"n_items": len(catalogue), "n_without_text": int((row < 0).sum())}
    for at, weight in enumerate(FIELDS.values()):
        mine = [one[at] for one in distinct]
        vectors, counts = encode_texts(mine, encoder, cache, progress)
        total += np.float32(weight) * vectors
        for name, count in counts.items():
            summary[name] = summary.get(name, 0) + count
    total /= np.linalg.norm(total, axis=1, keepdims=True)
    summary["n_damaged"] = cache.n_damaged
    made = TextVectors(total, row, config, summary, tuple(cache.notes))
    catalogue.kept[_KEPT] = made
    return made
