"""What a word that no product says was meant to be: a near word of the catalogue, or two.

Near is by edit distance (Damerau's: a letter more, less, another, or two changed over): one edit
from four letters on, two from eight on. Of equally near words the one that most products say. A
word of two that the catalogue has ("lawnmower") is parted. Chinese words and numbers are not
guessed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from youli.search.index import SearchIndex
from youli.search.words import is_han

__all__ = ["Speller", "edits"]

_SHORTEST, _LONG = 4, 8
#: A first letter is seldom wrong: another one counts as half an edit more.
_FIRST_LETTER = 0.5
_SHORTEST_PART = 3
#: Both parts of a parted word are said by so many products, at least, if a near word may be meant.
_FEWEST_SAYING = 5


class Speller:
    """Guesses words of one index."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    def meant(self, word: str) -> tuple[str, ...]:
        """The words that a word which nobody says stands for; none where nothing is near."""
        if is_han(word) or not word.isalpha():
            return ()
        near, distance = self._near(word)
        parts, n_saying = self._parted(word)
        if near and distance <= 1.0:
            return (near,)
        if parts and n_saying >= _FEWEST_SAYING:
            return parts
        return (near,) if near else parts

    def _near(self, word: str) -> tuple[str, float]:
        """The nearest word and its distance; nothing where none is near enough."""
        most = 0 if len(word) < _SHORTEST else 1 if len(word) < _LONG else 2
        best: tuple[float, int, str] | None = None
        for at in self._candidates(word, most) if most else ():
            other = self._index.surfaces[at]
            n_edits = edits(word, other, most)
            if n_edits <= most:
                distance = n_edits + _FIRST_LETTER * (other[0] != word[0])
                found = (distance, -int(self._index.n_saying[at]), other)
                best = found if best is None else min(best, found)
        return ("", 0.0) if best is None else (best[2], best[0])

    def _candidates(self, word: str, most: int) -> Sequence[int]:
        """Words that may be so near: each edit changes the length by one and the letters by two."""
        letters, lengths = self._signatures
        other = letters ^ np.uint64(_letters(word))
        near = (np.abs(lengths - len(word)) <= most) & (np.bitwise_count(other) <= 2 * most)
        found: list[int] = np.flatnonzero(near).tolist()
        return found

    def _parted(self, word: str) -> tuple[tuple[str, ...], int]:
        """The word as two words of the catalogue, and how many products say the rarer of them."""
        said = self._index.said
        best: tuple[int, tuple[str, ...]] = (0, ())
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            n_saying = min(said.get(word[:at], 0), said.get(word[at:], 0))
            if n_saying > best[0]:
                best = (n_saying, (word[:at], word[at:]))
        return best[1], best[0]

    @cached_property
    def _signatures(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
        """Which letters each word has, a bit each, and its length; 0 and -9 where it is no word."""
        words = self._index.surfaces
        letters = np.fromiter(map(_letters, words), np.uint64, len(words))
        lengths = np.fromiter((len(w) if w.isalpha() and not is_han(w) else -9 for w in words),
                              np.int64, len(words))  # fmt: skip
        return letters, lengths


def _letters(word: str) -> int:
    """The letters of a word as bits; letters of other scripts share bits."""
    bits = 0
    for one in word:
        bits |= 1 << (ord(one) % 64)
    return bits


def edits(one: str, other: str, most: int) -> int:
    """Edit distance with neighbours changed over (Damerau 1964, the restricted form).

    Anything above `most` is `most` + 1.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, theirs in enumerate(other, start=1):
            value = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                value = min(value, before[j - 2] + 1)
            row.append(value)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
