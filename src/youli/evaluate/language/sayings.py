"""True sentences to try the reader on: those that a shop serves, and every form that there is.

A *saying* is a text with the forms it was made by and the facts that filled them. Served ones come
out of the whole pipeline; drawn ones fill each form with titles, attributes, words, prices, dates
and counts of the shop, so that forms which a shop seldom needs are tried as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.engine import Engine
from youli.explain.types import Fact
from youli.language.grammar import SLOT, Grammar
from youli.language.grounding import read, wrong_slots
from youli.language.plan import plan_claim
from youli.language.realise import realise, sentence
from youli.language.vocabulary import Audience
from youli.language.voice import grammars

__all__ = ["Saying", "drawn_sayings", "served_sayings", "slots_of"]

#: Largest count that is drawn, and days that a date may lie back.
_MOST, _DAYS = 50_000, 700
_WORD = re.compile(r"[^\W\d_]{2,}")
_CHIP = "/chip"
#: Forms that end what an opening begins.
_AFTER_OPENINGS = (
    "went_on/", "together/", "chosen_alike/", "shared/one", "shared/price", "similar_text/",
)  # fmt: skip


@dataclass(frozen=True)
class Saying:
    """A true text; `whole` is false for a chip. `served` is false where its facts were drawn."""

    grammar: Grammar
    keys: tuple[str, ...]
    facts: Mapping[str, Fact]
    whole: bool
    served: bool

    @property
    def text(self) -> str:
        """What is said."""
        return self.said(self.facts)

    def said(self, facts: Mapping[str, Fact]) -> str:
        """The same forms filled with other facts."""
        if self.whole:
            return sentence(self.grammar, self.keys, facts)
        return realise(self.grammar, self.keys[0], facts)

    def reads(self, text: str) -> bool:
        """Whether a text passes for this saying: read by its forms, every slot as the facts say."""
        slots = read(text, self.grammar, self.keys, whole=self.whole)
        return slots is not None and not wrong_slots(slots, self.facts, self.grammar)


def slots_of(saying: Saying) -> tuple[str, ...]:
    """Names of the facts that a saying writes, each once."""
    found = [
        slot.group(1) for key in saying.keys for slot in SLOT.finditer(saying.grammar.forms[key])
    ]
    return tuple(dict.fromkeys(found))


def served_sayings(
    engine: Engine, lang: str, *, n_shoppers: int, k: int, rng: np.random.Generator
) -> list[Saying]:
    """Every reason, long and short, in the lists of some shoppers; each text once."""
    events = engine.shop.interactions
    known = np.flatnonzero(np.diff(events.indptr) > 0)
    drawn = rng.permutation(known)[:n_shoppers]
    grammar = grammars(lang, engine.shop.scene, Audience.SHOPPER)[0]
    found: dict[str, Saying] = {}
    for user in drawn.tolist():
        state = ShopperState.of(engine.shop, events.users.ids[user])
        for one in engine.recommend(state, k=k, lang=lang):
            for reason in one.reasons:
                plan = plan_claim(reason.claim, Audience.SHOPPER)
                both: tuple[tuple[tuple[str, ...], bool], ...]
                both = ((plan.text, True), ((plan.chip,), False))
                for keys, whole in both:
                    saying = Saying(grammar, keys, reason.claim.facts, whole, True)
                    found.setdefault(saying.text, saying)
    return list(found.values())


def drawn_sayings(
    shop: Shop, lang: str, *, n_each: int, rng: np.random.Generator
) -> tuple[list[Saying], tuple[str, ...]]:
    """Every form of reasons and answers, `n_each` times, and the forms that the shop cannot fill.

    An opening is said with an observation that may follow it.
    """
    draw = _Draw(shop, rng)
    found: list[Saying] = []
    left_out: list[str] = []
    for grammar in grammars(lang, shop.scene, Audience.SHOPPER):
        after = [key for key in grammar.forms if _may_follow(key)]
        for key in grammar.forms:
            for _ in range(n_each):
                keys: tuple[str, ...] = (key,)
                if key.startswith("opening/"):
                    keys = (key, after[int(rng.integers(len(after)))])
                facts = draw.facts(grammar, keys)
                if facts is None:
                    left_out.append(key)
                    break
                found.append(Saying(grammar, keys, facts, not key.endswith(_CHIP), False))
    return found, tuple(left_out)


def _may_follow(key: str) -> bool:
    starts = (
        "went_on/",
        "together/",
        "chosen_alike/",
        "shared/one",
        "shared/price",
        "similar_text/",
    )
    return key.startswith(starts) and not key.endswith(_CHIP)


class _Draw:
    """Facts of a shop, drawn at random."""

    def __init__(self, shop: Shop, rng: np.random.Generator) -> None:
        self.shop, self.rng = shop, rng
        attributes = (*shop.catalogue.attributes, *shop.shoppers.attributes)
        self._attributes = [(one.name, one.values) for one in attributes if len(one.values) > 1]
        titles = shop.catalogue.titles
        some = rng.permutation(len(titles))[:2_000].tolist()
        words = {word.lower() for one in some for word in _WORD.findall(titles[one])}
        self._words = sorted(words)

    def facts(self, grammar: Grammar, keys: Sequence[str]) -> dict[str, Fact] | None:
        """What fills the slots of some forms; None where the shop has nothing for one of them."""
        slots = [slot.group(1) for key in keys for slot in SLOT.finditer(grammar.forms[key])]
        found: dict[str, Fact] = {"today": self.shop.data_until.date().isoformat()}
        for name in dict.fromkeys(slots):
            if name in found:
                continue
            drawn = self.one(name)
            if drawn is None:
                return None
            found |= drawn
        return found

    def one(self, name: str) -> dict[str, Fact] | None:
        """The fact of one slot, with those that belong to it."""
        rng, shop = self.rng, self.shop
        if name.startswith("source_title"):
            item = int(rng.integers(shop.interactions.n_items))
            number = name.removeprefix("source_title")
            return {f"source{number}": item, name: shop.catalogue.titles[item]}
        if name.startswith(("attribute", "value")):
            number = name.removeprefix("attribute").removeprefix("value")
            if not self._attributes:
                return None
            attribute, values = self._attributes[int(rng.integers(len(self._attributes)))]
            value = values[int(rng.integers(len(values)))]
            return {f"attribute{number}": attribute, f"value{number}": value}
        if name.startswith(("word", "phrase", "topic")):
            if not self._words:
                return None
            n_words = 1 if name.startswith("word") else 2
            words = rng.choice(self._words, n_words).tolist()
            return {name: " ".join(words)}
        if name == "last_date":
            days = timedelta(days=int(rng.integers(_DAYS)))
            return {name: (shop.data_until - days).date().isoformat()}
        if name == "confidence":
            return {name: float(rng.random())}
        if name == "price_minor":
            return {name: int(rng.integers(1, 1_000_000)), "currency": shop.currency}
        return {name: int(np.exp(rng.uniform(0.0, np.log(_MOST))))}
