"""A text as the words that it is searched by.

A word is a run of letters or a run of digits, in small letters, without accents; "12-Volt" and
"12v" so meet in 12. English words are cut to their stem (Snowball's, through Tantivy) when they are
looked up, and kept whole for spelling and for what a reason quotes. Chinese has no blanks: a
catalogue's runs of characters are cut by a dictionary (jieba) when it is indexed, and a query's by
the words that the catalogue then has, so that serving loads no dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

__all__ = ["Spot", "is_han", "segment", "spots", "stem"]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|(?:(?![{_HAN}])[^\W\d_])+|\d+")
_HAN_RUN = re.compile(f"[{_HAN}]+")
#: Longest word that is kept; what is longer is no word, and one is cut to it.
_LONGEST = 40
_LONGEST_HAN = 6
_N_STEMS = 1 << 16


class Spot(NamedTuple):
    """One word of a text, and where it stands there."""

    word: str
    start: int
    end: int


def is_han(word: str) -> bool:
    """Whether a word is Chinese."""
    return bool(_HAN_RUN.fullmatch(word))


def spots(text: str, cut: Callable[[str], list[tuple[str, int]]]) -> list[Spot]:
    """The words of a text in their order; `cut` parts a run of Chinese into words and places."""
    found: list[Spot] = []
    for run in _RUN.finditer(text):
        start, raw = run.start(), run.group()
        if run["han"]:
            found.extend(Spot(word, start + at, start + at + len(word)) for word, at in cut(raw))
        elif word := _folded(raw):
            found.append(Spot(word[:_LONGEST], start, run.end()))
    return found


@lru_cache(maxsize=_N_STEMS)
def stem(word: str) -> str:
    """What a word is looked up by: "brackets" and "bracket" are one."""
    if not word.isascii() or not word.isalpha():
        return word
    found: list[str] = _stemmer().analyze(word)
    return found[0] if found else word


def segment(run: str, known: Callable[[str], bool]) -> list[tuple[str, int]]:
    """A run of Chinese as the fewest words that are known; characters of no word are left out.

    Of equally few the one whose first words are longer. Each word with its place in the run.
    """
    n = len(run)
    # Fewest characters left out, then fewest words, from each place on.
    best: list[tuple[int, int, int]] = [(0, 0, 0)] * (n + 1)
    for at in range(n - 1, -1, -1):
        missed, words, _ = best[at + 1]
        found = (missed + 1, words, 0)
        for length in range(min(_LONGEST_HAN, n - at), 0, -1):
            if known(run[at : at + length]):
                missed, words, _ = best[at + length]
                found = min(found, (missed, words + 1, length), key=lambda one: one[:2])
        best[at] = found
    cut, at = [], 0
    while at < n:
        length = best[at][2]
        if length:
            cut.append((run[at : at + length], at))
        at += length or 1
    return cut


@lru_cache(maxsize=_N_STEMS)
def _folded(raw: str) -> str:
    """Small letters without accents; wide letters and digits as the usual ones."""
    plain = unicodedata.normalize("NFKD", raw).casefold()
    return "".join(one for one in plain if one.isalnum())


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    """Snowball's English stemmer."""
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()
