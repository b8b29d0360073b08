"""Shoppers as of now: learned rows and stored events together, in every worker alike."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from youli.serve.sessions import Learned, LiveStore, ShopClock
from youli.storage.base import Storage
from youli.storage.records import InterestChoice, StoredEvent, now_us
from youli.testing.shops import START, order_shop

#: Everybody bought c, then e; three weeks apart, and nothing since.
SHOP = order_shop(
    {user: [(0, "c"), (21, "e")] for user in ("u", "v")} | {"w": [(0, "a b d f"), (1, "g h i j")]},
    items={"item_id": list("abcdefghij"), "brand": ["own", "guest"] * 5},
)
UNTIL_S = int(SHOP.data_until.timestamp())
_MICRO = 1_000_000

Sent = Callable[..., str]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    storage = Storage.open(tmp_path / "storage.db")
    yield storage
    storage.close()


def worker(storage: Storage, **given: Any) -> LiveStore:
    clock = ShopClock(SHOP.data_until, storage, lambda: 4e9)
    return LiveStore(SHOP, storage, clock, **{"capacity": 2, "max_events": 100, **given})


@pytest.fixture
def live(storage: Storage) -> LiveStore:
    return worker(storage)


@pytest.fixture
def send(storage: Storage) -> Sent:
    """Store one event so many seconds after the log's end; gives its id."""
    numbers = itertools.count()

    def send(
        user: str, item: str, event: str = "purchase", at_s: float = 10, **more: object
    ) -> str:
        event_id = f"{next(numbers)}"
        moment = round((UNTIL_S + at_s) * _MICRO)
        assert storage.events.add([StoredEvent(user, item, event, moment, event_id, **more)]) == [
            True
        ]
        return event_id

    return send


def items(live: LiveStore, user: str = "u") -> str:
    return "".join(SHOP.interactions.items.ids[num] for num in live.get(user).state.item_num)


def counted(live: LiveStore, user: str = "u") -> list[bool]:
    return live.get(user).effective().counted.tolist()


def num(item: str) -> int:
    found = SHOP.interactions.items.num(item)
    assert found is not None
    return found


def test_an_event_counts_in_the_next_state_of_every_worker(
    live: LiveStore, storage: Storage, send: Sent
) -> None:
    other = worker(storage)
    assert items(live) == items(other) == "ce"
    send("u", "j", "view_item")
    assert items(live) == items(other) == "cej"
    assert items(live, "v") == "ce", "nobody else is touched"


def test_the_order_of_arrival_plays_no_part(storage: Storage, tmp_path: Path) -> None:
    sent = [
        StoredEvent("u", item, event, round((UNTIL_S + at_s) * _MICRO), f"{place}")
        for place, (item, event, at_s) in enumerate(
            [
                ("a", "purchase", -1_000_000),  # between the two learned orders
                ("b", "purchase", 5),
                ("b", "refund", 5),  # of the same moment as what it takes back
                ("d", "view_item", 6),
                ("c", "refund", 7),  # a learned purchase
                ("f", "add_to_cart", 8),
                ("f", "remove_from_cart", 9),
                ("g", "purchase", 10.25),
                ("h", "purchase", 10.75),
            ]
        )
    ]
    seen = set()
    for trial in range(12):
        order = random.Random(trial).sample(sent, len(sent))
        one = Storage.open(tmp_path / f"{trial}.db")
        for event in order:
            one.events.add([event])
        shopper = worker(one).get("u")
        state = shopper.effective()
        seen.add((tuple(state.item_num), tuple(state.rows["step"]), tuple(state.counted)))
        one.close()
    assert len(seen) == 1
    ((rows, steps, counts),) = seen
    assert "".join(SHOP.interactions.items.ids[row] for row in rows) == "caedgh"
    assert steps == (0, 1, 2, 3, 4, 5), "a late event ticks in its place"
    assert counts == (False, True, True, True, True, True), "c was taken back"


