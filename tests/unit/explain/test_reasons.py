"""Reasons on the small grocery: chosen, checked and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from youli.channels.item import ItemChannel
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.explain.checks import check_completeness, check_deletion, check_fresh, check_support
from youli.explain.claims import Candidate, candidates
from youli.explain.explain import explain_item
from youli.explain.reasons import GENERAL, explain_ranking
from youli.explain.rescore import Rescorer
from youli.explain.support import SupportIndex
from youli.explain.types import Check, Claim, ClaimKind, Reason
from youli.language.voice import TemplateVoice
from youli.rank.ranker import Ranker
from youli.types import Entry, Evidence, EvidenceKind, Ledger

EVERY_CHECK = {"completeness", "deletion", "sufficiency", "cause", "support", "facts", "fresh"}


def num(shop: Shop, item_id: str) -> int:
    found = shop.interactions.items.num(item_id)
    assert found is not None
    return found


def reasons_for(
    ranker: Ranker, support: SupportIndex, state: ShopperState, item_id: str, lang: str = "en"
) -> tuple[Reason, ...]:
    voice = TemplateVoice(ranker.shop, lang)
    item = num(ranker.shop, item_id)
    return explain_item(ranker, support, state, item, voice, k=5).reasons


def test_every_listed_product_has_reasons_that_passed_every_check(
    ranker: Ranker, support: SupportIndex, me: ShopperState, voice: TemplateVoice
) -> None:
    ranking = ranker.rank(me, k=4)
    found = explain_ranking(ranker, support, me, ranking, voice)
    assert [one.item_num for one in found] == ranking.item_nums.tolist()
    assert [one.rank for one in found] == [1, 2, 3, 4]
    for one in found:
        assert one.reasons
        for reason in one.reasons:
            assert all(check.passed for check in reason.checks), reason
            assert reason.text
            assert reason.chip
            if reason.claim.amount > 0:
                assert {check.name for check in reason.checks} == EVERY_CHECK


def test_tea_after_the_kettle(ranker: Ranker, support: SupportIndex, me: ShopperState) -> None:
    first = reasons_for(ranker, support, me, "tea")[0]
    assert first.claim.kind is ClaimKind.WENT_ON
    assert first.text == (
        "You bought “Kettle” on 4 January; 6 of the 7 other shoppers who bought it later "
        "bought this."
    )
    assert first.chip == "Bought after “Kettle”"
    in_chinese = reasons_for(ranker, support, me, "tea", "zh")[0]
    assert in_chinese.text == (
        "您在1月4日买过「Kettle」；买过它的另外7位顾客中，有6位后来买了这件商品。"
    )


def test_the_claimed_amount_is_what_scoring_again_takes_away(
    ranker: Ranker, support: SupportIndex, me: ShopperState
) -> None:
    tea = num(ranker.shop, "tea")
    first = reasons_for(ranker, support, me, "tea")[0]
    before = ranker.score(me)[tea]
    after = ranker.score(me.without(first.claim.evidence.events))[tea]
    assert first.claim.amount == pytest.approx(before - after)
    deletion = next(one for one in first.checks if one.name == "deletion")
    assert deletion.numbers["rank_before"] == 1
    assert deletion.numbers["measured"] == pytest.approx(first.claim.amount)


def test_below_k_shoppers_nothing_is_said_of_others(
    ranker: Ranker, support: SupportIndex, me: ShopperState
) -> None:
    voice = TemplateVoice(ranker.shop, "en")
    tea = num(ranker.shop, "tea")
    for k_anonymity, counted in ((6, True), (7, False)):
        found = explain_item(ranker, support, me, tea, voice, k_anonymity=k_anonymity)
        kinds = {reason.claim.kind for reason in found.reasons}
        assert (ClaimKind.WENT_ON in kinds) is counted
        assert (found.n_dropped > 0) is not counted


def test_a_small_count_is_neither_said_nor_kept_in_the_facts(
    ranker: Ranker, support: SupportIndex, me: ShopperState
) -> None:
    nobody = ShopperState(user_id="stranger", now=me.now)
    saucer = reasons_for(ranker, support, nobody, "jug")
    assert saucer[0].text == "New here: nobody else has bought it yet."
    voice = TemplateVoice(ranker.shop, "en")
    soap = explain_item(
        ranker, support, nobody, num(ranker.shop, "soap"), voice, k_anonymity=5
    ).reasons
    assert soap[0].text == "Few other shoppers have bought this so far."
    assert "n_shoppers" not in soap[0].claim.facts


def test_a_rhythm_needs_two_gaps(shop: Shop, ranker: Ranker, support: SupportIndex) -> None:
    again = ShopperState.of(shop, "again")
    soap = reasons_for(ranker, support, again, "soap")[0]
    assert soap.claim.kind is ClaimKind.BUY_AGAIN
    assert soap.text == ("You bought this 4 times, about every 10 days, last on 2 February.")
    twice = again.without([0, 1])
    assert reasons_for(ranker, support, twice, "soap")[0].text == (
        "You bought this 2 times, last on 2 February."
    )


def test_taken_out_evidence_is_cited_no_more(
    ranker: Ranker, support: SupportIndex, me: ShopperState
) -> None:
    first = reasons_for(ranker, support, me, "tea")[0]
    ignored = me.without(first.claim.evidence.events)
    for reason in reasons_for(ranker, support, ignored, "tea"):
        assert reason.claim.evidence.source_item != first.claim.evidence.source_item


def test_a_shared_attribute_is_named(
    ranker: Ranker, support: SupportIndex, me: ShopperState
) -> None:
    plate = reasons_for(ranker, support, me, "plate")[0]
    assert plate.claim.kind is ClaimKind.SHARED_ATTRIBUTE
    assert "“Kettle”" in plate.text or "“Blue Cup”" in plate.text
    assert plate.claim.facts["value"] in ("Ada", "table")


def test_beside_a_product_nothing_is_said_of_the_shopper(
    ranker: Ranker, support: SupportIndex, me: ShopperState, voice: TemplateVoice
) -> None:
    kettle = num(ranker.shop, "kettle")
    state = ShopperState(user_id="", now=me.now).record(kettle, "purchase", me.now)
    found = explain_ranking(ranker, support, state, ranker.rank(state, k=3), voice, beside=True)
    tea = next(one for one in found if one.item_num == num(ranker.shop, "tea"))
    said = {
        "en": "6 of the 8 shoppers who bought “Kettle” later bought this.",
        "zh": "买过「Kettle」的8位顾客中，有6位后来买了这件商品。",
    }
    assert tea.reasons[0].text == said[voice.lang]


def test_beside_what_holds_for_everybody_stands_only_what_decides_a_place(
    ranker: Ranker, support: SupportIndex, me: ShopperState, voice: TemplateVoice
) -> None:
    """Everything is made equally popular, very: what is left of the history decides the places."""
    popularity = ranker.channels["popularity"]
    assert isinstance(popularity, ItemChannel)
    flat = type(popularity)(np.full_like(popularity.values, 100.0))
    led = replace(
        ranker,
        channels={**ranker.channels, "popularity": flat},
        coefficients={**ranker.coefficients, "popularity": np.ones(len(flat.basis_names))},
        config=replace(ranker.config, repeats=True),
    )
    decided, undecided = 0, 0
    for state in (me, ShopperState.of(ranker.shop, "late"), ShopperState.of(ranker.shop, "pair0")):
        for one in explain_ranking(led, support, state, led.rank(state, k=7), voice):
            first, *more = one.reasons
            if first.claim.kind not in GENERAL:
                continue
            undecided += not more
            for reason in more:
                if reason.claim.kind not in GENERAL:
                    (deletion,) = [check for check in reason.checks if check.name == "deletion"]
                    assert deletion.numbers["place_after"] > deletion.numbers["place_before"]
                    decided += 1
    assert decided
    assert undecided


# -- each check can fail ---------------------------------------------------------------------


def test_completeness_fails_when_an_entry_is_missing(ranker: Ranker, me: ShopperState) -> None:
    tea = num(ranker.shop, "tea")
    rescorer = Rescorer(ranker, me, [tea])
    ledger = ranker.ledgers(me, np.array([tea]))[0]
    assert check_completeness(ledger, rescorer).passed
    assert not check_completeness(Ledger(tea, ledger.entries[1:]), rescorer).passed
    with_rule = Entry("diversity", Evidence(EvidenceKind.RULE), -0.5)
    assert check_completeness(Ledger(tea, (*ledger.entries, with_rule)), rescorer).passed


def test_deletion_fails_when_a_claim_says_more_than_it_takes(
    ranker: Ranker, me: ShopperState
) -> None:
    tea = num(ranker.shop, "tea")
    rescorer = Rescorer(ranker, me, [tea])
    true = candidates(ranker.ledgers(me, np.array([tea]))[0], me)[0]
    assert check_deletion(true, tea, rescorer).passed
    said: Candidate = replace(true, amount=true.amount * 1.01)
    assert not check_deletion(said, tea, rescorer).passed


def test_support_needs_more_than_chance() -> None:
    def claim(n_both: int, n_item: int) -> Claim:
        facts = {"n_both": n_both, "n_source": 20, "n_item": n_item, "n_all": 100}
        return Claim(ClaimKind.WENT_ON, ("transition",), Evidence(EvidenceKind.HISTORY), 1.0, facts)

    assert check_support(claim(10, 40), 5).passed
    assert not check_support(claim(10, 60), 5).passed
    assert not check_support(claim(4, 5), 5).passed


def test_counts_of_another_log_are_not_fresh(shop: Shop, ranker: Ranker) -> None:
    fewer = shop.select(np.arange(len(shop.interactions)) > 3)
    check: Check = check_fresh(ranker, SupportIndex(fewer))
    assert not check.passed
    assert check_fresh(ranker, SupportIndex(shop)).passed
