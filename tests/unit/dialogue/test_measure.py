"""The written utterances: enough of them, apart from each other, and understood as well as said."""

from __future__ import annotations

from itertools import product

import pytest

from youli.dialogue.measure import HELD_OUT_SHA256, held_out_hash, score_set
from youli.dialogue.names import normal, tokens_of
from youli.dialogue.types import Intent
from youli.dialogue.utterances import EXAMPLES, HELD_OUT, SETS, fit_examples, load_set
from youli.features.text import PACKAGED, encoder_for

#: From so many words on, two utterances may not be nearly the same.
_LONG_ENOUGH = 5


@pytest.fixture(scope="module")
def sets():
    return {(where, name): load_set(where, name) for where in (EXAMPLES, HELD_OUT) for name in SETS}


def test_the_held_out_half_is_that_of_its_first_commit():
    assert held_out_hash() == HELD_OUT_SHA256


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_there_are_enough_of_every_intent(sets, lang):
    both = [one for where in (EXAMPLES, HELD_OUT) for one in sets[where, lang].utterances]
    assert len(both) >= 400
    for where in (EXAMPLES, HELD_OUT):
        assert {one.intent for one in sets[where, lang].utterances} == set(Intent)


@pytest.mark.parametrize("name", SETS)
def test_no_held_out_utterance_is_nearly_one_that_was_learned_from(sets, name):
    learned, held_out = (
        [_words(one.text) for one in sets[where, name].utterances] for where in (EXAMPLES, HELD_OUT)
    )
    near = [
        (mine, theirs)
        for mine, theirs in product(held_out, learned)
        if min(len(mine), len(theirs)) >= _LONG_ENOUGH
        and len(mine & theirs) / len(mine | theirs) >= 0.8
    ]
    assert near == []


def _words(text):
    return {token.stem for token in tokens_of(normal(text))}


def test_what_was_learned_from_is_understood(sets):
    """With the model that has seen them; what it has not seen `youli bench dialogue` counts."""
    model = fit_examples(encoder_for(PACKAGED))
    for name in SETS:
        found = score_set(sets[EXAMPLES, name], model).document()
        assert found["intent_accuracy"] >= 0.97, name
        assert found["slot_f1"] >= 0.97, name


def test_patterns_alone_still_understand_most(sets):
    whole = score_set(sets[EXAMPLES, "en"], None)
    assert 0.8 < whole.n_intents / whole.n < 1.0
