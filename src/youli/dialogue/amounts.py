"""Numbers and prices in words: "under £20", "fifteen quid", 「一百二以内」, "from 10 to 30 euros".

A number is a price only where something says so: a currency, or a limit such as "under" or 以内.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Price", "chinese_number", "english_number", "prices_in"]

_ONES = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
         "nineteen")
    )
}  # fmt: skip
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_HAN_DIGITS = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "两": 2, "〇": 0}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}

_EN_WORD = "|".join([*_ONES, *_TENS, "hundred", "thousand"])
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"|(?<![a-z])(?:{_EN_WORD})(?:[ -](?:and )?(?:{_EN_WORD}))*(?![a-z])"
    r"|[零〇一二两三四五六七八九十百千万]+)"
)
_CURRENCIES = {
    "GBP": r"£|pounds?|quid|gbp|sterling|英镑|镑",
    "USD": r"us\$|\$|dollars?|bucks|usd|美元|美金|刀",
    "EUR": r"€|euros?|eur|欧元",
    "CNY": r"¥|￥|yuan|rmb|cny|kuai|块钱|块|元|人民币",
}
_ANY_CURRENCY = "|".join(_CURRENCIES.values())
_MONEY = (
    rf"(?P<before@>{_ANY_CURRENCY})?\s*(?P<number@>{_NUMBER})"
    rf"(?:\s*(?P<after@>{_ANY_CURRENCY})(?![a-z]))?"
)
_ONE, _TWO = _MONEY.replace("@", "1"), _MONEY.replace("@", "2")

#: What stands before or after an amount, and which limit it makes.
_FORMS: tuple[tuple[str, str], ...] = (
    ("range", rf"(?:between|from)\s+{_ONE}\s*(?:and|to|-|–)\s*{_TWO}"),
    ("range", rf"{_ONE}\s*(?:-|–|~|到|至)\s*{_TWO}(?:之间)?"),
    (
        "max",
        r"(?:under|below|less than|lower than|cheaper than|up to|at most|at max"
        r"|max\.?(?:imum)?(?: of)?|no more than|not more than|not over|nothing over|nothing above"
        r"|not above|within|budget(?: is| of|:)?|limit(?: is| of)?"
        rf"|不超过|别超过|低于|少于|最多|不高于|不到|预算(?:是|在|只有|大概)?)\s*{_ONE}"
        r"(?:\s*(?:以内|以下|之内|封顶))?",
    ),
    ("min", rf"(?:not under|not below|at least|no less than|over|above|more than|starting at"
            rf"|min\.?(?:imum)?(?: of)?|超过|高于|大于|至少|不低于|不少于|最少)\s*{_ONE}"
            r"(?:\s*以上)?"),
    ("max", rf"{_ONE}\s*(?:or less|or under|or below|or cheaper|tops|max(?:imum)?|at most"
            r"|以内|以下|之内|封顶|内(?!在))"),
    ("min", rf"{_ONE}\s*(?:or more|and up|or over|plus|以上|起步|起)"),
    ("about", rf"(?:around|about|roughly|approximately|circa|~|大概|大约|差不多)\s*{_ONE}"
            r"(?:\s*左右)?"),
    ("about", rf"{_ONE}\s*(?:左右|上下|or so)"),
    ("exact", _ONE),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _FORMS)


@dataclass(frozen=True, slots=True)
class Price:
    """A limit on a price, where it stands in the text, and its currency where one was said."""

    limit: str  # max, min, about
    amount: Decimal
    currency: str | None
    start: int
    end: int


def english_number(text: str) -> int | None:
    """The number that English words write, such as "twenty five"; None where there is none."""
    total = current = 0
    words = [word for word in re.split(r"[ -]", text) if word and word != "and"]
    if not words:
        return None
    for word in words:
        if word in _ONES:
            current += _ONES[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word == "thousand":
            total, current = total + max(current, 1) * 1_000, 0
        else:
            return None
    return total + current


def chinese_number(text: str) -> int | None:
    """The number that Chinese writes, such as 「一百二」 (120); None where there is none."""
    total = section = digit = 0
    last_unit = 1
    for at, character in enumerate(text):
        if character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
            ends = at == len(text) - 1
            if ends and digit and last_unit >= 100 and text[at - 1] not in "零〇":
                return total + section + digit * last_unit // 10  # 一百二 is 120
        elif character in _HAN_UNITS:
            last_unit = _HAN_UNITS[character]
            if last_unit == 10_000:
                total, section = (total + section + digit) * 10_000, 0
            else:
                section += max(digit, 1) * last_unit
            digit = 0
        else:
            return None
    return total + section + digit if text else None


def prices_in(text: str) -> Iterator[Price]:
    """Every limit on a price in lower-case text, in the order of how sure its form is."""
    taken: list[tuple[int, int]] = []
    for limit, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            found = list(_read(limit, match))
            if found:
                taken.append(match.span())
                yield from found


def _read(limit: str, match: re.Match[str]) -> Iterator[Price]:
    amounts = [
        _amount(match.group(f"number{n}")) for n in (1, 2) if f"number{n}" in match.groupdict()
    ]
    codes = [_code(match, n) for n in range(1, len(amounts) + 1)]
    if None in amounts:
        return
    code = next((one for one in reversed(codes) if one), None)
    if limit == "range":
        said = re.match(r"between|from", match.group())
        if (
            said is None
            and code is None
            and "到" not in match.group()
            and "至" not in match.group()
        ):
            return  # "2-3" alone may be anything
        low, high = amounts
        assert low is not None
        assert high is not None
        yield Price("min", low, code, *match.span())
        yield Price("max", high, code, *match.span())
        return
    (amount,) = amounts
    assert amount is not None
    if limit == "exact":
        if code is None:
            return
        limit = "about"
    yield Price(limit, amount, code, *match.span())


def _amount(text: str) -> Decimal | None:
    if text[0].isdigit():
        return Decimal(text.replace(",", ""))
    number = english_number(text) if text[0].isascii() else chinese_number(text)
    return None if number is None else Decimal(number)


def _code(match: re.Match[str], n: int) -> str | None:
    said = match.group(f"before{n}") or match.group(f"after{n}")
    if said is None:
        return None
    return next(code for code, words in _CURRENCIES.items() if re.fullmatch(words, said))
