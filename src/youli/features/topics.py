"""What products are about: some 300 topics of retail, named in English and Chinese.

A topic's vector is the mean of its names' in both languages. The list is `topics.tsv` beside this
file; its order numbers the topics within one fitted shop, which keeps the names it was fitted with.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from youli.features.base import Encoder
from youli.features.cache import VectorCache
from youli.features.vectors import encode_texts
from youli.types import FloatArray, IntArray

__all__ = ["N_TOPICS_EACH", "Topic", "read_topics", "topic_vectors", "topics_of"]

#: Topics kept for a product, the nearest.
N_TOPICS_EACH = 3
_BLOCK_ROWS = 8192


class Topic(NamedTuple):
    """The names of one topic."""

    en: str
    zh: str


@lru_cache(maxsize=1)
def read_topics() -> tuple[Topic, ...]:
    """The packaged list."""
    text = files("youli.features").joinpath("topics.tsv").read_text(encoding="utf-8")
    return tuple(Topic(*line.split("\t")) for line in text.splitlines()[1:])


def topic_vectors(encoder: Encoder, cache: VectorCache) -> FloatArray:
    """One row a topic, of unit length, float32 [n_topics, n_dims]."""
    topics = read_topics()
    names, _ = encode_texts([name for topic in topics for name in topic], encoder, cache)
    total = names.reshape(len(topics), 2, -1).sum(axis=1)
    unit: FloatArray = total / np.linalg.norm(total, axis=1, keepdims=True)
    return unit


def topics_of(
    vectors: FloatArray, topics: FloatArray, at_least: float
) -> tuple[IntArray, FloatArray]:
    """The nearest topics of each product and their cosines, nearest first.

    int16 and float32 [n_items, `N_TOPICS_EACH`]; -1 and 0 where there are fewer above `at_least`.
    """
    number = np.full((len(vectors), N_TOPICS_EACH), -1, dtype=np.int16)
    cosine = np.zeros((len(vectors), N_TOPICS_EACH), dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS] @ topics.T
        best = np.argsort(-block, axis=1, kind="stable")[:, :N_TOPICS_EACH]
        value = np.take_along_axis(block, best, axis=1)
        near = value >= at_least
        cells = slice(start, start + len(block)), slice(best.shape[1])
        number[cells] = np.where(near, best, -1)
        cosine[cells] = np.where(near, value, 0.0)
    return number, cosine
