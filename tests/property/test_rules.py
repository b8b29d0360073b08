"""Mined rules against counting by hand, order by order and shopper by shopper."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, permutations
from math import sqrt

from hypothesis import given, settings
from hypothesis import strategies as st

from youli.data.shop import Shop
from youli.explain.overview.rules import Rule, RulesConfig, mine_rules, recounted
from youli.explain.support import SupportIndex
from youli.testing.shops import order_shop

ORDER = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True).map(" ".join)
SHOPPERS = st.lists(st.lists(ORDER, min_size=1, max_size=4), min_size=2, max_size=10)
CONFIGS = st.builds(
    RulesConfig,
    min_shoppers=st.integers(1, 3),
    min_confidence=st.sampled_from([0.0, 0.3]),
    min_lift=st.sampled_from([1.0, 1.5]),
    min_improvement=st.sampled_from([1.0, 1.3]),
)


@settings(max_examples=60, deadline=None)
@given(SHOPPERS, CONFIGS)
def test_all_pairs_and_no_others(shoppers, config):
    shop = order_shop(
        {f"u{n}": [(float(day), order) for day, order in enumerate(many)]
         for n, many in enumerate(shoppers)}
    )  # fmt: skip
    found = mine_rules(shop, config)
    support = SupportIndex(shop)
    assert all(recounted(support, rule) == rule for rule in found.rules)
    pairs = {rule for rule in found.rules if len(rule.sources) == 1}
    wanted = set()
    if shop.interactions.has_orders:
        wanted |= by_hand_together(shop, config)
    if shop.interactions.has_sequences:
        wanted |= by_hand_went_on(shop, config)
    assert pairs == wanted
    threes = {rule for rule in found.rules if len(rule.sources) == 2}
    assert {frozenset((*r.sources, r.item_num)) for r in threes} == by_hand_threes(shop, config)
    assert mine_rules(shop, config).rules == found.rules


def orders_of(shop: Shop) -> dict[int, tuple[int, frozenset[int]]]:
    """Order → who placed it and what it holds."""
    events = shop.interactions
    held, who = defaultdict(set), {}
    for order, user, item in zip(events.order_num, events.user_num, events.item_num, strict=True):
        held[int(order)].add(int(item))
        who[int(order)] = int(user)
    return {order: (who[order], frozenset(items)) for order, items in held.items()}


def worth(n_both, n_source, n_item, n_all, config):
    share, confidence = n_item / n_all, n_both / n_source
    z, n = 1.959964, n_source
    low = (
        confidence + z * z / (2 * n)
        - z * sqrt(confidence * (1 - confidence) / n + z * z / (4 * n * n))
    ) / (1 + z * z / n)  # fmt: skip
    return confidence >= max(config.min_confidence, config.min_lift * share) and low > share


def by_hand_together(shop, config):
    orders = orders_of(shop)
    found = set()
    for a, b in combinations(range(shop.interactions.n_items), 2):
        n = {x: sum(x in held for _, held in orders.values()) for x in (a, b)}
        first, second = (a, b) if n[a] <= n[b] else (b, a)
        both = [user for user, held in orders.values() if {a, b} <= held]
        if len(set(both)) >= config.min_shoppers and worth(
            len(both), n[first], n[second], len(orders), config
        ):
            found.add(
                Rule("together", (first,), second, len(both), n[first], n[second], len(orders),
                     len(set(both)))
            )  # fmt: skip
    return found


def by_hand_threes(shop, config):
    """The sets of three of which at least one way to write it is worth a line."""
    if not shop.interactions.has_orders:
        return set()
    orders = orders_of(shop)

    def n_with(*items):
        return sum(set(items) <= held for _, held in orders.values())

    found = set()
    for three in combinations(range(shop.interactions.n_items), 3):
        users = {user for user, held in orders.values() if set(three) <= held}
        if len(users) < config.min_shoppers:
            continue
        for c in three:
            a, b = (one for one in three if one != c)
            n_three, n_pair = n_with(*three), n_with(a, b)
            single = max(n_with(a, c) / n_with(a), n_with(b, c) / n_with(b))
            if worth(n_three, n_pair, n_with(c), len(orders), config) and (
                n_three / n_pair >= config.min_improvement * single
            ):
                found.add(frozenset(three))
    return found


def by_hand_went_on(shop, config):
    events = shop.interactions
    steps = defaultdict(lambda: defaultdict(list))
    for user, item, step in zip(events.user_num, events.item_num, events.step, strict=True):
        steps[int(user)][int(item)].append(int(step))
    found = set()
    for a, b in permutations(range(events.n_items), 2):
        n_a = sum(a in mine for mine in steps.values())
        n_b = sum(b in mine for mine in steps.values())
        n_both = sum(
            a in mine and b in mine and min(mine[a]) < max(mine[b]) for mine in steps.values()
        )
        if n_both >= config.min_shoppers and worth(n_both, n_a, n_b, events.n_users, config):
            found.add(Rule("went_on", (a,), b, n_both, n_a, n_b, events.n_users, n_both))
    return found
