"""What was seen last, by hand and against the slow routes."""

from __future__ import annotations

import numpy as np

from youli.channels.recent import RecentChannel
from youli.data.state import ShopperState
from youli.testing.shops import walk_shop

SHOP = walk_shop({"u": "abcd"})
ONE = np.ones(1)


def seen(*items: int) -> ShopperState:
    state = ShopperState("me")
    for item in items:
        state = state.record(item, "view_item", 0)
    return state


def test_the_last_event_outweighs_all_before() -> None:
    channel = RecentChannel.fit(SHOP)
    score = channel.score(seen(1, 1, 1, 2), ONE)
    assert score is not None
    assert score.tolist() == [0.0, 0.25 + 0.125 + 0.0625, 0.5, 0.0]
    assert channel.score(seen(), ONE) is None


def test_its_views_agree_and_a_removal_is_exact() -> None:
    channel, items = RecentChannel.from_arrays(RecentChannel.fit(SHOP).to_arrays()), np.arange(4)
    state = seen(0, 2, 0, 3).without([2])
    score = channel.score(state, ONE)
    assert score is not None
    np.testing.assert_allclose(channel.bases(state, items)[0], score)
    parts = channel.addends(state, ONE, items)
    np.testing.assert_allclose(np.bincount(parts.target, parts.amount, minlength=4), score)
    assert score.tolist() == [0.0625, 0.0, 0.125, 0.5]
    assert not channel.bases(seen(), items).any()
    assert not len(channel.addends(seen(), ONE, items).amount)
