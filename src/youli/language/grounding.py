"""Read a sentence back, and match everything it says with facts.

Two readers:

- `read` takes a sentence apart by the form it should have and compares slot by slot, so that a
  number in another number's place is caught, too. Any other word makes it unreadable.
- `ungrounded` reads free text (a language model's): every title or shared word in quotes, date,
  amount of money, percentage and number must be some fact, and nothing may be denied that the claim
  does not deny.

Neither calls what writes: numbers, dates, money and titles are read by their own code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from youli.data.schema import CURRENCY_EXPONENT
from youli.explain.types import Fact
from youli.language.grammar import ELLIPSIS, SLOT, Grammar
from youli.language.realise import CURRENCY_SIGNS

__all__ = ["read", "same_title", "things_counted", "ungrounded", "wrong_slots"]

_COUNT = r"\d[\d,]*"
_PERCENT = r"<?\d+(?:\.\d+)?%"
_SIGNS = "".join(re.escape(sign) for sign in sorted(set(CURRENCY_SIGNS.values())))
_MONEY = rf"-?(?:[{_SIGNS}]|[A-Z]{{3}} )\d[\d,]*(?:\.\d+)?"
_NUMBER = r"(?<![0-9A-Za-z.])-?\d[\d,]*(?:\.\d+)?"
_WORD = r"[^\W\d_]+"
#: A shortened title keeps at least this many characters of the real one.
_SHORTEST_PREFIX = 12
#: Slots that stand in quotes: titles, and what a product and a search have in common.
_QUOTED = ("source_title", "phrase")
#: Compiled patterns: three lengths of every kind in every language, with room for plug-ins.
_N_PATTERNS = 4096


def read(
    text: str, grammar: Grammar, keys: Sequence[str], *, whole: bool = True
) -> dict[str, str] | None:
    """What stands in each slot of the given forms; None where the text has another form.

    A slot that stands twice must say the same twice, and a word must agree with its number.
    `whole` is false for a chip, which has no full stop.
    """
    shape = grammar.joiner.join([grammar.forms[key] for key in keys]) + grammar.stop * whole
    pattern, slots, words = _compiled(shape, grammar.quotes, grammar.date_pattern)
    found = pattern.fullmatch(text)
    if found is None:
        return None
    slots_read: dict[str, str] = {}
    written_in = found.groupdict()
    for group, name in slots.items():
        written = written_in[group]
        if slots_read.setdefault(name, written) != written:
            return None
    for group, (name, choices) in words.items():
        if name not in slots_read or not re.fullmatch(_COUNT, slots_read[name]):
            continue
        if found.group(group) != choices[grammar.plural(_count(slots_read[name]))]:
            return None
    return slots_read


def wrong_slots(
    slots: Mapping[str, str], facts: Mapping[str, Fact], grammar: Grammar
) -> tuple[str, ...]:
    """Names of the slots that do not say what the facts say."""
    return tuple(
        name
        for name, written in slots.items()
        if name not in facts or not _same(name, written, facts, grammar)
    )


def ungrounded(
    text: str, facts: Mapping[str, Fact], grammar: Grammar, *, may_deny: bool = False
) -> tuple[str, ...]:
    """Every title, date, amount, percentage, number and denial in free text that is no fact."""
    found: list[str] = []
    rest = text
    titles = [str(fact) for name, fact in facts.items() if name.startswith(_QUOTED)]
    shared = [str(facts[name]) for name in ("word", "word_2", "word_3") if name in facts]
    if "topic" in facts:
        shared.append(str(facts.get(f"topic_{grammar.lang}", facts["topic"])))
    opened, closed = (re.escape(quote) for quote in grammar.quotes)
    found.extend(
        quoted
        for quoted in re.findall(f"{opened}([^{opened}{closed}]*){closed}", rest)
        if not any(same_title(quoted, title, grammar) for title in titles) and quoted not in shared
    )
    rest = re.sub(f"{opened}[^{opened}{closed}]*{closed}", " ", rest)
    for pattern, is_fact in (
        (grammar.date_pattern, _is_date),
        (_MONEY, _is_money),
        (_PERCENT, _is_percent),
        (_NUMBER, _is_number),
    ):
        if pattern is _NUMBER:  # values last of all: "2" is a size, and also a part of a date
            rest = _without_values(rest, facts, grammar)
        found.extend(one for one in re.findall(pattern, rest) if not is_fact(one, facts, grammar))
        rest = re.sub(pattern, " ", rest)
    if not may_deny:
        found.extend(_denials(rest, grammar))
    return tuple(found)


def things_counted(text: str, grammar: Grammar) -> list[str]:
    """Every date, amount of money, percentage and number of a text, kind by kind, in order."""
    found: list[str] = []
    for pattern in (grammar.date_pattern, _MONEY, _PERCENT, _NUMBER):
        found += re.findall(pattern, text)
        text = re.sub(pattern, " ", text)
    return found


def same_title(written: str, title: str, grammar: Grammar) -> bool:
    """Whether a written title is a product's title, or its beginning and an ellipsis."""
    real = grammar.plain(title)
    if written == real:
        return True
    start = written.removesuffix(ELLIPSIS)
    return start != written and len(start) >= _SHORTEST_PREFIX and real.startswith(start)


# -- reading one slot ------------------------------------------------------------------------


