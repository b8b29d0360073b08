"""Association rules of the whole log: A → B in one order, A then B, and A with B → C in one order.

    confidence = n_both / n_source      lift = confidence / (n_item / n_all)      (Brin et al. 1997)

Design choices:

- A rule counts what the reasons count (`youli.explain.support`): orders for "together", shoppers
  for "went on"; every rule that is listed was counted by both roads.
- At least `min_shoppers` (5) shoppers stand behind each rule, whatever the number of orders.
- What chance could bring is left out: the lower end of the confidence's 95 % interval (Wilson
  1927) must be above the share of everybody. `lift_low` is that end over that share.
- What another rule says already is left out: of A → B and B → A in one order the surer one stays;
  A with B → C must be surer than A → C and than B → C by `min_improvement` (Bayardo et al. 1999).
- Ties are broken by row, so one log gives one list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse

from youli import markup
from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.errors import ConfigError
from youli.explain.overview.counting import Baskets, Walks, baskets_of, co_counts, walks_of
from youli.explain.support import SupportIndex
from youli.types import BoolArray, FloatArray, IntArray

__all__ = [
    "SORTS",
    "TOGETHER",
    "WENT_ON",
    "Rule",
    "Rules",
    "RulesConfig",
    "mine_rules",
    "recounted",
]

TOGETHER: Final = "together"
WENT_ON: Final = "went_on"
#: What a list may be sorted by, strongest first.
SORTS: Final = ("lift_low", "lift", "confidence", "support", "n_shoppers")
_PURCHASE: Final = EVENT_NAMES.index("purchase")
#: Two-sided 95 % of a normal distribution.
_Z: Final = 1.959964


class RulesConfig(BaseModel):
    """Which rules are worth a line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_shoppers: int = Field(default=5, ge=1)
    """Shoppers who must stand behind a rule. Fewer than five may point at somebody."""
    min_confidence: float = Field(default=0.02, ge=0.0, le=1.0)
    """Least share of those with A who had B."""
    min_lift: float = Field(default=1.2, ge=1.0)
    """Least confidence against the share of everybody who had B."""
    min_improvement: float = Field(default=1.1, ge=1.0)
    """How much surer A with B → C must be than the better of A → C and B → C."""
    most_pairs: int = Field(default=200_000, ge=1)
    """Pairs counted exactly, a kind; with more, rarer ones go, and `Rules.at_least` says so."""
    most_sources: int = Field(default=1_000, ge=0)
    """Pairs A with B, the most frequent, that are looked at as the first half of a rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A → B with all its counts: orders for "together", shoppers for "went on"."""

    kind: str
    sources: tuple[int, ...]
    item_num: int
    n_both: int
    n_source: int
    n_item: int
    n_all: int
    #: Different shoppers behind `n_both`.
    n_shoppers: int

    @property
    def support(self) -> float:
        """Share of all orders or shoppers with both."""
        return self.n_both / self.n_all

    @property
    def confidence(self) -> float:
        """Share of those with A that have B."""
        return self.n_both / self.n_source

    @property
    def lift(self) -> float:
        """Confidence against the share of all that have B."""
        return self.confidence / (self.n_item / self.n_all)

    @property
    def lift_low(self) -> float:
        """The same with the lower end of the confidence's 95 % interval."""
        low = _wilson_low(np.array([self.n_both]), np.array([self.n_source]))[0]
        return float(low / (self.n_item / self.n_all))

    def is_worth(self, config: RulesConfig) -> bool:
        """Whether it may be in a list of rules: enough shoppers, and more than chance."""
        n_both, n_source, n_item = (
            np.array([one]) for one in (self.n_both, self.n_source, self.n_item)
        )
        enough = self.n_shoppers >= config.min_shoppers
        return enough and bool(_worth(n_both, n_source, n_item, self.n_all, config)[0])


