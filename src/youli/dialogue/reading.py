"""What stands in a text: places, prices, names, words of the lexicon, and what is refused.

Nothing is decided here that depends on what the speaker wants: a word may be part of a product's
name and the name of a category at once, and `understand` takes the one that fits the intent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from youli.dialogue.amounts import Price, chinese_number, prices_in
from youli.dialogue.lexicon import word_meanings
from youli.dialogue.names import Names, NameSpan, Token, normal, tokens_of

__all__ = ["Facet", "Place", "Reading", "read_text"]

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_PLACE = re.compile(
    r"(?P<two>\bfirst two\b|\btop two\b|前(?:两|二)(?:个|款|件|项)?)"
    r"|(?P<last>\b(?:the )?(?:very )?last (?:one|product|item|suggestion|recommendation|entry)\b"
    r"|\bthe last(?= (?:was|is|looks|and|or)\b|\?|$)|最后(?:一|那)?(?:个|款|件|项|一个|那个)?)"
    rf"|(?P<word>\b(?:{'|'.join(_ORDINALS)})\b)(?! time| place i)"
    r"|(?P<digit>\b\d{1,2}(?:st|nd|rd|th)\b)"
    r"|(?:\bnumbers?|\bnos?\.?|\bitems?|#)\s*(?P<number>\d{1,2}|one|two|three|four|five|six|seven"
    r"|eight|nine|ten)\b(?:\s*(?:and|or|&|,|vs\.?)\s*(?P<more>\d{1,2})\b(?!\s*(?:pounds|euro|dollar)))?"
    r"|第\s*(?P<han>[一二三四五六七八九十两\d]{1,3})(?!次|天|步)(?:个|款|件|项|种|号|条|本|位)?"
    r"|(?<![\w第])(?P<hao>[一二三四五六七八九十\d]{1,2})号(?!楼|线|店)"
)  # fmt: skip
_NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

#: What refuses the words after it, up to the end of the clause.
_REFUSES = re.compile(
    r"(?<!why )\b(?:not|no|without|non|except|neither|nor|avoid|hate|allergic to|other than"
    r"|instead of|rather than|anything but|dislike|isn't|aren't|wasn't|don't (?:want|like)"
    r"|doesn't have|never)\b(?! too\b| very\b| that\b| more than| less than| over| under)"
    r"|(?<!有)没有|不要|别要|不含|不带|不是|不能是|不能有|别给我|不想要|不喜欢|除了|避开|讨厌|拒绝"
    r"|无(?=[玻塑皮毛])|非(?=[玻塑皮毛])"
)
#: What refuses the words before it in its clause.
_REFUSED_BEFORE = re.compile(
    r"(?:都|也|全)?(?:不要|别要|不行|除外|过敏|免了|不考虑)(?:了|吧)?\s*$"
    r"|[- ]free\b|\b(?:excluded|not wanted)\s*$"
)
_CLAUSE_END = re.compile(
    r"[,;.!?，。；！？、]\s|[,;:!?，。；：！？]|\b(?:but|with|for|under|below|please)\b|\.$"
)
_LONGEST_REFUSED = 40
#: Characters that say nothing where they are all that is left.
_ALONE = frozenset("上下里中家人新去到出做为对在把被让用时那这也别都的放配")
#: Before somebody who is given something.
_GIVEN_TO = re.compile(r"(?:\bfor|[给送为])(?: (?:my|our|the|a|an|his|her))?\s*$")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the list that was shown, from 1; -1 is the last."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A word of the lexicon or a value of the catalogue; `wanted` is false where it is refused."""

    kind: str
    value: str
    start: int
    end: int
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """A text and everything that was found in it, each in the order of the text."""

    text: str
    tokens: tuple[Token, ...]
    places: tuple[Place, ...]
    prices: tuple[Price, ...]
    facets: tuple[Facet, ...]
    names: tuple[NameSpan, ...]
    #: What is refused and is neither a facet nor a price, as it was said.
    refused_words: tuple[tuple[str, int, int], ...]
    #: What is left of the text, without fillers.
    rest: str
    lang: str

    def is_kind(self, start: int, end: int) -> bool:
        """Whether a piece of the text lies within the name of a category."""
        return any(
            one.kind.startswith("category") and one.start <= start and end <= one.end
            for one in self.facets
        )


