"""Methods that explain saved models: what is shown held when the model was asked again."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch

from youli.data.state import ShopperState
from youli.errors import ConfigError, InputError
from youli.explain.attribution.base import Attribution, players
from youli.explain.questions.answering import answer_question, method_named
from youli.explain.questions.attributions import OcclusionExplainer
from youli.explain.questions.base import Answer, Asked, Question
from youli.explain.support import SupportIndex
from youli.language.voice import LANGUAGES, TemplateVoice
from youli.models.deep import DeepModel, content_of
from youli.rank.ranker import RankConfig, Ranker
from youli.registry import ATTRIBUTORS, CHANNELS, MODELS
from youli.testing.shops import SHOPS
from youli.train.sequences import Sequences

DEEP = ("transformer", "lstm", "dnn", "fusion")
#: Which of the methods looks into which model; leaving out explains all of them.
LOOKS_INTO = {
    "attention": ("transformer",),
    "gradient": DEEP,
    "activations": DEEP,
    "shapley": DEEP,
    "occlusion": DEEP,
    "surrogate": DEEP,
}
PAIRS = [(method, of) for method, able in LOOKS_INTO.items() for of in able]


@lru_cache
def model_of(name: str) -> DeepModel:
    """Not trained: what holds must hold for any weights, and these are large enough to matter."""
    kind: type[DeepModel] = MODELS.load(name)
    shop, settings = SHOPS["grocery"](), kind.quick()
    sequences = Sequences.of(shop.interactions, max_length=settings.train.max_length)
    net = kind._net(shop, sequences, settings, 0).eval()
    with torch.no_grad():
        for value in net.parameters():
            value.add_(torch.randn(value.shape, generator=torch.Generator().manual_seed(1)) * 0.2)
    arrays = kind._export(net, shop) | kind._content(net, shop, settings)
    assert content_of(shop, settings) is not None
    return kind(arrays, settings, {})


@lru_cache
def ranker() -> Ranker:
    shop = SHOPS["grocery"]()
    channels = {"popularity": CHANNELS.load("popularity").fit(shop)}
    weights = {"popularity": np.ones(len(channels["popularity"].basis_names))}
    return Ranker(shop, channels, weights, RankConfig(repeats=True))


def asked_of(name: str, state: ShopperState | None = None) -> Asked:
    found = ranker()
    known = [ShopperState.of(found.shop, user) for user in found.shop.interactions.users.ids]
    longest = max(known, key=lambda one: one.n_rows) if state is None else state
    return Asked(found, longest, 3, scorer=model_of(name), support=SupportIndex(found.shop))


def answer(method: str, asked: Asked, item_num: int, of: str, lang: str = "en") -> Answer:
    voice = TemplateVoice(asked.ranker.shop, lang)
    question = Question(item_num, model=of)
    return answer_question(asked, question, method_named(method), voice, asked.counts)


@pytest.mark.parametrize(("method", "of"), PAIRS)
def test_what_is_said_is_what_the_model_says(method, of):
    asked = asked_of(of)
    for item_num in (0, asked.ranker.shop.interactions.n_items - 1):
        found = answer(method, asked, item_num, of)
        assert found.passed, [one for one in found.checks if not one.passed]
        assert (found.exact, found.model) == (False, of)
        score = float(model_of(of).score_batch([asked.state])[0, item_num])
        assert found.score == pytest.approx(score)
        assert found.proofs[0].score == pytest.approx(score, rel=1e-5, abs=1e-5)
        json.dumps([found.data, found.text], allow_nan=False)


@pytest.mark.parametrize("of", DEEP)
def test_claims_that_are_shown_hold_and_the_others_are_counted(of):
    asked, model = asked_of(of), model_of(of)
    n_claims = n_dropped = 0
    for item_num in (0, 3):
        found = answer("shapley", asked, item_num, of)
        data = found.data
        assert len(data["claims"]) == data["n_claims"] - data["n_dropped"]
        n_claims, n_dropped = n_claims + data["n_claims"], n_dropped + data["n_dropped"]
        for claim in data["claims"]:
            without = asked.state.without(claim["events"])
            fell = found.score - float(model.score_batch([without])[0, item_num])
            assert fell == pytest.approx(claim["score_falls_by"], rel=1e-4, abs=1e-4)
            assert fell > 0.0
    assert n_claims > n_dropped


class Contrary(OcclusionExplainer):
    """Claims what is not so: the past product that speaks least is said to speak most."""

    attributor = "contrary"


class Turned:
    """Occlusion with its sign turned."""

    name = "contrary"

    def lacking(self, model: Any) -> str | None:
        return None

    def attribute(self, model: Any, state: ShopperState, item_num: int) -> Attribution:
        true = ATTRIBUTORS.load("occlusion")().attribute(model, state, item_num)
        return Attribution(
            "contrary", item_num, true.items, -true.amounts, exact=False, in_score_units=True
        )


def test_claims_that_are_not_so_are_dropped(monkeypatch):
    load = type(ATTRIBUTORS).load
    monkeypatch.setattr(
        type(ATTRIBUTORS), "load",
        lambda self, name: Turned if name == "contrary" else load(self, name),
    )  # fmt: skip
    asked = asked_of("transformer")
    n_claims = 0
    for item_num in range(asked.ranker.shop.interactions.n_items):
        voice = TemplateVoice(asked.ranker.shop)
        question = Question(item_num, model="transformer")
        found = answer_question(asked, question, Contrary(), voice, asked.counts)
        assert found.data["claims"] == []
        assert found.data["n_dropped"] == found.data["n_claims"]
        assert found.data["yield"]["by_direction"] in (0.0, None)
        n_claims += found.data["n_claims"]
    assert n_claims


def test_attention_stands_beside_its_agreement_with_leaving_out():
    asked = asked_of("transformer")
    assert len(players(asked.state)) > 1
    data = answer("attention", asked, 0, "transformer").data
    assert -1.0 <= data["numbers"]["spearman_with_occlusion"] <= 1.0
    assert len(data["maps"]["rollout"][0]) == len(data["columns"]) == len(players(asked.state))


@pytest.mark.parametrize("of", ["dnn", "fusion"])
def test_attention_over_features_stands_beside_masking_them(of):
    features = answer("occlusion", asked_of(of), 0, of).data["features"]
    rows = features["by_feature"]
    assert sum(row["attention"] for row in rows) == pytest.approx(1.0, abs=1e-5)
    assert any(abs(row["score_falls_by"]) > 1e-6 for row in rows)
    assert any(abs(row["gradient_input"]) > 1e-6 for row in rows)


@pytest.mark.parametrize("of", DEEP)
def test_gradients_of_every_net_add_up(of):
    """The base is that of as many events without vectors, which leaving out does not reach."""
    numbers = answer("gradient", asked_of(of), 0, of).data["numbers"]
    assert numbers["score"] == pytest.approx(asked_of(of).score(0), rel=1e-5, abs=1e-5)
    assert abs(numbers["score"] - numbers["base"]) > 1e-3
    assert numbers["residual"] <= 1e-3 * max(1.0, abs(numbers["score"]))


@pytest.mark.parametrize("of", DEEP)
def test_the_last_layer_gives_the_score(of):
    asked = asked_of(of)
    found = answer("activations", asked, 1, of)
    layers = found.data["layers"]
    assert layers[-1]["score"] == pytest.approx(found.score, rel=1e-5, abs=1e-5)
    assert len({len(one["strength"]) for one in layers if len(one["strength"]) > 1}) == 1
    if of in ("transformer", "lstm"):
        places = found.data["places"]
        assert places[-1]["score_after"] == pytest.approx(found.score, rel=1e-5, abs=1e-5)
        first = asked.state.without(range(1, asked.state.n_rows))
        alone = float(model_of(of).score_batch([first])[0, 1])
        # The gap before the first event is not told, so reading one event is reading it alone.
        assert places[0]["score_after"] == pytest.approx(alone, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("method", sorted(LOOKS_INTO))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_somebody_new_is_told_so(method, lang):
    asked = asked_of("transformer", ShopperState("never seen", now=0))
    found = answer(method, asked, 0, "transformer", lang)
    assert found.passed
    assert {"en": "Nothing in your history counts", "zh": "历史记录"}[lang] in found.text


@pytest.mark.parametrize("of", [name for name in DEEP if name != "transformer"])
def test_a_method_that_cannot_look_into_a_model_says_so(of):
    with pytest.raises(ConfigError, match=f"cannot explain the model {of}") as caught:
        answer("attention", asked_of(of), 0, of)
    assert "--model" in str(caught.value.hint)


@pytest.mark.parametrize("method", ["attention", "gradient", "activations"])
def test_the_ledger_has_no_layers(method):
    asked = Asked(ranker(), asked_of("lstm").state, 3)
    with pytest.raises(ConfigError, match="cannot explain the model ledger"):
        answer(method, asked, 0, None)


def test_too_long_a_history_is_refused():
    state = ShopperState("u", now=0)
    shop = ranker().shop
    for at in range(shop.interactions.n_items):
        state = state.record(at, "purchase", at)
    from youli.explain.questions import attributions

    before = attributions._MOST_PAST
    attributions._MOST_PAST = 2
    try:
        with pytest.raises(InputError, match="too many to score"):
            answer("shapley", asked_of("lstm", state), 0, "lstm")
    finally:
        attributions._MOST_PAST = before
