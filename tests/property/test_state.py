"""A shopper's state: one event at a time is the whole log, and taking out is never having had."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from statistics import median

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop, build_shop
from youli.data.state import ShopperState
from youli.rank.fit import capabilities, fit_channels
from youli.rank.ranker import Ranker
from youli.registry import CHANNELS
from youli.testing.shops import SHOPS

N_ITEMS = 12
QUICK = settings(max_examples=50, deadline=None)

#: One event: product, name, hours since the one before, whether it continues that one's order.
EVENT = st.tuples(
    st.integers(0, N_ITEMS - 1), st.sampled_from(EVENT_NAMES), st.integers(0, 500), st.booleans()
)
LOG = st.lists(EVENT, min_size=1, max_size=20)


@lru_cache
def ranker(seed: int = 0) -> Ranker:
    """Every channel that the grocery allows, with weights at random."""
    shop = SHOPS["grocery"]()
    has = capabilities(shop)
    channels = fit_channels(shop, [n for n in CHANNELS.names() if CHANNELS.load(n).needs <= has])
    rng = np.random.default_rng(seed)
    weights = {n: rng.exponential(size=len(c.basis_names)) for n, c in channels.items()}
    return Ranker(shop, channels, weights)


def log_of(events, user: str = "u") -> Shop:
    """The same products as the ranker's, and one shopper with these events."""
    hour, order, rows = 0, 0, []
    for item, event, hours, same in events:
        hour, order = hour + hours, order + (not same)
        rows.append((f"p{item:02}", event, hour * 3_600, f"o{order}"))
    items, names, seconds, orders = zip(*rows, strict=True)
    table = pa.table(
        {
            "user_id": [user] * len(rows),
            "item_id": items,
            "event": names,
            "timestamp": pa.array(seconds, pa.int64()).cast(pa.timestamp("s", tz="UTC")),
            "order_id": orders,
        }
    )
    catalogue = pa.table({"item_id": [f"p{num:02}" for num in range(15)]})
    return build_shop(table, catalogue)


def recorded(shop: Shop, rows: slice) -> ShopperState:
    """The same log, one event at a time."""
    events = shop.interactions
    state = ShopperState.before(shop, 0, rows.start, int(events.timestamp[max(rows.start - 1, 0)]))
    for row in range(rows.start, rows.stop):
        state = state.record(
            int(events.item_num[row]),
            EVENT_NAMES[events.event[row]],
            int(events.timestamp[row]),
            order_num=int(events.order_num[row]),
        )
    return state


@QUICK
@given(log=LOG, known=st.integers(0, 20))
def test_one_event_at_a_time_is_the_whole_log(log, known):
    shop = log_of(log)
    n_events = len(shop.interactions)
    whole = ShopperState.of(shop, "u")
    step_by_step = recorded(shop, slice(min(known, n_events), n_events))
    np.testing.assert_array_equal(step_by_step.rows, whole.rows)
    assert step_by_step.now == whole.now
    np.testing.assert_array_equal(ranker().score(step_by_step), ranker().score(whole))


@QUICK
@given(log=LOG, drop=st.sets(st.integers(0, 19)))
def test_without_is_a_log_from_which_the_events_were_taken(log, drop):
    """The clock's end is held by a last event that says nothing; steps stay as they were."""
    shop = log_of([*log, (0, "refund", 1, False)])
    n_events = len(shop.interactions)
    drop = {row for row in drop if row < n_events - 1}
    keep = np.ones(n_events, dtype=bool)
    keep[list(drop)] = False
    left_out = ShopperState.of(shop, "u").without(drop)
    never_had = ShopperState.of(shop.select(keep), "u")
    np.testing.assert_array_equal(left_out.steps_ago[keep], never_had.steps_ago)
    np.testing.assert_array_equal(left_out.seconds_ago[keep], never_had.seconds_ago)
    np.testing.assert_allclose(
        ranker().score(left_out), ranker().score(never_had), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(
        ranker().score(left_out.without(range(n_events))),
        ranker().score(ShopperState("nobody")),
        rtol=1e-9,
        atol=1e-12,
    )


@QUICK
@given(log=LOG, first=st.sets(st.integers(0, 19)), second=st.sets(st.integers(0, 19)))
def test_leaving_out_twice_is_leaving_out_both_and_only_is_the_rest(log, first, second):
    state = ShopperState.of(log_of(log), "u")
    first, second = ({row for row in rows if row < state.n_rows} for rows in (first, second))
    twice = state.without(first).without(second)
    assert twice.ignored == first | second
    assert not state.ignored
    assert state.only(first).ignored == set(range(state.n_rows)) - first
    np.testing.assert_array_equal(twice.bought, state.bought)
    for item in set(state.item_num.tolist()):
        rows = {row for row in range(state.n_rows) if state.item_num[row] == item}
        assert set(twice.rows_about(item)) == rows - first - second


@QUICK
@given(
    start=st.lists(st.integers(0, N_ITEMS - 1), max_size=4),
    moves=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, N_ITEMS - 1)), max_size=60),
)
def test_a_record_on_an_old_state_never_changes_a_sibling(start, moves):
    """A tree of states grown at random, beside plain lists that share nothing."""
    state = ShopperState("u")
    for item in start:
        state = state.record(item, "purchase", 0)
    tree = [(state, list(start))]
    for which, item in moves:
        state, items = tree[which % len(tree)]
        tree.append((state.record(item, "purchase", 0), [*items, item]))
    for state, items in tree:
        assert state.n_rows == len(items)
        assert state.rows["item_num"].tolist() == items
        assert state.rows["step"].tolist() == list(range(len(items)))


def test_what_was_read_before_an_event_stays_right_after_it():
    before = ShopperState("u").record(1, "purchase", 100)
    assert before.steps_ago.tolist() == [0]
    assert before.strength.tolist() == [1.0]
    after = before.record(2, "view_item", 400)
    assert (before.steps_ago.tolist(), after.steps_ago.tolist()) == ([0], [1, 0])
    assert (before.strength.tolist(), after.strength.tolist()) == ([1.0], [1.0, 0.25])
    assert (before.seconds_ago.tolist(), after.seconds_ago.tolist()) == ([0], [300, 0])
    assert before.distinct_items[0].tolist() == [1]
    assert after.distinct_items[0].tolist() == [1, 2]
    assert replace(before, now=900).seconds_ago.tolist() == [800]


def test_an_event_costs_the_same_however_long_the_history():
    """20,000 events: the last thousands take no longer than the first ones (ratio in one run)."""
    state, took = ShopperState("u"), []
    for number in range(20_000):
        begin = time.perf_counter_ns()
        state = state.record(number % N_ITEMS, "view_item", number)
        took.append(time.perf_counter_ns() - begin)
    assert state.n_rows == 20_000
    early, late = median(took[200:2_200]), median(took[-2_000:])
    # A history that were copied or recounted at each event would be over ten times as slow.
    assert late < 5 * early
    # Growing is amortised: altogether no more than a small multiple of the usual cost.
    assert sum(took) < 20 * median(took) * len(took)
