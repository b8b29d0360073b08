"""The voice that needs no language model: forms filled with facts, then read back.

It implements `youli.explain.types.Voice`. Titles, prices and attributes are compared with the
catalogue itself, not only with the facts that were copied from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from youli.data.shop import Shop
from youli.errors import ConfigError
from youli.explain.types import (
    Check,
    Claim,
    ClaimKind,
    Counterfactual,
    Fact,
    Sentence,
    Words,
)
from youli.features.field_texts import FieldTexts
from youli.features.product_text import ProductTexts
from youli.features.words import says
from youli.language.answers_en import ANSWERS_EN
from youli.language.answers_zh import ANSWERS_ZH
from youli.language.en import english
from youli.language.grammar import Grammar
from youli.language.grounding import read, wrong_slots
from youli.language.plan import plan_claim, plan_counterfactual
from youli.language.realise import realise, sentence
from youli.language.vocabulary import RETAIL, Audience, Vocabulary, vocabulary
from youli.language.zh import chinese

__all__ = ["GRAMMARS", "LANGUAGES", "TemplateVoice", "grammars"]

_Reasons: TypeAlias = Callable[[Vocabulary], Grammar]

#: A language is one file of reasons and one of answers, its packs, and one line here.
_LANGUAGES: Mapping[str, tuple[_Reasons, Mapping[str, str]]] = {
    "en": (english, ANSWERS_EN),
    "zh": (chinese, ANSWERS_ZH),
}
LANGUAGES: tuple[str, ...] = tuple(_LANGUAGES)


@lru_cache
def grammars(
    lang: str, scene: str = RETAIL, audience: Audience = Audience.SHOPPER
) -> tuple[Grammar, Grammar]:
    """What reasons are said with, and answers, in one language.

    Raises `ConfigError` where there is no such language or scene.
    """
    if lang not in _LANGUAGES:
        raise ConfigError(
            f"no such language: {lang!r}", value=lang, hint=f"one of {', '.join(LANGUAGES)}"
        )
    reasons, answers = _LANGUAGES[lang]
    words = vocabulary(lang, scene, audience)
    grammar = reasons(words)
    filled = words.fill_all(answers)
    about = {key: form.replace("{object}", "{source_title}") for key, form in filled.items()}
    return grammar, replace(grammar, forms=about)


#: The grammar of each language as a shopper of a shop hears it.
GRAMMARS: Mapping[str, Grammar] = {lang: grammars(lang)[0] for lang in LANGUAGES}

_MOST_NAMED = 3
#: Of a cosine in float32 against one in float64.
_SAME_LIKENESS = 1e-5


class TemplateVoice:
    """Says claims about one shop in one language, and checks what was said."""

    def __init__(self, shop: Shop, lang: str = "en", audience: Audience = Audience.SHOPPER) -> None:
        self.shop = shop
        self.audience = audience
        self.grammar, self._answers = grammars(lang, shop.scene, audience)
        self._texts = ProductTexts(shop.catalogue)
        self._fields = FieldTexts(shop.catalogue)

    @property
    def lang(self) -> str:
        """The language's code."""
        return self.grammar.lang

    def say(self, claim: Claim, item_num: int) -> Words:
        """The claim as a reason for showing `item_num`."""
        plan = plan_claim(claim, self.audience)
        return Words(
            chip=realise(self.grammar, plan.chip, claim.facts),
            text=sentence(self.grammar, plan.text, claim.facts),
        )

    def check(self, words: Words, claim: Claim, item_num: int) -> Check:
        """Read both lengths back and compare every slot with the facts and the catalogue."""
        plan = plan_claim(claim, self.audience)
        n_read = n_wrong = 0
        for text, keys, whole in ((words.text, plan.text, True), (words.chip, (plan.chip,), False)):
            slots = read(text, self.grammar, keys, whole=whole)
            if slots is None:
                n_wrong += 1
                continue
            n_read += len(slots)
            n_wrong += len(wrong_slots(slots, claim.facts, self.grammar))
        n_foreign = self._not_in_catalogue(claim, item_num)
        return Check(
            "facts",
            n_wrong == 0 and n_foreign == 0,
            {"n_read": n_read, "n_wrong": n_wrong, "n_foreign": n_foreign},
        )

    def counterfactual(self, found: Counterfactual) -> str:
        """What would have to be different, in one sentence."""
        titles = self.shop.catalogue.titles
        facts: dict[str, Fact] = {"k": found.k}
        for number, item in enumerate(found.removed_items[:_MOST_NAMED], start=1):
            facts["source_title" if number == 1 else f"source_title_{number}"] = titles[item]
        facts["n_more"] = len(found.removed_items) - 2
        key = plan_counterfactual(found, self.audience)
        if found.only_new and self.audience is not Audience.ADVERTISER:
            return sentence(self._answers, (f"{key}/new",), facts)
        return sentence(self.grammar, (key,), facts)

    def tell(self, sentences: Sequence[Sentence]) -> tuple[str, Check]:
        """Some sentences as one text, and what reading each of them back found."""
        texts = [sentence(self._answers, (one.form,), one.facts) for one in sentences]
        n_read = n_wrong = n_foreign = 0
        for text, one in zip(texts, sentences, strict=True):
            slots = read(text, self._answers, (one.form,))
            n_read += len(slots or {})
            n_wrong += 1 if slots is None else len(wrong_slots(slots, one.facts, self._answers))
            n_foreign += self._unknown_names(one.facts)
        check = Check(
            "facts",
            n_wrong == 0 and n_foreign == 0,
            {"n_read": n_read, "n_wrong": n_wrong, "n_foreign": n_foreign},
        )
        return (" " if self.grammar.stop.isascii() else "").join(texts), check

    def _unknown_names(self, facts: Mapping[str, Fact]) -> int:
        """How many titles are not the products', and how many attributes nobody has."""
        n_unknown = 0
        for name, fact in facts.items():
            if name.startswith("source_title"):
                source = int(facts[name.replace("source_title", "source")])
                n_unknown += self.shop.catalogue.titles[source] != fact
            if name.startswith("attribute"):
                value = str(facts[name.replace("attribute", "value")])
                n_unknown += not any(
                    one.name == fact and value in one.values
                    for one in (*self.shop.catalogue.attributes, *self.shop.shoppers.attributes)
                )
        return n_unknown

    def _not_in_catalogue(self, claim: Claim, item_num: int) -> int:
        """How many titles, prices, shared attributes, words and looks are not the catalogue's."""
        catalogue, facts = self.shop.catalogue, claim.facts
        sources = []
        n_foreign = 0
        for name, title in facts.items():
            if name.startswith("source_title"):
                source = int(facts[name.replace("source_title", "source")])
                sources.append(source)
                n_foreign += catalogue.titles[source] != title
        if "price_minor" in facts:
            n_foreign += catalogue.price_minor[item_num] != facts["price_minor"]
        if claim.kind is ClaimKind.SHARED_ATTRIBUTE:
            attribute = catalogue.attribute(str(facts["attribute"]))
            n_foreign += sum(
                attribute is None or facts["value"] not in attribute.of(one)
                for one in (*sources, item_num)
            )
        if claim.kind is ClaimKind.SIMILAR_TEXT:
            texts = [self._texts.spoken(one) for one in (*sources, item_num)]
            words = [str(fact) for name, fact in facts.items() if name.startswith("word")]
            n_foreign += sum(not says(text, word) for text in texts for word in words)
        if claim.kind is ClaimKind.MATCHES:
            text = self._fields.of(item_num, str(facts["field"]))
            phrases = [str(fact) for name, fact in facts.items() if name.startswith("phrase")]
            n_foreign += sum(phrase not in text for phrase in phrases)
        if claim.kind is ClaimKind.LOOKS_LIKE:
            n_foreign += not self._alike(int(facts["source"]), item_num, facts)
        return int(n_foreign)

    def _alike(self, source: int, item_num: int, facts: Mapping[str, Fact]) -> bool:
        """Whether both have photos, as alike as the facts say."""
        photos = self.shop.photos
        if photos is None or not (photos.has[source] and photos.has[item_num]):
            return False
        vectors = photos.vectors[photos.photo_of[[source, item_num]]]
        return abs(float(vectors[0] @ vectors[1]) - float(facts["likeness"])) <= _SAME_LIKENESS