@dataclass(frozen=True)
class Rules:
    """The rules of one shop, surest first (`lift_low`), and what they were chosen by."""

    rules: tuple[Rule, ...]
    ids: Sequence[str]
    titles: Sequence[str]
    config: RulesConfig
    #: The verb that the counts allow: "bought", or "chose" where the shop has no purchases.
    verb: str
    #: Orders or shoppers a pair needed by kind; above `min_shoppers` where `most_pairs` was met.
    at_least: dict[str, int]

    def __len__(self) -> int:
        return len(self.rules)

    def about(self, item_num: int) -> Rules:
        """Only the rules in which a product takes part, on either side."""
        mine = tuple(r for r in self.rules if r.item_num == item_num or item_num in r.sources)
        return replace(self, rules=mine)

    def of_kind(self, kind: str) -> Rules:
        """Only "together" or "went_on"; `ConfigError` for anything else."""
        if kind not in (TOGETHER, WENT_ON):
            raise ConfigError(
                f"there is no kind of rule {kind!r}",
                value=kind,
                hint=f"choose from {TOGETHER}, {WENT_ON}",
            )
        return replace(self, rules=tuple(r for r in self.rules if r.kind == kind))

    def sorted_by(self, name: str) -> Rules:
        """Strongest first by one of `SORTS`; `ConfigError` for anything else."""
        if name not in SORTS:
            raise ConfigError(
                f"rules cannot be sorted by {name!r}",
                value=name,
                hint=f"choose from {', '.join(SORTS)}",
            )
        ordered = sorted(self.rules, key=lambda rule: (-getattr(rule, name), *_identity(rule)))
        return replace(self, rules=tuple(ordered))

    def first(self, n_rules: int) -> Rules:
        """The first `n_rules`."""
        return replace(self, rules=self.rules[:n_rules])

    def rows(self) -> list[dict[str, Any]]:
        """Ready for JSON."""
        return [
            {
                "kind": rule.kind,
                "if": [self._named(one) for one in rule.sources],
                "then": self._named(rule.item_num),
                "counted": "orders" if rule.kind == TOGETHER else "shoppers",
                **{name: getattr(rule, name) for name in _COUNTS},
                **{name: round(getattr(rule, name), 6) for name in _RATIOS},
            }
            for rule in self.rules
        ]

    def _repr_html_(self) -> str:
        head = f"{len(self.rules):,} rules"
        rows = [
            (
                " + ".join(self.titles[one] for one in rule.sources),
                "then" if rule.kind == WENT_ON else "with it",
                self.titles[rule.item_num],
                f"{rule.n_both:,} of {rule.n_source:,} ({rule.confidence:.0%})",
                f"{rule.lift:.1f}",
                f"{rule.n_shoppers:,}",
            )
            for rule in self.rules[:_N_SHOWN]
        ]
        names = ("with", "", "comes", "share", "lift", "shoppers")
        largest = [
            (f"{row[0]} → {row[2]}", rule.lift)
            for row, rule in zip(rows[:_N_DRAWN], self.rules, strict=False)
        ]
        picture = markup.bars("Lift", largest, form="{:.1f}")
        return markup.card(head, [picture, markup.table(names, rows)])

    def _named(self, item_num: int) -> dict[str, str]:
        return {"item_id": self.ids[item_num], "title": self.titles[item_num]}


_COUNTS = ("n_both", "n_source", "n_item", "n_all", "n_shoppers")
#: Rules of a table and of a picture in a notebook.
_N_SHOWN, _N_DRAWN = 30, 10
_RATIOS = ("support", "confidence", "lift", "lift_low")


def mine_rules(shop: Shop, config: RulesConfig | None = None) -> Rules:
    """All rules of a shop's log; none where there is too little of it."""
    config = RulesConfig() if config is None else config
    found: list[Rule] = []
    at_least: dict[str, int] = {}
    if shop.interactions.has_orders:
        together, at_least[TOGETHER] = _together(baskets_of(shop), config)
        found += together
    if shop.interactions.has_sequences:
        went_on, at_least[WENT_ON] = _went_on(walks_of(shop), shop.interactions.n_users, config)
        found += went_on
    rules = Rules(
        tuple(found),
        shop.interactions.items.ids,
        shop.catalogue.titles,
        config,
        SupportIndex(shop).verb,
        at_least,
    )
    return rules.sorted_by("lift_low")


