"""What every model must keep to, run on each registered one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from youli.data.shop import Shop, build_shop
from youli.data.split import Case, Split, leave_last_out
from youli.data.state import ShopperState
from youli.models.base import Model
from youli.models.deep import DeepModel
from youli.models.ranks import target_ranks
from youli.registry import MODELS

N_USERS, N_ITEMS = 60, 15
#: On a ring of 15 products, of which about four are past, chance is about .3 for NDCG@10.
RING_MODELS = (
    "item_knn", "als", "ease", "transition", "ledger", "lstm", "transformer", "dnn", "fusion"
)  # fmt: skip

#: Those that declare that their scores are sums of parts.
ADDITIVE = tuple(name for name in MODELS.names() if MODELS.load(name).additive)


def a_shop(seed: int = 0) -> Shop:
    """Shoppers who walk along a ring of products, with slips; products have a brand."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(N_USERS):
        at, seen = int(rng.integers(N_ITEMS)), set()
        for position in range(int(rng.integers(4, 9))):
            at = (at + (1 if rng.random() < 0.9 else int(rng.integers(N_ITEMS)))) % N_ITEMS
            if at not in seen:
                rows.append((f"u{user:02}", f"i{at:02}", position))
                seen.add(at)
    users, products, position = zip(*rows, strict=True)
    stamps = pa.array(position, pa.int64()).cast(pa.timestamp("s", tz="UTC"))
    events = pa.table({"user_id": users, "item_id": products, "timestamp": stamps})
    ids = [f"i{item:02}" for item in range(N_ITEMS)]
    items = pa.table({"item_id": ids, "brand": [f"b{item // 3}" for item in range(N_ITEMS)]})
    return build_shop(events, items, timed=False)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return a_shop()


@pytest.fixture(scope="module")
def split(shop) -> Split:
    return leave_last_out(shop, n_last=2, n_hidden=2)


@pytest.fixture(scope="module", params=MODELS.names())
def model_class(request) -> type[Model]:
    return MODELS.load(request.param)


@pytest.fixture(scope="module")
def model(model_class, split) -> Model:
    return fit(model_class, split)


def fit(model_class: type[Model], split: Split, seed: int = 0) -> Model:
    """With the defaults; models that take minutes with them declare quick settings."""
    if issubclass(model_class, DeepModel):
        return model_class.fit(split, seed=seed, config=model_class.quick())
    return model_class.fit(split, seed=seed)


@pytest.fixture(scope="module")
def states(shop, split) -> list[ShopperState]:
    """Everybody's histories, one with an ignored event, and somebody never seen."""
    known = [case.state(shop) for case in split.cases]
    return [*known, known[0].without([0]), ShopperState(user_id="never seen")]


def test_is_a_model_and_says_what_it_is(model, model_class, request):
    assert isinstance(model, Model)
    assert MODELS.load(model_class.name) is model_class
    assert isinstance(model.additive, bool)
    assert isinstance(model.is_random, bool)
    assert json.loads(json.dumps(dict(model.config), allow_nan=False))


def test_scores_every_product_of_every_state(model, states):
    scores = model.score_batch(states)
    assert scores.shape == (len(states), N_ITEMS)
    assert scores.dtype == np.float32
    assert not np.isinf(scores).any()


def test_no_states_give_no_rows(model):
    assert model.score_batch([]).shape == (0, N_ITEMS)


def test_batch_equals_single(model, states):
    batch = model.score_batch(states)
    single = np.concatenate([model.score_batch([state]) for state in states])
    np.testing.assert_allclose(batch, single, rtol=1e-6, atol=1e-6)


def test_a_fit_is_decided_by_its_seed(model_class, model, split, states):
    again = fit(model_class, split)
    np.testing.assert_array_equal(again.score_batch(states), model.score_batch(states))
    other = fit(model_class, split, seed=1)
    if not model_class.is_random:
        np.testing.assert_array_equal(other.score_batch(states), model.score_batch(states))
    if issubclass(model_class, DeepModel):
        assert (other.score_batch(states) != model.score_batch(states)).any()


def test_learns_only_from_what_it_was_given(model_class, model, shop, split, states):
    """Other events behind the validation cases, in the log that was split, change nothing."""
    hidden = shop.interactions.indptr[1:] - 1  # every last event is behind the validation's
    item_num = shop.interactions.item_num.copy()
    item_num[hidden] = (item_num[hidden] + 1) % N_ITEMS
    other = replace(shop, interactions=replace(shop.interactions, item_num=item_num))
    fitted = fit(model_class, Split(other, split.train, split.cases))
    np.testing.assert_array_equal(fitted.score_batch(states), model.score_batch(states))


def test_learns_from_what_it_was_given(model_class, model, states):
    other = leave_last_out(a_shop(seed=1), n_last=2, n_hidden=2)
    assert (fit(model_class, other).score_batch(states) != model.score_batch(states)).any()


@pytest.mark.parametrize("name", RING_MODELS)
def test_finds_the_next_product_of_the_ring(name, shop, split):
    model = fit(MODELS.load(name), split)
    test = leave_last_out(shop, n_last=1, n_hidden=2)
    ranks = [first_rank(model, shop, case) for case in test.cases]
    by_popularity = MODELS.load("popularity").fit(split)
    chance = [first_rank(by_popularity, shop, case) for case in test.cases]
    assert np.mean(1.0 / np.array(ranks)) > 1.25 * np.mean(1.0 / np.array(chance))


def first_rank(model: Model, shop: Shop, case: Case) -> float:
    state = case.state(shop)
    allowed = np.ones(N_ITEMS, dtype=bool)
    allowed[state.item_num] = False
    return float(target_ranks(model.score_batch([state])[0], case.targets, allowed)[0])


@pytest.mark.parametrize("model_class", ADDITIVE, indirect=True)
def test_an_additive_score_is_a_sum_of_parts(model, states):
    """Taking out two events takes away what taking out each takes away."""
    state = next(s for s in states if s.n_rows >= 3 and not s.ignored)
    none, first, second, both = model.score_batch(
        [state, state.without([0]), state.without([1]), state.without([0, 1])]
    ).astype(np.float64)
    np.testing.assert_allclose(none - both, (none - first) + (none - second), atol=1e-4)
