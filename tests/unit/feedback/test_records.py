"""What is said is read as it is meant, and outcomes are known only when they are."""

from __future__ import annotations

import pytest

from youli.errors import InputError
from youli.explain.types import ClaimKind
from youli.feedback.records import (
    ItemFeedback,
    ItemKind,
    Polarity,
    ReasonFeedback,
    ReasonKind,
    RewardConfig,
    Shown,
    experiences,
    rewards,
)

DAY = 86_400
SHOWN = Shown("r1", "ann", "tea", 1, ClaimKind.WENT_ON, "v1", 0)


def said(kind: ItemKind, at: float = 1.0, value: float | None = None, user="ann", item="tea"):
    return ItemFeedback(user, item, kind, int(at * DAY), value, "r1")


@pytest.mark.parametrize(
    ("kind", "value", "polarity", "liking"),
    [
        (ItemKind.BOUGHT, None, Polarity.POSITIVE, 1.0),
        (ItemKind.CLICKED, None, Polarity.NEUTRAL, 0.0),
        (ItemKind.SAVED, None, Polarity.POSITIVE, 1.0),
        (ItemKind.DISMISSED, None, Polarity.NEGATIVE, -1.0),
        (ItemKind.NOT_FOR_ME, None, Polarity.NEGATIVE, -1.0),
        (ItemKind.RETURNED, None, Polarity.NEGATIVE, -1.0),
        (ItemKind.RATED, 5.0, Polarity.POSITIVE, 1.0),
        (ItemKind.RATED, 4.0, Polarity.POSITIVE, 0.5),
        (ItemKind.RATED, 3.0, Polarity.NEUTRAL, 0.0),
        (ItemKind.RATED, 3.5, Polarity.NEUTRAL, 0.25),
        (ItemKind.RATED, 1.0, Polarity.NEGATIVE, -1.0),
    ],
)
def test_every_kind_has_a_direction(kind, value, polarity, liking):
    one = said(kind, value=value)
    assert one.polarity is polarity
    assert one.liking == liking


@pytest.mark.parametrize("value", [None, 0.0, 5.5, float("nan")])
def test_a_rating_needs_its_number(value):
    with pytest.raises(InputError, match="rating"):
        said(ItemKind.RATED, value=value)


@pytest.mark.parametrize(
    ("answers", "now", "earned"),
    [
        ([], 1, None),  # it may still be bought
        ([], 20, 0.0),
        ([said(ItemKind.CLICKED)], 99, 0.0),  # a click alone earns nothing
        ([said(ItemKind.SAVED)], 99, 0.0),
        ([said(ItemKind.BOUGHT)], 5, None),  # too early to know
        ([said(ItemKind.BOUGHT)], 20, 1.0),  # no complaint in two weeks
        ([said(ItemKind.BOUGHT), said(ItemKind.RATED, 3, 5.0)], 4, None),  # nor is praise
        ([said(ItemKind.BOUGHT), said(ItemKind.RETURNED, 3)], 4, None),  # bad news wait as good do
        ([said(ItemKind.BOUGHT), said(ItemKind.RATED, 3, 5.0)], 15, 1.0),
        ([said(ItemKind.BOUGHT), said(ItemKind.RATED, 3, 1.0)], 99, -1.0),
        ([said(ItemKind.BOUGHT), said(ItemKind.RETURNED, 3)], 99, -1.0),
        ([said(ItemKind.RETURNED, 3), said(ItemKind.BOUGHT)], 99, -1.0),  # as it came in
        ([said(ItemKind.BOUGHT, item="jam")], 99, 0.0),  # another product of the list
    ],
)
def test_the_reward_is_satisfaction_after_use(answers, now, earned):
    found = rewards([SHOWN], answers, now=now * DAY)
    assert found == ([] if earned is None else [(SHOWN, earned)])


def test_over_persuasion_has_its_own_weight():
    answers = [said(ItemKind.BOUGHT), said(ItemKind.RETURNED, 2)]
    config = RewardConfig(over_persuasion=0.5)
    assert rewards([SHOWN], answers, now=99 * DAY, config=config) == [(SHOWN, -0.5)]


def test_a_word_on_the_reason_goes_before_the_product():
    answers = [said(ItemKind.BOUGHT), said(ItemKind.RATED, 3, 5.0)]
    word = ReasonFeedback("ann", "tea", ReasonKind.WRONG, 4 * DAY, "r1")
    (good,) = experiences([SHOWN], answers, now=99 * DAY)
    (bad,) = experiences([SHOWN], answers, [word], now=99 * DAY)
    assert (good.was_good, bad.was_good) == (True, False)
    assert (good.timestamp, bad.timestamp) == (3 * DAY, 4 * DAY)


def test_a_word_counts_at_once_and_an_account_by_its_weight():
    word = ReasonFeedback("ann", "tea", ReasonKind.HELPFUL, DAY, "r1")
    (one,) = experiences([SHOWN], [], [word], now=DAY, heard={"ann": 0.25})
    assert (one.was_good, one.heard) == (True, 0.25)


def test_nobody_judges_a_reason_that_another_was_given():
    word = ReasonFeedback("bob", "tea", ReasonKind.WRONG, DAY, "r1")
    assert experiences([SHOWN], [], [word], now=DAY) == []


def test_a_product_without_a_reason_is_no_experience_of_one():
    plain = Shown("r1", "ann", "tea", 1, None, "v1", 0)
    assert experiences([plain], [said(ItemKind.BOUGHT)], now=99 * DAY) == []
