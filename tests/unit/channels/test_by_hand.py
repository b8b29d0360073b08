"""Each channel on a shop so small that its numbers are worked out beside it."""

from __future__ import annotations

from math import exp, log, log1p, sqrt

import numpy as np
import pytest

from youli.channels.affinity import AffinityChannel
from youli.channels.attributes import AttributesChannel
from youli.channels.basket import BasketChannel
from youli.channels.bridge import BridgeChannel
from youli.channels.kernel import decays
from youli.channels.neighbours import NeighboursChannel
from youli.channels.popularity import PopularityChannel, n_shoppers_of
from youli.channels.profile import ProfileChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.channels.transition import TransitionChannel, prune_limit
from youli.channels.trend import TrendChannel
from youli.data.state import ShopperState
from youli.testing.shops import event_shop, order_shop, walk_shop

DAY_S = 86_400


def cell(kernel, shop, a: str, b: str) -> float:
    num = shop.interactions.items.num
    return float(kernel[num(a), num(b)])


class TestTransition:
    #: One shopper of two events: C[a, b] = 2^-¼, and nothing else.
    C = 2**-0.25

    def test_four_readings_of_one_count(self):
        shop = walk_shop({"u": "ab"})
        kernels = TransitionChannel.fit(shop).kernels
        c = self.C
        rate = c / c**0.7  # the column is summed over rates
        assert cell(kernels["share"], shop, "a", "b") == pytest.approx(rate / (rate + 10) ** 0.1)
        assert cell(kernels["log"], shop, "a", "b") == pytest.approx(log1p(500 * c / (c + 50)))
        assert cell(kernels["next"], shop, "a", "b") == pytest.approx(log1p(200 * c / (c + 20)))
        # c̄ = c / 2 products
        assert cell(kernels["lift"], shop, "a", "b") == pytest.approx(
            log1p(5 * (c / 2) * c / (c + 1))
        )
        assert all(kernel.nnz == 1 for kernel in kernels.values())

    def test_next_sees_immediate_successors_alone(self):
        shop = walk_shop({"u": "abc"})
        kernels = TransitionChannel.fit(shop).kernels
        assert cell(kernels["log"], shop, "a", "c") > 0
        assert cell(kernels["next"], shop, "a", "c") == 0
        assert cell(kernels["next"], shop, "b", "c") > 0

    def test_weights_of_history_rows(self):
        # Ticks 2, 1, 0 ago; strengths 1, ¼, 1.
        state = ShopperState("u").record(0, "purchase", 0).record(1, "view_item", 1)
        state = state.record(2, "purchase", 2)
        np.testing.assert_allclose(
            decays(state, (1.0, float("inf"))),
            [[exp(-2), 0.25 * exp(-1), 1.0], [1.0, 0.25, 1.0]],
        )
        far = ShopperState("u")
        for tick in range(9):
            far = far.record(tick, "purchase", tick)
        assert decays(far, (1.0,))[0, 0] == 0.0, "eight ticks are beyond seven time constants"
        assert decays(far, (1.0,))[0, 1] == pytest.approx(exp(-7))

    def test_a_large_catalogue_keeps_fewer_links(self):
        many = {"u": "ab"}
        items = {"item_id": [f"{num:06}" for num in range(100_000)] + ["a", "b"]}
        assert prune_limit(walk_shop(many)) == 500
        assert prune_limit(walk_shop(many, items)) == 99  # 10 million cells in all


def test_basket_cosine():
    # Orders: a b · a b · a c. n(a) = 3, n(b) = 2, n(c) = 1; a twice in one order counts once.
    shop = order_shop({"u": [(0, "a b"), (9, "a b a")], "v": [(0, "a c")]})
    [kernel] = BasketChannel.fit(shop).kernels.values()
    assert cell(kernel, shop, "a", "b") == pytest.approx(2 / (sqrt(3 * 2) + 10))
    assert cell(kernel, shop, "b", "a") == pytest.approx(2 / (sqrt(3 * 2) + 10))
    assert cell(kernel, shop, "c", "a") == pytest.approx(1 / (sqrt(3 * 1) + 10))
    assert cell(kernel, shop, "b", "c") == 0
    assert cell(kernel, shop, "a", "a") == 0


def test_neighbours_look_both_ways():
    # N = C + Cᵀ; "ab" gives C[a, b] = c = 2^-¼, so N[a, b] = N[b, a] = c.
    shop = walk_shop({"u": "ab"})
    kernels = NeighboursChannel.fit(shop).kernels
    c = 2**-0.25
    rate = c / sqrt(c + 2)  # the column is summed over rates
    for a, b in ("ab", "ba"):
        assert cell(kernels["cosine"], shop, a, b) == pytest.approx(rate / sqrt(rate + 2))
        # n̄ = 2c / 2 products
        assert cell(kernels["lift"], shop, a, b) == pytest.approx(log1p(5 * c * c / (c + 1)))


