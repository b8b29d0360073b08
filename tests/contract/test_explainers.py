"""What every method of explaining must keep to, run on each registered one and some tiny shops.

What a method says is asked of the ranker again here, in worlds built from the proofs it gives.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from youli.channels.base import Channel
from youli.data.state import ShopperState
from youli.errors import ConfigError, InputError
from youli.explain.questions.answering import answer_question, method_named
from youli.explain.questions.base import Answer, Asked, Explainer, Finding, Proof, Question
from youli.explain.support import SupportIndex
from youli.explain.types import By, Sentence
from youli.explain.worlds import changed
from youli.language.voice import LANGUAGES, TemplateVoice
from youli.rank.fit import capabilities
from youli.rank.ranker import RankConfig, Ranker
from youli.registry import CHANNELS, EXPLAINERS
from youli.testing.shops import SHOPS

#: Fitted in a moment, one for each kind of evidence, signed ones among them.
CHANNELS_USED = ("transition", "attributes", "repurchase", "profile", "popularity")
SHOPS_USED = ("grocery", "browsing", "ring", "one product", "one shopper")
K = 4
#: Methods that look into a net; `test_model_answers.py` asks them about saved models.
OF_NETS = ("attention", "gradient", "activations")


@dataclass(frozen=True)
class Scene:
    ranker: Ranker
    support: SupportIndex
    states: tuple[ShopperState, ...]


@lru_cache
def scene(name: str) -> Scene:
    shop = SHOPS[name]()
    rng = np.random.default_rng(7)
    channels: dict[str, Channel] = {}
    for one in CHANNELS_USED:
        kind = CHANNELS.load(one)
        if kind.needs <= capabilities(shop):
            channels[one] = kind.fit(shop)
    weights = {n: rng.uniform(0.1, 0.8, len(c.basis_names)) for n, c in channels.items()}
    config = RankConfig(repeats=name != "grocery", diversity=0.2)
    ranker = Ranker(shop, channels, weights, config)
    known = [ShopperState.of(shop, user) for user in shop.interactions.users.ids]
    longest = max(known, key=lambda state: state.n_rows)
    return Scene(
        ranker,
        SupportIndex(shop),
        (longest.without([0]), ShopperState("never seen", now=longest.now)),
    )


def questions(method: str, asked: Asked, item_num: int) -> list[Question]:
    """What can be asked of a method about one product; of one that is not ours, the plain thing."""
    shop, state = asked.ranker.shop, asked.state
    match method:
        case "counterfactual":
            return [Question(item_num, by=by) for by in By]
        case "contrast":
            n_items = shop.interactions.n_items
            return [Question(item_num, other=(item_num + 1) % n_items)] if n_items > 1 else []
        case "what-if":
            other = (item_num + 1) % shop.interactions.n_items
            found = [Question(item_num, add=(other, "view_item"))]
            found.append(Question(item_num, price_minor=500))
            if state.counted.any():
                past = int(state.item_num[np.flatnonzero(state.counted)[0]])
                found.append(Question(item_num, remove=past))
            return found
        case "shapley":  # thousands of sets are scored for each
            return [Question(item_num)] if item_num == shop.interactions.n_items - 1 else []
        case _:
            return [] if method in OF_NETS else [Question(item_num)]


@lru_cache
def answers_once(method: str, name: str, lang: str) -> list[tuple[Asked, Answer]]:
    return every_answer(method, name, lang)


def every_answer(method: str, name: str, lang: str = "en") -> list[tuple[Asked, Answer]]:
    one = scene(name)
    explainer, voice = method_named(method), TemplateVoice(one.ranker.shop, lang)
    found = []
    for state in one.states:
        asked = Asked(one.ranker, state, K)
        n_items = one.ranker.shop.interactions.n_items
        items = {n_items - 1, *asked.ranking.item_nums[[0, -1]].tolist()}
        for item_num in sorted(items):
            found.extend(
                (asked, answer_question(asked, question, explainer, voice, one.support))
                for question in questions(method, asked, item_num)
            )
    return found


@pytest.fixture(params=EXPLAINERS.names())
def method(request) -> str:
    return request.param


@pytest.fixture(params=SHOPS_USED, ids=lambda name: name.replace(" ", "_"))
def shop(request) -> str:
    return request.param


def test_it_says_what_it_is(method):
    explainer = method_named(method)
    assert isinstance(explainer, Explainer)
    assert explainer.name == method
    assert isinstance(explainer.exact, bool)
    assert explainer.takes <= {"other", "by", "add", "remove", "price_minor", "model"}


def test_its_answers_pass_and_hold_when_the_ranker_is_asked_again(method, shop):
    answers = answers_once(method, shop, "en")
    assert answers or method in OF_NETS or (method, shop) == ("contrast", "one product")
    for asked, answer in answers:
        assert answer.passed, [check for check in answer.checks if not check.passed]
        # An estimate may be exact on the ledger; what is always exact is never an estimate.
        assert answer.exact or not method_named(method).exact
        assert answer.proofs
        for proof in answer.proofs:
            ranker, state = changed(asked.ranker, asked.state, proof.change)
            if proof.diversity is not None:
                ranker = replace(ranker, config=RankConfig(asked.ranker.config.repeats, 0.0))
            ranking = ranker.rank(state, k=K)
            if proof.score is not None:
                assert ranking.scores[proof.item_num] == pytest.approx(
                    proof.score, rel=1e-6, abs=1e-6
                )
            if proof.rank is not None:
                listed = ranking.item_nums.tolist()
                assert (proof.item_num in listed) == bool(proof.rank)
                assert not proof.rank or listed.index(proof.item_num) + 1 == proof.rank


def test_it_is_json_and_the_same_twice(method, shop):
    once = [as_json(answer) for _, answer in answers_once(method, shop, "en")]
    assert once == [as_json(answer) for _, answer in every_answer(method, shop)]


def as_json(answer: Answer) -> str:
    return json.dumps([answer.data, answer.text, answer.rank, answer.score], allow_nan=False)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_speaks_every_language(method, lang):
    for _, answer in answers_once(method, "grocery", lang):
        assert answer.text
        assert "{" not in answer.text
        assert any("一" <= letter <= "鿿" for letter in answer.text) == (lang == "zh")


def test_what_it_does_not_take_is_refused(method):
    one, explainer = scene("grocery"), method_named(method)
    voice = TemplateVoice(one.ranker.shop)
    asked = Asked(one.ranker, one.states[0], K)
    everything: dict[str, Any] = {
        "other": 1, "by": By.EVENTS, "add": (1, "purchase"), "remove": 1, "price_minor": 3,
        "model": "transformer",
    }  # fmt: skip
    for name, value in everything.items():
        if name not in explainer.takes:
            question = Question(0, **{name: value})
            with pytest.raises(ConfigError, match=f"does not take {name}"):
                answer_question(asked, question, explainer, voice, one.support)


class Liar:
    """A plugged-in method that says what is not so."""

    name, exact, takes = "liar", True, frozenset()

    def __init__(self, finding: Finding) -> None:
        self.finding = finding

    def find(self, asked: Asked, question: Question) -> Finding:
        return self.finding


def lied(**what: Any) -> Answer:
    one = scene("grocery")
    asked = Asked(one.ranker, one.states[0], K)
    item_num = int(asked.ranking.item_nums[0])
    score = float(asked.ranking.scores[item_num])
    title = one.ranker.shop.catalogue.titles[item_num]
    told = {"score": score, "rank": 1, "title": title, **what}
    finding = Finding(
        {"secret": 1},
        (Proof(item_num, told["score"], told["rank"]),),
        (Sentence("what_if/remove/out", {"source": item_num, "source_title": told["title"]}),),
    )
    voice = TemplateVoice(one.ranker.shop)
    return answer_question(asked, Question(item_num), Liar(finding), voice, one.support)


def test_what_is_true_is_shown():
    answer = lied()
    assert answer.passed
    assert answer.data == {"secret": 1}


@pytest.mark.parametrize(
    "lie", [{"score": 3.0}, {"rank": 2}, {"title": "Another"}], ids=lambda lie: next(iter(lie))
)
def test_a_lie_is_withheld(lie):
    answer = lied(**lie)
    assert not answer.passed
    assert answer.data == {}
    assert answer.proofs == ()
    assert answer.text == (
        "There is an answer, but it did not pass its checks, so it is not shown."
    )


def test_no_proof_is_no_answer():
    one = scene("grocery")
    asked = Asked(one.ranker, one.states[0], K)
    voice = TemplateVoice(one.ranker.shop)
    answer = answer_question(asked, Question(0), Liar(Finding({"x": 1})), voice, one.support)
    assert not answer.passed


def test_there_is_no_such_method():
    with pytest.raises(ConfigError, match="there is no explainer named 'tea leaves'"):
        method_named("tea leaves")


def test_what_if_changes_one_thing(method):
    if method != "what-if":
        return
    one = scene("grocery")
    asked = Asked(one.ranker, one.states[0], K)
    for question in (Question(0), Question(0, remove=1, price_minor=3)):
        with pytest.raises(InputError, match="one thing at a time"):
            method_named(method).find(asked, question)
    assert math.isfinite(asked.ranking.scores.sum())
