"""What a language has to say: its forms, and how it writes counts, dates, money and titles.

A form is a template with slots. A slot's name is the name of the fact that fills it, so that what
is read back can be compared with the facts by name:

- ``{n_both}`` writes the fact `n_both`;
- ``{n_both|shopper|shoppers}`` writes the word that agrees with it in number.

Forms are found by keys such as ``went_on/bought``; chips add ``/chip``. `plan` names the keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["ELLIPSIS", "SLOT", "Grammar", "printable", "shortened"]

ELLIPSIS = "…"
#: One slot of a template: its name, then words to agree with it.
SLOT = re.compile(r"\{([a-z_0-9]+)((?:\|[^|}]*)*)\}")

_SPACES = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Grammar:
    """One language. Dates are ISO strings; `today` decides whether a year must be written."""

    lang: str
    forms: Mapping[str, str]
    #: Around a product's title.
    quotes: tuple[str, str]
    #: Characters that a title and an attribute's value may take before they are shortened.
    longest_title: int
    #: Between an opening and what was observed; at the end of a sentence.
    joiner: str
    stop: str
    date: Callable[[str, str], str]
    #: (year or None, month, day) of a written date.
    read_date: Callable[[str], tuple[int | None, int, int] | None]
    #: What a date looks like, without capturing groups.
    date_pattern: str
    #: Which of a slot's words agrees with a number.
    plural: Callable[[int], int]
    attribute_names: Mapping[str, str] = field(default_factory=dict)
    #: (attribute, value) → word, for values that Youli itself made.
    attribute_values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    #: Words that turn a statement round.
    negations: frozenset[str] = frozenset()

    def title(self, title: str) -> str:
        """A title in quotes, shortened where it is long."""
        return f"{self.quotes[0]}{shortened(self.plain(title), self.longest_title)}{self.quotes[1]}"

    def plain(self, title: str) -> str:
        """A title on one line, without the language's own quotes and brackets of bidi."""
        text = printable(title)
        for quote in self.quotes:
            text = text.replace(quote, "'")
        return text

    def attribute(self, name: str) -> str:
        """What people call an attribute."""
        return self.attribute_names.get(name, self.plain(name.replace("_", " ")))

    def value(self, name: str, value: str) -> str:
        """What people call a value: of a category path, the last level."""
        word = self.attribute_values.get((name, value))
        if word is not None:
            return word
        return shortened(self.plain(value.rsplit(" > ", 1)[-1]), self.longest_title)


def printable(text: str) -> str:
    """The text on one line, without control and direction characters."""
    return _SPACES.sub(" ", text).strip()


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters, cut between words where there are words."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    space = cut.rfind(" ")
    if space >= longest // 2 and text[longest - 1] != " ":
        cut = cut[:space]
    return cut.rstrip(" ,;:-–") + ELLIPSIS