def _same(name: str, written: str, facts: Mapping[str, Fact], grammar: Grammar) -> bool:
    fact = facts[name]
    if name.startswith(_QUOTED):
        return same_title(written, str(fact), grammar)
    if name.startswith("value"):
        return _same_value(
            written, str(facts[name.replace("value", "attribute")]), str(fact), grammar
        )
    if name.startswith("attribute"):
        return written in (grammar.attribute_names.get(str(fact)), _spaced(fact, grammar))
    match name:
        case "word" | "word_2" | "word_3":
            return written == fact
        case "topic":
            return written == facts.get(f"topic_{grammar.lang}", fact)
        case "last_date":
            return _same_date(written, str(fact), str(facts["today"]), grammar)
        case "confidence":
            return _same_percent(written, float(fact))
        case "price_minor":
            return _money(written) == (int(fact), str(facts["currency"]))
        case _:
            return _count(written) == fact


def _spaced(fact: Fact, grammar: Grammar) -> str:
    return grammar.plain(str(fact).replace("_", " "))


def _same_value(written: str, attribute: str, value: str, grammar: Grammar) -> bool:
    word = grammar.attribute_values.get((attribute, value))
    return written == word if word else same_title(written, value.split(" > ")[-1], grammar)


def _count(written: str) -> int:
    return int(written.replace(",", ""))


def _same_date(written: str, iso: str, today: str, grammar: Grammar) -> bool:
    parts = grammar.read_date(written)
    if parts is None:
        return False
    year, month, day = parts
    return f"{today[:4] if year is None else f'{year:04d}'}-{month:02d}-{day:02d}" == iso


def _same_percent(written: str, share: float) -> bool:
    digits = written.strip("<%")
    if written.startswith("<"):
        return 100.0 * share < float(digits)
    half = 0.5 * 10.0 ** -len(digits.partition(".")[2])
    return abs(100.0 * share - float(digits)) <= half + 1e-9


def _money(written: str) -> tuple[int, str] | None:
    """Minor units and currency; the sign ¥ is read as the first currency that it fits."""
    found = re.fullmatch(rf"(-?)([{_SIGNS}]|[A-Z]{{3}} )([\d,]+)(?:\.(\d+))?", written)
    if found is None:
        return None
    minus, sign, whole, rest = found.groups()
    digits = len(rest or "")
    for currency in [c for c, s in CURRENCY_SIGNS.items() if s == sign] or [sign.strip()]:
        if CURRENCY_EXPONENT.get(currency, 2) == digits:
            minor = _count(whole) * 10**digits + int(rest or 0)
            return (-minor if minus else minor), currency
    return None


# -- free text -------------------------------------------------------------------------------


def _is_date(written: str, facts: Mapping[str, Fact], grammar: Grammar) -> bool:
    today = str(facts.get("today", ""))
    return any(
        _same_date(written, str(fact), today, grammar)
        for name, fact in facts.items()
        if name in ("last_date", "today")
    )


def _is_money(written: str, facts: Mapping[str, Fact], grammar: Grammar) -> bool:
    return "price_minor" in facts and _same("price_minor", written, facts, grammar)


def _is_percent(written: str, facts: Mapping[str, Fact], grammar: Grammar) -> bool:
    shares = [fact for name, fact in facts.items() if name in ("confidence", "support")]
    return any(_same_percent(written, float(share)) for share in shares)


def _is_number(written: str, facts: Mapping[str, Fact], grammar: Grammar) -> bool:
    number = float(written.replace(",", ""))
    return any(
        number == fact
        for name, fact in facts.items()
        if isinstance(fact, int) and not name.startswith("source") and name != "timed"
    )


def _without_values(rest: str, facts: Mapping[str, Fact], grammar: Grammar) -> str:
    for name, value in facts.items():
        if name.startswith("value"):
            attribute = str(facts[name.replace("value", "attribute")])
            written = re.escape(grammar.value(attribute, str(value)))
            rest = re.sub(rf"(?<![0-9A-Za-z]){written}(?![0-9A-Za-z])", " ", rest)
    return rest


def _denials(rest: str, grammar: Grammar) -> list[str]:
    if grammar.joiner.isascii():
        words = re.findall(r"[a-z']+", rest.lower())
        return [w for w in words if w in grammar.negations or w.endswith("n't")]
    return [word for word in grammar.negations if word in rest]


# -- patterns --------------------------------------------------------------------------------


_Pattern = tuple[re.Pattern[str], dict[str, str], dict[str, tuple[str, list[str]]]]


@lru_cache(maxsize=_N_PATTERNS)
def _compiled(shape: str, quotes: tuple[str, str], date: str) -> _Pattern:
    """A form as a regular expression: group → slot, and group → slot and its words."""
    parts, at = [], 0
    slots: dict[str, str] = {}
    words: dict[str, tuple[str, list[str]]] = {}
    for number, slot in enumerate(SLOT.finditer(shape)):
        parts.append(re.escape(shape[at : slot.start()]))
        group, name, choices = f"g{number}", slot.group(1), slot.group(2)
        if choices:
            words[group] = (name, choices[1:].split("|"))
            parts.append(f"(?P<{group}>{'|'.join(map(re.escape, words[group][1]))})")
        else:
            slots[group] = name
            parts.append(_slot_pattern(name, group, quotes, date))
        at = slot.end()
    parts.append(re.escape(shape[at:]))
    return re.compile("".join(parts), re.DOTALL), slots, words


def _slot_pattern(name: str, group: str, quotes: tuple[str, str], date: str) -> str:
    if name.startswith(_QUOTED):
        opened, closed = (re.escape(quote) for quote in quotes)
        return f"{opened}(?P<{group}>[^{opened}{closed}]*){closed}"
    if name.startswith(("attribute", "value")):
        return f"(?P<{group}>.+?)"
    inner = {
        "topic": ".+?",
        "word": _WORD,
        "word_2": _WORD,
        "word_3": _WORD,
        "last_date": date,
        "confidence": _PERCENT,
        "price_minor": _MONEY,
    }.get(name, _COUNT)
    return f"(?P<{group}>{inner})"