def test_a_late_event_gives_what_a_fit_on_everything_gives(live: LiveStore, send: Sent) -> None:
    send("u", "a", at_s=-1_000_000, order_id="x")
    send("u", "b", at_s=-1_000_000, order_id="x")
    whole = order_shop(
        {"u": [(0, "c"), (21 - 1_000_000 / 86_400, "a b"), (21, "e")]},
        items={"item_id": list("abcdefghij")},
    )
    mine = whole.interactions.rows_of(0)
    state = live.get("u").state
    assert state.rows["step"].tolist() == whole.interactions.step[mine].tolist()
    assert state.rows["timestamp"].tolist() == whole.interactions.timestamp[mine].tolist()
    assert START.tzinfo is not None


def test_an_event_that_was_learned_already_counts_once(live: LiveStore, send: Sent) -> None:
    send("u", "e", at_s=0)
    assert items(live) == "ce"
    send("u", "e", "view_item", at_s=0)
    assert items(live) == "cee", "another kind of event is another event"


def test_what_the_artifact_has_is_not_put_to_it_again(storage: Storage, send: Sent) -> None:
    send("u", "a")
    later = worker(storage, learned=Learned(storage.events.watermark(), now_us()))
    assert items(later) == "ce"
    send("u", "b")
    assert items(later) == "ceb"


def test_a_refund_before_its_purchase_arrives_waits_for_it(live: LiveStore, send: Sent) -> None:
    send("u", "j", "refund", at_s=20)
    assert items(live) == "ce"
    send("u", "j", at_s=30)
    assert items(live) == "cej", "bought after the refund"
    send("u", "j", at_s=15)
    assert items(live) == "cej", "bought before the refund, and taken back"


def test_a_learned_purchase_that_was_refunded_does_not_count(live: LiveStore, send: Sent) -> None:
    send("u", "c", "refund")
    assert (items(live), counted(live)) == ("ce", [False, True])
    live.ignore("u", num("c"))
    live.restore("u", None)
    assert counted(live) == [False, True], "restoring does not bring it back"


def test_a_live_purchase_that_was_refunded_never_was(live: LiveStore, send: Sent) -> None:
    send("u", "c", at_s=1)
    send("u", "j", "view_item", at_s=2)
    live.ignore("u", num("j"))
    send("u", "c", "refund", at_s=3)
    assert (items(live), counted(live)) == ("cej", [True, True, False])
    assert live.get("u").effective().steps_ago.tolist() == [2, 1, 0]


def test_ignored_rows_do_not_count_until_they_are_restored(
    live: LiveStore, storage: Storage, send: Sent
) -> None:
    send("u", "c", "view_item")
    live.ignore("u", num("c"))
    assert counted(live) == counted(worker(storage)) == [False, True, False]
    live.ignore("u", num("e"))
    live.restore("u", num("c"))
    assert counted(live) == [True, False, True]
    live.restore("u", None)
    assert counted(live) == [True, True, True]


def test_an_event_after_ignoring_counts(live: LiveStore, send: Sent) -> None:
    live.ignore("u", num("c"))
    send("u", "c")
    assert counted(live) == [False, True, True]


def test_single_rows_are_ignored_and_restored(live: LiveStore, send: Sent) -> None:
    send("u", "c", "view_item")
    live.ignore_rows("u", [2])
    assert counted(live) == [True, True, False]
    live.restore_rows("u", [2])
    assert counted(live) == [True, True, True]


def test_rows_of_one_request_are_left_out_beside_the_kept_ones(live: LiveStore) -> None:
    live.ignore("u", num("c"))
    assert live.get("u").effective([1]).counted.tolist() == [False, False]
    assert counted(live) == [False, True]