def recounted(support: SupportIndex, rule: Rule) -> Rule:
    """The rule with every count taken again by the index that the reasons are counted with.

    Three products in one order are counted in the log, order by order.
    """
    if rule.kind == WENT_ON:
        found = support.went_on(rule.sources[0], rule.item_num)
        return replace(
            rule,
            n_both=found.n_both,
            n_source=found.n_source,
            n_item=support.popularity(rule.item_num),
            n_all=support.n_shoppers(),
            n_shoppers=found.n_both,
        )
    together = support.together(rule.sources[0], rule.item_num)
    if len(rule.sources) == 1:
        return replace(
            rule,
            n_both=together.n_both,
            n_source=together.n_source,
            n_item=together.n_item,
            n_all=together.n_orders,
            n_shoppers=together.n_shoppers,
        )
    shopper_of = _orders_with(support, rule.sources)
    both = shopper_of.keys() & _orders_with(support, (rule.item_num,)).keys()
    return replace(
        rule,
        n_both=len(both),
        n_source=len(shopper_of),
        n_item=together.n_item,
        n_all=together.n_orders,
        n_shoppers=len({shopper_of[order] for order in both}),
    )


def _orders_with(support: SupportIndex, item_nums: Iterable[int]) -> dict[int, int]:
    """Order → shopper, for the orders in which all of the products count."""
    events = support.shop.interactions
    shared: dict[int, int] | None = None
    for item_num in item_nums:
        rows = np.flatnonzero((events.item_num == item_num) & (events.order_num >= 0))
        if support.verb == "bought":
            rows = rows[events.event[rows] == _PURCHASE]
        placed = zip(events.order_num[rows].tolist(), events.user_num[rows].tolist(), strict=True)
        orders = dict(placed)
        shared = orders if shared is None else {o: u for o, u in shared.items() if o in orders}
    return shared or {}


# -- one order --------------------------------------------------------------------------------


def _together(baskets: Baskets, config: RulesConfig) -> tuple[list[Rule], int]:
    first, second, n_both = co_counts(baskets.orders, config.min_shoppers)
    pairs = (first, second, n_both)
    n_with = baskets.n_with
    forward = n_with[first] <= n_with[second]  # the rarer product makes the surer first half
    a, b = np.where(forward, first, second), np.where(forward, second, first)
    keep = _worth(n_both, n_with[a], n_with[b], baskets.n_orders, config)
    a, b, n_both = a[keep], b[keep], n_both[keep]
    keep, least = _most(n_both, config)
    a, b, n_both = a[keep], b[keep], n_both[keep]
    n_shoppers = baskets.n_shoppers_of(a, b)
    enough = n_shoppers >= config.min_shoppers
    parts = (a, b, n_both, n_with[a], n_with[b], n_shoppers)
    rules = [
        Rule(TOGETHER, (row[0],), row[1], row[2], row[3], row[4], baskets.n_orders, row[5])
        for row in zip(*(part[enough].tolist() for part in parts), strict=True)
    ]
    return rules + _threes(baskets, pairs, config), least


def _threes(
    baskets: Baskets, pairs: tuple[IntArray, IntArray, IntArray], config: RulesConfig
) -> list[Rule]:
    """A with B → C; of three products that go together one rule at most, the surest."""
    first, second, n_both = pairs
    chosen = np.lexsort((second, first, -n_both))[: config.most_sources]
    if not len(chosen):
        return []
    a, b = first[chosen], second[chosen]
    held = baskets.holding(a, b)
    cells = (held.T.tocsr() @ baskets.orders.tocsr()).tocoo()
    source, c, n_three = cells.row, cells.col.astype(np.int64), np.rint(cells.data).astype(np.int64)
    other = (n_three >= config.min_shoppers) & (c != a[source]) & (c != b[source])
    source, c, n_three = source[other], c[other], n_three[other]
    n_source, n_with = n_both[chosen][source], baskets.n_with
    keep = _worth(n_three, n_source, n_with[c], baskets.n_orders, config)
    table = sparse.csr_matrix((n_both, (first, second)), shape=(len(n_with), len(n_with)))
    better = np.maximum(
        _looked_up(table, a[source], c) / n_with[a[source]],
        _looked_up(table, b[source], c) / n_with[b[source]],
    )
    keep &= n_three / n_source >= config.min_improvement * better
    source, c, n_three, n_source = source[keep], c[keep], n_three[keep], n_source[keep]
    n_shoppers = baskets.n_shoppers(held[:, source].multiply(baskets.orders[:, c]).tocsc())
    found: dict[tuple[int, ...], Rule] = {}
    for at in np.flatnonzero(n_shoppers >= config.min_shoppers).tolist():
        pair = (int(a[source[at]]), int(b[source[at]]))
        rule = Rule(
            TOGETHER, pair, int(c[at]), int(n_three[at]), int(n_source[at]),
            int(n_with[c[at]]), baskets.n_orders, int(n_shoppers[at]),
        )  # fmt: skip
        key = tuple(sorted((*pair, rule.item_num)))
        if key not in found or _surer(rule, found[key]):
            found[key] = rule
    return list(found.values())