def test_a_bridge_goes_over_what_is_alike():
    # a → b was seen. x is like a, y is like b: x → b by "similar", a → y by "towards". In "steps"
    # a leads over b to c, which is two transitions away.
    attributes = {
        "item_id": list("abcxyzw"),
        "brand": ["1", "2", None, "1", "2", "3", "3"],
    }
    shop = walk_shop({"u": "ab", "v": "bc"}, attributes)
    kernels = BridgeChannel.fit(shop).kernels
    assert cell(kernels["similar"], shop, "x", "b") > 0
    assert cell(kernels["similar"], shop, "z", "b") == 0
    assert cell(kernels["towards"], shop, "a", "y") > 0
    assert cell(kernels["towards"], shop, "a", "w") == 0
    # rates N = C / (row + 20): c / (c + 20) each, so steps = log(1 + 500 · N²)
    rate = 2**-0.25 / (2**-0.25 + 20)
    assert cell(kernels["steps"], shop, "a", "c") == pytest.approx(log1p(500 * rate**2), rel=1e-5)


def test_the_closed_form_is_numpys():
    """B = (SᵀS + 100 I)⁻¹ SᵀT on four products, positive cells above 2 % of their row's largest."""
    sequences = {"u": "abcd", "v": "abdc", "w": "bca", "x": "acbd", "y": "dab"}
    shop = walk_shop(sequences)
    history, following = [], []
    for line in sequences.values():
        for at, letter in enumerate(line):
            row = np.zeros(4)
            for before in range(at):
                row["abcd".index(line[before])] += exp(-(at - before - 1))
            history.append(row)
            following.append(np.eye(4)["abcd".index(letter)])
    s, t = np.array(history), np.array(following)
    wanted = np.linalg.solve(s.T @ s + 100 * np.eye(4), s.T @ t)
    wanted[wanted <= 0.02 * wanted.max(axis=1, keepdims=True)] = 0.0
    np.fill_diagonal(wanted, 0.0)
    found = AffinityChannel.fit(shop).kernels["behaviour"].toarray()
    assert np.count_nonzero(wanted) >= 10
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-8)


class TestAttributes:
    @pytest.fixture
    def shop(self):
        # Of 4 products: brand x has 2, y has 2 (idf log(1 + 4/2) / log(1 + 4)); tag t has 1 of 4.
        return walk_shop(
            {"u": "ab", "v": "cd"},
            {"item_id": list("abcd"), "brand": ["x", "x", "y", "y"]},
        )

    def test_a_shared_label_counts_its_idf(self, shop):
        channel = AttributesChannel.fit(shop)
        assert channel.basis_names == ("brand tau=2", "brand tau=inf")
        state = ShopperState("new").record(0, "purchase", 0)
        idf = log1p(4 / 2) / log1p(4)
        np.testing.assert_allclose(
            channel.score(state, np.array([0.0, 3.0])), [3 * idf, 3 * idf, 0, 0], rtol=1e-6
        )
        parts = channel.addends(state, np.array([0.0, 3.0]), np.array([1, 2]))
        assert parts.target.tolist() == [0]
        assert channel.label(int(parts.label[0])) == ("brand", "x")

    def test_a_rare_label_says_more_and_many_labels_share(self):
        import pyarrow as pa

        tags = pa.array([["r"], ["r"], ["r", "q"], ["q"]] + [["q"]] * 4, pa.list_(pa.string()))
        shop = walk_shop({"u": "ab"}, {"item_id": list("abcdefgh"), "tags": tags})
        channel = AttributesChannel.fit(shop)
        state = ShopperState("new").record(2, "purchase", 0)  # c has both tags: 1/√2 of each
        scores = channel.score(state, np.array([0.0, 1.0]))
        assert scores[0] == pytest.approx(log1p(8 / 3) / log1p(8) / sqrt(2), rel=1e-6)
        assert scores[3] == pytest.approx(log1p(8 / 6) / log1p(8) / sqrt(2), rel=1e-6)
        assert scores[0] > scores[3], "three products are r, six are q"


