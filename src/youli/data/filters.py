"""Which products are meant: expressions over a catalogue, such as a shop writes in an address.

    category = "Kitchen" and price < 20 and not brand in ("A", "B")

::

    either      = both { "or" both }
    both        = one { "and" one }
    one         = "not" one | "(" either ")" | comparison
    comparison  = name ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "contains" ) value
                | name [ "not" ] "in" "(" value { "," value } ")"
                | name                                          (a column of yes and no)
    name        = a word, or anything between backquotes: `price band`
    value       = "text" | 'text' | a number [ a currency ] | true | false | null

What is compared is true or false, never unknown: a product of which something is not known fails
every comparison with it but ``= null``, and so passes its ``not``. Texts are compared without
regard to case. A category is its whole path, any start of it, and the name of each of its levels.
``price`` is in major units of the shop's currency; a currency beside a number must be that one.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias

import numpy as np

from youli.data.columns import CategoryColumn, Column, LabelColumn, NumberColumn, column_of
from youli.data.shop import PRICE_BAND, Shop
from youli.errors import FilterError
from youli.types import BoolArray

__all__ = ["MOST_LETTERS", "Both", "Compare", "Either", "Filter", "Not", "Value", "parse_filter"]

#: Longest expression.
MOST_LETTERS = 2_000
#: Most comparisons and brackets of one expression, counted together.
_MOST_PARTS = 100
_DEEPEST = 16
_MOST_VALUES = 200
_N_KEPT = 256
_BY_PRICE = frozenset({"price", "price_minor", PRICE_BAND})

Value: TypeAlias = str | float | bool | None

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = frozenset({"and", "or", "not", "in", "contains", "true", "false", "null"})
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?![\w.]))
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<quoted>`[^`]+`)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign><=|>=|!=|==|<>|[=<>(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison of one column with one or several values."""

    name: str
    sign: str
    values: tuple[Value, ...]
    #: ISO code beside a number; empty where there was none.
    currency: str = ""
    #: Where in the text it stands, from 1; 0 where it was not written.
    position: int = 0

    def mask(self, shop: Shop) -> BoolArray:
        """Which products it holds for, bool [n_items]."""
        column = column_of(shop, self.name)
        if column is None:
            raise self._wrong(
                f"this shop's products have no {self.name!r}", ", ".join(_names(shop))
            )
        if self.currency and (self.name != "price" or self.currency != shop.currency):
            raise self._wrong(
                f"{self.currency} is not what {self.name!r} is in", f"prices are in {shop.currency}"
            )
        if self.sign in _ORDERS:
            return self._ordered(column)
        if self.sign == "contains":
            if not isinstance(column, LabelColumn | CategoryColumn):
                raise self._wrong(f"{self.name!r} holds no texts", "compare it with = or <")
            return column.containing(str(self.values[0]))
        masks = [self._equal(column, value) for value in self.values]
        equal: BoolArray = np.logical_or.reduce(masks)
        return ~equal if self.sign == "!=" else equal

    def _ordered(self, column: Column) -> BoolArray:
        numbers, value = column.numbers, self.values[0]
        if numbers is None or isinstance(value, str | bool) or value is None:
            raise self._wrong(f"{self.name!r} cannot be ordered by {self.sign}", "use = or in")
        with np.errstate(invalid="ignore"):  # unknown numbers are NaN, and compare as false
            return np.asarray(_ORDERS[self.sign](numbers, value), dtype=bool)

    def _equal(self, column: Column, value: Value) -> BoolArray:
        if value is None:
            return ~column.known
        if isinstance(column, NumberColumn):
            if isinstance(value, bool) != column.is_yes_no or isinstance(value, str):
                wanted = "true or false" if column.is_yes_no else "a number"
                raise self._wrong(f"{self.name!r} is compared with {wanted}", "")
            return np.asarray(column.numbers == float(value), dtype=bool)
        return column.equal(_as_text(value))

    def _wrong(self, problem: str, hint: str) -> FilterError:
        where = f" (at {self.position})" if self.position else ""
        return FilterError(
            f"filter: {problem}{where}", value=self.name, hint=hint, position=self.position
        )

    def __str__(self) -> str:
        name = self.name if _is_plain(self.name) else f"`{self.name}`"
        if self.sign == "in":
            return f"{name} in ({', '.join(map(_written, self.values))})"
        currency = f" {self.currency}" if self.currency else ""
        return f"{name} {self.sign} {_written(self.values[0])}{currency}"


@dataclass(frozen=True, slots=True)
class Not:
    """What a part does not hold for."""

    part: Part

    def mask(self, shop: Shop) -> BoolArray:
        """Which products it holds for, bool [n_items]."""
        return ~self.part.mask(shop)

    def __str__(self) -> str:
        return f"not ({self.part})"


