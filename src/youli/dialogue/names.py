"""Which products, brands, categories and other values of a catalogue a text names.

A product is named by some words of its title, in any order; in Chinese by a piece of it. A value is
named by its whole name (of a category path, the name of any level), singular or plural.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from youli.data.shop import PRICE_BAND, WORDS, Catalogue
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["NameSpan", "Names", "Token", "ValueSpan", "normal", "stem", "tokens_of"]

_TOKEN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff]+(?:['-][^\W_]+)*"
)
_CATEGORY_SEPARATOR = " > "
#: Tokens of one name that are looked at, and products that a name may leave open.
_LONGEST_SPAN, _MOST_OPEN = 10, 5
#: A title is sure where this share of what it says was said, and it alone.
_SURE_SHARE = 0.75
#: Below this share the words were meant for something else.
_LEAST_SHARE = 0.2
#: Products whose titles are compared letter by letter while a Chinese name grows.
_MOST_COMPARED = 2_000
_NOTHING = np.zeros(0, dtype=np.int32)
#: Words that may stand inside a name: "the boots from Petrel".
_INSIDE = frozenset({"of", "from", "by", "the", "的"})
#: The last word of an English title says what the thing is.
_HEAD_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or one Chinese character, and where it stands."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def is_han(self) -> bool:
        """Whether it is a Chinese character."""
        return "\u3400" <= self.text[0] <= "\ufaff"


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A piece of text that names a product, or one of several; `share` of the title was said."""

    start: int
    end: int
    item_nums: tuple[int, ...]
    share: float
    n_tokens: int


@dataclass(frozen=True, slots=True)
class ValueSpan:
    """A piece of text that names a value of an attribute."""

    start: int
    end: int
    attribute: str
    value: str


