"""The batch's path against the ranker's own, over drawn shops, histories and coefficients."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from youli.channels.affinity import AffinityChannel
from youli.channels.attributes import AttributesChannel
from youli.channels.basket import BasketChannel
from youli.channels.neighbours import NeighboursChannel
from youli.channels.popularity import PopularityChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.channels.transition import TransitionChannel
from youli.data.shop import build_shop
from youli.data.state import ShopperState
from youli.models.batch import score_states
from youli.rank.ranker import Ranker

N_ITEMS = 10
CLASSES = (
    TransitionChannel, BasketChannel, AffinityChannel, NeighboursChannel,
    AttributesChannel, RepurchaseChannel, PopularityChannel,
)  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    rng = np.random.default_rng(0)
    rows = [
        (f"u{u:02}", f"i{int(rng.integers(N_ITEMS))}", day * 86_400_000_000, f"o{u}-{day}")
        for u in range(25)
        for day in range(6)
        for _ in range(2)
    ]
    users, items, stamps, orders = zip(*rows, strict=True)
    events = pa.table(
        {
            "user_id": users,
            "item_id": items,
            "timestamp": pa.array(stamps, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "order_id": orders,
        }
    )
    ids = [f"i{item}" for item in range(N_ITEMS)]
    return build_shop(
        events, pa.table({"item_id": ids, "brand": [f"b{i // 3}" for i in range(10)]})
    )


@pytest.fixture(scope="module")
def channels(shop):
    return {channel.name: channel.fit(shop) for channel in CLASSES}


@given(data=st.data())
def test_equals_scoring_one_by_one(shop, channels, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    coefficients = {
        name: rng.random(len(channel.basis_names)) * rng.integers(0, 2, len(channel.basis_names))
        for name, channel in channels.items()
    }
    ranker = Ranker(shop, channels, coefficients)
    states = []
    for user in data.draw(st.lists(st.integers(0, 26), max_size=4)):
        state = ShopperState.of(shop, f"u{user:02}")  # two of them were never seen
        if data.draw(st.booleans()):
            state = state.record(int(rng.integers(N_ITEMS)), "view_item", state.now + 60)
        ignored = data.draw(st.sets(st.integers(0, max(state.n_rows - 1, 0)), max_size=3))
        states.append(state.without(ignored) if state.n_rows else state)
    batch = score_states(ranker, states)
    assert batch.shape == (len(states), N_ITEMS)
    for row, state in zip(batch, states, strict=True):
        np.testing.assert_allclose(row, ranker.score(state), rtol=1e-12, atol=1e-12)


def test_a_channel_with_its_own_way_is_asked(shop, channels):
    class Louder(TransitionChannel):
        def score(self, state, coefficients):
            found = super().score(state, coefficients)
            return None if found is None else 2.0 * found

    plain = channels["transition"]
    ones = {"transition": np.ones(len(plain.basis_names))}
    states = [ShopperState.of(shop, "u00")]
    once = score_states(Ranker(shop, {"transition": plain}, ones), states)
    twice = score_states(Ranker(shop, {"transition": Louder(plain.kernels)}, ones), states)
    np.testing.assert_allclose(twice, 2.0 * once)
