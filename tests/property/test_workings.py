"""The best products, found without scoring all, are the best of all: on random catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from youli.channels.attributes import AttributesChannel
from youli.channels.kernel import KernelChannel
from youli.channels.popularity import PopularityChannel
from youli.channels.profile import ProfileChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.data.shop import build_shop
from youli.data.state import ShopperState
from youli.rank import workings as workings_module
from youli.rank.ranker import RankConfig, Ranker
from youli.rank.rules import ActiveRules, Boost
from youli.rank.workings import Workings, top

N_ITEMS = 120


class SignedChannel(KernelChannel):
    """A kernel whose entries may speak against a product."""

    name: ClassVar[str] = "transition"
    taus: ClassVar[Mapping[str, tuple[float, ...]]] = {"plain": (2.0, float("inf"))}


def ranker_of(seed: int, *, boosted: bool) -> tuple[Ranker, ShopperState, np.random.Generator]:
    """A shop of 120 products with ties in plenty: few labels, few distinct numbers."""
    rng = np.random.default_rng(seed)
    n_events = 60
    events = pa.table(
        {
            "user_id": [f"u{u}" for u in sorted(rng.integers(0, 8, n_events).tolist())],
            "item_id": [f"i{i:03}" for i in rng.integers(0, N_ITEMS, n_events).tolist()],
            "timestamp": pa.array(
                np.arange(n_events) * 90_000_000_000, pa.timestamp("us", tz="UTC")
            ),
        }
    )
    items = pa.table(
        {
            "item_id": [f"i{i:03}" for i in range(N_ITEMS)],
            "title": [f"word{i % 7} word{i % 3}" for i in range(N_ITEMS)],
            "brand": rng.choice(["p", "q", None], N_ITEMS).tolist(),
        }
    )
    users = pa.table(
        {"user_id": [f"u{u}" for u in range(8)], "region": rng.permutation(["n", "s"] * 4).tolist()}
    )
    shop = build_shop(events, items, users)
    filled = rng.random((N_ITEMS, N_ITEMS)) < 0.05
    kernel = np.where(filled, rng.integers(-2, 4, (N_ITEMS, N_ITEMS)) / 2, 0.0)
    channels = {
        "transition": SignedChannel({"plain": sparse.csr_matrix(kernel.astype(np.float32))}),
        "attributes": AttributesChannel.fit(shop),
        "repurchase": RepurchaseChannel.fit(shop),
        "profile": ProfileChannel.fit(shop),
        "popularity": PopularityChannel.fit(shop),
    }
    weights = {
        name: rng.choice([0.0, 0.1, 1.0], len(one.basis_names)) for name, one in channels.items()
    }
    rules = ActiveRules()
    if boosted:
        rules = ActiveRules((Boost("r", 0.5, np.arange(0, N_ITEMS, 7, np.int32)),), n_items=N_ITEMS)
    config = RankConfig(repeats=True, diversity=0.1, rules=rules)
    ranker = Ranker(shop, channels, weights, config)
    return ranker, ShopperState.of(shop, "u0"), rng


@pytest.fixture(autouse=True)
def every_catalogue_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workings_module, "_SMALL", 0)
    monkeypatch.setattr(workings_module, "_N_HEAD", 8)
    monkeypatch.setattr(workings_module, "_MOST_SEARCHED", 1.0)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 12), boosted=st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_search_finds_what_scoring_all_finds(seed: int, n: int, boosted: bool) -> None:
    ranker, state, rng = ranker_of(seed, boosted=boosted)
    eligible = rng.random(N_ITEMS) < 0.8
    scores = ranker.score(state)
    for one in (state, state.without([0]), ShopperState("new", now=state.now)):
        scores = ranker.score(one)
        found = ranker.workings(one)._searched(eligible, n)
        if found is None:
            continue
        wanted = top(scores, eligible, n)
        assert found[0].tolist() == wanted.tolist()
        assert found[1].tolist() == scores[wanted].tolist(), "to the last bit: ties by row"
        some = rng.permutation(N_ITEMS)[:20]
        assert ranker.workings(one).scores_of(some).tolist() == scores[some].tolist()
        assert ranker.workings(one).scores.tolist() == scores.tolist()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_a_list_is_the_one_that_all_scores_give(seed: int) -> None:
    ranker, state, _ = ranker_of(seed, boosted=False)
    scores, eligible = ranker.score(state), ranker.eligible(state)
    ranking, wanted = ranker.rank(state, k=5), ranker.arranged(scores, eligible, k=5)
    assert ranking.item_nums.tolist() == wanted.item_nums.tolist()
    assert ranking.scores.tolist() == scores.tolist()
    np.testing.assert_allclose(
        ranking.placed_scores, [ledger.score for ledger in ranking.ledgers], atol=1e-6
    )


def test_a_search_is_really_made_and_leaves_products_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would hold scoring all against itself."""
    n_asked: list[int] = []
    whole = Workings.scores_of

    def counted(self: Workings, item_nums: np.ndarray) -> np.ndarray:
        n_asked.append(len(item_nums))
        return whole(self, item_nums)

    monkeypatch.setattr(Workings, "scores_of", counted)
    n_found = 0
    for seed in range(30):
        ranker, state, _ = ranker_of(seed, boosted=False)
        n_found += ranker.workings(state)._searched(np.ones(N_ITEMS, dtype=bool), 2) is not None
    assert n_found >= 15
    assert min(n_asked) < N_ITEMS / 3


def test_what_holds_for_everybody_is_worked_out_once_and_anew_for_other_rules() -> None:
    ranker, state, _ = ranker_of(0, boosted=True)
    first = ranker.workings(state).standing
    assert ranker.workings(state.without([0])).standing is first
    plain, boosted = (ranker_of(0, boosted=one)[0] for one in (False, True))
    assert (boosted.workings(state).standing.total != plain.workings(state).standing.total).any()