def read_text(raw: str, names: Names, focus: Iterable[int] = ()) -> Reading:
    """Find everything in a text, in a few milliseconds; `focus` are the products of the talk."""
    text = normal(raw)
    tokens = tokens_of(text)
    places = tuple(_places(text))
    prices = tuple(_not_over(prices_in(text), places))
    taken = [*((one.start, one.end) for one in places), *((one.start, one.end) for one in prices)]
    free = [one for one in tokens if not _within(one.start, one.end, taken)]
    facets = _facets(text, free, names, taken)
    found = names.products(text, free, focus)
    scopes = list(_refused(text, prices))
    judged = tuple(_judged(facets, scopes, text))
    refused = tuple(_refused_words(text, scopes, judged, prices))
    used = [*taken, *((one.start, one.end) for one in judged), *((a, b) for _, a, b in refused)]
    return Reading(
        text=text,
        tokens=tuple(tokens),
        places=places,
        prices=prices,
        facets=judged,
        names=tuple(sorted(found, key=lambda one: one.start)),
        refused_words=refused,
        rest=_rest(text, used),
        lang=_language(text, tokens),
    )


def _language(text: str, tokens: Sequence[Token]) -> str:
    n_han = sum(one.is_han for one in tokens)
    return "zh" if n_han >= max(1, len(tokens) - n_han) else "en"


def _places(text: str) -> Iterator[Place]:
    for match in _PLACE.finditer(text):
        span = match.span()
        groups = match.groupdict()
        if groups["two"]:
            yield Place(1, *span)
            yield Place(2, *span)
        elif groups["last"]:
            yield Place(-1, *span)
        elif groups["word"]:
            yield Place(1 + _ORDINALS.index(groups["word"]), *span)
        elif groups["digit"]:
            yield Place(int(groups["digit"][:-2]), *span)
        elif groups["number"]:
            said = groups["number"]
            yield Place(int(said) if said.isdigit() else 1 + _NUMBER_WORDS.index(said), *span)
            if groups["more"]:
                yield Place(int(groups["more"]), *span)
        else:
            said = groups["han"] or groups["hao"]
            number = int(said) if said.isdigit() else chinese_number(said)
            if number:
                yield Place(number, *span)


def _not_over(prices: Iterable[Price], places: Sequence[Place]) -> Iterator[Price]:
    taken = [(one.start, one.end) for one in places]
    return (one for one in prices if not _within(one.start, one.end, taken))


def _facets(
    text: str, tokens: Sequence[Token], names: Names, taken: Sequence[tuple[int, int]]
) -> list[Facet]:
    """Values of the catalogue and words of the lexicon, the longest first, none within another."""
    found: list[tuple[int, int, Facet]] = []
    for span in names.values(text, tokens):
        shop_word = span.attribute == "brand" or span.attribute.startswith("category")
        known = Facet(span.attribute, span.value, span.start, span.end)
        as_written = text[span.start : span.end] == normal(span.value.rsplit(" > ", 1)[-1])
        found.append((span.start - span.end, 1 if shop_word and as_written else 3, known))
    for pattern, meaning in word_meanings():
        for match in pattern.finditer(text):
            facet = Facet(meaning.kind, meaning.key, *match.span())
            is_given = meaning.kind == "for" and _GIVEN_TO.search(text[: match.start()])
            found.append((match.start() - match.end(), 0 if is_given else 2, facet))
    kept: list[Facet] = []
    used = list(taken)
    for _, _, facet in sorted(found, key=lambda one: (one[0], one[1], one[2].start)):
        if not _within(facet.start, facet.end, used):
            kept.append(facet)
            used.append((facet.start, facet.end))
    return sorted(kept, key=lambda one: one.start)


