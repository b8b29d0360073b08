"""A text as an encoder and a reader of words should see it."""

from __future__ import annotations

import html
import re

__all__ = ["MOST_CHARACTERS", "cleaned", "has_words"]

#: Of one text, so many characters are read: encoding takes about 10 µs a character, and what a
#: product is stands at the beginning (amazon_in: 300, 500 and 1,000 differ by .004 in precision).
MOST_CHARACTERS = 300
#: What is looked at before tags and blanks are taken out: bounds the work on a text of megabytes.
_MOST_RAW = 20 * MOST_CHARACTERS

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,200}>")
#: Blanks, control characters, marks of direction and width, lone surrogates.
_BLANK = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffd]+"
)


def cleaned(text: str | None) -> str:
    """On one line, without mark-up and invisible characters, at most `MOST_CHARACTERS` long.

    Empty where it holds no letter of any script: a code or a row of dots means nothing.
    """
    if not text:
        return ""
    short = html.unescape(text[:_MOST_RAW])
    found = _BLANK.sub(" ", _TAG.sub(" ", short)).strip()[:MOST_CHARACTERS].rstrip()
    return found if has_words(found) else ""


def has_words(text: str) -> bool:
    """Whether a text holds a letter of any script."""
    return any(map(str.isalpha, text))
