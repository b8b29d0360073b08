"""One thing in a true sentence made false, as a slip, a bug or a language model would.

Facts are exchanged by saying the same forms with another fact, so that grammar and plural agree and
only the content is false; words that carry the meaning (directions, denials, what was done) are
exchanged in the text, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from youli.data.shop import Shop
from youli.evaluate.language.sayings import Saying, slots_of
from youli.explain.types import Fact

__all__ = ["KINDS", "mutants"]

#: Words that turn a statement when one takes the other's place, by language; both ways.
_TURNS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("up from", "down from"), ("more than", "fewer than"), ("higher", "lower"),
        ("above", "below"), ("falls", "rises"), ("later", "earlier"), ("after", "before"),
        ("same", "different"), ("last", "first"), ("largest", "smallest"), ("most", "least"),
    ),
    "zh": (
        ("更高", "更低"), ("之前", "之后"), ("下降", "上升"), ("提高", "降低"), ("后来", "先前"),
        ("相同", "不同"), ("相近", "相反"), ("最近一次", "第一次"), ("多", "少"), ("内", "外"),
    ),
}  # fmt: skip
#: Verbs and the like before which a denial may be put.
_DENIED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": tuple(
        (word, f"{denial} {word}")
        for denial, words in {
            "never": ("bought", "chose", "looked", "put", "saved", "rated", "opened", "found",
                      "hold", "holds", "has", "have", "speaks", "say", "costs"),
            "not": ("in", "close", "both", "because", "be", "like", "described"),
        }.items()
        for word in words
    ),
    "zh": tuple(
        (word, f"{denial}{word}")
        for denial, words in {
            "没": ("买", "选", "看过", "收藏", "评价", "点开", "搜到", "有"),
            "不": ("在", "会", "相同", "相近", "接近", "像", "是", "含有", "支持"),
        }.items()
        for word in words
    ),
}  # fmt: skip
#: Denials taken out or turned.
_AFFIRMED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": ((" not ", " "), ("Without", "With"), ("without", "with"), ("nobody", "everybody"),
           ("Few", "Many"), ("few", "many"), ("No ", "Every "), ("None", "All"), ("none", "all")),
    "zh": (("不会", "会"), ("没有", "有"), ("不计", "计"), ("少数", "多数"), ("不在", "在")),
}  # fmt: skip
#: What was done, exchanged for something else.
_DONE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (("bought", "looked at"), ("bought", "returned"), ("chose", "declined"),
           ("looked at", "bought"), ("saved", "bought"), ("rated", "bought"),
           ("opened", "bought"), ("put", "took")),
    "zh": (("买过", "看过"), ("买过", "退过"), ("选过", "拒绝过"), ("看过", "买过"),
           ("收藏过", "买过"), ("评价过", "买过"), ("点开过", "买过")),
}  # fmt: skip
_DIGITS = re.compile(r"\d[\d,]*")


def mutants(saying: Saying, shop: Shop, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Kind and text of every way in which one thing was changed; a text that stays is none."""
    text = saying.text
    seen = {text}
    for kind, make in KINDS.items():
        for other in make(saying, text, shop, rng):
            if other not in seen:
                seen.add(other)
                yield kind, other


# -- exchanged facts -------------------------------------------------------------------------


