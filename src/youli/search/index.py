"""The index: what every word gives every product (BM25), and what every product means.

    amount(w, i) = idf(w) · f · (k1 + 1) / (f + k1 · (1 − b + b · |i| / mean)),
    idf(w) = log(1 + (n − n_w + ½) / (n_w + ½))

for each field, over the n products that have it; f is how often w stands in the field of i
(Robertson & Zaragoza 2009; idf as Lucene and Tantivy have it). Amounts are computed when the index
is made and laid word by word, so a search adds up a few slices of arrays: no product is left out
before filters, and the ledger reads the very numbers that ranked.

Tantivy's own index was tried in its place (docs/architecture.md): to read all the products of one
word through it takes 100 times as long, and its b is fixed. A test holds the amounts equal to it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from youli.data.shop import Catalogue
from youli.features.field_texts import SEARCHED, FieldTexts
from youli.features.product_text import has_texts
from youli.features.vectors import encode_catalogue
from youli.search.config import IndexConfig
from youli.search.words import spots, stem
from youli.types import FloatArray, IntArray, Progress, no_progress

__all__ = ["Meanings", "Postings", "SearchIndex", "build_index"]


@dataclass(frozen=True)
class Postings:
    """One field: term t is given to ``item[start[t]:start[t + 1]]``, with these amounts.

    ``start`` int64 [n_terms + 1]; ``item`` int32 and ``amount`` float32 [n_postings].
    """

    start: IntArray
    item: IntArray
    amount: FloatArray

    def of(self, term: int) -> tuple[IntArray, FloatArray]:
        """The products of one term, by row, and their amounts."""
        mine = slice(int(self.start[term]), int(self.start[term + 1]))
        return self.item[mine], self.amount[mine]


@dataclass(frozen=True)
class Meanings:
    """What products mean: ``vectors`` float32 [n_distinct, n_dims] of unit length, ``row`` int32
    [n_items] with -1 for no text, and ``basis`` float32 [n_encoder_dims, n_dims] for a query.
    """

    vectors: FloatArray
    row: IntArray
    basis: FloatArray
    encoder: str

    def cosines(self, vector: FloatArray) -> FloatArray:
        """Of every product with a query's vector as encoded, float32 [n_items]; 0 without text."""
        small = vector @ self.basis
        length = float(np.linalg.norm(small))
        if not len(self.vectors) or not length:
            return np.zeros(len(self.row), dtype=np.float32)
        found = np.append(self.vectors @ (small / length), np.float32(0.0))
        return np.asarray(found[self.row], dtype=np.float32)


