"""Live states: what happened since the shop was learned."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from youli.data.state import ShopperState
from youli.serve.sessions import LiveStore, ShopClock

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL_S = int(UNTIL.timestamp())


def learned(user_id: str) -> ShopperState:
    """Everybody bought product 3, then product 5."""
    state = ShopperState(user_id, user_num=0, now=UNTIL_S)
    return state.record(3, "purchase", UNTIL_S - 200).record(5, "purchase", UNTIL_S - 100)


@pytest.fixture
def store() -> LiveStore:
    return LiveStore(learned, ShopClock(UNTIL, lambda: 4e9), capacity=2, max_events=3)


def test_an_event_counts_in_the_next_state(store: LiveStore) -> None:
    assert store.record("u", 9, "view_item") is None
    state = store.get("u").effective()
    assert state.item_num.tolist() == [3, 5, 9]
    assert state.n_rows == 3
    assert store.get("v").state.n_rows == 2, "nobody else is touched"


def test_ignored_rows_do_not_count_until_they_are_restored(store: LiveStore) -> None:
    store.record("u", 3, "view_item")
    store.ignore("u", 3)
    assert store.get("u").effective().counted.tolist() == [False, True, False]
    store.ignore("u", 5)
    store.restore("u", 3)
    assert store.get("u").effective().counted.tolist() == [True, False, True]
    store.restore("u", None)
    assert store.get("u").effective().counted.all()


def test_an_event_after_ignoring_counts(store: LiveStore) -> None:
    store.ignore("u", 3)
    store.record("u", 3, "purchase")
    assert store.get("u").effective().counted.tolist() == [False, True, True]


def test_rows_of_one_request_are_left_out_beside_the_kept_ones(store: LiveStore) -> None:
    store.ignore("u", 3)
    assert store.get("u").effective([1]).counted.tolist() == [False, False]
    assert store.get("u").effective().counted.tolist() == [False, True]


def test_a_live_purchase_that_was_refunded_never_was(store: LiveStore) -> None:
    store.record("u", 3, "purchase")
    store.record("u", 9, "view_item")
    store.ignore("u", 9)
    assert store.record("u", 3, "refund") is None
    state = store.get("u").effective()
    assert state.item_num.tolist() == [3, 5, 9]
    assert state.counted.tolist() == [True, True, False], "what was ignored stays so"
    assert state.steps_ago.tolist() == [2, 1, 0]


def test_a_learned_purchase_that_was_refunded_does_not_count(store: LiveStore) -> None:
    assert store.record("u", 3, "refund") is None
    assert store.record("u", 3, "refund") == "nothing_to_take_back"
    assert store.get("u").effective().counted.tolist() == [False, True]


def test_restoring_does_not_bring_back_a_refunded_purchase(store: LiveStore) -> None:
    store.record("u", 3, "refund")
    store.ignore("u", 3)
    store.restore("u", None)
    assert store.get("u").effective().counted.tolist() == [False, True]


def test_the_longest_idle_shopper_is_forgotten(store: LiveStore) -> None:
    for user in ("a", "b"):
        store.record(user, 9, "purchase")
    store.get("a")
    store.record("c", 9, "purchase")
    assert len(store) == 2
    assert store.get("a").state.n_rows == 3
    assert store.get("b").state.n_rows == 2


def test_live_events_of_one_shopper_are_bounded(store: LiveStore) -> None:
    for _ in range(3):
        assert store.record("u", 9, "view_item") is None
    assert store.record("u", 9, "view_item") == "too_many_events"


def test_no_event_is_lost_between_threads() -> None:
    store = LiveStore(learned, ShopClock(UNTIL), capacity=8, max_events=1_000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: store.record("u", item, "view_item"), range(400)))
    assert sorted(store.get("u").state.item_num[2:].tolist()) == list(range(400))


def test_an_old_log_is_replayed_from_its_end() -> None:
    wall = [UNTIL_S + 400 * 86_400.0]
    clock = ShopClock(UNTIL, lambda: wall[0])
    assert not clock.is_live
    wall[0] += 90
    assert clock.now() == UNTIL_S
    assert clock.event_time() == UNTIL_S + 90


def test_a_fresh_log_lives_in_real_time() -> None:
    wall = [UNTIL_S + 3_600.0]
    clock = ShopClock(UNTIL, lambda: wall[0])
    assert clock.is_live
    wall[0] += 60
    assert clock.now() == clock.event_time() == UNTIL_S + 3_660
    assert LiveStore(learned, clock, capacity=1, max_events=1).get("u").state.now == UNTIL_S + 3_660
