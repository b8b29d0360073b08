"""Fill a form with facts, each written as its language writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from youli.data.schema import CURRENCY_EXPONENT
from youli.explain.types import Fact
from youli.language.grammar import SLOT, Grammar

__all__ = ["CURRENCY_SIGNS", "count", "money", "percent", "realise", "sentence"]

#: Signs that name one currency where they are read; every other currency is written by its code.
CURRENCY_SIGNS: Mapping[str, str] = {
    "CNY": "¥",
    "EUR": "€",
    "GBP": "£",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "USD": "$",
}
_DEFAULT_EXPONENT = 2
#: Forms kept taken apart: all of every language, with room for plug-ins.
_N_FORMS = 4096


def realise(grammar: Grammar, key: str, facts: Mapping[str, Fact]) -> str:
    """One form with its slots filled.

    Raises `KeyError` where the language lacks the form or the claim lacks a fact.
    """
    parts = []
    for text, name, words in _parts(grammar.forms[key]):
        if text:
            parts.append(text)
        if words:
            parts.append(words[grammar.plural(int(facts[name]))])
        elif name:
            parts.append(_write(grammar, name, facts))
    return "".join(parts)


@lru_cache(maxsize=_N_FORMS)
def _parts(form: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """A form taken apart: text, the slot after it, and the slot's words to agree in number."""
    parts: list[tuple[str, str, tuple[str, ...]]] = []
    at = 0
    for slot in SLOT.finditer(form):
        words = tuple(slot.group(2)[1:].split("|")) if slot.group(2) else ()
        parts.append((form[at : slot.start()], slot.group(1), words))
        at = slot.end()
    return (*parts, (form[at:], "", ()))


def sentence(grammar: Grammar, keys: Sequence[str], facts: Mapping[str, Fact]) -> str:
    """Several forms as one sentence."""
    return grammar.joiner.join(realise(grammar, key, facts) for key in keys) + grammar.stop


def count(number: int) -> str:
    """A count with thousands apart: 1,234."""
    return f"{number:,}"


def percent(share: float) -> str:
    """A share as a percentage: two digits that count, never a share of nothing as 0."""
    hundredths = 100.0 * share
    if hundredths >= 10.0:
        return f"{hundredths:.0f}%"
    return f"{hundredths:.1f}%" if hundredths >= 0.1 else "<0.1%"


def money(minor: int, currency: str) -> str:
    """An amount in minor units as people write it: £2.55, ¥1,200, CHF 9.90."""
    exponent = CURRENCY_EXPONENT.get(currency, _DEFAULT_EXPONENT)
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    whole, rest = divmod(abs(minor), 10**exponent)
    digits = f"{whole:,}" + (f".{rest:0{exponent}d}" if exponent else "")
    return f"{'-' if minor < 0 else ''}{sign}{digits}"


def _write(grammar: Grammar, name: str, facts: Mapping[str, Fact]) -> str:
    fact = facts[name]
    if name.startswith(("source_title", "phrase")):
        return grammar.title(str(fact))
    if name.startswith("value"):
        return grammar.value(str(facts[name.replace("value", "attribute")]), str(fact))
    if name.startswith("attribute"):
        return grammar.attribute(str(fact))
    match name:
        case "word" | "word_2" | "word_3":
            return str(fact)
        case "topic":
            return str(facts.get(f"topic_{grammar.lang}", fact))
        case "last_date":
            return grammar.date(str(fact), str(facts["today"]))
        case "confidence":
            return percent(float(fact))
        case "price_minor":
            return money(int(fact), str(facts["currency"]))
        case _:
            return count(int(fact))
