"""Drift: the index by hand, and windows of small logs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from youli.data.shop import Shop
from youli.evaluate.drift import find_drift, population_stability
from youli.testing.shops import event_shop


def shop_of(days: list[tuple[float, str]]) -> Shop:
    """One purchase a day given; products of category A and B by the start of their names."""
    events: dict[str, list[tuple[float, str, str]]] = {}
    for at, (day, name) in enumerate(days):
        events.setdefault(f"u{at % 9}", []).append((day, name, "purchase"))
    names = sorted({name for _, name in days})
    return event_shop(
        events,
        {"item_id": names, "title": names, "category": [f"Shop > {n[0].upper()}" for n in names]},
    )


def test_the_index_by_hand() -> None:
    expected, found = np.array([9.5, 9.5]), np.array([14.5, 4.5])
    # With half a count each: 10 and 10 against 15 and 5 of 20.
    by_hand = 0.25 * math.log(1.5) - 0.25 * math.log(0.5)
    assert population_stability(expected, found) == pytest.approx(by_hand)
    assert population_stability(found, found) == 0.0


def test_a_steady_shop_is_the_same() -> None:
    drift = find_drift(shop_of([(at / 2, "ab"[at % 2]) for at in range(400)]))
    assert drift.by == "category 2"
    assert [one.reading for one in drift.windows] == ["same"] * 6
    assert {one.new_product_share for one in drift.windows} == {0.0}
    assert [one.n_events for one in drift.windows] == [56] * 6
    assert drift.live is None


def test_a_turned_mix_is_seen_in_its_window_alone() -> None:
    days = [(at / 2, "ab"[at % 2]) for at in range(344)]
    turned = [(172 + at / 2, "b2") for at in range(56)]
    drift = find_drift(shop_of(days + turned), n_windows=2)
    assert [one.reading for one in drift.windows] == ["same", "much"]
    assert drift.windows[-1].new_product_share == 1.0
    assert drift.windows[-1].psi == pytest.approx(
        population_stability(np.array([172, 172]), np.array([0, 56])), rel=0.05
    )


def test_live_events_are_a_window_of_their_own() -> None:
    shop = shop_of([(at / 2, "ab"[at % 2]) for at in range(400)])
    drift = find_drift(shop, live=[0] * 60 + [-1] * 20)
    assert drift.live is not None
    assert drift.live.n_events == 80
    assert drift.live.new_product_share == pytest.approx(0.25)
    assert drift.live.reading == "much"
    assert drift.document()["live"]["reading"] == "much"


def test_too_few_events_say_nothing() -> None:
    shop = shop_of([(at / 2, "ab"[at % 2]) for at in range(40)])
    drift = find_drift(shop, live=[0, 1])
    assert drift.windows == ()
    assert drift.live is not None
    assert drift.live.reading == "unknown"
    assert drift.live.psi is None
