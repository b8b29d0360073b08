"""What is like A by what is written of it: title, description, category, tags and reviews.

    K[j, i] = (cos(v_j, v_i) − c) / (1 − c)   where the cosine is at least c,

for the products nearest to j (`youli.features.vectors`, `nearest`). It needs no events, so a
product that nobody has bought yet has its place, and an encoder of several languages puts a product
next to its like in another language.

Beside the kernel the channel keeps what a sentence needs to say why two products are alike without
encoding anything again: how many products say each word, and each product's nearest topics.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.base import Arrays, Coefficients, Needs
from youli.channels.kernel import KernelChannel, blocks_of_product, keep_largest, without_diagonal
from youli.data.shop import Shop
from youli.features.cache import VectorCache
from youli.features.nearest import nearest
from youli.features.product_text import ProductTexts
from youli.features.text import encoder_for
from youli.features.topics import N_TOPICS_EACH, Topic, read_topics, topic_vectors, topics_of
from youli.features.vectors import TextVectors, encode_catalogue
from youli.features.words import WordCounts, count_words
from youli.types import FloatArray, IntArray

__all__ = ["SharedTopic", "TextChannel", "TextNotes"]

_KERNEL = "alike"


class SharedTopic(NamedTuple):
    """A topic that two products are near, with the cosine of each and the least that counts."""

    topic: Topic
    cosine_source: float
    cosine_item: float
    least: float


@dataclass(frozen=True)
class TextNotes:
    """What is kept of the texts to say why two of them are alike."""

    words: WordCounts
    topics: tuple[Topic, ...]
    topic: IntArray  # int16 [n_items, a few], nearest first, -1 for none
    topic_cosine: FloatArray  # float32, the same shape
    least_cosine: float
    least_topic_cosine: float

    def shared_topic(self, source: int, item_num: int) -> SharedTopic | None:
        """The topic that both are nearest to: the one whose lesser cosine is the largest."""
        theirs = dict(zip(self.topic[item_num].tolist(), self.topic_cosine[item_num], strict=True))
        mine = zip(self.topic[source].tolist(), self.topic_cosine[source], strict=True)
        found = [
            SharedTopic(
                self.topics[one], float(cosine), float(theirs[one]), self.least_topic_cosine
            )
            for one, cosine in mine
            if one >= 0 and one in theirs
        ]
        return max(found, key=lambda one: min(one.cosine_source, one.cosine_item), default=None)


class _Computed(NamedTuple):
    """What depends on the catalogue alone: a shop is fitted twice."""

    kernel: sparse.csr_matrix
    notes: TextNotes


class TextChannel(KernelChannel):
    """B is described like A."""

    name: ClassVar[str] = "text"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.TEXT})
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {_KERNEL: (2.0, float("inf"))}

    def __init__(self, kernels: Mapping[str, sparse.csr_matrix], notes: TextNotes) -> None:
        super().__init__(kernels)
        self.notes = notes

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Compare the texts of the catalogue; nothing depends on the events."""
        n_items = shop.interactions.n_items
        if not cls._wanted(coefficients):
            empty = sparse.csr_matrix((n_items, n_items), dtype=np.float32)
            return cls({_KERNEL: empty}, _no_notes(n_items))
        vectors = encode_catalogue(shop.catalogue)
        found = vectors.kept.get(cls.name)
        if not isinstance(found, _Computed):
            found = _Computed(_kernel(vectors), _notes(shop, vectors))
            vectors.kept[cls.name] = found
        return cls({_KERNEL: found.kernel}, found.notes)

    def cosine(self, source: int, item_num: int) -> float:
        """Of two products' vectors, as the kernel holds it; 0 where they are no neighbours."""
        value = float(self.kernels[_KERNEL][source, item_num])
        least = self.notes.least_cosine
        return least + value * (1.0 - least) if value > 0.0 else 0.0

    def to_arrays(self) -> Arrays:
        """The kernel, the words and their counts, the topics."""
        notes = self.notes
        return {
            **super().to_arrays(),
            "words": _to_bytes(list(notes.words.counts)),
            "word_counts": np.fromiter(notes.words.counts.values(), np.int32),
            "topics": _to_bytes(notes.topics),
            "topic": notes.topic,
            "topic_cosine": notes.topic_cosine,
            "least": np.array([notes.least_cosine, notes.least_topic_cosine]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where an array is missing."""
        counts = np.asarray(arrays["word_counts"], np.int32).tolist()
        least = np.asarray(arrays["least"], np.float64)
        notes = TextNotes(
            WordCounts(dict(zip(json.loads(arrays["words"].tobytes()), counts, strict=True))),
            tuple(Topic(*names) for names in json.loads(arrays["topics"].tobytes())),
            np.asarray(arrays["topic"], np.int16),
            np.asarray(arrays["topic_cosine"], np.float32),
            float(least[0]),
            float(least[1]),
        )
        return cls(cls.kernels_of(arrays), notes)


def _kernel(vectors: TextVectors) -> sparse.csr_matrix:
    """The kernel of the module's formula, float32 CSR [n_items, n_items]."""
    least, n_kept = vectors.config.least_cosine, vectors.config.n_neighbours
    alike = nearest(vectors.vectors, at_least=least, n_per_row=n_kept + 1)
    alike.data = np.clip((alike.data - least) / (1.0 - least), 0.0, 1.0).astype(np.float32)
    alike.eliminate_zeros()
    item = np.flatnonzero(vectors.row >= 0)
    text = vectors.row[item]
    shape = (len(vectors.row), len(vectors.vectors))
    has = sparse.csr_matrix((np.ones(len(item), np.float32), (item, text)), shape=shape)
    # Of many products with the same text, the first few stand for all: no row keeps more.
    order = np.argsort(text, kind="stable")
    within = np.arange(len(text)) - np.searchsorted(text[order], text[order])
    few = order[within <= n_kept]
    stands = sparse.csr_matrix(
        (np.ones(len(few), np.float32), (text[few], item[few])), shape=shape[::-1]
    )
    kernel = blocks_of_product(
        has @ alike, stands, lambda block, _: keep_largest(block, n_kept + 1)
    )
    return keep_largest(without_diagonal(kernel), n_kept)


def _notes(shop: Shop, vectors: TextVectors) -> TextNotes:
    config = vectors.config
    encoder = encoder_for(config.encoder)
    cache = VectorCache(f"text-{encoder.name}", encoder.version, encoder.n_dims)
    topics = topic_vectors(encoder, cache)
    number, cosine = topics_of(vectors.vectors, topics, config.least_topic_cosine)
    none = vectors.row < 0
    topic, topic_cosine = number[vectors.row], cosine[vectors.row]
    topic[none], topic_cosine[none] = -1, 0.0
    return TextNotes(
        count_words(ProductTexts(shop.catalogue).all_spoken()),
        read_topics(),
        topic,
        topic_cosine,
        config.least_cosine,
        config.least_topic_cosine,
    )


def _no_notes(n_items: int) -> TextNotes:
    """For a channel without weight, which says nothing."""
    none = np.full((n_items, N_TOPICS_EACH), -1, dtype=np.int16)
    return TextNotes(WordCounts({}), (), none, np.zeros(none.shape, np.float32), 0.0, 0.0)


def _to_bytes(names: Sequence[object]) -> npt.NDArray[np.uint8]:
    """The UTF-8 bytes of a JSON list."""
    return np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), dtype=np.uint8)
