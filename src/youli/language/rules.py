"""A list of rules for people and programs: counted twice, said in words, ready for JSON."""

from __future__ import annotations

import threading
from typing import Any

from youli.data.shop import Shop
from youli.errors import ConfigError
from youli.explain.overview.rules import (
    TOGETHER,
    Rule,
    Rules,
    RulesConfig,
    mine_rules,
    recounted,
)
from youli.explain.support import SupportIndex
from youli.language.grammar import printable

__all__ = ["RuleDesk", "rule_text"]

_FORMS = {
    ("en", "went_on", "bought"): "{n_both:,} of the {n_source:,} shoppers who bought {a} bought "
    "{b} later ({confidence:.0%}); {lift:.1f} times the share of all shoppers.",
    ("en", "went_on", "chose"): "{n_both:,} of the {n_source:,} shoppers who chose {a} chose {b} "
    "later ({confidence:.0%}); {lift:.1f} times the share of all shoppers.",
    ("en", "together", ""): "{n_both:,} of the {n_source:,} orders with {a} also hold {b} "
    "({confidence:.0%}); {lift:.1f} times the share of all orders.",
    ("zh", "went_on", "bought"): "买过{a}的 {n_source:,} 位顾客中,有 {n_both:,} 位后来买了{b}"
    "({confidence:.0%}),是全体顾客比例的 {lift:.1f} 倍。",
    ("zh", "went_on", "chose"): "选过{a}的 {n_source:,} 位顾客中,有 {n_both:,} 位后来选了{b}"
    "({confidence:.0%}),是全体顾客比例的 {lift:.1f} 倍。",
    ("zh", "together", ""): "含{a}的 {n_source:,} 个订单中,有 {n_both:,} 个也含{b}"
    "({confidence:.0%}),是全部订单比例的 {lift:.1f} 倍。",
}
_QUOTES = {"en": ("“", "”", " and "), "zh": ("《", "》", "和")}


def rule_text(rule: Rule, rules: Rules, lang: str) -> str:
    """The rule in one sentence; every number is one of its counts."""
    if lang not in _QUOTES:
        raise ConfigError(
            f"there is no language {lang!r}",
            value=lang,
            hint=f"choose from {', '.join(_QUOTES)}",
        )
    left, right, joined = _QUOTES[lang]

    def named(item_num: int) -> str:
        return f"{left}{printable(rules.titles[item_num])}{right}"

    form = _FORMS[lang, rule.kind, "" if rule.kind == TOGETHER else rules.verb]
    return form.format(
        a=joined.join(map(named, rule.sources)),
        b=named(rule.item_num),
        n_both=rule.n_both,
        n_source=rule.n_source,
        confidence=rule.confidence,
        lift=rule.lift,
    )


class RuleDesk:
    """Answers questions about a shop's rules; they are mined once, on the first question."""

    def __init__(self, shop: Shop, config: RulesConfig | None = None) -> None:
        self.shop = shop
        self.config = RulesConfig() if config is None else config
        self._support = SupportIndex(shop)
        self._lock = threading.Lock()
        self._rules: Rules | None = None

    @property
    def rules(self) -> Rules:
        """All rules, surest first."""
        with self._lock:
            if self._rules is None:
                self._rules = mine_rules(self.shop, self.config)
            return self._rules

    def listed(
        self,
        *,
        item_num: int | None = None,
        kind: str = "",
        sort: str = "lift_low",
        n_rules: int = 20,
    ) -> tuple[Rules, Rules]:
        """The rules that were asked for, and of those the first that count the same twice."""
        found = self.rules if item_num is None else self.rules.about(item_num)
        found = (found.of_kind(kind) if kind else found).sorted_by(sort)
        first = found.first(n_rules)
        same = tuple(rule for rule in first.rules if recounted(self._support, rule) == rule)
        return found, Rules(same, first.ids, first.titles, first.config, first.verb, first.at_least)

    def document(
        self,
        *,
        item_num: int | None = None,
        kind: str = "",
        sort: str = "lift_low",
        n_rules: int = 20,
        lang: str = "en",
    ) -> dict[str, Any]:
        """The answer for JSON; a rule that does not count the same twice is left out and counted.

        Raises `ConfigError` for a kind, an order or a language that there is not.
        """
        found, shown = self.listed(item_num=item_num, kind=kind, sort=sort, n_rules=n_rules)
        rows = [
            {**row, "text": rule_text(rule, shown, lang)}
            for row, rule in zip(shown.rows(), shown.rules, strict=True)
        ]
        return {
            "lang": lang,
            "sort": sort,
            "n_rules": len(found),
            "n_dropped": min(n_rules, len(found)) - len(rows),
            "exact": True,
            "verb": found.verb,
            "at_least": found.at_least,
            "config": found.config.model_dump(mode="json"),
            "rules": rows,
        }