def _evidence(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """Another product of the shop in a product's place; two that are named in each other's."""
    del text
    named = [slot for slot in slots_of(saying) if slot.startswith("source_title")]
    for slot in named:
        other = shop.catalogue.titles[int(rng.integers(shop.interactions.n_items))]
        yield saying.said({**saying.facts, slot: other})
    for one, two in pairwise(named):
        turned = {one: saying.facts[two], two: saying.facts[one]}
        yield saying.said({**saying.facts, **turned})


def _brand(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """Another value of the same attribute, and another attribute."""
    del text
    known = {one.name: one for one in (*shop.catalogue.attributes, *shop.shoppers.attributes)}
    for slot in slots_of(saying):
        if slot.startswith("value"):
            name = str(saying.facts[slot.replace("value", "attribute")])
            if name in known and len(known[name].values) > 1:
                values = known[name].values
                yield saying.said({**saying.facts, slot: values[int(rng.integers(len(values)))]})
        if slot.startswith("attribute") and len(known) > 1:
            names = sorted(known)
            yield saying.said({**saying.facts, slot: names[int(rng.integers(len(names)))]})


def _price(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """More, ten times as much, another currency."""
    del text, shop
    if "price_minor" in slots_of(saying):
        price = int(saying.facts["price_minor"])
        for other in (price + 1, price * 10, price + int(rng.integers(1, 10_000)), -price):
            yield saying.said({**saying.facts, "price_minor": other})
        for currency in ("USD", "EUR", "CNY", "JPY", "CHF"):
            if currency != saying.facts["currency"]:
                yield saying.said({**saying.facts, "currency": currency})


def _number(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """Another count in a count's place with its plural, two exchanged, a digit more or less."""
    del shop
    counts = [slot for slot in slots_of(saying) if _is_count(slot, saying.facts)]
    for slot in counts:
        number = int(saying.facts[slot])
        for other in (number + 1, number * 10, number + int(rng.integers(2, 1_000))):
            yield saying.said({**saying.facts, slot: other})
    for one, two in pairwise(counts):
        turned = {one: saying.facts[two], two: saying.facts[one]}
        yield saying.said({**saying.facts, **turned})
    if "confidence" in slots_of(saying):
        share = float(saying.facts["confidence"])
        yield saying.said({**saying.facts, "confidence": (share + 0.1 + 0.8 * rng.random()) % 1.0})
    for found in _DIGITS.finditer(text):
        yield f"{text[: found.end()]}7{text[found.end() :]}"


def _date(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """Another day, month or year."""
    del text, shop
    if "last_date" in slots_of(saying):
        year, month, day = map(int, str(saying.facts["last_date"]).split("-"))
        others = (
            (year, month, day % 28 + 1), (year, month % 12 + 1, min(day, 28)),
            (year - 1, month, min(day, 28)), (year - int(rng.integers(2, 9)), month, min(day, 28)),
        )  # fmt: skip
        for y, m, d in others:
            yield saying.said({**saying.facts, "last_date": f"{y:04d}-{m:02d}-{d:02d}"})


def _word(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """Another word, phrase or topic than the one that both say."""
    del text
    for slot in slots_of(saying):
        if slot.startswith(("word", "phrase", "topic")):
            title = shop.catalogue.titles[int(rng.integers(shop.interactions.n_items))]
            words = re.findall(r"[^\W\d_]{2,}", title.lower())
            if words:
                name = f"topic_{saying.grammar.lang}"
                changed = name if slot == "topic" and name in saying.facts else slot
                yield saying.said({**saying.facts, changed: words[int(rng.integers(len(words)))]})


# -- exchanged words -------------------------------------------------------------------------


def _sign(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """A direction turned, or a minus before a number."""
    del shop, rng
    for one, two in _TURNS[saying.grammar.lang]:
        yield from _exchanged(text, one, two)
        yield from _exchanged(text, two, one)
    for found in _DIGITS.finditer(text):
        yield f"{text[: found.start()]}-{text[found.start() :]}"


def _negation(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """Denied where it is said, and said where it is denied."""
    del shop, rng
    for one, two in (*_DENIED[saying.grammar.lang], *_AFFIRMED[saying.grammar.lang]):
        yield from _exchanged(text, one, two)


def _done(saying: Saying, text: str, shop: Shop, rng: np.random.Generator) -> Iterator[str]:
    """Something else was done."""
    del shop, rng
    for one, two in _DONE[saying.grammar.lang]:
        yield from _exchanged(text, one, two)


def _exchanged(text: str, one: str, two: str) -> Iterator[str]:
    """The text with one of the places of a word changed; whole words where words have spaces."""
    pattern = re.escape(one)
    if one.strip().isascii():
        pattern = rf"(?<![A-Za-z]){pattern}(?![A-Za-z])"
    for found in re.finditer(pattern, text):
        yield text[: found.start()] + two + text[found.end() :]


def _is_count(slot: str, facts: Mapping[str, Fact]) -> bool:
    other = ("source_title", "attribute", "value", "word", "phrase", "topic")
    special = ("last_date", "confidence", "price_minor")
    return not slot.startswith(other) and slot not in special and isinstance(facts[slot], int)


_Maker = Callable[[Saying, str, Shop, np.random.Generator], Iterator[str]]
#: What is made false → how.
KINDS: Mapping[str, _Maker] = {
    "evidence": _evidence,
    "brand": _brand,
    "price": _price,
    "number": _number,
    "date": _date,
    "word": _word,
    "sign": _sign,
    "negation": _negation,
    "done": _done,
}
