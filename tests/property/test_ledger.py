"""The ledger is the score: for any history, any weights, however it is summed up or cut down."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.explain.entering import _EVENTS, _gives
from youli.rank.fit import capabilities, fit_channels
from youli.rank.ranker import RankConfig, Ranker
from youli.registry import CHANNELS
from youli.testing.shops import SHOPS
from youli.types import Entry, Evidence, EvidenceKind, Ledger

#: Sums of float64 in different orders.
RELATIVE = 1e-9
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

#: Each event: product (cut to the shop's), name, hours since the last, whether in its order.
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 99),
        st.sampled_from(EVENT_NAMES),
        st.integers(0, 2_000),
        st.booleans(),
    ),
    max_size=25,
)
SEEDS = st.integers(0, 2**32 - 1)


@lru_cache
def shop_named(name: str) -> Shop:
    return SHOPS[name]()


@lru_cache
def channels_of(name: str):
    shop = shop_named(name)
    has = capabilities(shop)
    return fit_channels(shop, [n for n in CHANNELS.names() if CHANNELS.load(n).needs <= has])


@pytest.fixture(params=["grocery", "browsing", "holes"])
def name(request) -> str:
    return request.param


def ranker_of(name: str, seed: int, *, diversity: float = 0.0) -> Ranker:
    """Weights at random: some zero, some negative where a channel may have them."""
    config = RankConfig(repeats=True, diversity=diversity)
    rng = np.random.default_rng(seed)
    weights = {}
    for channel_name, channel in channels_of(name).items():
        mine = rng.exponential(size=len(channel.basis_names))
        mine[rng.random(len(mine)) < 0.3] = 0.0
        if channel.signed:
            mine *= rng.choice([-1.0, 1.0], len(mine))
        weights[channel_name] = mine
    return Ranker(shop_named(name), channels_of(name), weights, config)


def state_of(shop: Shop, events, seed: int) -> ShopperState:
    """A shopper of the shop, or a new one, after more events."""
    users = (*shop.interactions.users.ids[:5], "new")
    state = ShopperState.of(shop, users[seed % len(users)])
    order = 10_000
    for item, event, hours, same in events:
        order += not same
        moment = state.now + 3_600 * hours
        state = state.record(item % shop.interactions.n_items, event, moment, order_num=order)
    return state


def size_of(ledger: Ledger) -> float:
    return max([abs(entry.amount) for entry in ledger.entries], default=0.0) + 1e-12


@QUICK
@given(events=EVENTS, seed=SEEDS)
def test_a_ledger_sums_to_the_score(name, events, seed):
    ranker = ranker_of(name, seed)
    state = state_of(ranker.shop, events, seed)
    every = np.arange(ranker.shop.interactions.n_items)
    scores = ranker.score(state)
    slow = ranker.score_items(state, every)
    for ledger in ranker.ledgers(state, every):
        wanted = scores[ledger.item_num]
        assert math.isclose(ledger.score, wanted, rel_tol=RELATIVE, abs_tol=1e-9 * size_of(ledger))
        assert math.isclose(
            slow[ledger.item_num], wanted, rel_tol=RELATIVE, abs_tol=1e-9 * size_of(ledger)
        )
        sizes = [abs(entry.amount) for entry in ledger.entries]
        assert sizes == sorted(sizes, reverse=True)
        by_channel = ledger.by_channel()
        assert math.isclose(
            math.fsum(by_channel.values()), ledger.score, rel_tol=1e-12, abs_tol=1e-12
        )


@QUICK
@given(events=EVENTS, seed=SEEDS, n_sources=st.integers(1, 10))
def test_itemising_fewer_sources_sums_to_the_same(name, events, seed, n_sources):
    """What is cut goes, whole past products at a time, into one remainder a channel."""
    ranker = ranker_of(name, seed)
    state = state_of(ranker.shop, events, seed)
    every = np.arange(ranker.shop.interactions.n_items)
    full = ranker.ledgers(state, every, n_sources=None)
    few = ranker.ledgers(state, every, n_sources=n_sources)
    for whole, cut in zip(full, few, strict=True):
        assert not [e for e in whole.entries if e.evidence.kind is EvidenceKind.REMAINDER]
        near = {"rel": RELATIVE, "abs": 1e-9 * size_of(whole)}
        wanted = {channel: amount for channel, amount in whole.by_channel().items() if amount}
        assert cut.by_channel() == pytest.approx(wanted, **near)
        sources = {e.evidence.source_item for e in cut.entries} - {-1}
        assert len(sources) <= n_sources
        for source in sources:  # what is said of a past product is complete
            assert _of_source(cut, source) == _of_source(whole, source)
        rest = [e.channel for e in cut.entries if e.evidence.kind is EvidenceKind.REMAINDER]
        assert len(rest) == len(set(rest))
        if len({e.evidence.source_item for e in whole.entries} - {-1}) <= n_sources:
            assert len(state.distinct_items[0]) > n_sources or cut == whole


def _of_source(ledger: Ledger, source: int) -> list[Entry]:
    return [entry for entry in ledger.entries if entry.evidence.source_item == source]


@QUICK
@given(events=EVENTS, seed=SEEDS, n_entries=st.integers(0, 6))
def test_a_compacted_ledger_sums_to_the_score(name, events, seed, n_entries):
    ranker = ranker_of(name, seed)
    state = state_of(ranker.shop, events, seed)
    [ledger] = ranker.ledgers(state, np.array([seed % ranker.shop.interactions.n_items]))
    small = ledger.compact(n_entries)
    near = {"rel": RELATIVE, "abs": 1e-9 * size_of(ledger)}
    single = [e for e in ledger.entries if e.evidence.kind is not EvidenceKind.REMAINDER]
    assert list(small.entries[: len(single[:n_entries])]) == single[:n_entries]
    assert small.score == pytest.approx(ledger.score, **near)
    assert small.by_channel() == pytest.approx(ledger.by_channel(), **near)
    rest = small.entries[len(single[:n_entries]) :]
    assert len(rest) == len({e.channel for e in rest})
    assert all(e.evidence.kind is EvidenceKind.REMAINDER for e in rest)
    # What a remainder of a remainder stands for is not forgotten.
    assert sum(_n_parts(e) for e in small.entries) == sum(_n_parts(e) for e in ledger.entries)


def _n_parts(entry: Entry) -> int:
    return entry.evidence.n_merged or 1


@QUICK
@given(events=EVENTS, seed=SEEDS, k=st.integers(1, 12), strength=st.sampled_from([0.0, 0.3, 2.0]))
def test_a_list_has_the_ledger_of_each_score_with_its_rules(name, events, seed, k, strength):
    ranker = ranker_of(name, seed, diversity=strength)
    state = state_of(ranker.shop, events, seed)
    ranking = ranker.rank(state, k=k)
    assert len(ranking.item_nums) == min(k, ranker.shop.interactions.n_items)
    assert len(set(ranking.item_nums.tolist())) == len(ranking.item_nums)
    finals = [ledger.score for ledger in ranking.ledgers]
    for item, ledger in zip(ranking.item_nums.tolist(), ranking.ledgers, strict=True):
        rules = [e for e in ledger.entries if e.evidence.kind is EvidenceKind.RULE]
        taken = math.fsum(e.amount for e in rules)
        assert taken == pytest.approx(-strength * sum(e.evidence.n_merged for e in rules))
        assert ledger.score - taken == pytest.approx(
            ranking.scores[item], rel=RELATIVE, abs=1e-9 * size_of(ledger)
        )
    for above, below in pairwise(finals):
        assert above >= below - 1e-9 * max(1.0, abs(above))


@QUICK
@given(events=EVENTS, seed=SEEDS, drop=st.sets(st.integers(0, 40), max_size=8))
def test_the_amount_of_events_is_what_their_removal_takes(name, events, seed, drop):
    """Read off the ledger of a past product: the exact effect of leaving its events out."""
    ranker = ranker_of(name, seed)
    state = state_of(ranker.shop, events, seed)
    items, _ = state.distinct_items
    rows = {row for place in drop if place < len(items) for row in state.rows_about(items[place])}
    every = np.arange(ranker.shop.interactions.n_items)
    before, after = ranker.score(state), ranker.score(state.without(rows))
    table = ranker.amounts_by_past(state, every)
    gone = table[[place for place in drop if place < len(items)]].sum(axis=0)
    for ledger in ranker.ledgers(state, every, n_sources=None):
        near = {"rel": RELATIVE, "abs": 1e-8 * size_of(ledger)}
        effect = before[ledger.item_num] - after[ledger.item_num]
        assert ledger.amount_of(rows) == pytest.approx(effect, **near)
        assert gone[ledger.item_num] == pytest.approx(effect, **near)


@given(
    amounts=st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(-1e6, 1e6, allow_nan=False)), max_size=30
    ),
    n_entries=st.integers(0, 30),
)
def test_any_ledger_is_exactly_rounded_and_compacts(amounts, n_entries):
    nothing = Evidence(EvidenceKind.ITEM)
    ledger = Ledger(0, tuple(Entry(channel, nothing, amount) for channel, amount in amounts))
    assert ledger.score == math.fsum(amount for _, amount in amounts)
    small = ledger.compact(n_entries)
    scale = max([abs(amount) for _, amount in amounts], default=0.0)
    assert math.isclose(small.score, ledger.score, rel_tol=1e-12, abs_tol=1e-12 * scale)
    assert len(small.entries) <= n_entries + 3


@pytest.mark.parametrize("event", _EVENTS)
def test_what_one_event_would_give_is_what_a_history_of_them_all_gives(name, event):
    ranker = ranker_of(name, 1)
    now, n_items = 1_700_000_000, ranker.shop.interactions.n_items
    every = ShopperState("", now=now)
    for item_num in range(n_items):
        every = every.record(item_num, event, now, order_num=0)
    at_once = ShopperState.of_order(np.arange(n_items), event, now)
    assert at_once.rows.tolist() == every.rows.tolist()
    assert (at_once.now, at_once.n_rows) == (every.now, every.n_rows)
    some = np.arange(0, n_items, max(1, n_items // 5))
    given = ranker.amounts_by_past(every, some)
    assert (given != 0.0).any()
    for item_num, wanted in zip(some.tolist(), given.T, strict=True):
        found = _gives(ranker, item_num, event, now)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
        assert ((found > 0.0) == (wanted > 0.0)).all()
