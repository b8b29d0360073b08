"""Nets of named features go on on a shop that has grown: everything is found by its name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch

from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.split import leave_last_out
from youli.data.state import ShopperState
from youli.features import vectors as vectors_module
from youli.registry import MODELS
from youli.testing.shops import order_shop

N = 20


class Letters:
    """An encoder without a package: how often a few letters are in a text."""

    name, version, n_dims = "letters", "1", 4

    def encode(self, texts):
        rows = np.array([[1.0 + one.lower().count(a) for a in "abcd"] for one in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(autouse=True)
def letters(monkeypatch, tmp_path):
    monkeypatch.setenv("YOULI_CACHE", str(tmp_path))
    monkeypatch.setattr(vectors_module, "encoder_for", lambda _name: Letters())


def a_shop(*, grown: bool) -> Shop:
    """Orders; grown: a product, a brand, an attribute and a region more, each before the others."""
    ids = ["0 new"] * grown + [f"p{num:02}" for num in range(N)]
    items = {
        "item_id": ids,
        "brand": ["a new brand"] * grown + [f"brand {num % 4}" for num in range(N)],
        "price_minor": pa.array([None] * grown + [None, *(100 + 7 * n for n in range(1, N))]),
        "title": [""] * grown + ["ab"[num % 2] * (num % 3 + 1) + "cd" for num in range(N)],
    }
    if grown:
        items["age group"] = ["baby", "adult"] * (len(ids) // 2) + ["baby"]
    orders = {
        f"u{user:02}": [(float(at), f"p{(3 * user + at) % N:02}") for at in range(4 + user % 3)]
        for user in range(12)
    }
    users = {
        "user_id": [f"u{user:02}" for user in range(12)],
        "region": ["north", "south"] * 6,
    }
    if grown:
        orders["v"] = [(9.0, "p00"), (10.0, "p03")]
        users = {"user_id": [*users["user_id"], "v"], "region": [*users["region"], "east"]}
    return order_shop(orders, items, users)


def nets(name: str) -> tuple[object, object]:
    model_class = MODELS.load(name)
    quick = model_class.quick()
    config = quick.model_copy(update={"train": quick.train.model_copy(update={"max_epochs": 3})})
    split = leave_last_out(a_shop(grown=False))
    model = model_class.fit(split, config=config)
    growth = Growth.between(split.full, a_shop(grown=True))
    return model, growth


@pytest.mark.parametrize("name", ["dnn", "fusion"])
def test_rows_are_found_by_name_and_products_stay_where_they_were(name):
    model, growth = nets(name)
    from youli.train.sequences import Sequences

    sequences = Sequences.of(growth.shop.interactions, max_length=20)
    net = model._net(growth.shop, sequences, model.settings, seed=1)
    fresh = {name: value.clone() for name, value in net.state_dict().items()}
    anew = model._start(net, growth)
    state, old = net.state_dict(), model.arrays
    assert anew == ()
    # Region: unknown, east (new), north, south.
    torch.testing.assert_close(
        state["shopper.level"][[0, 2, 3]], torch.from_numpy(old["shopper.level"])
    )
    assert torch.equal(state["shopper.level"][1], fresh["shopper.level"][1])
    # The first product is new; the others have their ids.
    where = f"{net.prefix}id"
    torch.testing.assert_close(state[where][1:], torch.from_numpy(old[where]))
    if name == "dnn":  # a feature of products is new: age group
        which = state["items.attention.which"]
        assert net.item_names == ("id", "brand", "age group", "price band", "title words",
                                  "numbers", "text")  # fmt: skip
        before = torch.from_numpy(old["items.attention.which"])
        torch.testing.assert_close(which[[0, 1, 3, 4, 5, 6]], before)
    later = type(model)(type(model)._export(net, growth.shop), model.settings, {})
    parts = {n: net.parts()[n].detach().numpy()[1:] for n in ("numbers", "text")}
    for block, part in parts.items():
        known = old[f"items.part.{block}"]
        gap = np.linalg.norm(part - known) / np.linalg.norm(known)
        assert gap < 0.1, f"{block}: what it says of known products changed by {gap:.0%}"
    assert later.n_items == N + 1


@pytest.mark.parametrize("name", ["dnn", "fusion"])
def test_again_says_what_started_anew_and_learns_what_is_new(name):
    model, growth = nets(name)
    later = model.again(growth)
    assert later.trained["continued_epochs"] == model.settings.n_continued
    state = ShopperState.of(growth.shop, "u03")
    scores = later.score_batch([state, ShopperState("nobody", attributes={"region": "east"})])
    assert scores.shape == (2, N + 1)
    assert np.isfinite(scores).all()
    # Within a few steps of a small rate the known products keep much of their order.
    before = model.score_batch([ShopperState.of(a_shop(grown=False), "u03")])[0]
    assert np.corrcoef(before, scores[0, 1:])[0, 1] > 0.5
