"""Whatever is typed: an answer, whose ledgers add up and whose parts can be taken out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.artifact import FittedShop
from youli.engine import Engine
from youli.rank.fit import FitConfig
from youli.rank.ranker import Ranker
from youli.registry import CHANNELS
from youli.search.desk import SearchDesk, SearchRequest
from youli.search.spelling import edits
from youli.testing.shops import SHOPS

#: Words that the shop has, wrong ones, operators and signs.
TOKENS = st.sampled_from(
    ["red", "blue", "thing", "1", "brand", "b0", "t3", "reed", "thnig", "AND", "-", "(", '"', "~2",
     "title:", "*", "红色", "🙂", "'; DROP TABLE", "\u202e", "the", "x" * 60]
)  # fmt: skip
TEXTS = st.one_of(st.lists(TOKENS, max_size=8).map(" ".join), st.text(max_size=60))


@pytest.fixture(scope="module")
def desk() -> SearchDesk:
    shop = SHOPS["browsing"]()
    names = ("transition", "attributes", "repurchase", "profile", "popularity")
    channels = {name: CHANNELS.load(name).fit(shop) for name in names}
    weights = {name: np.full(len(one.basis_names), 0.5) for name, one in channels.items()}
    return SearchDesk.open(Engine(FittedShop(Ranker(shop, channels, weights), FitConfig())))


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, user=st.sampled_from(["u00", "u07", "u19", "nobody"]))
def test_ledgers_add_up_to_the_score_by_another_route(desk, text, user):
    state = desk.engine.state(user)
    found = desk.search(state, SearchRequest(text, k=5))
    assert found.total >= len(found.results)
    scores = [one.score for one in found.results]
    assert scores == sorted(scores, reverse=True)
    if found.browse:
        return
    ranker = desk.ranker(state, text).ranker
    rows = np.array([one.item_num for one in found.results], dtype=np.int32)
    slow = ranker.score_items(state, rows)
    for one, again in zip(found.results, slow.tolist(), strict=True):
        assert math.isclose(one.score, again, rel_tol=1e-5, abs_tol=1e-5)
        for reason in one.reasons:
            assert all(check.passed for check in reason.checks)


@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_a_word_taken_out_takes_its_entries_and_nothing_else(desk, text):
    query = desk.read(text)
    made = desk.ranker(desk.engine.state("u03"), text)
    rows = np.arange(desk.index.n_items, dtype=np.int32)
    ledgers = made.ranker.ledgers(desk.engine.state("u03"), rows)
    every = frozenset(word.word for word in query.words)
    for word in every:
        for ledger in ledgers:
            entries = sum(
                e.amount for e in ledger.entries
                if e.channel == "match" and e.evidence.attribute[1] == word
            )  # fmt: skip
            gone = made.words_give(every, ledger.item_num) - made.words_give(
                every - {word}, ledger.item_num
            )
            assert math.isclose(entries, gone, abs_tol=1e-9)


def _slow(one: str, other: str) -> int:
    """The restricted Damerau distance by its recursion."""
    table = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
    table[:, 0], table[0] = range(len(one) + 1), range(len(other) + 1)
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            same = one[i - 1] == other[j - 1]
            table[i, j] = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (not same)
            )
            swapped = i > 1 < j and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]
            if swapped:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


@given(one=st.text("abc", max_size=7), other=st.text("abc", max_size=7), most=st.integers(0, 3))
def test_edits_are_those_of_the_whole_table(one, other, most):
    assert edits(one, other, most) == min(_slow(one, other), most + 1)
