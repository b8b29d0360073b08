"""Every method on shops whose answers can be worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from youli.channels.attributes import AttributesChannel
from youli.channels.kernel import KernelChannel
from youli.data.shop import Shop, build_shop
from youli.data.state import ShopperState
from youli.errors import InputError
from youli.explain.questions.answering import answer_question, method_named
from youli.explain.questions.base import Answer, Asked, Question
from youli.explain.support import SupportIndex
from youli.explain.types import By
from youli.explain.worlds import Change, band_at, changed
from youli.language.voice import TemplateVoice
from youli.rank.ranker import RankConfig, Ranker
from youli.rank.rules import ActiveRules

A, B, C, D, E, F = range(6)
#: past product → what it gives; nothing decays.
LINKS = {A: {C: 3.0, D: 1.0, E: 2.0}, B: {D: 1.5, E: 0.5}, F: {E: 4.0, D: -1.0}}


class Link(KernelChannel):
    """Links written by hand, for ever."""

    name: ClassVar[str] = "transition"
    taus: ClassVar[Any] = {"plain": (float("inf"),)}


def link_shop(events: list[tuple[str, int]], **columns: Any) -> Shop:
    """`me` and others; products i0 … i5, named by letters."""
    table = {
        "user_id": [user for user, _ in events],
        "item_id": [f"i{item}" for _, item in events],
        "timestamp": pa.array(
            np.arange(len(events)) * 86_400_000_000, pa.timestamp("us", tz="UTC")
        ),
    }
    items = {
        "item_id": [f"i{n}" for n in range(6)],
        "title": [f"Product {letter}" for letter in "ABCDEF"],
        **columns,
    }
    return build_shop(pa.table(table), pa.table(items), currency="GBP")


def asked_of(
    shop: Shop, *, k: int, repeats: bool = False, diversity: float = 0.0, only_new: bool = False
) -> Asked:
    kernel = np.zeros((6, 6), dtype=np.float32)
    for past, gives in LINKS.items():
        for item, amount in gives.items():
            kernel[past, item] = amount
    ranker = Ranker(
        shop,
        {"transition": Link({"plain": sparse.csr_matrix(kernel)})},
        {"transition": np.ones(1)},
        RankConfig(repeats=repeats, diversity=diversity),
    )
    return Asked(ranker, ShopperState.of(shop, "me"), k, only_new)


def ask(asked: Asked, method: str, question: Question, lang: str = "en") -> Answer:
    voice = TemplateVoice(asked.ranker.shop, lang)
    support = SupportIndex(asked.ranker.shop)
    answer = answer_question(asked, question, method_named(method), voice, support)
    assert answer.passed, answer.checks
    return answer


@pytest.fixture
def me() -> Asked:
    """Bought A, then B: C has 3, D 2.5, E 2.5, F nothing."""
    return asked_of(link_shop([("me", A), ("me", B)]), k=1)


# -- ledger ----------------------------------------------------------------------------------


def test_the_ledger_is_taken_apart_by_event():
    asked = asked_of(link_shop([("me", A), ("me", B), ("me", A)]), k=2)
    found = ask(asked, "ledger", Question(D)).data
    assert [(one["row"], one["amount"]) for one in found["by_event"]] == [
        (1, 1.5), (0, 1.0), (2, 1.0),
    ]  # fmt: skip
    assert [(one["item"]["title"], one["amount"]) for one in found["by_source"]] == [
        ("Product A", 2.0), ("Product B", 1.5),
    ]  # fmt: skip
    assert found["by_channel"] == {"transition": 3.5}


def test_the_ledger_in_words(me):
    assert ask(me, "ledger", Question(D)).text == (
        "2 of your events speak for this, most of all those with “Product B”."
    )
    assert ask(me, "ledger", Question(F)).text == "Nothing in your history speaks for this."
    assert ask(me, "ledger", Question(C), "zh").text == (
        "您有1条记录支持这件商品，其中与「Product A」有关的作用最大。"
    )


# -- counterfactual --------------------------------------------------------------------------


def test_single_events_may_be_fewer_than_a_products(me):
    """E leads D by 4.5 - 3.5; one of the two events with A is enough, not both."""
    shop = link_shop([("me", A), ("me", B), ("me", A)])
    asked = asked_of(shop, k=1)
    assert asked.ranking.item_nums.tolist() == [C]
    assert ask(asked, "counterfactual", Question(C, by=By.EVENTS)).data["minimal"]
    two = asked_of(link_shop([("me", A), ("me", A), ("me", A), ("me", B), ("me", B)]), k=1)
    # C 9, E 7, D 6; without two events with A: C 3, D 4, E 3; without one: C 6, D 5, E 5.
    found = ask(two, "counterfactual", Question(C, by=By.EVENTS))
    assert len(found.data["removed_events"]) == 2
    assert found.data["minimal"]
    assert found.text == (
        "Without 2 events with “Product A” this would not be in your top 1; "
        "taking out less would not do it."
    )


def test_an_interest_is_all_events_of_a_category():
    category = ["x", "x", "y", "y", "y", "z"]
    asked = asked_of(link_shop([("me", A), ("me", B), ("me", F)], category=category), k=1)
    # E has 2 + .5 + 4 = 6.5, C 3, D 1.5; without z (F): C 3, E 2.5.
    found = ask(asked, "counterfactual", Question(E, by=By.INTERESTS))
    assert found.data["removed_attributes"] == [{"name": "category", "value": "z"}]
    assert found.text == (
        "Without all your events with category (z) this would not be in your top 1; "
        "taking out less would not do it."
    )


def test_where_there_is_nothing_to_take(me):
    asked = replace(me, k=6)
    for by, said in (
        (By.EVENTS, "Even without any of your events this would stay in your top 6."),
        (By.ATTRIBUTES, "Even if no attribute counted, this would stay in your top 6."),
        (By.PRODUCTS, "Even without your whole history this would stay in your top 6."),
    ):
        assert ask(asked, "counterfactual", Question(C, by=by)).text == said
    absent = ask(me, "counterfactual", Question(D))
    assert absent.text == "This is not in your top 1."


def test_the_list_of_new_products_is_named():
    asked = asked_of(link_shop([("me", A), ("me", B)]), k=1, only_new=True)
    assert ask(asked, "counterfactual", Question(C)).text == (
        "Without “Product A” this would not be in your top 1 of products new to you; taking out "
        "less would not do it."
    )
    assert "您的新品前1名" in ask(asked, "counterfactual", Question(C), "zh").text


def brute(asked: Asked, item: int, units: list[tuple[int, ...]]) -> int | None:
    for size in (1, 2, 3):
        for some in combinations(units, size):
            rows = [row for one in some for row in one]
            if item not in asked.ranker.rank(asked.state.without(rows), k=asked.k).item_nums:
                return size
    return None


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("by", [By.EVENTS, By.INTERESTS])
def test_minimal_is_what_brute_force_finds(seed, by):
    rng = np.random.default_rng(seed)
    history = rng.integers(0, 6, int(rng.integers(2, 6))).tolist()
    category = rng.choice(["x", "y"], 6).tolist()
    brand = rng.choice(["p", "q", "r"], 6).tolist()
    shop = link_shop([("me", item) for item in history], category=category, brand=brand)
    k, diversity = int(rng.integers(1, 3)), float(rng.choice([0.0, 0.7]))
    asked = asked_of(shop, k=k, repeats=True, diversity=diversity)
    units: list[tuple[int, ...]] = [(row,) for row in range(len(history))]
    if by is By.INTERESTS:
        labels = {(n, of[i]) for i in history for n, of in (("c", category), ("b", brand))}
        units = [
            tuple(r for r, i in enumerate(history) if (category if n == "c" else brand)[i] == v)
            for n, v in sorted(labels)
        ]
    for item in asked.ranking.item_nums.tolist():
        found = ask(asked, "counterfactual", Question(item, by=by)).data
        smallest = brute(asked, item, units)
        n_removed = len(found["removed_events" if by is By.EVENTS else "removed_attributes"])
        if smallest is not None:
            assert (found["valid"], found["minimal"], n_removed) == (True, True, smallest)
        assert not found["minimal"] or n_removed == smallest


# -- attributes ------------------------------------------------------------------------------


@pytest.fixture
def priced() -> Asked:
    """The past is P (Ada, cheap); X shares the brand, Y the price band, Z nothing."""
    shop = link_shop(
        [("me", A), ("you", B), ("you", C), ("you", D)],
        brand=["Ada", "Ada", "Bo", "Bo", "Cy", "Cy"],
        price_minor=pa.array([100, 900, 110, 950, 500, 510], pa.int64()),
        title=["P", "X", "Y", "Z", "V", "W"],
    )
    channel = AttributesChannel.fit(shop)
    names = list(dict.fromkeys(name for name, _ in channel.names))
    weights = np.zeros(len(channel.basis_names))
    weights[2 * names.index("brand") + 1] = 2.0
    weights[2 * names.index("price band") + 1] = 1.0
    ranker = Ranker(shop, {"attributes": channel}, {"attributes": weights}, RankConfig())
    return Asked(ranker, ShopperState.of(shop, "me"), 1)


def test_an_attribute_that_decides(priced):
    assert priced.ranking.item_nums.tolist() == [B]
    found = ask(priced, "counterfactual", Question(B, by=By.ATTRIBUTES))
    assert found.data["removed_attributes"] == [{"name": "brand", "value": "Ada"}]
    assert found.text == (
        "If brand (Ada) did not count, this would not be in your top 1; taking out less would "
        "not do it."
    )


@pytest.mark.parametrize("seed", range(10))
def test_minimal_attributes_are_what_brute_force_finds(seed):
    """Every label may be taken out by brute force, also those that the product does not share."""
    rng = np.random.default_rng(seed)
    history = rng.integers(0, 6, int(rng.integers(1, 5))).tolist()
    columns = {name: rng.choice(["p", "q", "r"], 6).tolist() for name in ("brand", "colour")}
    shop = link_shop([("me", item) for item in history], **columns)
    channel = AttributesChannel.fit(shop)
    weights = {"attributes": rng.uniform(0.0, 1.0, len(channel.basis_names))}
    config = RankConfig(repeats=True)
    ranker = Ranker(shop, {"attributes": channel}, weights, config)
    asked = Asked(ranker, ShopperState.of(shop, "me"), int(rng.integers(1, 3)))
    for item in asked.ranking.item_nums.tolist():
        found = ask(asked, "counterfactual", Question(item, by=By.ATTRIBUTES)).data
        smallest = next(
            (
                size
                for size in (1, 2, 3)
                for some in combinations(channel.names, size)
                if item not in listed_without(asked, some)
            ),
            None,
        )
        n_removed = len(found["removed_attributes"])
        if smallest is not None:
            assert (found["valid"], found["minimal"], n_removed) == (True, True, smallest)


def listed_without(asked: Asked, labels: tuple[tuple[str, str], ...]) -> list[int]:
    ranker, state = changed(asked.ranker, asked.state, Change(labels_off=labels))
    return ranker.rank(state, k=asked.k).item_nums.tolist()


def test_another_price_is_another_band(priced):
    old = band_at(priced.ranker, D, 950)
    assert old == priced.ranker.shop.catalogue.attribute("price band").of(D)[0]
    found = ask(priced, "what-if", Question(D, price_minor=90)).data
    assert (found["band_before"], found["band_after"]) == (old, "lowest")
    assert [one["attribute"] for one in found["entries"]] == [
        {"name": "price band", "value": "lowest"}
    ]
    assert found["score_after"] > found["score_before"] == 0.0
    same = ask(priced, "what-if", Question(D, price_minor=951)).data
    assert same["entries"] == []
    # It draws level with Y, which the catalogue has first.
    assert ask(priced, "what-if", Question(D, price_minor=90)).text == (
        "At £0.90 this would stay at place 3 by its score."
    )


# -- why not ---------------------------------------------------------------------------------


def test_why_not_and_what_would_bring_it_in(me):
    found = ask(me, "why-not", Question(E))
    assert found.data["place"] == 3
    against = found.data["against"]
    assert (against["title"], against["difference"]) == ("Product C", -0.5)
    assert [(one["source"]["title"], one["difference"]) for one in against["entries"]] == [
        ("Product A", -1.0), ("Product B", 0.5),
    ]  # fmt: skip
    # Looking at F gives E .25 × 4 = 1: E 3.5 against C 3.
    assert found.data["add"]["items"][0]["title"] == "Product F"
    assert found.data["add"]["events"] == [{"event": "view_item"}]
    assert found.data["ignore"] is None
    assert found.text == (
        "By its score this is at place 3: the last product of your top 1, “Product C”, scores "
        "higher. Had you also looked at “Product F”, this would be in your top 1, at place 1."
    )


def test_past_products_that_hold_it_back(me):
    found = ask(me, "why-not", Question(D))
    # Without A: D 1.5, E .5, C 0.
    assert [one["title"] for one in found.data["ignore"]["items"]] == ["Product A"]
    assert found.data["ignore"]["minimal"]
    assert found.text.endswith(
        "Without “Product A” this would be in your top 1, at place 1; taking out less would not "
        "do it."
    )


def test_filters_are_named(me):
    assert ask(me, "why-not", Question(A)).text == (
        "You bought this before, and this list leaves out what was bought."
    )
    shop = link_shop([("me", A)], in_stock=[True, True, False, True, True, True])
    gone = ask(asked_of(shop, k=1), "why-not", Question(C))
    assert gone.data["filters"] == ["out_of_stock"]
    assert gone.text == "This is out of stock, so it is not listed."
    assert ask(me, "why-not", Question(C)).text == "This is in your top 1, at place 1."


def test_diversity_is_named():
    category = ["x", "x", "y", "y", "z", "z"]
    shop = link_shop([("me", A), ("me", B), ("me", B)], category=category)
    asked = asked_of(shop, k=2, diversity=2.0)  # D 4, C 3 - 2, E 3
    assert asked.ranking.item_nums.tolist() == [D, E]
    found = ask(asked, "why-not", Question(C))
    assert found.data["filters"] == ["diversity"]
    assert found.text.startswith(
        "By its score this is at place 2, but your top 2 already has 1 product of its category."
    )


# -- contrast --------------------------------------------------------------------------------


def test_the_difference_is_a_sum_and_the_decision_is_proven(me):
    found = ask(me, "contrast", Question(C, other=D))
    assert found.data["difference"] == 0.5
    assert math.fsum(one["difference"] for one in found.data["entries"]) == 0.5
    assert [one["title"] for one in found.data["deciding"]["items"]] == ["Product A"]
    assert found.data["deciding"]["scores_after"] == [0.0, 1.5]
    assert found.text == (
        "“Product C” stands above “Product D” because its score is higher. Without “Product A” it "
        "would be the other way round."
    )
    turned = ask(me, "contrast", Question(D, other=C))
    assert turned.data["above"]["title"] == "Product C"


def test_ties_and_filters(me):
    assert ask(me, "contrast", Question(D, other=E)).data["placed_by"] == "tie"
    assert ask(me, "contrast", Question(D, other=A)).data["placed_by"] == "score"
    shop = link_shop([("me", A)], in_stock=[True, True, False, True, True, True])
    assert ask(asked_of(shop, k=1), "contrast", Question(C, other=E)).data["placed_by"] == "filter"


def test_a_product_is_not_compared_with_itself(me):
    with pytest.raises(InputError, match="compared with itself"):
        ask(me, "contrast", Question(C, other=C))


# -- what if ---------------------------------------------------------------------------------


def test_one_event_more_or_less(me):
    found = ask(me, "what-if", Question(E, add=(F, "purchase")))
    assert (found.data["place_before"], found.data["place_after"]) == (3, 1)
    assert found.data["score_after"] == 6.5
    assert found.text == (
        "Had you also bought “Product F”, this would be at place 1 by its score instead of 3."
    )
    less = ask(me, "what-if", Question(C, remove=A))
    assert less.data["by_channel"] == {"transition": -3.0}
    own = ask(me, "what-if", Question(C, add=(C, "purchase")))
    assert own.text == (
        "Had you also bought “Product C”, a filter would keep this out of the list."
    )
    with pytest.raises(InputError, match="no event with 'Product F'"):
        ask(me, "what-if", Question(C, remove=F))
    with pytest.raises(InputError, match="above zero"):
        ask(me, "what-if", Question(C, price_minor=0))


# -- pipeline --------------------------------------------------------------------------------


def test_the_stages_say_what_each_changed():
    category = ["x", "x", "y", "y", "z", "z"]
    asked = asked_of(
        link_shop([("me", A), ("me", B), ("me", B)], category=category), k=2, diversity=2.0
    )
    found = ask(asked, "pipeline", Question(E))
    stages = {one["stage"]: one for one in found.data["stages"]}
    assert list(stages) == [
        "history", "score", "filter", "rank", "diversity", "rules", "exploration",
    ]  # fmt: skip
    assert stages["filter"] == {
        "stage": "filter", "n_out_of_stock": 0, "n_bought": 2, "n_declined": 0, "n_hidden": 0,
        "n_asked_for": 0, "n_left": 4, "held_back_by": [],
    }  # fmt: skip
    assert [one["title"] for one in stages["diversity"]["came_in"]] == ["Product E"]
    assert [one["title"] for one in stages["diversity"]["left"]] == ["Product C"]
    assert found.text == (
        "6 products were scored, without 2 that you bought before. By its score this is at place "
        "3; keeping the list varied put it at place 2."
    )
    out = ask(asked, "pipeline", Question(C))
    assert out.text.endswith("keeping your top 2 varied put it out.")


@pytest.mark.parametrize("sold_out", [False, True])
@pytest.mark.parametrize("ruled", [False, True])
def test_what_the_filters_left_out_is_all_that_is_missing(me, sold_out, ruled):
    catalogue = me.ranker.shop.catalogue
    out = np.isin(np.arange(len(catalogue.in_stock)), [C, D])
    table = catalogue.table.append_column("in_stock", pa.array(~out))
    rules = ActiveRules(stock_only=np.isin(np.arange(len(out)), [D]) if ruled else None)
    ranker = replace(
        me.ranker,
        shop=replace(me.ranker.shop, catalogue=replace(catalogue, table=table)),
        config=replace(me.ranker.config, sold_out=sold_out, rules=rules),
    )
    found = ask(Asked(ranker, me.state, me.k), "pipeline", Question(E))
    stage = found.data["stages"][2]
    assert stage["n_out_of_stock"] == (2 if not sold_out else int(ruled))
    left_out = ("n_out_of_stock", "n_bought", "n_declined", "n_hidden", "n_asked_for")
    assert stage["n_left"] == len(out) - sum(stage[one] for one in left_out)


def test_somebody_never_seen_gets_what_rests_on_no_history(me):
    asked = replace(me, state=ShopperState("who"))
    found = ask(asked, "pipeline", Question(C))
    assert found.data["stages"][0] == {"stage": "history", "basis": "products", "n_events": 0}
    assert "Nothing you did in this shop is known" in found.text
    ignored = replace(me, state=me.state.without([0, 1]))
    assert "None of your events counts" in ask(ignored, "pipeline", Question(C)).text
