"""What every method of attribution must keep to, run on each registered one.

The additive ledger is the oracle: what leaves past products out must find there what is read off.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from youli.data.split import Split
from youli.data.state import ShopperState
from youli.evaluate.faithfulness.peers import torch_forward
from youli.evaluate.leave_one_out import splits
from youli.explain.attribution.attention import AttentionAttributor, rollout, rows_of_history
from youli.explain.attribution.base import Attributor, players, score_of
from youli.explain.attribution.gradient import IntegratedGradientsAttributor
from youli.explain.attribution.scaling import slopes
from youli.explain.attribution.shapley import ShapleyAttributor
from youli.explain.attribution.transformer_pass import embedded, gradient, look_inside
from youli.features.items import ItemFeatures
from youli.models.histories import histories
from youli.models.ledger import LedgerModel
from youli.models.transformer import TransformerModel
from youli.rank.fit import FitConfig
from youli.registry import ATTRIBUTORS
from youli.testing.known_cause.config import KnownCauseConfig
from youli.testing.known_cause.simulate import simulate
from youli.testing.known_cause.tables import known_cause_shop
from youli.train.nets.transformer import TransformerNet

#: Methods that must find the ledger's own amounts on the ledger, and how nearly.
AS_READ_OFF = {
    "ledger": 1e-5, "occlusion": 1e-5, "shapley": 1e-5, "captum_ablation": 1e-4,
    "captum_shapley": 1e-4, "shap": 1e-4,
}  # fmt: skip
#: Amounts that add up to score − base by promise, on whatever model.
COMPLETE = ("shapley", "integrated_gradients", "shap", "captum_shapley", "captum_ig")

MODELS = ("ledger", "transformer")
#: Methods that explain one kind of model alone; all others explain any.
OF_ONE = {"ledger": "ledger", "ledger_contrast": "ledger"} | dict.fromkeys(
    ("attention", "gradient_input", "integrated_gradients", "captum_ig"), "transformer"
)
PAIRS = [(name, of) for name in ATTRIBUTORS.names() for of in MODELS if OF_ONE.get(name, of) == of]


@pytest.fixture(scope="module")
def split() -> Split:
    made = simulate(KnownCauseConfig(n_shoppers=60, n_products=40, mean_purchases=6.0))
    return splits(known_cause_shop(made)).valid


@pytest.fixture(scope="module")
def ledger(split) -> LedgerModel:
    config = FitConfig(
        channels=("transition", "affinity", "attributes", "repurchase", "popularity")
    )
    return LedgerModel.fit(split, config=config)


@pytest.fixture(scope="module")
def transformer(split) -> TransformerModel:
    """Not trained: what holds must hold for any weights, and these are large enough to matter."""
    settings = TransformerModel.quick()
    torch.manual_seed(0)
    net = TransformerNet(
        ItemFeatures.none(split.train.interactions.n_items), np.ones(40, dtype=np.int64), dim=16,
        n_heads=settings.n_heads, n_blocks=settings.n_blocks, max_length=20, dropout=0.0,
        item_dropout=0.0,
    ).eval()  # fmt: skip
    with torch.no_grad():
        for value in net.parameters():
            value.add_(torch.randn_like(value) * 0.15)
        net.items.id.mul_(3.0)
    return TransformerModel(TransformerModel._export(net, split.train), settings, {})


@pytest.fixture(scope="module")
def state(split) -> ShopperState:
    """Seven past products, one of them twice, and one more ignored."""
    found = ShopperState(user_id="u", now=0)
    for at, item in enumerate([3, 9, 4, 21, 9, 30, 11, 17, 5]):
        found = found.record(item, "purchase", at * 86_400)
    return found.without([6])


@pytest.fixture(params=PAIRS, ids=" of ".join)
def pair(request) -> tuple[Attributor, Any]:
    """A method, and a model that it can explain."""
    name, of = request.param
    return ATTRIBUTORS.load(name)(), request.getfixturevalue(of)


@pytest.fixture
def method(pair) -> Attributor:
    return pair[0]


@pytest.fixture
def model(pair) -> Any:
    return pair[1]


TARGET = 12


@pytest.mark.parametrize("of", MODELS)
@pytest.mark.parametrize("name", ATTRIBUTORS.names())
def test_says_which_models_it_cannot_explain(name, of, request):
    lacking = ATTRIBUTORS.load(name)().lacking(request.getfixturevalue(of))
    assert (lacking is None) == ((name, of) in PAIRS)
    assert lacking is None or lacking.strip()


def test_gives_every_past_product_an_amount(method, model, state):
    found = method.attribute(model, state, TARGET)
    assert isinstance(method, Attributor)
    assert ATTRIBUTORS.load(found.method) is type(method)
    assert found.items.tolist() == [3, 4, 5, 9, 17, 21, 30], "11 is ignored, 9 is one product"
    assert found.amounts.shape == (7,)
    assert np.isfinite(found.amounts).all()
    assert found.amounts.dtype == np.float64
    assert found.item_num == TARGET
    assert sorted(found.order.tolist()) == list(range(7))
    assert json.loads(json.dumps(dict(found.numbers), allow_nan=False)) == found.numbers


def test_says_the_same_twice(method, model, state):
    first, again = (type(method)().attribute(model, state, TARGET) for _ in range(2))
    np.testing.assert_array_equal(first.amounts, again.amounts)


def test_an_ignored_event_is_as_if_it_had_no_say(method, model, state):
    rows = state.rows_about(9)
    found = method.attribute(model, state.without(rows), TARGET)
    assert 9 not in found.items.tolist()
    assert len(found.items) == 6


def test_nobody_has_nothing_to_explain(method, model):
    found = method.attribute(model, ShopperState(user_id="new"), TARGET)
    assert found.items.shape == found.amounts.shape == (0,)


def test_one_past_product_is_enough(method, model):
    found = method.attribute(model, ShopperState(user_id="u").record(3, "purchase", 0), TARGET)
    assert found.items.tolist() == [3]
    assert np.isfinite(found.amounts).all()


def test_what_is_called_exact_adds_up(method, model, state):
    found = method.attribute(model, state, TARGET)
    if found.exact:
        assert found.in_score_units
    if found.exact or found.method in COMPLETE:
        score = score_of(model, [state], TARGET)[0]
        assert found.numbers["score"] == pytest.approx(score, abs=1e-4)
        least = 5e-3 if found.method == "captum_ig" else 2e-4
        assert found.numbers["base"] + found.total == pytest.approx(score, abs=least)


@pytest.mark.parametrize("name", AS_READ_OFF)
def test_on_the_ledger_they_find_what_is_read_off(name, ledger, state):
    found = ATTRIBUTORS.load(name)().attribute(ledger, state, TARGET)
    given = ledger.ranker.amounts_by_past(state, np.array([TARGET]))[:, 0]
    place = np.searchsorted(state.distinct_items[0], found.items)
    np.testing.assert_allclose(found.amounts, given[place], atol=AS_READ_OFF[name])
    assert np.abs(given).max() > 0.01, "the case says something"


@pytest.mark.parametrize("name", ["occlusion", "lime", "attention", "cosine", "random", "recency"])
def test_what_does_not_add_up_is_called_an_estimate(name, transformer, state):
    assert not ATTRIBUTORS.load(name)().attribute(transformer, state, TARGET).exact


def test_drawn_shapley_values_come_near_the_enumerated_ones_and_say_how_near(transformer, state):
    exact = ShapleyAttributor().attribute(transformer, state, TARGET)
    drawn = ShapleyAttributor(most_exact=3, n_pairs=32).attribute(transformer, state, TARGET)
    assert exact.exact
    assert not drawn.exact
    half = drawn.maps["half_width"][0]
    inside = np.abs(drawn.amounts - exact.amounts) <= half + 1e-6
    assert inside.mean() >= 5 / 7, "of 95 % intervals, most hold what they are for"
    assert 0.0 < drawn.numbers["half_width_max"] < np.abs(exact.amounts).max() * 3
    assert drawn.total == pytest.approx(exact.total, abs=1e-4)


def test_looking_inside_gives_the_queries_that_rank(transformer, state):
    history = histories([state], 20)
    inside = look_inside(transformer, embedded(transformer, history))
    np.testing.assert_allclose(
        inside.queries, transformer.queries(history, [state]), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(inside.attention.sum(axis=-1), 1.0)
    np.testing.assert_allclose(rollout(inside.attention[:, 0]).sum(axis=-1), 1.0)


def test_our_gradient_is_that_of_torch(transformer, state):
    x = embedded(transformer, histories([state], 20))
    ours = gradient(transformer, look_inside(transformer, x), transformer.arrays["outputs"][TARGET])
    given = torch.from_numpy(x).requires_grad_()
    torch_forward(transformer, TARGET)(given).sum().backward()
    np.testing.assert_allclose(ours, given.grad.numpy(), rtol=1e-6, atol=1e-9)
    assert np.abs(ours).max() > 0.01


def test_slopes_by_scaling_are_the_gradient_gone_back(transformer, state):
    found = players(state)
    of_event = rows_of_history(state, found, 20)
    x = embedded(transformer, histories([state], 20))
    for point in (0.3, 1.0):
        inside = look_inside(transformer, point * x)
        back = (x * gradient(transformer, inside, transformer.arrays["outputs"][TARGET])).sum(-1)[0]
        given = slopes(transformer, state, TARGET, np.array([point]), of_event, len(found))[0]
        np.testing.assert_allclose(given, np.bincount(of_event, back), rtol=1e-5, atol=1e-7)


def test_the_contrast_is_the_ledger_above_its_mean_over_products(ledger, state):
    found = ATTRIBUTORS.load("ledger_contrast")().attribute(ledger, state, TARGET)
    read_off = ATTRIBUTORS.load("ledger")()
    every = range(ledger.ranker.shop.interactions.n_items)
    given = np.stack([read_off.attribute(ledger, state, item).amounts for item in every])
    np.testing.assert_allclose(found.amounts, given[TARGET] - given.mean(axis=0), atol=1e-9)
    assert found.numbers["lift"] == pytest.approx(found.total)
    assert np.ptp(given.mean(axis=0)) > 1e-6, "averages differ by past product"


def test_integrated_gradients_are_those_of_captum(transformer, state):
    same_points = IntegratedGradientsAttributor(n_points=32, most_points=32)
    ours = same_points.attribute(transformer, state, TARGET)
    theirs = ATTRIBUTORS.load("captum_ig")().attribute(transformer, state, TARGET)
    np.testing.assert_allclose(ours.amounts, theirs.amounts, atol=1e-6)
    more = IntegratedGradientsAttributor().attribute(transformer, state, TARGET)
    assert more.numbers["n_points"] > 32
    assert more.numbers["residual"] <= 2e-4 < ours.numbers["residual"]


def test_attention_comes_with_its_heads_and_with_what_it_is_worth(transformer, state):
    found = AttentionAttributor().attribute(transformer, state, TARGET)
    assert found.total == pytest.approx(1.0)
    assert {"rollout", "block 0", "block 1"} == set(found.maps)
    assert found.maps["block 0"].shape == (transformer.settings.n_heads, 7)
    np.testing.assert_allclose(found.maps["block 0"].sum(axis=1), 1.0)
    assert -1.0 <= found.numbers["spearman_with_occlusion"] <= 1.0


def test_players_are_what_the_methods_name(state):
    assert players(state).items.tolist() == [3, 4, 5, 9, 17, 21, 30]