def normal(text: str) -> str:
    """Lower case, one width of letters, plain apostrophes, single blanks."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\s+", " ", plain.translate(_PLAIN)).strip()


_PLAIN = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


def tokens_of(text: str) -> list[Token]:
    """The words of normalised text."""
    return [
        Token(match.group(), stem(match.group()), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word without its plural and genitive endings."""
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=1)
def _no_names() -> frozenset[str]:
    """Words that never start or end a name: `function_words.txt`."""
    text = files("youli.dialogue").joinpath("function_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


class Names:
    """The names of one catalogue, by word."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._titles = [normal(title) for title in catalogue.titles]
        self._catalogue = catalogue
        self._values: dict[str, tuple[str, str]] = {}
        for attribute, value, name in _value_names(catalogue):
            self._values.setdefault(_key(tokens_of(normal(name))), (attribute, value))
        self._values.pop("", None)
        self._longest_value = max((key.count(" ") + 1 for key in self._values), default=0)

    @cached_property
    def _postings(self) -> dict[str, IntArray]:
        """Stem → products whose title has it, int32, sorted."""
        found: dict[str, list[int]] = defaultdict(list)
        for num, title in enumerate(self._titles):
            for one in {token.stem for token in tokens_of(title)}:
                found[one].append(num)
        return {one: np.array(nums, dtype=np.int32) for one, nums in found.items()}

    @cached_property
    def _weights(self) -> dict[str, float]:
        """How much each stem tells apart, in nats."""
        n_all = len(self._titles)
        return {one: math.log(1 + n_all / len(nums)) for one, nums in self._postings.items()}

    @cached_property
    def _heads(self) -> list[str]:
        """The stem that says what each product is: the last word of an English title, or none."""
        heads = []
        for title in self._titles:
            last = title.rsplit(" ", 1)[-1]
            tokens = tokens_of(last)
            heads.append(tokens[-1].stem if tokens and not tokens[-1].is_han else "")
        return heads

    @cached_property
    def _totals(self) -> FloatArray:
        """What all words of each title weigh together, float64 [n_items]."""
        totals = np.zeros(len(self._titles))
        for one, nums in self._postings.items():
            totals[nums] += self._weights[one]
        extra = [(_HEAD_WEIGHT - 1.0) * self._weights.get(head, 0.0) for head in self._heads]
        totals += np.array(extra)
        return totals

    def warm_up(self) -> None:
        """Read the titles now, not with the first question."""
        _ = self._totals

    def saying(self, words: Iterable[str]) -> BoolArray:
        """The products whose titles say one of the words, bool [n_items].

        English words are looked for whole, singular or plural, Chinese ones anywhere.
        """
        found = np.zeros(len(self._titles), dtype=bool)
        for word in words:
            tokens = tokens_of(normal(word))
            if not tokens:
                continue
            if any(one.is_han for one in tokens):
                piece = normal(word)
                found |= np.fromiter((piece in one for one in self._titles), bool, len(found))
                continue
            nums = self._postings.get(tokens[0].stem, _NOTHING)
            for one in tokens[1:]:
                nums = np.intersect1d(nums, self._postings.get(one.stem, _NOTHING))
            found[nums] = True
        return found

    def values(self, text: str, tokens: Sequence[Token]) -> list[ValueSpan]:
        """The values of attributes that are named, longest first, none within another."""
        found: list[ValueSpan] = []
        for length in range(min(self._longest_value, len(tokens)), 0, -1):
            for at in range(len(tokens) - length + 1):
                some = tokens[at : at + length]
                known = self._values.get(_key(some))
                if known and not _overlaps(some[0].start, some[-1].end, found):
                    found.append(ValueSpan(some[0].start, some[-1].end, *known))
        return found

    def products(
        self, text: str, tokens: Sequence[Token], focus: Iterable[int] = ()
    ) -> list[NameSpan]:
        """The products that are named, longest name first, none within another.

        Where the words fit several, one of `focus` (what the talk is about) goes first.
        """
        spans: list[NameSpan] = []
        wanted = frozenset(focus)
        for at, token in enumerate(tokens):
            if token.stem in self._postings and token.text not in _no_names():
                span = self._longest_from(tokens[at : at + _LONGEST_SPAN], wanted)
                if span is not None:
                    spans.append(span)
        spans.sort(key=lambda one: (-one.n_tokens, -one.share))
        kept: list[NameSpan] = []
        for span in spans:
            if not _overlaps(span.start, span.end, kept):
                kept.append(span)
        return kept

    def _longest_from(self, tokens: Sequence[Token], focus: frozenset[int]) -> NameSpan | None:
        """The longest name that starts with the first token."""
        candidates, used = self._postings[tokens[0].stem], [tokens[0]]
        for token in tokens[1:]:
            if token.text in _INSIDE:
                continue
            postings = self._postings.get(token.stem)
            if postings is None:
                break
            more = np.intersect1d(candidates, postings, assume_unique=True)
            more = self._with_piece(more, [*used, token])
            if not len(more):
                break
            candidates = more
            used.append(token)
        if len(used) == 1 and used[0].is_han:
            return None  # a single character names nothing
        if not _contiguous_han(used):
            return None
        in_focus = [num for num in candidates.tolist() if num in focus] if focus else []
        if in_focus:
            candidates = np.array(in_focus, dtype=np.int32)
        shares = self._shares(candidates, {token.stem for token in used})
        order = np.lexsort((candidates, -shares))[:_MOST_OPEN]
        share = float(shares[order[0]])
        if share < _LEAST_SHARE:
            return None
        sure = len(order) == 1 or (share >= _SURE_SHARE and shares[order[1]] < share)
        nums = tuple(candidates[order[: 1 if sure else _MOST_OPEN]].tolist())
        return NameSpan(used[0].start, used[-1].end, nums, share, len(used))

    def _with_piece(self, candidates: IntArray, used: Sequence[Token]) -> IntArray:
        """Those whose titles hold the Chinese of a name in one piece."""
        piece = "".join(token.text for token in used if token.is_han)
        if len(piece) < 2 or len(candidates) > _MOST_COMPARED:
            return candidates
        kept = [num for num in candidates.tolist() if piece in self._titles[num]]
        return np.array(kept, dtype=np.int32)

    def _shares(self, candidates: IntArray, said: set[str]) -> FloatArray:
        """How much of what each title says was said, between 0 and 1; float64 [n]."""
        weight = sum(self._weights[one] for one in said)
        heads = np.array([self._heads[num] in said for num in candidates.tolist()])
        head = np.array([self._weights.get(self._heads[num], 0.0) for num in candidates.tolist()])
        shares: FloatArray = (weight + heads * (_HEAD_WEIGHT - 1.0) * head) / self._totals[
            candidates
        ]
        return shares


def _key(tokens: Sequence[Token]) -> str:
    return " ".join(token.stem for token in tokens)


def _contiguous_han(used: Sequence[Token]) -> bool:
    han = [token for token in used if token.is_han]
    return all(a.end == b.start for a, b in pairwise(han))


def _overlaps(start: int, end: int, spans: Iterable[NameSpan | ValueSpan]) -> bool:
    return any(start < one.end and one.start < end for one in spans)


def _value_names(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """(attribute, value, name), names of coarse category levels after those of fine ones."""
    levels = [one.name for one in catalogue.attributes_of_category]
    plain = [one for one in catalogue.attributes if one.name not in (WORDS, PRICE_BAND)]
    ordered = sorted(plain, key=lambda one: (one.name != "brand", -_level(one.name, levels)))
    for attribute in ordered:
        for value in attribute.values:
            if attribute.name in levels:  # the same name may stand in several branches
                name = value.rsplit(_CATEGORY_SEPARATOR, 1)[-1]
                yield "category", name, name
            elif not value.strip().isdigit():
                yield attribute.name, value, value


def _level(name: str, levels: Sequence[str]) -> int:
    return levels.index(name) if name in levels else -1