@dataclass(frozen=True, slots=True)
class Both:
    """What all parts hold for."""

    parts: tuple[Part, ...]

    def mask(self, shop: Shop) -> BoolArray:
        """Which products it holds for, bool [n_items]."""
        return np.asarray(np.logical_and.reduce([part.mask(shop) for part in self.parts]))

    def __str__(self) -> str:
        return " and ".join(f"({part})" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """What at least one part holds for."""

    parts: tuple[Part, ...]

    def mask(self, shop: Shop) -> BoolArray:
        """Which products it holds for, bool [n_items]."""
        return np.asarray(np.logical_or.reduce([part.mask(shop) for part in self.parts]))

    def __str__(self) -> str:
        return " or ".join(f"({part})" for part in self.parts)


Part: TypeAlias = Compare | Not | Both | Either


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed expression; `str` of it says the same in one fixed form."""

    part: Part

    def mask(self, shop: Shop) -> BoolArray:
        """Which products it holds for, bool [n_items].

        Raises `FilterError` where the shop has no such column, or not one to compare so.
        """
        return self.part.mask(shop)

    @property
    def by_price(self) -> bool:
        """Whether another price could change what it holds for."""
        return bool(_BY_PRICE & set(_columns(self.part)))

    def __str__(self) -> str:
        return str(self.part)


@lru_cache(maxsize=_N_KEPT)
def parse_filter(text: str) -> Filter:
    """Read an expression; raises `FilterError` that names the place where it goes wrong."""
    if len(text) > MOST_LETTERS:
        raise FilterError(
            f"filter: longer than {MOST_LETTERS} letters",
            hint="ask for less, or for lists of values with `in (...)`",
            position=MOST_LETTERS,
        )
    return Filter(_Parser(text).whole())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


class _Parser:
    """Recursive descent with one token of look-ahead."""

    _END: ClassVar[str] = "end"

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._n_parts = 0

    def whole(self) -> Part:
        part = self._either(0)
        if self._now.kind != self._END:
            raise _unexpected(self._now, "and, or, or the end")
        return part

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> bool:
        """Step over the next token where it is one of these words or signs."""
        if self._now.kind in ("word", "sign") and self._now.text.lower() in texts:
            self._at += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise _unexpected(self._now, text)

    def _either(self, depth: int) -> Part:
        parts = [self._both(depth)]
        while self._take("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int) -> Part:
        parts = [self._one(depth)]
        while self._take("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self, depth: int) -> Part:
        self._n_parts += 1
        if depth > _DEEPEST or self._n_parts > _MOST_PARTS:
            raise FilterError(
                f"filter: too long or too deep (at {self._now.position})",
                hint=f"at most {_MOST_PARTS} parts, {_DEEPEST} deep; lists go into `in (...)`",
                position=self._now.position,
            )
        if self._take("not"):
            return Not(self._one(depth + 1))
        if self._take("("):
            part = self._either(depth + 1)
            self._need(")")
            return part
        return self._comparison()

    def _comparison(self) -> Part:
        start, name = self._now.position, self._name()
        if self._take("not"):
            self._need("in")
            return Not(Compare(name, "in", self._values(), position=start))
        if self._take("in"):
            return Compare(name, "in", self._values(), position=start)
        sign = self._now.text.lower()
        if not self._take("=", "==", "!=", "<>", "contains", *_ORDERS):
            if self._now.kind == self._END or sign in ("and", "or", ")"):
                return Compare(name, "=", (True,), position=start)
            raise _unexpected(self._now, "a comparison such as = or <")
        position, value = self._now.position, self._value()
        if sign == "contains" and not isinstance(value, str):
            raise FilterError(
                f"filter: contains needs a text (at {position})",
                hint='write it in quotes: title contains "cup"',
                position=position,
            )
        currency = ""
        if isinstance(value, float) and re.fullmatch(r"[A-Z]{3}", self._now.text):
            currency, self._at = self._now.text, self._at + 1
        sign = {"==": "=", "<>": "!="}.get(sign, sign)
        return Compare(name, sign, (value,), currency, start)

    def _name(self) -> str:
        token = self._now
        if token.kind == "quoted":
            self._at += 1
            return token.text[1:-1]
        if token.kind != "word" or token.text.lower() in _WORDS:
            raise _unexpected(token, "the name of a column")
        self._at += 1
        return token.text

    def _values(self) -> tuple[Value, ...]:
        self._need("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        if len(values) > _MOST_VALUES:
            raise FilterError(
                f"filter: more than {_MOST_VALUES} values (at {self._now.position})",
                hint="ask in several requests",
                position=self._now.position,
            )
        self._need(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._now
        found: Value
        if token.kind == "text":
            found = token.text[1:-1]
        elif token.kind == "number" and math.isfinite(number := float(token.text)):
            found = number
        elif token.kind == "word" and token.text.lower() in ("true", "false", "null"):
            found = {"true": True, "false": False, "null": None}[token.text.lower()]
        else:
            raise _unexpected(token, 'a value: a number, "text", true, false or null')
        self._at += 1
        return found


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            bad = at + len(text[at:]) - len(text[at:].lstrip())
            raise _unexpected(_Token("?", text[bad], bad + 1), "a name, a sign or a value")
        kind = match.lastgroup
        yield _Token(kind, match.group(kind), match.start(kind) + 1)
        at = match.end()
    yield _Token("end", "", end + 1)


def _unexpected(token: _Token, wanted: str) -> FilterError:
    found = f"{token.text!r}" if token.text else "the end"
    return FilterError(
        f"filter: {wanted} expected, not {found} (at {token.position})",
        value=token.text,
        hint='such as: category = "Kitchen" and price < 20 and not brand in ("A", "B")',
        position=token.position,
    )


def _columns(part: Part) -> Iterator[str]:
    """The columns that a part compares."""
    match part:
        case Compare():
            yield part.name
        case Not():
            yield from _columns(part.part)
        case Both() | Either():
            for one in part.parts:
                yield from _columns(one)


def _names(shop: Shop) -> list[str]:
    """What may be asked for, in the order of the catalogue."""
    table = [n for n in shop.catalogue.table.column_names if n not in ("price_minor", "currency")]
    made = [one.name for one in shop.catalogue.attributes if one.name not in table]
    priced = ["price"] if bool(np.isfinite(shop.catalogue.price_minor).any()) else []
    return list(dict.fromkeys([*table, *priced, "in_stock", *made]))


def _as_text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return value


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[^\W\d]\w*", name) is not None and name.lower() not in _WORDS


def _written(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return f'"{value}"' if '"' not in value else f"'{value}'"
    return _as_text(value)