def _within(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < b and a < end for a, b in spans)


@dataclass(frozen=True, slots=True)
class _Scope:
    start: int
    end: int
    before: bool  # what refuses stands behind what is refused


def _refused(text: str, prices: Sequence[Price]) -> Iterator[_Scope]:
    """The pieces of the text that something refuses."""
    limits = [(one.start, one.end) for one in prices]
    for match in _REFUSES.finditer(text):
        if _within(*match.span(), limits):
            continue
        end = _CLAUSE_END.search(text, match.end() + 1)
        stop = len(text) if end is None else end.start()
        if text[match.end() : stop].strip(" 的"):
            yield _Scope(match.end(), stop, before=False)
    start = 0
    for clause in re.split(r"([,;!?，。；！？])", text):
        match_before = _REFUSED_BEFORE.search(clause)
        if match_before is not None and match_before.start() > 0:
            yield _Scope(start, start + match_before.start(), before=True)
        start += len(clause)


def _judged(facets: Sequence[Facet], scopes: Sequence[_Scope], text: str) -> Iterator[Facet]:
    """Facets, refused where they stand in a scope.

    A category behind a refused property is the thing that is wanted: "no red quilts".
    """
    for facet in facets:
        scope = next((s for s in scopes if s.start <= facet.start and facet.end <= s.end), None)
        refused = scope is not None and facet.kind not in ("for", "occasion", "sort", "tone")
        if refused and scope is not None and facet.kind.startswith("category"):
            beside = [
                one for one in facets
                if not one.kind.startswith("category") and scope.start <= one.start < facet.start
            ]  # fmt: skip
            refused = not beside and not (scope.before and len(_inside(facets, scope)) > 1)
        yield Facet(facet.kind, facet.value, facet.start, facet.end, wanted=not refused)


def _inside(facets: Sequence[Facet], scope: _Scope) -> list[Facet]:
    return [one for one in facets if scope.start <= one.start and one.end <= scope.end]


def _refused_words(
    text: str, scopes: Sequence[_Scope], facets: Sequence[Facet], prices: Sequence[Price]
) -> Iterator[tuple[str, int, int]]:
    """What is refused in words that nobody knows, such as "without stripes"."""
    for scope in scopes:
        if scope.before or any(not one.wanted for one in _inside(facets, scope)):
            continue
        piece = text[scope.start : scope.end]
        cut = piece.find("的")
        stop = scope.start + (cut if cut >= 0 else min(len(piece), _LONGEST_REFUSED))
        starts = [*(one.start for one in facets), *(one.start for one in prices)]
        stop = min([stop, *(one for one in starts if scope.start <= one)])
        words = _rest(text[scope.start : stop], ())
        if words:
            yield words, scope.start, stop


@lru_cache(maxsize=1)
def _fillers() -> tuple[frozenset[str], re.Pattern[str]]:
    text = files("youli.dialogue").joinpath("fillers.txt").read_text(encoding="utf-8").split()
    han = sorted((word for word in text if not word.isascii()), key=len, reverse=True)
    return frozenset(word for word in text if word.isascii()), re.compile("|".join(han))


def _rest(text: str, used: Iterable[tuple[int, int]]) -> str:
    """The words that are left without fillers, in their order."""
    letters = list(text)
    for start, end in used:
        letters[start:end] = " " * (end - start)
    english, chinese = _fillers()
    words: list[str] = []
    last_end = -1
    for token in tokens_of(chinese.sub(" ", "".join(letters))):
        if token.is_han:
            if words and token.start == last_end and not words[-1].isascii():
                words[-1] += token.text
            else:
                words.append(token.text)
        elif token.text not in english:
            words.append(token.text)
        last_end = token.end
    return " ".join(word for word in words if word not in _ALONE)
