"""How many false sentences the readers catch, and how many true ones they reject.

Three readers can stand between a sentence and a shopper. `read` knows the form that a sentence
should have and compares slot by slot: all that a template says goes through it. `ungrounded` reads
free text, a language model's, and can only look for what is no fact. `reworded_wrongly` reads free
text that is to say one true sentence in other words. What each lets through is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from youli import __version__
from youli.data.shop import Shop
from youli.engine import Engine
from youli.evaluate.cost import machine
from youli.evaluate.language.mutations import KINDS, mutants
from youli.evaluate.language.sayings import Saying, drawn_sayings, served_sayings
from youli.language.grounding import ungrounded
from youli.language.rewording import reworded_wrongly
from youli.language.voice import LANGUAGES
from youli.types import Progress, no_progress

__all__ = ["LanguageRequest", "Tried", "run_language", "try_reader"]

#: Whether a text passes for a saying.
_Reader: TypeAlias = Callable[[Saying, str], bool]
#: Sentences that got through, as they are shown.
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LanguageRequest:
    """How much is tried."""

    n_shoppers: int = 100
    k: int = 10
    #: Drawn fillings of each form.
    n_each: int = 3
    langs: tuple[str, ...] = LANGUAGES
    seed: int = 0


@dataclass(frozen=True)
class Tried:
    """What came of some sayings: numbers by kind, and what should not have happened."""

    n_true: int
    n_rejected: int
    n_false: dict[str, int]
    n_caught: dict[str, int]
    #: True ones that were rejected, and false ones that passed: kind, said, shown.
    rejected: tuple[str, ...]
    passed: tuple[tuple[str, str, str], ...]

    @property
    def caught(self) -> float | None:
        """Share of all false sentences that were caught; None where there was none."""
        n = sum(self.n_false.values())
        return sum(self.n_caught.values()) / n if n else None

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "n_true": self.n_true,
            "n_rejected": self.n_rejected,
            "rejected_share": self.n_rejected / self.n_true if self.n_true else None,
            "n_false": sum(self.n_false.values()),
            "n_caught": sum(self.n_caught.values()),
            "caught_share": self.caught,
            "by_kind": {
                kind: {"n": n, "caught": self.n_caught.get(kind, 0)}
                for kind, n in self.n_false.items()
            },
            "rejected": list(self.rejected[:_MOST_SHOWN]),
            "passed": [
                {"kind": kind, "true": true, "false": false}
                for kind, true, false in self.passed[:_MOST_SHOWN]
            ],
        }


def run_language(
    engine: Engine, request: LanguageRequest, *, progress: Progress = no_progress
) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    shop = engine.shop
    results = []
    for number, lang in enumerate(request.langs):
        rng = np.random.default_rng([request.seed, number])
        progress(f"sentences served, {lang}", number / len(request.langs))
        served = served_sayings(engine, lang, n_shoppers=request.n_shoppers, k=request.k, rng=rng)
        drawn, left_out = drawn_sayings(shop, lang, n_each=request.n_each, rng=rng)
        forms = {key for one in drawn for key in one.keys}
        results.append(
            {
                "lang": lang,
                "n_forms": len(forms | set(left_out)),
                "forms_left_out": list(left_out),
                "served": _every_reader(served, shop, rng),
                "drawn": _every_reader(drawn, shop, rng),
            }
        )
    return {
        "version": __version__,
        "machine": machine(),
        "model_version": engine.model_version,
        "data_hash": shop.data_hash,
        "simulated": shop.simulated,
        "seed": request.seed,
        "n_shoppers": request.n_shoppers,
        "n_each": request.n_each,
        "kinds": list(KINDS),
        "languages": results,
    }


def _every_reader(
    sayings: Sequence[Saying], shop: Shop, rng: np.random.Generator
) -> dict[str, Any]:
    false = [list(mutants(one, shop, rng)) for one in sayings]
    return {
        "by_form": try_reader(sayings, false, Saying.reads).document(),
        "free_text": try_reader(sayings, false, _is_grounded).document(),
        "reworded": try_reader(sayings, false, _is_rewording).document(),
    }


def try_reader(
    sayings: Sequence[Saying], false: Sequence[Sequence[tuple[str, str]]], passes: _Reader
) -> Tried:
    """Put true sayings and their false twins (kind, text) before a reader."""
    n_false: Counter[str] = Counter()
    n_caught: Counter[str] = Counter()
    rejected: list[str] = []
    passed: list[tuple[str, str, str]] = []
    for saying, twins in zip(sayings, false, strict=True):
        true = saying.text
        if not passes(saying, true):
            rejected.append(true)
        for kind, text in twins:
            n_false[kind] += 1
            if passes(saying, text):
                passed.append((kind, true, text))
            else:
                n_caught[kind] += 1
    return Tried(
        len(sayings), len(rejected), dict(n_false), dict(n_caught), tuple(rejected), tuple(passed)
    )


def _is_grounded(saying: Saying, text: str) -> bool:
    """As a language model's sentence would be read; it may deny what the saying denies."""
    true = ungrounded(saying.text, saying.facts, saying.grammar)
    denies = any(not any(map(str.isdigit, one)) for one in true)
    return not ungrounded(text, saying.facts, saying.grammar, may_deny=denies)


def _is_rewording(saying: Saying, text: str) -> bool:
    """As a rewording of this very saying would be read."""
    return not reworded_wrongly(text, saying.text, saying.facts, saying.grammar)