@dataclass(frozen=True)
class SearchIndex:
    """Everything that a search reads.

    ``terms`` are stems, ``surfaces`` the words as written, each with the number of products that
    say it in some field.
    """

    terms: tuple[str, ...]
    surfaces: tuple[str, ...]
    n_saying: IntArray  # int32 [n_surfaces]
    postings: Mapping[str, Postings]
    meanings: Meanings

    @cached_property
    def number(self) -> dict[str, int]:
        """Term → number."""
        return {term: at for at, term in enumerate(self.terms)}

    @cached_property
    def said(self) -> dict[str, int]:
        """Word as written → how many products say it."""
        return dict(zip(self.surfaces, self.n_saying.tolist(), strict=True))

    @property
    def n_items(self) -> int:
        """How many products were indexed."""
        return len(self.meanings.row)

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """All of it, for `safetensors`."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "terms": _to_bytes(self.terms),
            "surfaces": _to_bytes(self.surfaces),
            "n_saying": self.n_saying,
            "vectors": self.meanings.vectors,
            "row": self.meanings.row,
            "basis": self.meanings.basis,
            "encoder": _to_bytes((self.meanings.encoder,)),
        }
        for name, one in self.postings.items():
            arrays |= {
                f"{name}.start": one.start,
                f"{name}.item": one.item,
                f"{name}.amount": one.amount,
            }
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> SearchIndex:
        """The index again; raises `KeyError` where an array is missing."""
        return cls(
            terms=_from_bytes(arrays["terms"]),
            surfaces=_from_bytes(arrays["surfaces"]),
            n_saying=np.asarray(arrays["n_saying"], np.int32),
            postings={
                name: Postings(
                    np.asarray(arrays[f"{name}.start"], np.int64),
                    np.asarray(arrays[f"{name}.item"], np.int32),
                    np.asarray(arrays[f"{name}.amount"], np.float32),
                )
                for name in SEARCHED
                if f"{name}.start" in arrays
            },
            meanings=Meanings(
                np.asarray(arrays["vectors"], np.float32),
                np.asarray(arrays["row"], np.int32),
                np.asarray(arrays["basis"], np.float32),
                _from_bytes(arrays["encoder"])[0],
            ),
        )


def build_index(
    catalogue: Catalogue, config: IndexConfig | None = None, progress: Progress = no_progress
) -> SearchIndex:
    """Index a catalogue: its words, then its meanings."""
    config = IndexConfig() if config is None else config
    texts = FieldTexts(catalogue)
    words = _Words()
    read = {}
    for at, name in enumerate(SEARCHED):
        progress("reading words", at / len(SEARCHED))
        field = texts.field(name)
        if any(field):
            read[name] = words.of_field(field)
    progress("reading words", 1.0)
    order = sorted(range(len(words.terms)), key=words.terms.__getitem__)
    rank = np.empty(len(words.terms), dtype=np.int64)
    rank[order] = np.arange(len(words.terms))
    n_items = len(catalogue)
    return SearchIndex(
        terms=tuple(words.terms[one] for one in order),
        surfaces=tuple(sorted(words.n_saying)),
        n_saying=np.array([words.n_saying[one] for one in sorted(words.n_saying)], np.int32),
        postings={
            name: _postings(rank[term], item, count, n_items, len(words.terms), config)
            for name, (term, item, count) in read.items()
        },
        meanings=_meanings(catalogue, config, progress),
    )


class _Words:
    """Numbers words while fields are read."""

    def __init__(self) -> None:
        self.terms: list[str] = []
        self.n_saying: Counter[str] = Counter()
        self._number: dict[str, int] = {}
        self._of_text: dict[str, tuple[list[int], list[int], frozenset[str]]] = {}
        self._cut = _dictionary()

    def of_field(self, texts: list[str]) -> tuple[IntArray, IntArray, IntArray]:
        """Term, product and count of every posting of a field."""
        terms: list[int] = []
        items: list[int] = []
        counts: list[int] = []
        self._of_text.clear()
        for item, text in enumerate(texts):
            if text:
                mine, how_often, said = self._read(text)
                terms += mine
                counts += how_often
                items += [item] * len(mine)
                self.n_saying.update(said)
        return (
            np.array(terms, dtype=np.int64),
            np.array(items, dtype=np.int32),
            np.array(counts, dtype=np.int32),
        )

    def _read(self, text: str) -> tuple[list[int], list[int], frozenset[str]]:
        """The terms of a text, how often each, and its words; read once for equal texts."""
        if (known := self._of_text.get(text)) is not None:
            return known
        said = [spot.word for spot in spots(text, self._cut)]
        counts = Counter(self._numbered(stem(word)) for word in said)
        found = (list(counts), list(counts.values()), frozenset(said))
        self._of_text[text] = found
        return found

    def _numbered(self, term: str) -> int:
        number = self._number.setdefault(term, len(self.terms))
        if number == len(self.terms):
            self.terms.append(term)
        return number


def _dictionary() -> Callable[[str], list[tuple[str, int]]]:
    """Parts a run of Chinese into all words that one may look for: long ones and their parts."""

    def cut(run: str) -> list[tuple[str, int]]:
        import jieba  # a second and 60 MB: only for a catalogue that has Chinese

        jieba.setLogLevel(60)  # it tells stderr that it loads
        return [(word, start) for word, start, _ in jieba.tokenize(run, mode="search")]

    return cut


def _postings(
    term: IntArray, item: IntArray, count: IntArray, n_items: int, n_terms: int, config: IndexConfig
) -> Postings:
    """The amounts of one field by the formula of the module, term by term and row by row."""
    order = np.lexsort((item, term))
    term, item, count = term[order], item[order], count[order]
    length = np.bincount(item, weights=count, minlength=n_items)
    n_texts = max(1, int((length > 0).sum()))
    mean = length.sum() / n_texts
    n_having = np.bincount(term, minlength=n_terms)
    idf = np.log1p((n_texts - n_having + 0.5) / (n_having + 0.5))
    k1, b = config.saturation, config.length
    norm = k1 * (1.0 - b + b * length[item] / max(mean, 1.0))
    amount = idf[term] * count * (k1 + 1.0) / (count + norm)
    start = np.concatenate([[0], np.cumsum(n_having)]).astype(np.int64)
    return Postings(start, item.astype(np.int32), amount.astype(np.float32))


def _meanings(catalogue: Catalogue, config: IndexConfig, progress: Progress) -> Meanings:
    """The strongest directions of the products' vectors, and each product along them."""
    if not has_texts(catalogue):
        nothing = np.zeros((0, config.n_dims), dtype=np.float32)
        return Meanings(nothing, np.full(len(catalogue), -1, np.int32), nothing, "")
    found = encode_catalogue(catalogue, None, progress)
    moment = np.zeros((found.vectors.shape[1],) * 2)
    for start in range(0, len(found.vectors), 8192):  # in blocks: float64 of all would be large
        block = found.vectors[start : start + 8192].astype(np.float64)
        moment += block.T @ block
    _, directions = np.linalg.eigh(moment)  # the strongest last
    basis = np.ascontiguousarray(directions[:, : -config.n_dims - 1 : -1], dtype=np.float32)
    small = found.vectors @ basis
    length = np.linalg.norm(small, axis=1, keepdims=True)
    return Meanings(
        small / np.where(length > 0, length, 1.0), found.row, basis, found.config.encoder
    )


def _to_bytes(words: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(json.dumps(words, ensure_ascii=False).encode(), dtype=np.uint8)


def _from_bytes(array: npt.NDArray[np.generic]) -> tuple[str, ...]:
    return tuple(json.loads(array.tobytes()))
