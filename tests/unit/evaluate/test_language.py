"""The reader of sentences, put before sentences in which one thing is false."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from youli.evaluate.language.mutations import KINDS, mutants
from youli.evaluate.language.run import Tried, try_reader
from youli.evaluate.language.sayings import Saying, drawn_sayings, slots_of
from youli.language.rewording import reworded_wrongly
from youli.language.voice import GRAMMARS, LANGUAGES, grammars
from youli.testing.shops import SHOPS

#: What the readers must reach, as shares.
LEAST_CAUGHT, MOST_REJECTED = 0.995, 0.02


@lru_cache
def tried(lang: str) -> tuple[list[Saying], list[list[tuple[str, str]]], Tried]:
    shop, rng = SHOPS["grocery"](), np.random.default_rng(0)
    sayings, left_out = drawn_sayings(shop, lang, n_each=1, rng=rng)
    assert not left_out
    false = [list(mutants(one, shop, rng)) for one in sayings]
    return sayings, false, try_reader(sayings, false, Saying.reads)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_false_sentences_are_caught_and_true_ones_are_not(lang):
    _, _, found = tried(lang)
    assert found.n_rejected <= MOST_REJECTED * found.n_true, found.rejected
    assert found.caught >= LEAST_CAUGHT, found.passed
    assert sum(found.n_false.values()) > 2_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_and_every_kind_is_tried(lang):
    sayings, _, found = tried(lang)
    forms = {key for grammar in grammars(lang) for key in grammar.forms}
    assert {key for one in sayings for key in one.keys} == forms
    assert set(found.n_false) == set(KINDS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_that_believes_everything_catches_nothing(lang):
    sayings, false, _ = tried(lang)
    found = try_reader(sayings, false, lambda saying, text: True)
    assert found.caught == 0.0
    assert len(found.passed) == sum(found.n_false.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_that_believes_nothing_rejects_what_is_true(lang):
    sayings, false, _ = tried(lang)
    found = try_reader(sayings, false, lambda saying, text: False)
    assert (found.caught, found.n_rejected) == (1.0, len(sayings))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rewordings_are_held_against_the_sentence_they_reword(lang):
    sayings, false, _ = tried(lang)
    few = slice(None, None, 5)
    found = try_reader(
        sayings[few],
        false[few],
        lambda saying, text: not reworded_wrongly(text, saying.text, saying.facts, saying.grammar),
    )
    assert found.n_rejected <= MOST_REJECTED * found.n_true, found.rejected
    assert found.caught >= LEAST_CAUGHT, found.passed


def test_one_thing_is_changed_by_hand():
    shop = SHOPS["grocery"]()
    facts = {
        "source": 0, "source_title": shop.catalogue.titles[0], "last_date": "2024-03-09",
        "today": "2024-04-01", "n_both": 31, "n_source": 120,
    }  # fmt: skip
    keys = ("opening/once_dated/purchase", "went_on/bought")
    saying = Saying(GRAMMARS["en"], keys, facts, whole=True, served=False)
    assert slots_of(saying) == ("source_title", "last_date", "n_both", "n_source")
    found: dict[str, list[str]] = {}
    for kind, text in mutants(saying, shop, np.random.default_rng(0)):
        found.setdefault(kind, []).append(text)
    title = f"“{shop.catalogue.titles[0]}”"
    others = "31 of the 120 other shoppers who bought it later bought this"
    said = f"You bought {title} on 9 March; {others}."
    assert saying.text == said
    assert said.replace("31 of the 120", "120 of the 31") in found["number"]
    assert said.replace("9 March", "10 March") in found["date"]
    assert said.replace("You bought", "You never bought") in found["negation"]
    assert said.replace("later", "earlier") in found["sign"]
    assert said.replace("You bought", "You looked at") in found["done"]
    assert all(title not in text for text in found["evidence"])
    assert "price" not in found
    assert not any(saying.reads(text) for texts in found.values() for text in texts)
