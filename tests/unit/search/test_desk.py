from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from youli.data.state import ShopperState
from youli.errors import FilterError, InputError
from youli.explain.types import ClaimKind
from youli.search.config import SearchConfig
from youli.search.desk import SearchDesk, SearchRequest
from youli.search.reasons import phrases


@pytest.fixture
def me(engine) -> ShopperState:
    return engine.state("me")


@pytest.fixture
def nobody(engine) -> ShopperState:
    return engine.state("")


def ids(desk, found) -> list[str]:
    return [desk.engine.shop.interactions.items.ids[one.item_num] for one in found.results]


def entries(one, channel: str) -> dict:
    return {e.evidence.attribute: e.amount for e in one.ledger.entries if e.channel == channel}


def test_a_ledger_has_an_entry_for_each_field_and_word(desk, nobody):
    found = desk.search(nobody, SearchRequest("angle brackets"))
    first = found.results[0]
    assert ids(desk, found)[:2] == ["bracket", "shelf"]
    assert set(entries(first, "match")) == {
        ("title", "angle"), ("title", "brackets"), ("category", "brackets"),
    }  # fmt: skip
    made = desk.ranker(nobody, "angle brackets")
    served = made.ranker.score(nobody)
    for one in found.results:
        assert math.fsum(e.amount for e in one.ledger.entries) == pytest.approx(one.score)
        assert one.score == pytest.approx(served[one.item_num])


def test_to_take_a_word_out_is_to_search_without_it(desk, me):
    both = desk.ranker(me, "angle bracket").ranker
    less = desk.ranker(me, "bracket").ranker
    items = np.arange(desk.index.n_items, dtype=np.int32)
    meaning = {n: c for n, c in both.channels.items() if n == "meaning"}
    for ledger in both.ledgers(me, items, n_sources=None):
        word = sum(
            e.amount for e in ledger.entries if (e.evidence.attribute or ("", ""))[1] == "angle"
        )
        at = np.array([ledger.item_num], dtype=np.int32)
        moved = sum(
            float((r.coefficients["meaning"] @ c.bases(me, at))[0]) * sign
            for r, c, sign in (
                (both, meaning["meaning"], 1), (less, less.channels["meaning"], -1),
            )
        )  # fmt: skip
        gone = both.score_items(me, at)[0] - less.score_items(me, at)[0] - moved
        assert word == pytest.approx(gone, abs=1e-9)


def test_to_take_an_event_out_is_to_search_without_it(desk, me):
    ranker = desk.ranker(me, "bracket").ranker
    gone = me.without([0])
    items = np.arange(desk.index.n_items, dtype=np.int32)
    for ledger in ranker.ledgers(me, items, n_sources=None):
        without = desk.ranker(gone, "bracket").ranker.score(gone)[ledger.item_num]
        assert ledger.score - ledger.amount_of([0]) == pytest.approx(without, abs=1e-9)


def test_what_the_shopper_did_takes_part_and_is_said(desk, me, nobody):
    alone = desk.search(nobody, SearchRequest("bracket mower"))
    mine = desk.search(me, SearchRequest("bracket mower"))
    assert {one.ledger.entries[0].channel for one in alone.results} <= {"match", "meaning"}
    [bracket] = [one for one in mine.results if ids(desk, mine)[one.rank - 1] == "bracket"]
    said = [(one.claim.kind, one.text) for one in bracket.reasons]
    assert said[0] == (ClaimKind.MATCHES, "Matches “Bracket” in the title.")
    assert said[1][0] is ClaimKind.WENT_ON
    assert said[1][1].startswith("You bought “Flower pot”")
    for one in bracket.reasons:
        assert all(check.passed for check in one.checks)
        assert {"completeness", "deletion", "facts"} <= {check.name for check in one.checks}


def test_for_somebody_unknown_the_personal_part_is_not_there(desk, engine, nobody):
    stranger = engine.state("never seen")
    apart = SearchDesk(engine, desk.index, SearchConfig(personal=0.0))
    for text in ("bracket", "tea", "something to read by"):
        ranker = desk.ranker(stranger, text).ranker
        assert set(ranker.channels) == {"match", "meaning"}
        np.testing.assert_array_equal(
            ranker.score(stranger), apart.ranker(nobody, text).ranker.score(nobody)
        )


def test_a_wrong_word_is_mended_and_said(desk, nobody):
    found = desk.search(nobody, SearchRequest("Angel brackte xyzzyx"))
    assert found.query.did_you_mean == "angle bracket xyzzyx"
    assert found.query.unknown == ("xyzzyx",)
    assert ids(desk, found)[0] == "bracket"
    assert desk.search(nobody, SearchRequest("bracket")).query.did_you_mean is None