class TestRepurchase:
    @pytest.fixture
    def shop(self):
        # Gaps of a: 7, 7, 14 (median 7); of b: 10, 20 (lower median 10). All: median 10.
        # Two events on one day are no gap.
        days = {"u": [(0, "a"), (7, "a"), (14, "a"), (28, "a")], "v": [(0, "b"), (10, "b")]}
        days["v"] += [(30, "b"), (30.2, "b")]
        return order_shop(days)

    def test_gaps_are_medians_shrunk_towards_the_shops(self, shop):
        gaps = RepurchaseChannel.fit(shop).gap_days
        assert gaps.tolist() == pytest.approx([(3 * 7 + 5 * 10) / 8, (2 * 10 + 5 * 10) / 7])

    def test_due_peaks_when_the_gap_has_passed(self, shop):
        channel = RepurchaseChannel.fit(shop)
        gap_s = round(10 * DAY_S)  # b's gap
        due = np.array([0.0, 0, 0, 0, 1])
        state = ShopperState("new", now=gap_s).record(1, "purchase", 0)
        assert channel.score(state, due)[1] == pytest.approx(1.0)
        # At e^½ times the gap it has fallen to exp(-½).
        late = ShopperState("new", now=round(gap_s * exp(0.5))).record(1, "purchase", 0)
        assert channel.score(late, due)[1] == pytest.approx(exp(-0.5), rel=1e-4)
        assert channel.score(late, due)[0] == 0.0

    def test_own_events_add_up_by_their_ticks(self, shop):
        state = ShopperState("new").record(1, "purchase", 0).record(0, "purchase", 1)
        state = state.record(1, "view_item", 2)
        bases = RepurchaseChannel.fit(shop).bases(state, np.array([1, 0]))
        # b: a purchase two ticks ago and a view now; a: a purchase one tick ago. tau 1, 4, 16, ∞.
        for row, tau in enumerate((1.0, 4.0, 16.0, float("inf"))):
            assert bases[row].tolist() == pytest.approx([exp(-2 / tau) + 0.25, exp(-1 / tau)])

    def test_without_a_clock_nothing_is_due(self):
        shop = walk_shop({"u": "aab"})
        channel = RepurchaseChannel.fit(shop)
        assert not channel.gap_days.any()
        state = ShopperState.of(shop, "u")
        assert not channel.bases(state, np.arange(2))[-1].any()


def test_profile_lift():
    # North: u and v, both chose a. South: w and x, neither did; a has 2 of 4 shoppers, so either
    # group would have 1. A view counts like a purchase; a refund is no choice.
    events = {
        "u": [(0, "a", "purchase"), (1, "a", "purchase")],
        "v": [(0, "a", "view_item")],
        "w": [(0, "b", "purchase")],
        "x": [(0, "b", "purchase"), (1, "a", "refund")],
    }
    users = {"user_id": list("uvwx"), "region": ["north", "north", "south", "south"]}
    channel = ProfileChannel.fit(event_shop(events, users=users))
    assert channel.names == (("region", "north"), ("region", "south"))
    wanted = [[log(7 / 6), log(5 / 6)], [log(5 / 6), log(7 / 6)]]
    np.testing.assert_allclose(channel.lift, wanted, rtol=1e-6)
    somebody = ShopperState("new", attributes={"region": "south"})
    np.testing.assert_allclose(channel.score(somebody, np.array([2.0])), 2 * np.array(wanted[1]),
                               rtol=1e-6)  # fmt: skip
    assert channel.score(ShopperState("new", attributes={"region": "east"}), np.ones(1)) is None


def test_trend_growth():
    # 28 days before the last event (day 40) is day 12: a was chosen twice before and never since,
    # b never before and twice since. r = b = 2, so e_a = 2 and e_b = 0.
    events = {"u": [(0, "a", "purchase"), (40, "b", "purchase")]}
    events["v"] = [(12, "a", "purchase"), (13, "b", "purchase")]
    [recent, growth] = TrendChannel.fit(event_shop(events)).values
    assert recent.tolist() == [0.0, 1.0]
    np.testing.assert_allclose(growth, [log(5 / 7), log(7 / 5)], rtol=1e-6)


def test_popularity_counts_shoppers_once_at_their_strongest():
    events = {
        "u": [(0, "a", "view_item"), (1, "a", "purchase"), (2, "a", "purchase")],
        "v": [(0, "a", "view_item"), (1, "b", "add_to_cart")],
    }
    shop = event_shop(events)
    # a: u bought it (1), v looked (¼); b: v put it into the cart (0.6).
    assert n_shoppers_of(shop).tolist() == pytest.approx([1.25, 0.6])
    share = PopularityChannel.fit(shop).values[0]
    # The largest is log 2.25 = 0.81, below 1: nothing is scaled up, a handful is no popularity.
    assert share.tolist() == pytest.approx([log1p(1.25), log1p(0.6)])


def test_popularity_late():
    # "ab": a one tick before its shopper's end, b at it. Both have half of all events.
    values = PopularityChannel.fit(walk_shop({"u": "ab"})).values
    for row, reach in ((1, 3.0), (2, 15.0)):
        late = [exp(-1 / reach), 1.0]
        wanted = [log((one + 1) / (sum(late) / 2 + 1)) for one in late]
        np.testing.assert_allclose(values[row], wanted, rtol=1e-5)
