"""What every model that a shop can save and serve must keep to, run on each registered one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load, save

from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.split import Split, leave_last_out
from youli.data.state import ShopperState
from youli.models.base import Servable
from youli.models.deep import DeepModel
from youli.registry import MODELS
from youli.testing.shops import event_shop, walk_shop

NAMES = tuple(name for name in MODELS.names() if issubclass(MODELS.load(name), Servable))
DEEP = tuple(name for name in NAMES if issubclass(MODELS.load(name), DeepModel))
LETTERS = "bcdefghijklm"


def walks(n_users: int, *, n_more: int = 0, new: str = "") -> dict[str, str]:
    """Shoppers along a ring, some steps further, then new products."""
    return {
        f"u{user:02}": "".join(LETTERS[(user + at) % 12] for at in range(4 + user % 4 + n_more))
        + new
        for user in range(n_users)
    }


CATALOGUE = {
    "item_id": sorted((*LETTERS, "a", "z")),
    "brand": [f"brand {at % 3}" for at in range(14)],
}


def fitted(name: str, split: Split) -> Servable:
    model_class = MODELS.load(name)
    if not issubclass(model_class, DeepModel):
        return model_class.fit(split)
    settings = model_class.config_type()
    quick = {"max_epochs": 3, "n_negatives": 8, "warmup_steps": 1, "precision": "fp32"}
    train = settings.train.model_copy(update=quick)
    return model_class.fit(split, config=settings.model_copy(update={"train": train}))


@pytest.fixture(scope="module")
def split() -> Split:
    return leave_last_out(walk_shop(walks(24), CATALOGUE))


@pytest.fixture(scope="module", params=NAMES)
def model(request, split) -> Servable:
    return fitted(request.param, split)


def states_of(shop: Shop) -> list[ShopperState]:
    ids = shop.interactions.users.ids[:5]
    return [*(ShopperState.of(shop, one) for one in ids), ShopperState("never seen")]


def test_the_expected_ones_can_be_saved():
    assert {
        "popularity", "recent_popularity", "own_repeat", "item_knn", "ease", "transformer"
    } <= set(NAMES)  # fmt: skip
    assert "ledger" not in NAMES, "it is the artifact itself"


def test_saved_and_read_it_gives_equal_scores(model, split):
    bytes_ = save({k: np.ascontiguousarray(a) for k, a in model.to_arrays().items()})
    config = json.loads(json.dumps(dict(model.config), allow_nan=False))
    again = type(model).from_arrays(load(bytes_), config)
    states = states_of(split.full)
    np.testing.assert_array_equal(again.score_batch(states), model.score_batch(states))
    assert json.loads(json.dumps(dict(again.config))) == config


def test_a_lacking_array_is_a_key_error(model):
    arrays = dict(model.to_arrays())
    arrays.pop("inputs" if isinstance(model, DeepModel) else next(iter(arrays)))
    with pytest.raises(KeyError):
        type(model).from_arrays(arrays, dict(model.config))


def test_again_takes_in_new_events_products_and_shoppers(model, split):
    """Rows move (`a` is before all known ids); what is new is learned from."""
    grown = walk_shop(walks(30, n_more=1, new="ay"), {
        "item_id": sorted((*LETTERS, "a", "y", "z")), "brand": [f"brand {n % 3}" for n in range(15)]
    })  # fmt: skip
    later = model.again(Growth.between(split.full, grown))
    states = states_of(grown)
    scores = later.score_batch(states)
    assert scores.shape == (6, 15)
    assert np.isfinite(scores[:5]).all()
    assert (later.score_batch(states) != model.score_batch(states_of(split.full))[:, :1]).any()


def test_again_moves_rows_by_id(model, split):
    """A product before all others, nothing else new: deep models keep what they had learned."""
    items = {"item_id": ["0", *CATALOGUE["item_id"]], "brand": ["new", *CATALOGUE["brand"]]}
    grown = walk_shop(walks(24), items)
    later = model.again(Growth.between(split.full, grown))
    old, new = (m.score_batch(states_of(s)) for m, s in ((model, split.full), (later, grown)))
    if isinstance(model, DeepModel):
        np.testing.assert_allclose(new[:, 2:14], old[:, 1:13], rtol=1e-4, atol=1e-4)
        # What nobody chose is its content, and how much a brand says has changed a little.
        np.testing.assert_allclose(new[:, 1:], old, atol=0.02)
    else:
        assert np.argsort(-new[0])[0] > 0, "the product that nobody chose is not the best"


@pytest.mark.parametrize("name", DEEP)
def test_a_deep_model_learns_what_is_new(name):
    """Everybody now goes on to one product that was never chosen: its rank rises to the top."""
    before = leave_last_out(walk_shop(walks(24), CATALOGUE))
    after = walk_shop({who: line + "a" for who, line in walks(24).items()}, CATALOGUE)
    model = fitted(name, before)
    model.settings = model.settings.model_copy(update={"n_continued": 40})
    later = model.again(Growth.between(before.full, after))
    states = states_of(before.full)[:5]
    row = before.full.interactions.items.num("a")

    def rank(scores: np.ndarray) -> float:
        return float((scores >= scores[:, [row]]).sum(axis=1).mean())

    assert rank(later.score_batch(states)) < rank(model.score_batch(states)) - 1.0
    assert later.trained["continued_epochs"] == 40
    assert later.trained["n_epochs"] == model.trained["n_epochs"]


def test_a_model_with_a_window_counts_from_the_new_end():
    """Four weeks back from the last event: the older purchase no longer counts."""
    before = event_shop({"u": [(0, "a", "purchase"), (1, "b", "purchase")]})
    after = event_shop({"u": [(0, "a", "purchase"), (1, "b", "purchase"), (60, "b", "purchase")]})
    split = Split(before, before, ())
    model = MODELS.load("recent_popularity").fit(split)
    assert model.n_shoppers.tolist() == [1.0, 1.0]
    assert model.again(Growth.between(before, after)).n_shoppers.tolist() == [0.0, 1.0]
