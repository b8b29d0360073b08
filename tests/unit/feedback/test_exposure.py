"""What was seen is told apart from what is liked, and the next fit counts accordingly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from youli.channels.popularity import PopularityChannel
from youli.channels.transition import TransitionChannel
from youli.errors import NotEnoughDataError
from youli.feedback.exposure import (
    ExposureConfig,
    PositionBias,
    event_weights,
    position_bias,
    weighted,
)
from youli.feedback.records import Shown
from youli.testing.shops import SHOPS

SEEN = np.array([1.0, 0.6, 0.35, 0.2])


def shown(item: str, rank: int, user: str = "ann") -> Shown:
    return Shown("r", user, item, rank, None, "v1", 0)


def simulated(n_lists: int, seed: int = 0) -> tuple[list[Shown], list[bool]]:
    """Twelve products in random order; each is chosen if it is seen and liked."""
    rng = np.random.default_rng(seed)
    liked = rng.uniform(0.2, 0.9, 12)
    rows, chosen = [], []
    for _ in range(n_lists):
        for rank, item in enumerate(rng.permutation(12)[:4].tolist(), start=1):
            rows.append(shown(f"p{item}", rank))
            chosen.append(bool(rng.random() < SEEN[rank - 1] * liked[item]))
    return rows, chosen


def test_the_planted_bias_of_places_is_found():
    bias = position_bias(*simulated(3000))
    assert bias.seen == pytest.approx(SEEN, abs=0.06)
    assert bias.at(1) == 1.0
    assert bias.at(99) == bias.at(4)


def test_places_without_a_choice_cannot_be_told_apart():
    with pytest.raises(NotEnoughDataError, match="nothing of what was shown"):
        position_bias([shown("p1", 1)], [False])


def test_weights_by_hand():
    """The first place counts 1 and the second 2 before they are scaled to a mean of 1."""
    first, second = shown("a", 1), shown("b", 2)
    bias = PositionBias(np.array([1.0, 0.5]), np.array([1, 1]))
    events = {("ann", "a", 1): first, ("ann", "b", 2): second}
    found = event_weights([first, second], events, bias, config=ExposureConfig(exposure_power=0))
    assert list(found.values()) == pytest.approx([2 / 3, 4 / 3])


def test_what_was_shown_often_counts_less():
    often, rare = shown("a", 1), shown("b", 1)
    bias = PositionBias(np.array([1.0]), np.array([5]))
    events = {("ann", "a", 1): often, ("ann", "b", 2): rare}
    found = event_weights([often] * 4 + [rare], events, bias)
    # (2.5/4)^½ against (2.5/1)^½: one to two
    assert list(found.values()) == pytest.approx([2 / 3, 4 / 3])


def test_no_weight_is_above_the_clip_and_their_mean_stays_one():
    bias = PositionBias(np.array([1.0, 0.001]), np.array([1, 1]))
    many = {("u", f"p{n}", n): shown(f"p{n}", 1 + (n == 0)) for n in range(50)}
    found = event_weights(list(many.values()), many, bias, config=ExposureConfig(clip=3.0))
    assert max(found.values()) == pytest.approx(3.0)
    assert np.mean(list(found.values())) == pytest.approx(1.0, rel=1e-6)
    assert event_weights([], {}, bias) == {}


def test_the_next_fit_counts_by_the_weights():
    shop = SHOPS["browsing"]()
    log = shop.interactions
    key = (
        log.users.ids[log.user_num[0]], log.items.ids[log.item_num[0]], int(log.timestamp[0])
    )  # fmt: skip
    same = weighted(shop, {key: 1.0})
    less = weighted(shop, {key: 0.1, ("nobody", "p", 1): 9.0})
    assert less.interactions.weight is not None
    assert (less.interactions.weight != 1.0).sum() >= 1
    for channel in (PopularityChannel, TransitionChannel):
        plain, as_one, corrected = (channel.fit(one).to_arrays() for one in (shop, same, less))
        assert all(np.array_equal(plain[name], as_one[name]) for name in plain)
        assert any(not np.array_equal(plain[name], corrected[name]) for name in plain)


def test_a_weight_counts_like_so_many_events_and_survives_a_selection():
    shop = SHOPS["browsing"]()
    log = replace(shop.interactions, weight=np.full(len(shop.interactions), 0.5))
    half = PopularityChannel.fit(replace(shop, interactions=log))
    assert half.values.shape == PopularityChannel.fit(shop).values.shape
    kept = log.select(np.arange(len(log)) % 2 == 0)
    assert kept.weight is not None
    assert len(kept.weight) == len(kept)
