"""The rules of a shop's log that lead to one product, counted without the shopper who asks."""

from __future__ import annotations

from collections.abc import Sequence

from youli.data.shop import Shop
from youli.explain.overview.counting import counted_rows
from youli.explain.overview.rules import TOGETHER, WENT_ON, Rule, Rules, RulesConfig
from youli.explain.support import SupportIndex

__all__ = ["counted_in_log", "rules_toward"]


def rules_toward(
    support: SupportIndex,
    past: Sequence[int],
    item_num: int,
    config: RulesConfig,
    *,
    excluding: int = -1,
) -> Rules:
    """Rules from single past products to a product, surest first; all counts are of others.

    They keep to the same thresholds as the list of the shop's rules.
    """
    shop = support.shop
    events = shop.interactions
    kinds = [TOGETHER] * events.has_orders + [WENT_ON] * events.has_sequences
    counted = [
        _counted(support, kind, source, item_num, excluding)
        for source in past
        if source != item_num
        for kind in kinds
    ]
    kept = tuple(rule for rule in counted if rule.is_worth(config))
    least = dict.fromkeys(kinds, config.min_shoppers)
    rules = Rules(kept, events.items.ids, shop.catalogue.titles, config, support.verb, least)
    return rules.sorted_by("lift_low")


def counted_in_log(shop: Shop, rule: Rule, *, excluding: int = -1) -> tuple[int, int, int]:
    """The counts of a rule from a single product, read off the log's rows: both, source, product.

    Slow, and another road than the index by which rules are counted.
    """
    events, rows = shop.interactions, counted_rows(shop)
    rows = rows[events.user_num[rows] != excluding]
    if rule.kind == TOGETHER:
        rows = rows[events.order_num[rows] >= 0]
    a = rows[events.item_num[rows] == rule.sources[0]]
    b = rows[events.item_num[rows] == rule.item_num]
    if rule.kind == TOGETHER:
        first, second = set(events.order_num[a].tolist()), set(events.order_num[b].tolist())
        return len(first & second), len(first), len(second)
    begun: dict[int, int] = {}
    for user, step in zip(events.user_num[a].tolist(), events.step[a].tolist(), strict=True):
        begun[user] = min(step, begun.get(user, step))
    ended: dict[int, int] = {}
    for user, step in zip(events.user_num[b].tolist(), events.step[b].tolist(), strict=True):
        ended[user] = max(step, ended.get(user, step))
    n_both = sum(user in ended and ended[user] > step for user, step in begun.items())
    return n_both, len(begun), len(ended)


def _counted(support: SupportIndex, kind: str, source: int, item_num: int, excluding: int) -> Rule:
    if kind == WENT_ON:
        went = support.went_on(source, item_num, excluding=excluding)
        return Rule(
            kind, (source,), item_num, went.n_both, went.n_source,
            support.popularity(item_num, excluding=excluding),
            support.n_shoppers(excluding=excluding), went.n_both,
        )  # fmt: skip
    found = support.together(source, item_num, excluding=excluding)
    return Rule(
        kind, (source,), item_num, found.n_both, found.n_source, found.n_item, found.n_orders,
        found.n_shoppers,
    )  # fmt: skip
