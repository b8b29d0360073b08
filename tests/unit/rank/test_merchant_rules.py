"""Boosts and pins worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from youli.errors import FilterError
from youli.rank.rules import (
    NO_RULES,
    ActiveRules,
    MerchantRule,
    Pin,
    active_rules,
    with_pins,
)
from youli.testing.shops import walk_shop

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHOP = walk_shop(
    {"u": "abcd"},
    {"item_id": list("abcd"), "brand": ["x", "x", "y", None], "price_minor": [1, 2, 3, 4]},
)


def put(pins: dict[int, int], k: int, others: list[int], own: list[float]) -> tuple[object, ...]:
    pinned = {place: Pin("r", place, item) for place, item in pins.items()}
    scores = [own[one] for one in others]
    listed, came_from, lifts = with_pins(
        np.array(others, dtype=np.int32), scores, pinned, np.array(own), k
    )
    return listed.tolist(), came_from.tolist(), lifts


def test_a_pin_gets_the_least_that_makes_it_stand_there() -> None:
    own = [9.0, 7.0, 5.0, 1.0, 8.0]
    assert put({2: 3}, 3, [0, 1, 2], own) == ([0, 3, 1], [0, -1, 1], [0.0, 6.0, 0.0])
    # At the last place it stands above what it displaced.
    assert put({3: 3}, 3, [0, 1, 2], own) == ([0, 1, 3], [0, 1, -1], [0.0, 0.0, 4.0])
    # Where it would stand anyway nothing is added; further down it is lowered.
    assert put({2: 4}, 3, [0, 1, 2], own) == ([0, 4, 1], [0, -1, 1], [0.0, 0.0, 0.0])
    assert put({3: 4}, 3, [0, 1, 2], own) == ([0, 1, 4], [0, 1, -1], [0.0, 0.0, -1.0])
    # Neighbours share what they stand above; where the rest is short, pins move up.
    assert put({1: 3, 2: 2}, 3, [0, 1], own) == ([3, 2, 0], [-1, -1, 0], [8.0, 4.0, 0.0])
    assert put({3: 3}, 3, [0], own) == ([0, 3], [0, -1], [0.0, 0.0])


def test_two_pins_for_one_place() -> None:
    rules = ActiveRules(pins=(Pin("a", 1, 2), Pin("b", 1, 3), Pin("c", 2, 1), Pin("d", 4, 2)))
    everything = np.ones(4, dtype=bool)
    places = rules.places(everything, 10)
    assert {place: (pin.rule_id, pin.item_num) for place, pin in places.items()} == {
        1: ("a", 2),
        2: ("b", 3),
        3: ("c", 1),
    }
    assert set(rules.places(everything, 2)) == {1, 2}
    without_first = np.array([True, True, False, True])
    assert [pin.item_num for pin in rules.places(without_first, 10).values()] == [3, 1]


def test_what_acts_depends_on_the_list_the_moment_and_the_switch() -> None:
    rule = MerchantRule(
        rule_id="r", kind="boost", items=("a",), amount=1.0, placement="home",
        starts=NOW, ends=NOW + timedelta(days=1),
    )  # fmt: skip

    def acts(name: str = "home", moment: datetime = NOW, **update: object) -> bool:
        found = active_rules([rule.model_copy(update=update)], SHOP, name, moment)
        return found.shift is not None

    assert acts()
    assert not acts("cart")
    assert acts("cart", placement="")
    assert not acts(enabled=False)
    assert not acts(moment=NOW - timedelta(seconds=1))
    assert not acts(moment=NOW + timedelta(days=1))


def test_targets() -> None:
    rules = active_rules(
        [
            MerchantRule(rule_id="1", kind="boost", filter='brand = "X"', amount=2.0),
            MerchantRule(rule_id="2", kind="bury", items=("b", "gone"), amount=0.5),
            MerchantRule(rule_id="3", kind="hide", filter="price >= 0.03"),
            MerchantRule(rule_id="4", kind="in_stock"),
        ],
        SHOP,
        "home",
        NOW,
    )
    assert rules.shift is not None
    assert rules.shift.tolist() == [2.0, 1.5, 0.0, 0.0]
    assert rules.shift_of(np.array([1, 3])).tolist() == [1.5, 0.0]
    assert [(e.channel, e.amount) for e in rules.entries_of(1)] == [
        ("promoted", 2.0),
        ("buried", -0.5),
    ]
    assert rules.shift_up is not None
    assert rules.shift_up.tolist() == [True, True, False, False]
    assert rules.by_price
    allowed = np.ones(4, dtype=bool)
    rules.keep_out(allowed, np.array([True, False, True, True]))
    assert allowed.tolist() == [True, False, False, False]
    assert NO_RULES.shift is None


def test_a_filter_that_does_not_apply_is_an_error() -> None:
    rule = MerchantRule(kind="hide", filter='colour = "red"')
    with pytest.raises(FilterError, match="no 'colour'"):
        active_rules([rule], SHOP, "home", NOW)
