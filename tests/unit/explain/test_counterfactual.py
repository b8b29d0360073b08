"""What would have to be different, on the small grocery."""

from __future__ import annotations

from dataclasses import replace

from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.explain.counterfactual import find_counterfactual
from youli.explain.explain import explain_item
from youli.explain.support import SupportIndex
from youli.language.voice import TemplateVoice
from youli.rank.ranker import RankConfig, Ranker


def num(shop: Shop, item_id: str) -> int:
    found = shop.interactions.items.num(item_id)
    assert found is not None
    return found


def test_without_the_kettle_there_would_be_no_tea(ranker: Ranker, me: ShopperState) -> None:
    tea, kettle = num(ranker.shop, "tea"), num(ranker.shop, "kettle")
    found = find_counterfactual(ranker, me, tea, k=1)
    assert found.removed_items == (kettle,)
    assert found.removed_events == (0,)
    assert (found.rank_before, found.rank_after) == (1, None)
    assert found.valid
    assert found.minimal


def test_nothing_to_take_out_where_the_list_holds_everything(
    ranker: Ranker, me: ShopperState
) -> None:
    tea = num(ranker.shop, "tea")
    found = find_counterfactual(ranker, me, tea, k=50)
    assert not found.valid
    assert not found.minimal
    assert found.removed_items == ()
    assert found.rank_after is not None
    text = TemplateVoice(ranker.shop, "en").counterfactual(found)
    assert text == "Even without your whole history this would stay in your top 50."


def test_what_is_not_listed_has_none(ranker: Ranker, me: ShopperState) -> None:
    jug = num(ranker.shop, "jug")
    found = find_counterfactual(ranker, me, jug, k=1)
    assert (found.rank_before, found.valid) == (0, False)
    assert TemplateVoice(ranker.shop, "zh").counterfactual(found) == ("这件商品不在您的前1名之内。")


def test_diversity_is_part_of_what_is_ranked_again(ranker: Ranker, me: ShopperState) -> None:
    spread = Ranker(ranker.shop, ranker.channels, ranker.coefficients, RankConfig(diversity=5.0))
    for item in spread.rank(me, k=2).item_nums.tolist():
        found = find_counterfactual(spread, me, item, k=2)
        assert item not in spread.rank(me.without(found.removed_events), k=2).item_nums or (
            not found.valid
        )


def test_an_explanation_says_it_in_words(
    ranker: Ranker, support: SupportIndex, me: ShopperState
) -> None:
    tea = num(ranker.shop, "tea")
    voice = TemplateVoice(ranker.shop, "en")
    found = explain_item(ranker, support, me, tea, voice, k=1, counterfactual=True)
    assert found.counterfactual is not None
    assert found.counterfactual.text == (
        "Without “Kettle” this would not be in your top 1; taking out less would not do it."
    )
    without = explain_item(ranker, support, me, tea, voice, k=1)
    assert without.counterfactual is None
    assert replace(found, counterfactual=None).reasons == without.reasons
