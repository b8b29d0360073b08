"""PN, PS and F_NS of attributes: by hand, and by ranking again with labels taken out."""

from __future__ import annotations

import numpy as np
import pytest

from youli.channels.attributes import AttributesChannel
from youli.data.state import ShopperState
from youli.evaluate.faithfulness.attributes import harmonic, judge_attributes, named_attributes
from youli.evaluate.faithfulness.cases import Explained
from youli.models.ledger import LedgerModel
from youli.rank.ranker import RankConfig, Ranker
from youli.testing.shops import SHOPS


def test_the_harmonic_mean_by_hand():
    assert harmonic(0.5, 1.0) == pytest.approx(2 / 3)
    assert harmonic(0.0, 1.0) == harmonic(0.0, 0.0) == 0.0


@pytest.fixture
def model() -> LedgerModel:
    shop = SHOPS["grocery"]()
    channel = AttributesChannel.fit(shop)
    weights = {"attributes": np.ones(len(channel.basis_names))}
    ranker = Ranker(shop, {"attributes": channel}, weights, RankConfig(repeats=True))
    return LedgerModel(ranker, LedgerModel.default)


@pytest.fixture
def cases(model) -> list[Explained]:
    shop = model.ranker.shop
    states = [ShopperState.of(shop, user) for user in shop.interactions.users.ids]
    everything = np.ones(shop.interactions.n_items, dtype=bool)
    return [
        Explained(state, int(item), everything)
        for state in states
        for item in model.ranker.listed(state, k=2)
    ]


def test_they_hold_most_of_what_attributes_give_and_the_largest_first(model, cases):
    for case in cases:
        entries = model.ranker.ledgers(case.state, np.array([case.item_num]), n_sources=None)[0]
        sums: dict[tuple[str, str], float] = {}
        for entry in entries.entries:
            if entry.evidence.attribute is not None:
                sums[entry.evidence.attribute] = (
                    sums.get(entry.evidence.attribute, 0.0) + entry.amount
                )
        named = named_attributes(model.ranker, case)
        assert len(named) == len(set(named)) <= 5
        amounts = [sums[one] for one in named]
        assert amounts == sorted(amounts, reverse=True)
        positive = [one for one in sums.values() if one > 0.0]
        assert len(named) == 5 or sum(amounts) >= 0.8 * sum(positive) - 1e-9


def test_what_alone_speaks_is_needed_and_enough(model, cases):
    """Only attributes rank here: without those named the score falls; with them alone it stays."""
    found = judge_attributes(model, cases, k=2)
    ledger, drawn = found["methods"]["ledger"], found["methods"]["random"]
    assert found["n"] == len(cases)
    assert ledger["n_named"] + round(ledger["abstention"] * len(cases)) == len(cases)
    assert ledger["f_ns"] == pytest.approx(harmonic(ledger["pn"], ledger["ps"]))
    assert ledger["f_ns"] > drawn["f_ns"]


def test_a_model_that_mixes_attributes_says_so():
    assert "cannot be masked" in judge_attributes(object(), [], k=3)["left_out"]
