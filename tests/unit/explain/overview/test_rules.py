"""Rules worked out by hand, on the grocery of the neighbouring tests and on tiny shops."""

from __future__ import annotations

import pytest

from youli.errors import ConfigError
from youli.explain.overview.rules import Rule, RulesConfig, mine_rules, recounted
from youli.explain.support import SupportIndex
from youli.language.rules import RuleDesk, rule_text
from youli.testing.shops import order_shop

ALL = RulesConfig(min_shoppers=1, min_confidence=0.0, min_lift=1.0, min_improvement=1.0)


def named(shop, rule: Rule) -> tuple[tuple[str, ...], str]:
    ids = shop.interactions.items.ids
    return tuple(ids[one] for one in rule.sources), ids[rule.item_num]


def test_the_market_has_two_rules(market, counts):
    found = mine_rules(market)
    by_kind = {rule.kind: rule for rule in found.rules}
    assert len(found) == 2
    # Six of the eight who bought a kettle bought tea later; seven of thirty-five bought tea at all.
    went_on = by_kind["went_on"]
    assert named(market, went_on) == (("kettle",), "tea")
    assert went_on == Rule("went_on", went_on.sources, went_on.item_num, 6, 8, 7, 35, 6)
    assert went_on.confidence == 0.75
    assert went_on.support == 6 / 35
    assert went_on.lift == pytest.approx((6 / 8) / (7 / 35))
    # All five orders with a saucer hold a cup, which six of all orders hold.
    together = by_kind["together"]
    assert named(market, together) == (("saucer",), "cup")
    n_orders = together.n_all
    assert together == Rule("together", together.sources, together.item_num, 5, 5, 6, n_orders, 5)
    assert n_orders == 6 * 2 + 5 + 20 + 2 + 4 + 3 + 1
    assert together.lift == pytest.approx(n_orders / 6)
    assert all(recounted(counts, rule) == rule for rule in found.rules)
    assert [rule.lift_low for rule in found.rules] == sorted(
        (rule.lift_low for rule in found.rules), reverse=True
    )


def test_wilson_by_hand(market):
    """5 of 5: the lower end is 1 / (1 + z² / 5) = 0.5655."""
    together = next(rule for rule in mine_rules(market).rules if rule.kind == "together")
    assert together.lift_low == pytest.approx(0.56551 * together.n_all / 6, rel=1e-4)


def test_five_shoppers_or_nothing(market):
    """Six shoppers stand behind one rule, five behind the other."""
    kinds = {
        n: [r.kind for r in mine_rules(market, RulesConfig(min_shoppers=n)).rules] for n in (6, 7)
    }
    assert kinds == {6: ["went_on"], 7: []}


def test_many_orders_of_one_shopper_are_one_shopper():
    orders = {"big": [(day, "a b") for day in range(20)]}
    orders |= {f"u{n}": [(n, "c"), (n + 1, "d")] for n in range(20)}
    shop = order_shop(orders)
    assert [r for r in mine_rules(shop).rules if r.kind == "together"] == []
    found = mine_rules(shop, RulesConfig(min_shoppers=1))
    assert [(r.n_both, r.n_shoppers) for r in found.rules if r.kind == "together"] == [(20, 1)]


def test_three_products_where_two_say_less():
    """C comes with A and B together alone; neither A nor B says it by itself."""
    orders = {f"both{n}": [(0, "a b c")] for n in range(8)}
    orders |= {f"a{n}": [(0, "a x")] for n in range(30)}
    orders |= {f"b{n}": [(0, "b y")] for n in range(30)}
    orders |= {f"c{n}": [(0, "c z")] for n in range(4)}
    shop = order_shop(orders)
    found = mine_rules(shop, RulesConfig(min_lift=1.5))
    threes = [rule for rule in found.rules if len(rule.sources) == 2]
    # Of the three ways to write it, the surest: a and b → c, 8 of 8 against 12 of 72 orders.
    assert [named(shop, rule) for rule in threes] == [(("a", "b"), "c")]
    assert (threes[0].n_both, threes[0].n_source, threes[0].n_item) == (8, 8, 12)
    assert recounted(SupportIndex(shop), threes[0]) == threes[0]
    none = mine_rules(shop, RulesConfig(min_lift=1.5, most_sources=0))
    assert [rule for rule in none.rules if len(rule.sources) == 2] == []


