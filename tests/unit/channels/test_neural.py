"""The learned kernel: NumPy serves what torch trained, and training goes on from what it had."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from youli.channels.neural import NeuralChannel
from youli.data.split import leave_last_out
from youli.errors import NotEnoughDataError
from youli.features.items import item_features
from youli.testing.shops import SHOPS
from youli.train.config import KernelConfig, TrainConfig
from youli.train.nets.items import ItemEmbedding
from youli.train.nets.kernel import KernelNet
from youli.train.sequences import Sequences

SMALL = KernelConfig(dim=8, n_heads=3, train=TrainConfig(max_epochs=2, batch_tokens=256))


@pytest.fixture(scope="module")
def shop():
    return SHOPS["browsing"]()


@pytest.fixture(scope="module")
def channel(shop):
    return NeuralChannel.train(shop, config=SMALL)


def a_net(shop, sequences):
    torch.manual_seed(3)
    net = KernelNet(
        item_features(shop), sequences.popularity(), dim=8, n_heads=3,
        edges=SMALL.edges(), dropout=0.5, item_dropout=0.5,
    )  # fmt: skip
    with torch.no_grad():
        for one in net.parameters():
            one += 0.3 * torch.randn_like(one)
    return net.eval()


def test_serves_the_queries_of_the_net(shop):
    events = shop.interactions
    sequences = Sequences.of(events, max_length=400)
    net = a_net(shop, sequences)
    state = net.state_dict()
    arrays = {
        "items": net.inputs().detach().numpy(), "edges": SMALL.edges(),
        "decay": state["decay"].numpy(), "gate.weight": state["gate.weight"].numpy(),
        "gate.bias": state["gate.bias"].numpy(),
        "value": state["value.weight"].view(3, 8, 8).numpy(),
        "label": state["items.label"].numpy(), "label_names": np.zeros(0, np.uint8),
        "bias": state["bias"].numpy(),
    }  # fmt: skip
    served = NeuralChannel(arrays)
    last = np.zeros(len(events), dtype=bool)
    last[events.indptr[1:] - 1] = True
    windows = sequences.only(last)
    batch = windows.batch(np.arange(len(windows)))
    with torch.no_grad():
        queries = net.queries(batch, net.inputs()).numpy()
        wanted = queries @ net.inputs().numpy().T
    cases = {case.user_num: case for case in leave_last_out(shop).cases}
    n_compared = 0
    for row, user_num in enumerate(batch.users.tolist()):
        case = cases[user_num]
        state = case.state(shop)
        if (np.diff(events.step[events.rows_of(user_num)])[-1] == 0) or state.n_rows == 0:
            continue  # the last event shares its tick with the one before
        found = served.score(state, np.ones(3))
        np.testing.assert_allclose(found, wanted[row], rtol=1e-4, atol=1e-5)
        n_compared += 1
    assert n_compared > 5


def test_decays_by_ranges_that_double():
    assert SMALL.edges()[:18].tolist() == [*range(16), 16, 32]


def test_goes_on_from_what_it_had_learned(shop, channel):
    again = NeuralChannel.train(
        shop, start=channel, config=SMALL.model_copy(update={"n_continued": 1})
    )
    fresh = NeuralChannel.train(shop, config=SMALL, seed=5)
    moved = np.abs(again.arrays["items"] - channel.arrays["items"]).mean()
    assert 0 < moved < 0.5 * np.abs(fresh.arrays["items"] - channel.arrays["items"]).mean()


def test_rows_map_products_by_where_they_were(shop, channel):
    """The same products in another order: each goes on from its own vector."""
    n_items = shop.interactions.n_items
    swapped = np.arange(n_items, dtype=np.int32)
    swapped[[0, 1]] = [1, 0]
    still = SMALL.model_copy(
        update={
            "n_continued": 1, "dropout": 0.0, "item_dropout": 0.0,
            "train": SMALL.train.model_copy(update={"learning_rate": 1e-9, "weight_decay": 0.0}),
        }
    )  # fmt: skip
    again = NeuralChannel.train(shop, start=channel, rows=swapped, config=still)
    np.testing.assert_allclose(again.arrays["items"][0], channel.arrays["items"][1], atol=1e-4)
    np.testing.assert_allclose(again.arrays["items"][2], channel.arrays["items"][2], atol=1e-4)


def test_a_product_never_chosen_is_placed_by_its_content(shop):
    features = item_features(shop)
    popularity = np.ones(shop.interactions.n_items, dtype=np.int64)
    popularity[4] = 0
    table = ItemEmbedding(features, popularity, dim=8).eval()
    before = table().detach().numpy()
    with torch.no_grad():
        table.id += 1.0
    after = table().detach().numpy()
    np.testing.assert_array_equal(after[4], before[4])
    assert np.abs(before[4]).sum() > 0
    np.testing.assert_allclose(after[5], before[5] + 1.0, atol=1e-6)


def test_nobody_who_came_twice_is_nothing_to_learn_from():
    with pytest.raises(NotEnoughDataError, match="two orders"):
        NeuralChannel.train(SHOPS["one basket"]())
