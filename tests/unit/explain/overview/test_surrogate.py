"""The tree by hand, and how it is judged: a tree that does not fit says so."""

from __future__ import annotations

import json

import numpy as np
import pytest

from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.explain.lists import ModelLists
from youli.explain.overview.readable import ReadableTable
from youli.explain.overview.surrogate import SurrogateConfig, fit_local, fit_surrogate
from youli.explain.overview.tree import NEVER, Feature, grow
from youli.rank.ranker import top

X, FLAG = Feature("x", "number"), Feature("flag", "flag")


def test_a_split_lies_half_way_and_a_flag_says_yes_above():
    table = np.array([[1.0, 0], [2, 0], [3, 1], [4, 1], [5, 1]])
    target = np.array([0.0, 0, 10, 10, 10])
    tree = grow(table, target, [X, FLAG], depth=1, min_rows=1)
    # Both split alike: the first feature wins, half-way between 2 and 3.
    assert (tree.column, tree.threshold) == (0, 2.5)
    assert (tree.question, tree.yes.value, tree.no.value) == ("x ≤ 2.5?", 0.0, 10.0)
    flag = grow(table[:, 1:], target, [FLAG], depth=1, min_rows=1)
    assert (flag.question, flag.yes.value, flag.no.value) == ("flag?", 10.0, 0.0)
    assert flag.lines() == ["flag?", "├ yes: 10  (3 cases)", "└ no: 0  (2 cases)"]
    assert flag.predict(np.array([[0.0], [1.0]])).tolist() == [0.0, 10.0]


def test_questions():
    assert Feature("days", "since").question(NEVER / 2) == "days: ever?"
    assert Feature("days", "since").question(12.5) == "days ≤ 12?"
    assert Feature("n", "count").question(1234.5) == "n ≤ 1,234?"


@pytest.mark.parametrize("seed", range(5))
def test_the_best_split_is_the_best(seed):
    """Against every threshold of every feature."""
    rng = np.random.default_rng(seed)
    table, target = rng.integers(0, 6, (30, 3)).astype(float), rng.normal(size=30)
    tree = grow(table, target, [X, X, X], depth=1, min_rows=3)

    def error(y):
        return ((y - y.mean()) ** 2).sum()

    best = min(
        error(target[low]) + error(target[~low])
        for column in range(3)
        for value in range(6)
        if 3 <= (low := table[:, column] <= value).sum() <= 27
    )
    assert ((target - tree.predict(table)) ** 2).sum() == pytest.approx(best)


def test_nothing_to_split():
    tree = grow(np.zeros((9, 1)), np.arange(9.0), [X], depth=3, min_rows=1)
    assert tree.is_leaf
    assert tree.value == 4.0
    same = grow(np.arange(9.0)[:, None], np.ones(9), [X], depth=3, min_rows=1)
    assert same.is_leaf


def test_min_rows_and_depth_hold():
    rng = np.random.default_rng(1)
    table = rng.normal(size=(200, 2))
    tree = grow(table, table[:, 0] * table[:, 1], [X, X], depth=3, min_rows=15)
    assert tree.depth <= 3
    assert min(leaf.n_rows for leaf in tree.leaves()) >= 15
    assert sum(leaf.n_rows for leaf in tree.leaves()) == 200


def test_readable_numbers_by_hand(shop, me):
    """ "me" bought a kettle on day 3, a cup on day 4 and soap on day 30; the log ends on day 40."""
    readable = ReadableTable(shop)
    names = [one.name for one in readable.features]
    nums = shop.interactions.items.nums(["soap", "kettle", "tea", "jug"])
    rows = dict(zip(names, readable.rows(me, nums).T.tolist(), strict=True))
    assert rows["times had before"] == [1, 1, 0, 0]
    assert rows["days since it was had"] == [10, 37, NEVER, NEVER]
    assert rows["category of the last product"] == [1, 0, 0, 0]
    assert rows["share of the history in its category"] == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])
    assert rows["brand of the last product"] == [1, 0, 0, 0]
    # Others who had soap and soap again later: "again" alone.
    assert rows["others who went from the last product to it"] == [1, 0, 0, 0]


class Rule:
    """A ranker that a tree can say: what was had, then the rest in the order of the shop."""

    def __init__(self, ranker, noise=0.0):
        self.shop, self.noise = ranker.shop, noise
        self.rng = np.random.default_rng(0)

    def score(self, state):
        n = self.shop.interactions.n_items
        had = np.isin(np.arange(n), state.item_num[state.counted]).astype(float)
        return had if not self.noise else self.rng.normal(size=n)

    def eligible(self, state):
        return np.ones(self.shop.interactions.n_items, dtype=bool)

    def listed(self, state, *, k=10):
        return top(self.score(state), self.eligible(state), k)


def test_a_model_that_a_tree_can_say(ranker):
    found = fit_surrogate(Rule(ranker), "score", SurrogateConfig(k=2, min_rows=2, held_out=0.4))
    assert found.faithful
    assert found.fidelity > 0.95
    assert found.tree.feature.name in {"times had before", "days since it was had"}
    assert not found.exact
    assert "An estimate" in found.verdict


def test_a_tree_that_does_not_fit_says_so(ranker):
    found = fit_surrogate(
        Rule(ranker, noise=1.0), "score", SurrogateConfig(k=2, min_rows=5, held_out=0.4)
    )
    assert not found.faithful
    assert found.fidelity < 0.5
    assert found.verdict.startswith("This tree does not stand for the model (below 0.5)")
    document = found.document()
    assert (document["faithful"], document["exact"]) == (False, False)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_numbers_of_the_verdict(ranker):
    """Accuracy and majority are counted over, fidelity follows from them."""
    found = fit_surrogate(ranker, "listed", SurrogateConfig(k=2, held_out=0.4))
    wrong, base = 1 - found.measured, 1 - found.baseline
    assert found.fidelity == pytest.approx(1 - wrong / base)
    assert f"{found.measured:.1%}" in found.verdict
    assert (
        found.document()
        == fit_surrogate(ranker, "listed", SurrogateConfig(k=2, held_out=0.4)).document()
    )


def test_around_one_shopper(shop, ranker):
    """Only the past product that gives anything is asked about."""
    state = ShopperState.of(shop, "me")
    tea = shop.interactions.items.num("tea")
    found = fit_local(ranker, state, tea, "score", SurrogateConfig(k=2))
    assert found.faithful
    assert found.tree.question == "Kettle?"
    whole, without = ranker.score(state)[tea], ranker.score(state.without([0]))[tea]
    assert whole > without
    assert found.tree.yes.value > found.tree.no.value
    with pytest.raises(NotEnoughDataError, match="no history"):
        fit_local(ranker, ShopperState.of(shop, "nobody"), tea)


def test_any_model_can_be_imitated(ranker):
    class ByNumber:
        def score_batch(self, states):
            n = ranker.shop.interactions.n_items
            row = np.arange(n, dtype=np.float32)
            row[0] = np.nan
            return np.tile(row, (len(states), 1))

    lists = ModelLists(ranker, ByNumber())
    state = ShopperState.of(ranker.shop, "nobody")
    n = ranker.shop.interactions.n_items
    assert lists.listed(state, k=2).tolist() == [n - 1, n - 2]
    assert not lists.eligible(state)[0]
    found = fit_surrogate(lists, "listed", SurrogateConfig(k=2, held_out=0.4))
    assert np.isfinite(found.fidelity)


def test_too_few_shoppers(ranker):
    with pytest.raises(NotEnoughDataError, match="too few"):
        fit_surrogate(ranker, "listed", SurrogateConfig(k=2, n_shoppers=8))