def test_filters_come_before_the_cut_and_facets_count_what_is_left(desk, nobody):
    request = SearchRequest("pot tea", k=1, filter="price < 40", facets=("brand", "price band"))
    found = desk.search(nobody, request)
    whole = desk.search(nobody, SearchRequest("pot tea", k=50, filter="price < 40"))
    assert found.total == len(whole.results)
    assert sum(one.count for one in found.facets[0].values) == found.total
    [bo] = [one for one in found.facets[0].values if one.value == "Bo"]
    narrowed = desk.search(nobody, SearchRequest("pot tea", k=50, filter=bo.filter))
    assert narrowed.total == bo.count + 0 * len(ids(desk, narrowed))
    with pytest.raises(FilterError):
        desk.search(nobody, SearchRequest("pot", filter="price <"))
    with pytest.raises(InputError, match="counted by 'colour'"):
        desk.search(nobody, SearchRequest("pot", facets=("colour",)))


def test_pages_follow_one_another(desk, me):
    whole = ids(desk, desk.search(me, SearchRequest("tea pot bracket", k=5)))
    pages = [
        desk.search(me, SearchRequest("tea pot bracket", k=2, offset=offset)) for offset in (0, 2)
    ]
    assert [one for page in pages for one in ids(desk, page)] == whole[:4]
    assert [one.rank for one in pages[1].results] == [3, 4]


def test_no_query_lists_the_shop_by_the_ledger(desk, me):
    found = desk.search(me, SearchRequest("  ", filter='brand = "Ada"'))
    assert found.browse
    assert found.total == 4
    expected = desk.engine.ranker.score(me)
    scores = [expected[one.item_num] for one in found.results]
    assert scores == sorted(scores, reverse=True)


def test_why_one_stands_above_another(desk, nobody):
    shop = desk.engine.shop
    rows = [shop.interactions.items.num(one) for one in ("shelf", "bracket")]
    answer = desk.compare(nobody, SearchRequest("angle bracket"), *rows)
    assert answer.passed
    assert answer.data["above"]["item_id"] == "bracket"
    [word] = [
        one for one in answer.data["entries"]
        if one.get("attribute") == {"name": "title", "value": "angle"}
    ]  # fmt: skip
    assert word["first"] > 0.0 == word["second"]
    assert sum(one["difference"] for one in answer.data["entries"]) == pytest.approx(
        answer.data["difference"]
    )


def test_chinese_is_searched_and_answered(desk, me):
    found = desk.search(me, SearchRequest("陶瓷 茶壶", lang="zh"))
    assert ids(desk, found)[0] == "zhuhu"
    assert found.results[0].reasons[0].text == "标题中有「陶瓷茶壶」。"
    text = desk.search(me, SearchRequest("绿茶", lang="zh")).results[0].reasons[0].text
    assert text == "介绍中有「绿茶」。"


def test_a_phrase_is_quoted_as_the_text_writes_it():
    given = {"brackets": 2.0, "angle": 3.0, "12": 1.0}
    assert phrases("Steel Angle Bracket, 12-Gauge", given) == ["Angle Bracket, 12"]
    assert phrases("12 for an Angle and a Bracket; Angle", given) == ["Angle", "Bracket", "12"]
    assert phrases("nothing", given) == []


def test_suggestions_are_words_of_products_that_say_the_words_before(desk):
    said = [one.text for one in desk.suggest("angle br")]
    assert said == ["angle bracket"] or said[:2] == ["angle bracket", "angle brackets"]
    assert ("Garden", "category") in [(one.text, one.kind) for one in desk.suggest("ga")]
    assert desk.suggest("") == desk.suggest("🙂") == ()
    assert "茶壶" in [one.text for one in desk.suggest("茶")]


@pytest.mark.parametrize("text", ["", "bracket"])
@pytest.mark.parametrize("filter_text", ["", "in_stock"])
def test_what_the_base_keeps_out_stays_out(desk, me, text, filter_text):
    request = SearchRequest(text, filter=filter_text)
    listed = ids(desk, desk.search(me, request))
    allowed = np.ones(desk.index.n_items, dtype=bool)
    allowed[desk.engine.item_num(listed[0])] = False
    base = desk.engine.ranker
    fewer = replace(base, config=base.config.only(allowed))
    assert ids(desk, desk.search(me, request, fewer)) == listed[1:]
