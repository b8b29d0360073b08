"""What is said acts at once, as entries with names, and is gone when it is taken back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.data.state import ShopperState
from youli.explain.reasons import explain_ranking
from youli.explain.rescore import Rescorer, Served
from youli.explain.support import SupportIndex
from youli.feedback.diagnostics import list_diagnostics, relative_scores
from youli.feedback.effects import ITSELF, SAID, EffectConfig, SaidChannel, with_said
from youli.feedback.records import ItemFeedback, ItemKind
from youli.language.voice import TemplateVoice
from youli.rank.fit import fit_channels
from youli.rank.ranker import RankConfig, Ranker
from youli.testing.shops import SHOPS
from youli.types import EvidenceKind

DAY = 86_400
SHOP = SHOPS["grocery"]()
CHANNELS = fit_channels(SHOP, ["transition", "attributes", "popularity"])
RANKER = Ranker(
    SHOP,
    CHANNELS,
    {name: np.ones(len(channel.basis_names)) for name, channel in CHANNELS.items()},
    RankConfig(diversity=0.05),
)
ITEMS = SHOP.interactions.items.ids
NOW = int(SHOP.data_until.timestamp())
STATE = ShopperState.of(SHOP, SHOP.interactions.users.ids[0])
ALL = np.arange(len(ITEMS), dtype=np.int32)


def said(item: int, kind=ItemKind.NOT_FOR_ME, days_ago: float = 0.0, value=None) -> ItemFeedback:
    return ItemFeedback("ann", ITEMS[item], kind, int(NOW - days_ago * DAY), value)


def shift(*many: ItemFeedback, config: EffectConfig | None = None) -> np.ndarray:
    after = with_said(RANKER, many, now=NOW, config=config)
    return after.score(STATE) - RANKER.score(STATE)


SOME = st.lists(
    st.builds(
        said,
        st.integers(0, len(ITEMS) - 1),
        st.sampled_from([one for one in ItemKind if one is not ItemKind.RATED]),
        st.floats(0, 400),
    )
    | st.builds(
        said,
        st.integers(0, len(ITEMS) - 1),
        st.just(ItemKind.RATED),
        st.floats(0, 400),
        st.floats(1, 5),
    ),
    max_size=6,
)


def test_it_takes_the_stated_amount_from_the_product_and_less_from_its_like():
    moved = shift(said(3))
    assert moved[3] == pytest.approx(-6.0)
    others = np.delete(moved, 3)
    assert (others <= 0).all()
    assert others.min() < 0
    assert others.min() >= -6.0 * 0.25 - 1e-9


def test_products_that_share_nothing_are_left_alone():
    attributes = [one for one in SHOP.catalogue.attributes if one.name != "title words"]
    labels = [
        {(a.name, one) for a in attributes for one in a.of(item)} for item in range(len(ITEMS))
    ]
    shares = np.array([bool(labels[3] & labels[item]) for item in range(len(ITEMS))])
    assert ((shift(said(3)) != 0) <= shares).all()


def test_half_of_it_is_left_after_the_half_life():
    config = EffectConfig(half_life_days=30.0)
    assert shift(said(3, days_ago=30), config=config) == pytest.approx(
        shift(said(3), config=config) / 2
    )


@pytest.mark.parametrize("kind", [ItemKind.BOUGHT, ItemKind.CLICKED])
def test_what_is_in_the_history_is_not_counted_twice(kind):
    assert with_said(RANKER, [said(3, kind)], now=NOW) is RANKER


def test_a_product_that_the_shop_does_not_know_is_passed_over():
    stranger = ItemFeedback("ann", "no such", ItemKind.NOT_FOR_ME, NOW)
    assert with_said(RANKER, [stranger], now=NOW) is RANKER


def test_only_the_latest_count():
    many = [said(1, days_ago=3), said(2, days_ago=2), said(3, days_ago=1)]
    assert shift(*many, config=EffectConfig(n_latest=1)) == pytest.approx(
        shift(many[-1], config=EffectConfig(n_latest=1))
    )


def test_entries_are_called_after_what_was_said():
    ranker = with_said(RANKER, [said(3), said(5, ItemKind.RATED, value=5.0)], now=NOW)
    (ledger,) = ranker.ledgers(STATE, np.array([3]))
    mine = [one for one in ledger.entries if one.evidence.kind is EvidenceKind.FEEDBACK]
    top = max(mine, key=lambda one: abs(one.amount))
    assert top.channel == "said_not_for_me"
    assert top.evidence.attribute == (ITSELF, SHOP.catalogue.titles[3])
    assert top.amount == pytest.approx(-6.0)


@settings(max_examples=40, deadline=None)
@given(SOME, st.integers(0, 5))
def test_the_ledger_adds_up_and_taking_back_is_never_having_said(many, at):
    ranker = with_said(RANKER, many, now=NOW)
    scores = ranker.score(STATE)
    ledgers = ranker.ledgers(STATE, ALL, n_sources=None)
    assert [one.score for one in ledgers] == pytest.approx(scores.tolist(), abs=1e-9)
    assert ranker.score_items(STATE, ALL) == pytest.approx(scores, abs=1e-9)
    if at < len(many):
        without = with_said(RANKER, [*many[:at], *many[at + 1 :]], now=NOW).score(STATE)
        name = SAID.get(many[at].kind)
        channel = ranker.channels.get(name or "")
        parts = channel.parts if isinstance(channel, SaidChannel) else ()
        # The same thing said twice at the same moment is two equal parts: take one of them.
        n_same = sum(one == many[at] for one in many)
        given_ = np.zeros(len(ITEMS))
        for part in parts:
            if part.said == many[at]:
                given_[part.item_nums] += part.amount / n_same
        assert scores - without == pytest.approx(given_, abs=1e-9)


def test_reasons_of_the_list_pass_their_checks_with_it():
    """The checks re-score the served ranker, so they see what was said."""
    ranker = with_said(RANKER, [said(3), said(7, ItemKind.SAVED)], now=NOW)
    ranking = ranker.rank(STATE, k=10)
    assert 3 not in ranking.item_nums
    support, voice = SupportIndex(SHOP), TemplateVoice(SHOP)
    found = explain_ranking(ranker, support, STATE, ranking, voice, k_anonymity=1)
    assert any(one.reasons for one in found)
    for one in found:
        total = math.fsum(entry.amount for entry in one.ledger.entries if not entry.of_place)
        assert total == pytest.approx(float(ranking.scores[one.item_num]), abs=1e-9)
        assert all(check.passed for reason in one.reasons for check in reason.checks)


def test_the_quick_and_the_slow_route_agree():
    ranker = with_said(RANKER, [said(3), said(7, ItemKind.SAVED)], now=NOW)
    ranking = ranker.rank(STATE, k=5)
    quick = Rescorer(
        ranker, STATE, ranking.item_nums, served=Served(ranking.scores, ranking.ledgers)
    )
    slow = Rescorer(ranker, STATE, ranking.item_nums)
    assert quick.before() == pytest.approx(slow.before(), abs=1e-9)
    assert quick.nothing() == pytest.approx(slow.nothing(), abs=1e-9)
    evidence = next(
        entry.evidence for one in ranking.ledgers for entry in one.entries if entry.evidence.events
    )
    assert quick.without(evidence, "") == pytest.approx(slow.without(evidence, ""), rel=1e-6)


def test_relative_scores_by_hand():
    # r = 1, 2, 4: f = r · (1 + 1/2 + 1/4) / 3
    found = relative_scores(np.log([1.0, 2.0, 4.0]))
    assert found == pytest.approx([1.75 / 3, 3.5 / 3, 7.0 / 3])
    assert relative_scores(np.full(4, -900.0)) == pytest.approx(np.ones(4))
    assert len(relative_scores(np.zeros(0))) == 0


def test_diagnostics_say_what_feedback_gave():
    ranker = with_said(RANKER, [said(3, ItemKind.SAVED)], now=NOW)
    ranking = replace(ranker, config=RankConfig(repeats=True)).rank(STATE, k=len(ITEMS))
    found = explain_ranking(ranker, SupportIndex(SHOP), STATE, ranking, TemplateVoice(SHOP))
    rows = {one.item_num: row for one, row in zip(found, list_diagnostics(found), strict=True)}
    assert rows[3]["feedback"] == pytest.approx(0.5)
    product = math.prod(row["relative_score"] for row in rows.values())
    assert product >= 1.0  # the mean over the harmonic mean is never below one
