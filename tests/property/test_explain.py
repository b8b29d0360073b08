"""What is claimed equals what is computed again, on random small shops with signed kernels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from youli.channels.attributes import AttributesChannel
from youli.channels.kernel import KernelChannel
from youli.channels.popularity import PopularityChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.data.shop import Shop, build_shop
from youli.data.state import ShopperState
from youli.explain.claims import candidates
from youli.explain.counterfactual import find_counterfactual
from youli.explain.explain import explain_item
from youli.explain.reasons import explain_ranking
from youli.explain.rescore import Rescorer, Served
from youli.explain.support import SupportIndex
from youli.language.voice import TemplateVoice
from youli.rank.ranker import RankConfig, Ranker
from youli.types import Evidence, EvidenceKind, Ledger

N_ITEMS = 12


class SignedChannel(KernelChannel):
    """A kernel whose entries may speak against a product."""

    name: ClassVar[str] = "transition"
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {"plain": (2.0, float("inf"))}


class UnknownChannel:
    """A plugged-in channel of which nobody knows how low it can go."""

    def __init__(self, inner: KernelChannel) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


@dataclass(frozen=True)
class Case:
    shop: Shop
    ranker: Ranker
    state: ShopperState


def case_of(
    seed: int, *, diversity: float, repeats: bool, n_past: int, signed: bool = True
) -> Case:
    rng = np.random.default_rng(seed)
    n_users = 12
    lengths = [n_past, *rng.integers(1, 8, n_users - 1)]
    users = [f"u{u:02}" for u, n in enumerate(lengths) for _ in range(n)]
    first = rng.choice(N_ITEMS, n_past, replace=n_past > N_ITEMS).tolist()
    rest = rng.integers(0, N_ITEMS, len(users) - n_past).tolist()
    items = [f"i{i:02}" for i in first + rest]
    seconds = np.arange(len(users)) * 90_000
    events = {
        "user_id": users,
        "item_id": items,
        "timestamp": pa.array(seconds * 1_000_000, pa.timestamp("us", tz="UTC")),
    }
    catalogue = {
        "item_id": [f"i{i:02}" for i in range(N_ITEMS)],
        "title": [f"Product {i}" for i in range(N_ITEMS)],
        "category": rng.choice(["x", "y", "z"], N_ITEMS).tolist(),
        "brand": rng.choice(["p", "q"], N_ITEMS).tolist(),
    }
    shop = build_shop(pa.table(events), pa.table(catalogue))
    low = -1.0 if signed else 0.0
    kernel = rng.uniform(low, 1.0, (N_ITEMS, N_ITEMS)) * (rng.random((N_ITEMS, N_ITEMS)) < 0.5)
    np.fill_diagonal(kernel, 0.0)
    channels = {
        "transition": SignedChannel({"plain": sparse.csr_matrix(kernel.astype(np.float32))}),
        "attributes": AttributesChannel.fit(shop),
        "repurchase": RepurchaseChannel.fit(shop),
        "popularity": PopularityChannel.fit(shop),
    }
    weights = {name: rng.uniform(0.0, 0.6, len(one.basis_names)) for name, one in channels.items()}
    ranker = Ranker(shop, channels, weights, RankConfig(repeats=repeats, diversity=diversity))
    return Case(shop, ranker, ShopperState.of(shop, "u00"))


cases = st.builds(
    case_of,
    st.integers(0, 2**32 - 1),
    diversity=st.sampled_from([0.0, 0.1, 0.5]),
    repeats=st.booleans(),
    n_past=st.integers(1, 6),
    signed=st.booleans(),
)


def brute_force(case: Case, item_num: int, k: int, largest: int) -> int | None:
    """Size of the smallest set of past products that takes the product out of the list."""
    state = case.state
    n_past = len(state.distinct_items[0])
    for size in range(1, min(largest, n_past) + 1):
        for past in combinations(range(n_past), size):
            rows = [row for one in past for row in state.rows_of_distinct[one]]
            if item_num not in case.ranker.rank(state.without(rows), k=k).item_nums:
                return size
    return None


@given(case=cases, k=st.integers(1, 4), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_counterfactual_is_valid_and_as_small_as_brute_force_finds(
    case: Case, k: int, data: st.DataObject
) -> None:
    listed = case.ranker.rank(case.state, k=k).item_nums.tolist()
    if not listed:
        return
    item = data.draw(st.sampled_from(listed))
    found = find_counterfactual(case.ranker, case.state, item, k=k)
    smallest = brute_force(case, item, k, largest=3)
    assert found.rank_before == listed.index(item) + 1
    if smallest is not None:
        assert found.valid
        assert len(found.removed_items) == smallest
        assert found.minimal
    if found.valid:
        again = case.ranker.rank(case.state.without(found.removed_events), k=k)
        assert item not in again.item_nums
        about = case.state.item_num[list(found.removed_events)]
        assert set(about.tolist()) == set(found.removed_items)
    else:
        assert item in case.ranker.rank(case.state.only(()), k=k).item_nums
        assert found.removed_items == ()


@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_with_a_channel_of_no_known_floor_minimal_is_still_true_or_not_said(
    seed: int, k: int
) -> None:
    known = case_of(seed, diversity=0.0, repeats=False, n_past=5)
    channels = {
        **known.ranker.channels,
        "transition": UnknownChannel(known.ranker.channels["transition"]),
    }
    ranker = Ranker(known.shop, channels, known.ranker.coefficients, known.ranker.config)
    for item in ranker.rank(known.state, k=k).item_nums.tolist():
        found = find_counterfactual(ranker, known.state, item, k=k)
        smallest = brute_force(known, item, k, largest=3)
        if found.minimal:
            assert len(found.removed_items) == smallest


@given(case=cases)
@settings(max_examples=60, deadline=None)
def test_every_claim_is_what_scoring_again_takes_away(case: Case) -> None:
    items = np.arange(N_ITEMS, dtype=np.int32)
    before = case.ranker.score(case.state)
    for ledger in case.ranker.ledgers(case.state, items):
        for claim in candidates(ledger, case.state):
            if not claim.evidence.events:
                continue
            after = case.ranker.score(case.state.without(claim.evidence.events))
            taken = before[ledger.item_num] - after[ledger.item_num]
            assert math.isclose(claim.amount, taken, rel_tol=1e-6, abs_tol=1e-6)


@given(case=cases)
@settings(max_examples=60, deadline=None)
def test_claims_of_rows_are_claims_of_entries(case: Case) -> None:
    """The plain way, entry by entry, is what the quick one is held against."""
    for ledger in case.ranker.rank(case.state, k=6).ledgers:
        assert ledger.made_by is not None
        quick = candidates(ledger, case.state)
        assert quick == candidates(Ledger(ledger.item_num, ledger.entries), case.state)


@given(case=cases, lang=st.sampled_from(["en", "zh"]), k_anonymity=st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_every_product_has_a_reason_and_every_reason_its_checks(
    case: Case, lang: str, k_anonymity: int
) -> None:
    support, voice = SupportIndex(case.shop), TemplateVoice(case.shop, lang)
    ranking = case.ranker.rank(case.state, k=5)
    found = explain_ranking(
        case.ranker, support, case.state, ranking, voice, k_anonymity=k_anonymity
    )
    assert len(found) == len(ranking.item_nums)
    for one in found:
        assert 1 <= len(one.reasons) <= 2
        assert all(check.passed for reason in one.reasons for check in reason.checks)
    for item in range(N_ITEMS):
        alone = explain_item(case.ranker, support, case.state, item, voice, k=5)
        assert alone.reasons
        assert all(check.passed for check in alone.checks)


@given(case=cases, data=st.data())
@settings(max_examples=60, deadline=None)
def test_counts_equal_counting_one_by_one(case: Case, data: st.DataObject) -> None:
    events = case.shop.interactions
    a, b = (data.draw(st.integers(0, N_ITEMS - 1)) for _ in range(2))
    me = data.draw(st.integers(-1, events.n_users - 1))
    went_on = had_a = had_both = 0
    for user in range(events.n_users):
        if user == me:
            continue
        rows = events.rows_of(user)
        steps_a = events.step[rows][events.item_num[rows] == a]
        steps_b = events.step[rows][events.item_num[rows] == b]
        had_a += len(steps_a) > 0
        had_both += len(steps_a) > 0 and len(steps_b) > 0
        went_on += any(x < y for x in steps_a for y in steps_b)
    support = SupportIndex(case.shop)
    assert support.went_on(a, b, excluding=me) == (went_on, had_a)
    assert support.both(a, b, excluding=me) == had_both
    assert support.popularity(a, excluding=me) == had_a


@given(case=cases, data=st.data())
@settings(max_examples=80, deadline=None)
def test_the_fast_route_scores_like_a_changed_state(case: Case, data: st.DataObject) -> None:
    items = np.arange(N_ITEMS, dtype=np.int32)
    ledgers = case.ranker.ledgers(case.state, items, n_sources=None)
    served = Served(case.ranker.score(case.state), ledgers)
    fast = Rescorer(case.ranker, case.state, items, served=served)
    slow = Rescorer(case.ranker, case.state, items)
    n_past = len(case.state.distinct_items[0])
    past = data.draw(st.sets(st.integers(0, n_past - 1), min_size=1))
    rows = tuple(sorted(row for one in past for row in case.state.rows_of_distinct[one]))
    evidence = Evidence(EvidenceKind.HISTORY, 0, rows)
    for fast_scores, slow_scores in (
        (fast.before(), slow.before()),
        (fast.nothing(), slow.nothing()),
        (fast.without(evidence, "transition"), slow.without(evidence, "transition")),
        (fast.only(evidence, "transition"), slow.only(evidence, "transition")),
    ):
        np.testing.assert_allclose(fast_scores, slow_scores, rtol=1e-6, atol=1e-6)