def _surer(rule: Rule, other: Rule) -> bool:
    return (-rule.lift_low, *_identity(rule)) < (-other.lift_low, *_identity(other))


def _looked_up(table: sparse.csr_matrix, a: IntArray, b: IntArray) -> FloatArray:
    if not len(a):
        return np.zeros(0)
    return np.asarray(table[np.minimum(a, b), np.maximum(a, b)], dtype=np.float64).ravel()


# -- one after another ------------------------------------------------------------------------


def _went_on(walks: Walks, n_users: int, config: RulesConfig) -> tuple[list[Rule], int]:
    """Pairs that enough shoppers had at all bound those who had them in this order."""
    low, high, n_any = co_counts(walks.first.sign(), config.min_shoppers)
    a, b = np.concatenate([low, high]), np.concatenate([high, low])
    bound = np.concatenate([n_any, n_any])
    n_with = walks.n_with
    keep = _worth(bound, n_with[a], n_with[b], n_users, config)
    a, b, bound = a[keep], b[keep], bound[keep]
    keep, least = _most(bound, config)
    a, b = a[keep], b[keep]
    n_both = walks.n_later(a, b)
    keep = n_both >= config.min_shoppers
    keep &= _worth(n_both, n_with[a], n_with[b], n_users, config)
    parts = (a, b, n_both, n_with[a], n_with[b])
    return [
        Rule(WENT_ON, (row[0],), row[1], row[2], row[3], row[4], n_users, row[2])
        for row in zip(*(part[keep].tolist() for part in parts), strict=True)
    ], least


# -- what is worth a line ---------------------------------------------------------------------


def _worth(
    n_both: IntArray, n_source: IntArray, n_item: IntArray, n_all: int, config: RulesConfig
) -> BoolArray:
    """Confidence and lift are large enough, and chance alone would not bring them; bool [n]."""
    share = n_item / max(n_all, 1)
    confidence = n_both / np.maximum(n_source, 1)
    keep = (confidence >= config.min_confidence) & (confidence >= config.min_lift * share)
    return np.asarray(keep & (_wilson_low(n_both, n_source) > share))


def _most(n_both: IntArray, config: RulesConfig) -> tuple[BoolArray, int]:
    """Which pairs are counted on, and the count that all of those reach and no other does."""
    least = config.min_shoppers
    if len(n_both) > config.most_pairs:
        least = int(np.partition(n_both, -config.most_pairs - 1)[-config.most_pairs - 1]) + 1
    return n_both >= least, least


def _wilson_low(n_both: IntArray, n_source: IntArray) -> FloatArray:
    """Lower end of the 95 % interval of a share (Wilson 1927, eq. 7), float64 [n]."""
    n = np.maximum(np.asarray(n_source, dtype=np.float64), 1.0)
    share = np.asarray(n_both, dtype=np.float64) / n
    middle = share + _Z**2 / (2 * n)
    half = _Z * np.sqrt(share * (1 - share) / n + (_Z / (2 * n)) ** 2)
    return np.asarray(np.maximum(middle - half, 0.0) / (1 + _Z**2 / n))


def _identity(rule: Rule) -> tuple[Any, ...]:
    return (rule.kind, rule.sources, rule.item_num)
