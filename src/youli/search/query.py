"""A query as read: its words, as the catalogue spells them, and its meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from youli.search.index import SearchIndex
from youli.search.spelling import Speller
from youli.search.words import is_han, segment, spots, stem
from youli.types import FloatArray

__all__ = ["MOST_LETTERS", "MOST_WORDS", "Correction", "Encoding", "Query", "QueryReader", "Word"]

#: Of a longer query so much is read.
MOST_LETTERS, MOST_WORDS = 500, 32


@dataclass(frozen=True, slots=True)
class Word:
    """One word that is looked for."""

    word: str
    term: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that no product says, and what is looked for in its place."""

    typed: str
    meant: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """What is asked: `text` on one line as typed, `words` without repetition.

    `unknown` are typed words that nothing was found for. `vector` is the meaning as the encoder
    gives it, None where there is none to speak of. `cut` says that the query went on.
    """

    text: str
    words: tuple[Word, ...]
    corrections: tuple[Correction, ...] = ()
    unknown: tuple[str, ...] = ()
    vector: FloatArray | None = None
    cut: bool = False

    @property
    def did_you_mean(self) -> str | None:
        """The query as it was understood, where that is not how it was typed."""
        if not self.corrections:
            return None
        found = self.text
        for one in self.corrections:
            found = _replaced(found, one.typed, " ".join(one.meant))
        return found

    def without(self, words: Iterable[str]) -> Query:
        """The query without some of its words; its meaning stays."""
        gone = set(words)
        return replace(self, words=tuple(one for one in self.words if one.word not in gone))


class Encoding(Protocol):
    """Gives a text its vector."""

    def __call__(self, text: str) -> FloatArray | None:
        """Of unit length, as long as the encoder's; None where nothing can be encoded."""
        ...


class QueryReader:
    """Reads queries for one index."""

    def __init__(self, index: SearchIndex, encode: Encoding) -> None:
        self._index = index
        self._speller = Speller(index)
        self._encode = encode

    def read(self, text: str) -> Query:
        """The words of a text, mended where nobody says them, and its meaning.

        A text without a letter or a digit gives an empty query.
        """
        line = " ".join(text.split())
        shown = line[:MOST_LETTERS]
        typed = [spot.word for spot in spots(shown, self._cut)]
        words: dict[str, Word] = {}
        corrections, unknown = [], []
        for one in dict.fromkeys(typed[:MOST_WORDS]):
            if (term := self._term(one)) is not None:
                words.setdefault(self._index.terms[term], Word(one, term))
                continue
            meant = self._speller.meant(one)
            if meant:
                corrections.append(Correction(one, meant))
            else:
                unknown.append(one)
            for word in meant:
                term = self._index.number[stem(word)]
                words.setdefault(self._index.terms[term], Word(word, term))
        query = Query(
            shown,
            tuple(words.values()),
            tuple(corrections),
            tuple(unknown),
            cut=len(line) > MOST_LETTERS or len(dict.fromkeys(typed)) > MOST_WORDS,
        )
        has_words = bool(typed) or any(map(str.isalpha, shown))
        if not has_words:
            return query
        return replace(query, vector=self._encode(query.did_you_mean or shown))

    def _term(self, word: str) -> int | None:
        return self._index.number.get(stem(word))

    def _cut(self, run: str) -> list[tuple[str, int]]:
        return segment(run, self._is_word)

    def _is_word(self, word: str) -> bool:
        return is_han(word) and word in self._index.number


def _replaced(text: str, typed: str, meant: str) -> str:
    """The text with one word put in another's place, wherever that stands as a word."""
    found, at = [], 0
    for spot in spots(text, lambda run: [(run, 0)]):
        if spot.word == typed:
            found += [text[at : spot.start], meant]
            at = spot.end
    return "".join((*found, text[at:]))
