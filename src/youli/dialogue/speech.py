"""The conversation's own sentences: forms filled with facts, then read back.

They stand in `sentences.tsv`, one key a line, in English and Chinese. What rests on the ledger is
not said here but by the engine's voice (`youli.language`), with its checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from youli.data.shop import Shop
from youli.explain.types import Check, Fact
from youli.language.grounding import read, wrong_slots
from youli.language.realise import realise
from youli.language.vocabulary import Audience, vocabulary
from youli.language.voice import grammars

__all__ = ["Said", "Speech", "forms"]

_COLUMNS = {"en": 1, "zh": 2}
#: Ends of forms after which no full stop stands.
_ENDS = ("?", "？")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, its form, its facts, and what reading it back found."""

    text: str
    form: str
    facts: Mapping[str, Fact]
    check: Check


@lru_cache
def forms(lang: str, scene: str, audience: Audience) -> dict[str, str]:
    """Every form of a language in the words of a scene, spoken to an audience."""
    text = files("youli.dialogue").joinpath("sentences.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    words = vocabulary(lang, scene, audience)
    return words.fill_all({row[0]: row[_COLUMNS[lang]] for row in rows})


class Speech:
    """Says the conversation's sentences about one shop in one language to one audience."""

    def __init__(self, shop: Shop, lang: str, audience: Audience = Audience.SHOPPER) -> None:
        reasons, _ = grammars(lang, shop.scene, audience)
        self._grammar = replace(reasons, forms=forms(lang, shop.scene, audience))
        self.lang = lang

    def say(self, form: str, /, **facts: Fact) -> Said:
        """One form as a sentence, read back; where that fails nothing of it is said."""
        text = realise(self._grammar, form, facts)
        slots = read(text, self._grammar, (form,), whole=False)
        wrong = () if slots is None else wrong_slots(slots, facts, self._grammar)
        passed = slots is not None and not wrong
        numbers = {"n_read": len(slots or {}), "n_wrong": len(wrong)}
        if not passed:
            text = self._grammar.forms["withheld"]
        ended = text if text.endswith(_ENDS) else text + self._grammar.stop
        return Said(ended, form, facts if passed else {}, Check("facts", passed, numbers))

    def join(self, texts: list[str]) -> str:
        """Sentences one after the other."""
        return ("" if self.lang == "zh" else " ").join(text for text in texts if text)
