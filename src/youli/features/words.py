"""The words that two texts share, and that say something: what a sentence may quote of a likeness.

A word is a run of letters; in Chinese, which has no blanks, a word of the dictionary (jieba). What
words say is counted once over a catalogue. A word that one product alone has is shared by nobody,
one that every fifth has says little, and a list of words that say nothing is left out: the words
that are left are few and are kept with the fitted channel. To find what two texts share then needs
no dictionary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["WordCounts", "count_words", "says", "stop_words"]

#: Chinese characters: a run of them is several words.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
#: A run of letters of any other script.
_LETTERS = re.compile(rf"(?:(?![{_HAN}])[^\W\d_])+")
_SHORTEST, _SHORTEST_HAN, _LONGEST, _LONGEST_HAN = 3, 2, 24, 6
#: A word of more than this share of the products tells nothing, unless the products are few.
_MOST_COMMON, _FEW = 0.2, 25


@dataclass(frozen=True)
class WordCounts:
    """How many products of a catalogue say each word that can be shared and says something."""

    counts: dict[str, int]

    def shared(self, one: str, other: str, n_most: int) -> tuple[str, ...]:
        """The words of both texts, the rarest of the catalogue first, at most `n_most`.

        A word within a longer shared word is not named beside it. Of equally rare words the one
        that stands first in `other` goes first.
        """
        mine, theirs = self._known(one), self._known(other)
        both = [word for word in theirs if word in mine]
        both.sort(key=lambda word: self.counts[word])
        whole = [one for one in both if not any(one in more for more in both if more != one)]
        return tuple(whole[:n_most])

    def _known(self, text: str) -> dict[str, None]:
        """The counted words of a text, in their order."""
        lower = text.lower()
        known = dict.fromkeys(word for word in _LETTERS.findall(lower) if word in self.counts)
        for run in _HAN_RUN.findall(lower):
            for start in range(len(run)):
                for stop in range(start + _SHORTEST_HAN, min(start + _LONGEST_HAN, len(run)) + 1):
                    if run[start:stop] in self.counts:
                        known[run[start:stop]] = None
        return known


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words that say nothing of a product, in English and Chinese: `stopwords.txt`."""
    text = files("youli.features").joinpath("stopwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def count_words(texts: Iterable[str]) -> WordCounts:
    """Count over the texts of a catalogue."""
    found: Counter[str] = Counter()
    n_texts = 0
    for text in texts:
        n_texts += 1
        lower = text.lower()
        words = {word for word in _LETTERS.findall(lower) if _SHORTEST <= len(word) <= _LONGEST}
        found.update(words | _of_dictionary(_HAN_RUN.findall(lower)))
    most = max(_FEW, int(_MOST_COMMON * n_texts))
    return WordCounts(
        {
            word: count
            for word, count in sorted(found.items())
            if 2 <= count <= most and word not in stop_words()
        }
    )


def says(text: str, word: str) -> bool:
    """Whether a text has a word: as a run of letters of its own, or anywhere in Chinese."""
    lower = text.lower()
    if _HAN_RUN.fullmatch(word):
        return word in lower
    start = lower.find(word)
    while word and start >= 0:
        before, after = lower[start - 1 : start], lower[start + len(word) : start + len(word) + 1]
        if not _joins(before) and not _joins(after):
            return True
        start = lower.find(word, start + 1)
    return False


def _joins(character: str) -> bool:
    return bool(_LETTERS.fullmatch(character))


def _of_dictionary(runs: Sequence[str]) -> set[str]:
    """The words of runs of Chinese characters."""
    if not runs:
        return set()
    import jieba  # a second and 60 MB: only for a catalogue that has Chinese

    jieba.setLogLevel(60)  # it tells stderr that it loads
    return {
        word
        for run in runs
        for word in jieba.cut(run)
        if _SHORTEST_HAN <= len(word) <= _LONGEST_HAN
    }
