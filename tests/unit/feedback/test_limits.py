"""Loud accounts are heard once, newcomers a little, and who contradicts everybody hardly."""

from __future__ import annotations

import pytest

from youli.feedback.limits import LimitsConfig, limited
from youli.feedback.records import ItemFeedback, ItemKind

DAY = 86_400


def said(user: str, item: str, day: float = 0.0, kind=ItemKind.SAVED) -> ItemFeedback:
    return ItemFeedback(user, item, kind, int(day * DAY))


PLAIN = LimitsConfig(history=0.0)


def test_one_ordinary_statement_counts_in_full():
    found = limited([said("ann", "tea")], {}, config=PLAIN)
    assert found.weights == (1.0,)
    assert (found.n_over_rate, found.n_repeated) == (0, 0)


def test_the_same_again_counts_only_after_a_while():
    many = [said("ann", "tea", day) for day in (0, 1, 29, 31)]
    assert limited(many, {}, config=PLAIN).weights == (1.0, 0.0, 0.0, 1.0)
    assert limited(many, {}, config=PLAIN).n_repeated == 2
    other = [said("ann", "tea"), said("ann", "tea", kind=ItemKind.DISMISSED), said("bob", "tea")]
    assert limited(other, {}, config=PLAIN).weights == (1.0, 1.0, 1.0)


def test_a_day_has_its_rate():
    many = [said("ann", f"p{n}") for n in range(30)] + [said("bob", "p0")]
    found = limited(many, {}, config=PLAIN)
    assert sum(found.weights) == 21
    assert found.n_over_rate == 10
    assert (
        sum(limited([said("ann", f"p{n}", n) for n in range(30)], {}, config=PLAIN).weights) == 30
    )


def test_the_order_of_arrival_does_not_matter():
    many = [said("ann", f"p{n % 7}", 25 - n) for n in range(20)]
    forth, back = limited(many, {}, config=PLAIN), limited(many[::-1], {}, config=PLAIN)
    assert forth.weights == back.weights[::-1]


def test_newcomers_count_by_their_history():
    many = [said("new", "tea"), said("some", "tea"), said("old", "tea")]
    found = limited(many, {"some": 3, "old": 27})
    assert found.weights == pytest.approx((0.0, 0.5, 0.9))


def test_who_contradicts_everybody_counts_less_and_no_less_than_the_least():
    crowd = [said(f"u{n}", f"p{item}") for n in range(8) for item in range(5)]
    odd = [said("odd", f"p{item}", kind=ItemKind.NOT_FOR_ME) for item in range(5)]
    found = limited([*crowd, *odd], {}, config=PLAIN)
    assert found.agreement["odd"] == pytest.approx(1 / 6)
    assert found.weights[-1] == pytest.approx(0.2)
    assert found.weights[0] == 1.0
    single = limited([*crowd, odd[0]], {}, config=PLAIN)
    assert single.weights[-1] == pytest.approx(0.5)  # one odd opinion is a taste


def test_a_few_others_are_no_consensus():
    few = [said(f"u{n}", "tea") for n in range(4)]
    found = limited([*few, said("odd", "tea", kind=ItemKind.RETURNED)], {}, config=PLAIN)
    assert found.agreement == {}
    assert found.weights == (1.0,) * 5