def test_a_third_product_that_adds_nothing_is_left_out():
    """C comes with A whether or not B is there."""
    orders = {f"u{n}": [(0, "a b c")] for n in range(8)}
    orders |= {f"v{n}": [(0, "a c")] for n in range(8)}
    orders |= {f"w{n}": [(0, "x y")] for n in range(30)}
    found = mine_rules(order_shop(orders), RulesConfig())
    sources = {named(order_shop(orders), r)[0] for r in found.rules if r.kind == "together"}
    assert ("a", "b") not in sources


def test_what_chance_could_bring_is_left_out():
    """Twice the share of everybody, but of so few that it may be luck."""
    orders = {f"u{n}": [(0, "a b" if n < 2 else "a x")] for n in range(10)}
    orders |= {f"v{n}": [(0, "b y" if n < 8 else "z y")] for n in range(90)}
    found = mine_rules(order_shop(orders), RulesConfig(min_shoppers=2))
    pairs = {frozenset(named(order_shop(orders), rule)[0]) for rule in found.rules}
    assert not any("b" in pair and "a" in pair for pair in pairs)
    assert not [
        r for r in found.rules if named(order_shop(orders), r) in {(("a",), "b"), (("b",), "a")}
    ]


def test_too_many_pairs_raise_the_count_and_say_so(market):
    """Seven had kettle and tea in any order, which is one pair too many both ways round."""
    few = RulesConfig(min_shoppers=1, min_confidence=0.0, most_pairs=1)
    found = mine_rules(market, few)
    assert found.at_least == {"together": 1, "went_on": 8}
    assert [rule.kind for rule in found.rules] == ["together"]


def test_lists(market):
    found = mine_rules(market)
    kettle = market.interactions.items.num("kettle")
    cup = market.interactions.items.num("cup")
    assert [r.kind for r in found.about(kettle).rules] == ["went_on"]
    assert [r.kind for r in found.about(cup).rules] == ["together"]
    assert [r.kind for r in found.of_kind("together").rules] == ["together"]
    lifts = [rule.lift for rule in found.sorted_by("lift").rules]
    assert lifts == sorted(lifts, reverse=True)
    with pytest.raises(ConfigError, match="cannot be sorted by 'luck'"):
        found.sorted_by("luck")
    with pytest.raises(ConfigError, match="no kind of rule 'x'"):
        found.of_kind("x")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "6 of the 8 shoppers who bought “Kettle” bought “Green Tea” later (75%); 3.8 times "
               "the share of all shoppers."),
        ("zh", "买过《Kettle》的 8 位顾客中,有 6 位后来买了《Green Tea》(75%),"
               "是全体顾客比例的 3.8 倍。"),
    ],
)  # fmt: skip
def test_words(market, lang, said):
    found = mine_rules(market)
    rule = next(one for one in found.rules if one.kind == "went_on")
    assert rule_text(rule, found, lang) == said
    with pytest.raises(ConfigError, match="no language"):
        rule_text(rule, found, "xx")


def test_the_desk_leaves_out_what_does_not_count_the_same_twice(market, monkeypatch):
    desk = RuleDesk(market)
    assert desk.document()["n_dropped"] == 0
    assert desk.rules is desk.rules
    wrong = desk.rules.rules[0]
    monkeypatch.setattr(
        "youli.language.rules.recounted",
        lambda support, rule: wrong if rule is not wrong else recounted(support, rule),
    )
    document = desk.document()
    assert (len(document["rules"]), document["n_dropped"], document["n_rules"]) == (1, 1, 2)


def test_nothing_to_count():
    shop = order_shop({"u": [(0, "a")]}, timed=False)
    assert mine_rules(shop, ALL).rules == ()
