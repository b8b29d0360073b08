"""Shoppers who react do what is planted in them, and everybody meets the same luck."""

from __future__ import annotations

import numpy as np
import pytest

from youli.explain.types import ClaimKind
from youli.feedback.records import ItemFeedback, ItemKind
from youli.testing.known_cause.config import KnownCauseConfig
from youli.testing.known_cause.simulate import Purchases, simulate
from youli.testing.known_cause.tables import known_cause_shop
from youli.testing.reacting.config import KINDS, ReactingConfig
from youli.testing.reacting.people import People, Seen
from youli.testing.reacting.system import Loop, fit_shop

CONFIG = ReactingConfig(n_rounds=4, n_shoppers=60, n_visitors=30, n_products=40, mended_at=2)


@pytest.fixture(scope="module")
def made() -> Purchases:
    return simulate(KnownCauseConfig(n_shoppers=60, n_products=40, confounding=0.8))


@pytest.fixture
def people(made) -> People:
    return People(CONFIG, made)


def test_each_group_has_another_best_kind_and_none_is_the_unreliable_one(people):
    assert len(set(people.best)) == 3
    assert people.unreliable not in people.best
    assert (people.satisfies >= 0.03).all()
    assert (people.satisfies <= 0.97).all()


def test_the_best_kind_earns_most_and_the_unreliable_one_least_until_it_is_mended(people):
    usual = next(one for one in KINDS if one not in (*people.best, people.unreliable))
    for user in range(6):
        best = people.best[people.group[user]]
        for item in range(40):
            earns = [people.expected(user, item, kind, 0) for kind in (best, usual)]
            unreliable = people.expected(user, item, people.unreliable, 0)
            assert earns[0] >= earns[1] - 1e-9
            assert unreliable <= earns[1] + 1e-9
            mended = people.expected(user, item, people.unreliable, 2)
            assert mended == pytest.approx(earns[1])


def test_expected_is_what_comes_of_it_on_average(made):
    """One place, seen for sure, over many rounds: kept minus regretted a round."""
    people = People(CONFIG, made)
    best = people.best[0]
    item = int(np.argmin(np.abs(people.satisfies[0] - 0.6)))
    expected = people.expected(0, item, best, 0)
    outcomes = []
    for turn in range(3000):
        people.belief[:] = 0.6
        (answer,) = people.react(0, turn + 10, [Seen(item, best)])
        outcomes.append(answer.bought * (1.0 if answer.satisfied else -1.0))
    assert np.mean(outcomes) == pytest.approx(expected, abs=4.0 * np.std(outcomes) / 3000**0.5)


def test_the_same_list_meets_the_same_luck(made):
    places = [Seen(item, KINDS[item % 4]) for item in range(5)]
    once, again = (People(CONFIG, made).react(3, 1, places) for _ in range(2))
    assert once == again
    longer = People(CONFIG, made).react(3, 1, [*places[:2], Seen(17, KINDS[0])])
    assert longer[:2] == once[:2]  # what stands below changes nothing above


def test_experience_moves_belief_and_mood_and_the_disappointed_leave(made):
    people = People(CONFIG, made)
    best = people.best[0]
    at = KINDS.index(best)
    for fit, rises in ((0.97, True), (0.56, False)):
        people.satisfies[0] = fit
        for turn in range(200):
            people.belief[0, at] = people.mood[0] = 0.6
            (answer,) = people.react(0, turn, [Seen(0, best)])
            if answer.bought and answer.satisfied is rises:
                break
        else:
            pytest.fail("nothing of the kind happened in 200 rounds")
        assert bool(people.belief[0, at] > 0.6) == rises
        assert bool(people.mood[0] > 0.6) == rises
        gain, loss = 0.12 * 0.4, 0.25 * 0.6  # a disappointment moves more than a good purchase
        assert people.mood[0] - 0.6 == pytest.approx(gain if rises else -loss)
    people.mood[1] = 0.1
    people.satisfies[1] = 0.03
    people.react(1, 0, [Seen(0, None)])
    assert not people.stays[1]
    assert all(1 not in people.visits(turn) for turn in range(20))


def test_a_reason_of_no_planted_kind_does_nothing(people):
    assert people.expected(0, 0, None, 0) == people.expected(0, 0, ClaimKind.BUY_AGAIN, 0)


def test_spam_is_not_in_the_next_log_and_honest_words_are(made):
    system = Loop(CONFIG, made, fit_shop(known_cause_shop(made, photos=True)))
    items = system.ranker.shop.interactions.items.ids
    shopper = system.first_users[0]
    now = int(system.ranker.shop.data_until.timestamp())
    listed = system.show(shopper, "a", now)
    first = listed[0].shown
    bought = ItemFeedback(
        shopper, first.item_id, ItemKind.BOUGHT, now, None, first.recommendation_id
    )
    spam = [ItemFeedback("z0", items[3], ItemKind.SAVED, now + n) for n in range(50)]
    honest = ItemFeedback(shopper, items[4], ItemKind.SAVED, now)
    before = len(system.ranker.shop.interactions)
    log = system.log([bought, honest, *spam]).interactions
    assert len(log) == before + 2
    assert log.users.num("z0") is None
    unlimited = system.log([bought, honest, *spam], is_limited=False).interactions
    assert len(unlimited) == before + 52
    assert log.weight is not None
    (weight,) = log.weight[
        (log.item_num == log.items.num(items[4])) & (log.timestamp == now)
        & (log.user_num == log.users.num(shopper))
    ]  # fmt: skip
    n_bought = len(system.state(shopper).bought)
    assert 0.0 < weight < 1.0
    assert weight == pytest.approx((n_bought + 1) / (n_bought + 4), rel=0.2)


def test_every_reason_that_is_shown_was_checked_and_logged(made):
    system = Loop(CONFIG, made, fit_shop(known_cause_shop(made, photos=True)))
    now = int(system.ranker.shop.data_until.timestamp())
    for user in system.first_users[:8]:
        for one in system.show(user, "a", now):
            assert one.shown.reason in one.options
            assert 0.0 < one.shown.propensity <= 1.0
            assert 0.0 <= one.shown.target <= 1.0
            assert 0.0 < one.believed < 1.0
