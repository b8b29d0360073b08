"""Rules toward one product: thresholds of the list, counts of others, the log as oracle."""

from __future__ import annotations

import pytest

from youli.explain.overview.rules import RulesConfig, mine_rules
from youli.explain.overview.toward import counted_in_log, rules_toward
from youli.explain.support import SupportIndex
from youli.testing.shops import SHOPS

LOOSE = RulesConfig(min_shoppers=1, min_confidence=0.0, min_lift=1.0)


@pytest.mark.parametrize("name", ["browsing", "ring", "gaps"])
def test_they_are_the_rules_of_the_list(name):
    shop = SHOPS[name]()
    listed = {r for r in mine_rules(shop, LOOSE).rules if len(r.sources) == 1}
    support, every, n_rules = SupportIndex(shop), range(shop.interactions.n_items), 0
    for item_num in every:
        for rule in rules_toward(support, every, item_num, LOOSE).rules:
            # In one order the list keeps the surer of both directions.
            turned = (rule.item_num, *rule.sources)
            same_order = {(*one.sources, one.item_num) for one in listed if one.kind == rule.kind}
            assert rule in listed or (rule.kind == "together" and turned in same_order)
            n_rules += 1
    assert n_rules


@pytest.mark.parametrize("name", ["browsing", "ring", "gaps"])
def test_the_log_counts_the_same_without_the_shopper(name):
    shop = SHOPS[name]()
    support, every = SupportIndex(shop), range(shop.interactions.n_items)
    n_rules = 0
    for me in (-1, 0, shop.interactions.n_users - 1):
        for item_num in every:
            found = rules_toward(support, every, item_num, LOOSE, excluding=me)
            for rule in found.rules:
                counted = counted_in_log(shop, rule, excluding=me)
                assert counted == (rule.n_both, rule.n_source, rule.n_item)
                n_rules += 1
    assert n_rules


@pytest.mark.parametrize(("name", "n_others"), [("ring", 6), ("gaps", 3), ("browsing", 1)])
def test_fewer_than_five_others_are_no_rule(name, n_others):
    shop = SHOPS[name]()
    support, every = SupportIndex(shop), range(shop.interactions.n_items)
    five = LOOSE.model_copy(update={"min_shoppers": 5})

    def most(config: RulesConfig) -> int:
        found = (rules_toward(support, every, item, config) for item in every)
        return max((rule.n_shoppers for rules in found for rule in rules.rules), default=0)

    assert most(LOOSE) == n_others
    assert most(five) == (n_others if n_others >= 5 else 0)
