"""Words that mean the same in every shop: colours, materials, people, occasions, tones, currencies.

They stand in `lexicon.tsv`, one meaning a line, in English and Chinese. What a shop's own catalogue
says (brands, categories, titles) is not here but in `youli.dialogue.names`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["Meaning", "word_meanings", "words_for"]

#: A single Chinese character means a colour or material only where nothing goes on after it:
#: 红的, 黑色款, 木制; but not 红豆, 木马.
_AFTER_SINGLE = r"(?=[的款色制质、，,。和或与/\s的]|都|$)"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that words can mean: `kind` (colour, material, for, …) and its English key."""

    kind: str
    key: str


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[Meaning, tuple[str, ...], tuple[str, ...]], ...]:
    text = files("youli.dialogue").joinpath("lexicon.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return tuple(
        (Meaning(kind, key), tuple(en.split("|")), tuple(zh.split("|")))
        for kind, key, en, zh in rows
    )


@lru_cache(maxsize=1)
def word_meanings() -> tuple[tuple[re.Pattern[str], Meaning], ...]:
    """Patterns over lower-case text and what they mean, the longest words first."""
    found: list[tuple[str, str, Meaning]] = []
    for meaning, english, chinese in _rows():
        if meaning.kind == "currency":
            continue
        for word in english:
            ending = "(?:'s|s|es)?" if meaning.kind == "for" else ""
            found.append((word, rf"(?<![\w-]){re.escape(word)}{ending}(?![\w])", meaning))
        found += [(word, re.escape(word) + _ending(word, meaning), meaning) for word in chinese]
    found.sort(key=lambda one: -len(one[0]))
    return tuple((re.compile(pattern), meaning) for _, pattern, meaning in found)


@lru_cache(maxsize=256)
def words_for(kind: str, key: str) -> tuple[str, ...]:
    """All words of one meaning, English first, to look for in a catalogue's own columns."""
    for meaning, english, chinese in _rows():
        if meaning == Meaning(kind, key):
            return english + chinese
    return ()


def _ending(word: str, meaning: Meaning) -> str:
    if len(word) == 1 and meaning.kind in ("colour", "material"):
        return _AFTER_SINGLE
    return ""