def test_a_deleted_interest_takes_its_events_along(
    live: LiveStore, storage: Storage, send: Sent
) -> None:
    send("u", "b")
    storage.shoppers.choose("u", InterestChoice("brand", "own", "deleted"))
    assert counted(live) == [False, False, True], "c and e are of that brand"
    storage.shoppers.unchoose("u", "brand", "own")
    assert counted(live) == [True, True, True]


def test_personalisation_off_is_nothing_known(live: LiveStore, storage: Storage) -> None:
    storage.shoppers.personalise("u", False)
    state = live.get("u").effective()
    assert (state.n_rows, state.user_num, dict(state.attributes)) == (0, -1, {})
    assert items(live) == "ce", "the history is still there to see"
    storage.shoppers.personalise("u", True)
    assert live.get("u").effective().n_rows == 2


def test_products_the_artifact_does_not_know_wait(live: LiveStore, send: Sent) -> None:
    send("u", "brand-new")
    assert items(live) == "ce"


def test_the_longest_idle_shopper_is_read_again(live: LiveStore, send: Sent) -> None:
    for user in ("a", "b", "c"):
        send(user, "j")
        assert items(live, user) == "j"
    assert len(live) == 2
    assert items(live, "a") == "j", "nothing is lost with the kept copy"


def test_the_latest_events_of_a_shopper_are_those_that_count(storage: Storage, send: Sent) -> None:
    few = worker(storage, max_events=2)
    for at_s, item in ((3, "a"), (1, "b"), (2, "d")):
        send("u", item, at_s=at_s)
    assert items(few) == "ceda"


def test_no_event_is_lost_between_threads(storage: Storage, live: LiveStore) -> None:
    def one(place: int) -> bool:
        event = StoredEvent("u", "j", "view_item", (UNTIL_S + place) * _MICRO, f"{place}")
        return storage.events.add([event])[0]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(60)))
    assert live.get("u").state.n_rows == 62


UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
END_S = int(UNTIL.timestamp())


def test_an_old_log_is_replayed_from_its_end_also_after_a_restart(storage: Storage) -> None:
    wall = [END_S + 400 * 86_400.0]
    clock = ShopClock(UNTIL, storage, lambda: wall[0])
    assert not clock.is_live
    wall[0] += 90
    assert (clock.now(), clock.event_time()) == (END_S, END_S + 90)
    again = ShopClock(UNTIL, storage, lambda: wall[0])
    assert again.event_time() == END_S + 90, "its time goes on, it does not begin anew"


def test_a_fresh_log_lives_in_real_time(storage: Storage) -> None:
    wall = [END_S + 3_600.0]
    clock = ShopClock(UNTIL, storage, lambda: wall[0])
    assert clock.is_live
    wall[0] += 60
    assert clock.now() == clock.event_time() == END_S + 3_660
    wall[0] += 40 * 86_400
    assert ShopClock(UNTIL, storage, lambda: wall[0]).is_live, "it stays so"


def test_a_pinned_interest_does_not_fade(live: LiveStore, storage: Storage, send: Sent) -> None:
    for place in range(3):
        send("u", "j", at_s=place + 1)
    before = live.get("u").state
    storage.shoppers.choose("u", InterestChoice("brand", "own", "pinned"))
    after = live.get("u").state
    assert before.steps_ago.tolist() == [4, 3, 2, 1, 0]
    assert after.steps_ago.tolist() == [0, 0, 2, 1, 0], "c and e are of that brand"
    assert after.rows["timestamp"].tolist() == before.rows["timestamp"].tolist()
    assert after.next_step == before.next_step


def test_the_erased_are_masked_until_an_artifact_has_left_them_out(
    live: LiveStore, storage: Storage, send: Sent
) -> None:
    storage.erasure.erase("u")
    assert items(live) == ""
    assert items(live, "v") == "ce"
    send("u", "j")
    assert items(live) == "j", "the same id is somebody new"
    later = worker(storage, learned=Learned(0, now_us()))
    assert items(later) == "cej", "an artifact of later on has nothing of theirs to mask"
