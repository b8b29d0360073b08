"""From scores to a list: ties, filters, diversity, entries."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from youli.channels.item import ItemChannel
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.rank.diversity import diversify
from youli.rank.ranker import RankConfig, Ranker, top
from youli.testing.shops import SHOPS, walk_shop
from youli.types import EvidenceKind

YES = np.ones(6, dtype=bool)


class TestTop:
    def test_best_first_and_ties_by_row(self):
        scores = np.array([1.0, 3.0, 2.0, 3.0, 2.0, 0.0])
        assert top(scores, YES, 4).tolist() == [1, 3, 2, 4]
        assert top(scores, YES, 3).tolist() == [1, 3, 2], "the first of those that tie at the cut"
        assert top(scores, YES, 99).tolist() == [1, 3, 2, 4, 0, 5]
        assert top(scores, YES, 4).dtype == np.int32

    def test_filters_come_before_the_cut(self):
        scores = np.array([1.0, 3.0, 2.0, 3.0, 2.0, 0.0])
        assert top(scores, np.array([1, 0, 0, 0, 1, 1], bool), 3).tolist() == [4, 0, 5]
        assert top(scores, ~YES, 3).tolist() == []

    def test_the_lowest_score_of_all_is_still_a_score(self):
        """What may not be listed never fills a place, even where all the rest is at -inf."""
        scores = np.array([9.0, -np.inf, 8.0, -np.inf, 1.0, -np.inf])
        eligible = np.array([0, 0, 0, 1, 1, 1], bool)
        assert top(scores, eligible, 3).tolist() == [4, 3, 5]
        assert top(scores, eligible, 2).tolist() == [4, 3]

    @pytest.mark.parametrize("seed", range(20))
    def test_is_a_sort(self, seed):
        rng = np.random.default_rng(seed)
        scores = rng.integers(-2, 3, 30).astype(float)
        eligible = rng.random(30) < 0.6
        wanted = sorted(np.flatnonzero(eligible), key=lambda row: (-scores[row], row))
        for k in (1, 5, 30):
            assert top(scores, eligible, k).tolist() == wanted[:k]


class TestDiversify:
    def test_by_hand(self):
        # Groups 0 0 0 1 and none; each earlier one of the group takes 1.5.
        # 5.0 first; then 4.0-1.5 = 2.5, 3.0 (of none), 2.6 (of group 1) compete: 3.0, 2.6, 2.5;
        # the third of the group is at 3.8 - 3.0 = 0.8.
        scores = np.array([5.0, 4.0, 3.8, 3.0, 2.6])
        group = np.array([0, 0, 0, -1, 1])
        chosen, before = diversify(scores, group, k=5, strength=1.5)
        assert chosen.tolist() == [0, 3, 4, 1, 2]
        assert before.tolist() == [0, 0, 0, 1, 2]

    def test_products_of_no_group_repeat_nothing(self):
        chosen, before = diversify(np.array([3.0, 2.0, 1.0]), np.full(3, -1), k=3, strength=9.0)
        assert (chosen.tolist(), before.tolist()) == ([0, 1, 2], [0, 0, 0])

    @pytest.mark.parametrize("strength", [0.0, 1.0])
    def test_no_longer_than_what_there_is(self, strength):
        chosen, before = diversify(np.array([2.0, 1.0]), np.array([0, 0]), k=5, strength=strength)
        assert chosen.tolist() == [0, 1]
        assert before.tolist() == ([0, 1] if strength else [0, 0])

    def test_scores_stay_as_they_were(self):
        scores = np.array([2.0, 1.0])
        diversify(scores, np.array([0, 0]), k=2, strength=1.0)
        assert scores.tolist() == [2.0, 1.0]


class Fixed(ItemChannel):
    """The score that a test gives."""

    name = "fixed"
    facts = ("given",)


def ranker_of(shop: Shop, scores: list[float], config: RankConfig) -> Ranker:
    channel = Fixed(np.array([scores], dtype=np.float32))
    return Ranker(shop, {"fixed": channel}, {"fixed": np.ones(1)}, config)


@pytest.fixture
def shop() -> Shop:
    """Six products; c is out of stock, of f nobody said; a, b, c are of one category."""
    return walk_shop(
        {"u": "ab", "v": "abcde"},
        {
            "item_id": list("abcdef"),
            "category": ["x", "x", "x", "y", "y", None],
            "in_stock": pa.array([True, True, False, True, True, None]),
        },
    )


def test_bought_and_out_of_stock_are_left_out_before_the_cut(shop):
    ranker = ranker_of(shop, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], RankConfig(repeats=False))
    ranking = ranker.rank(ShopperState.of(shop, "u"), k=3)
    assert ranking.item_nums.tolist() == [3, 4, 5], "full, though the best three may not be listed"
    assert ranking.eligible.tolist() == [False, False, False, True, True, True]
    again = ranker_of(shop, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], RankConfig(repeats=True))
    assert again.rank(ShopperState.of(shop, "u"), k=3).item_nums.tolist() == [0, 1, 3]


def test_a_second_filter_lets_nothing_in_again():
    first, second = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    one = RankConfig(diversity=0.5).only(first)
    assert one.allowed is not None
    assert one.allowed.tolist() == first.tolist()
    assert one.only(None) is one
    both = one.only(second)
    assert both.allowed is not None
    assert both.allowed.tolist() == [True, False, False, False]
    assert both.diversity == 0.5


def test_what_was_only_seen_may_be_listed(shop):
    ranker = ranker_of(shop, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], RankConfig(repeats=False))
    state = ShopperState("new").record(0, "view_item", 0).record(1, "purchase", 1)
    assert ranker.rank(state, k=2).item_nums.tolist() == [0, 3]
    assert ranker.rank(state.without([1]), k=2).item_nums.tolist() == [0, 3], "bought is bought"


def test_a_list_is_short_only_where_the_catalogue_is(shop):
    ranker = ranker_of(shop, [0.0] * 6, RankConfig(repeats=False))
    for n_bought in range(6):
        state = ShopperState("new")
        for item in range(n_bought):
            state = state.record(item, "purchase", item)
        n_left = int(ranker.eligible(state).sum())
        for k in (1, 3, 10):
            assert len(ranker.rank(state, k=k).item_nums) == min(k, n_left)


def test_diversity_is_a_named_entry(shop):
    ranker = ranker_of(shop, [6.0, 5.9, 0.0, 5.5, 5.45, 1.0], RankConfig(True, diversity=1.0))
    ranking = ranker.rank(ShopperState("new"), k=4)
    # a 6.0, then d 5.5 before b 5.9 - 1, and e 5.45 - 1 behind b.
    assert ranking.item_nums.tolist() == [0, 3, 1, 4]
    rules = [
        [(e.channel, e.amount, e.evidence.n_merged) for e in ledger.entries
         if e.evidence.kind is EvidenceKind.RULE]
        for ledger in ranking.ledgers
    ]  # fmt: skip
    assert rules == [[], [], [("diversity", -1.0, 1)], [("diversity", -1.0, 1)]]
    assert ranking.ledgers[2].score == pytest.approx(4.9)
    assert ranking.scores.tolist() == pytest.approx([6.0, 5.9, 0.0, 5.5, 5.45, 1.0])


def test_a_remainder_counts_only_parts_that_speak():
    """Of past products that were left out nothing is said, not even that they were summed."""
    from youli.rank.fit import fit_channels

    shop = SHOPS["grocery"]()
    channels = fit_channels(shop, ("transition", "attributes"))
    weights = {name: np.ones(len(one.basis_names)) for name, one in channels.items()}
    ranker = Ranker(shop, channels, weights)
    state = ShopperState("new")
    for item in range(5):
        state = state.record(item, "purchase", item)
    [full] = ranker.ledgers(state.only([4]), np.array([7]), n_sources=None)
    [cut] = ranker.ledgers(state.only([4]), np.array([7]), n_sources=1)
    assert cut == full
    kinds = {e.evidence.kind for e in cut.entries}
    assert EvidenceKind.REMAINDER not in kinds
