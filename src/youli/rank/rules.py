"""What the merchant wants of a list, as named entries of the ledger: pin, boost, bury, hide.

========  =======================================================  ==========================
kind      what it does                                             its entry
========  =======================================================  ==========================
boost     adds an amount to the scores of its products             ``promoted``, the amount
bury      takes an amount from them                                ``buried``, minus the amount
pin       puts one product at a place of the list                  ``pinned``, what lifted it
hide      keeps its products out of the list                       none: they are filtered
in_stock  keeps those of its products out that are out of stock    none: they are filtered
========  =======================================================  ==========================

A boost is part of the score, the same for every shopper. A pin acts on the finished list: the
pinned products are left out, the others are listed as they would be without them, and each pinned
one is put in at its place with the least amount that makes its sum stand there. A product that
would stand at that place anyway gets no entry and is not promoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final, Self

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from youli.data.filters import MOST_LETTERS, parse_filter
from youli.data.shop import Shop
from youli.errors import InputError
from youli.types import BoolArray, Entry, Evidence, EvidenceKind, FloatArray, IntArray

__all__ = [
    "BURIED",
    "NO_RULES",
    "PINNED",
    "PROMOTED",
    "PROMOTES",
    "ActiveRules",
    "Boost",
    "MerchantRule",
    "Pin",
    "RuleKind",
    "active_rules",
    "with_pins",
]

#: Channels of rule entries.
PROMOTED: Final = "promoted"
BURIED: Final = "buried"
PINNED: Final = "pinned"
#: A positive entry of these is why the product must be marked as promoted.
PROMOTES: Final = frozenset({PROMOTED, PINNED})

_PLACEMENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_MOST_ITEMS = 1_000


class RuleKind(StrEnum):
    """What a rule does."""

    PIN = "pin"
    BOOST = "boost"
    BURY = "bury"
    HIDE = "hide"
    IN_STOCK = "in_stock"


class MerchantRule(BaseModel):
    """One rule as a merchant writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_id: str = Field(default="", max_length=64)
    """What the ledger calls it; the server gives one."""
    kind: RuleKind
    """What it does."""
    items: tuple[str, ...] = Field(default=(), max_length=_MOST_ITEMS)
    """The products it is about, by item_id; in their order for a pin."""
    filter: str = Field(default="", max_length=MOST_LETTERS)
    """Or an expression over the catalogue (`youli.data.filters`)."""
    placement: str = ""
    """The list it acts on, such as `home` or `cart`; every list where it is empty."""
    place: int | None = Field(default=None, ge=1, le=100)
    """Of a pin: the place of its first product, from 1; the others follow."""
    amount: float | None = Field(default=None, gt=0.0, le=1_000.0)
    """Of a boost or a bury: what it adds or takes, in units of the score."""
    starts: AwareDatetime | None = None
    """From when on it acts; at once where it is left out."""
    ends: AwareDatetime | None = None
    """Until when it acts, itself not included; for ever where it is left out."""
    enabled: bool = True
    """Whether it acts at all."""
    note: str = Field(default="", max_length=500)
    """Why the merchant wants it."""
    made_by: str = Field(default="", max_length=128)
    """Who made it."""

    @field_validator("placement")
    @classmethod
    def _is_a_name(cls, placement: str) -> str:
        if placement and not _PLACEMENT.fullmatch(placement):
            raise ValueError("a placement is a short name of small letters, such as home or cart")
        return placement

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.items and self.filter:
            raise ValueError("give items or a filter, not both")
        if not self.items and not self.filter and self.kind is not RuleKind.IN_STOCK:
            raise ValueError("give the items, or a filter, that the rule is about")
        if self.filter:
            try:
                parse_filter(self.filter)
            except InputError as error:
                raise ValueError(error.problem) from error
        if (self.place is not None) != (self.kind is RuleKind.PIN):
            raise ValueError("a pin needs a place, and no other rule has one")
        if self.kind is RuleKind.PIN and not self.items:
            raise ValueError("a pin needs items: a filter has no order")
        if (self.amount is not None) != (self.kind in (RuleKind.BOOST, RuleKind.BURY)):
            raise ValueError("a boost or a bury needs an amount, and no other rule has one")
        if self.starts is not None and self.ends is not None and self.ends <= self.starts:
            raise ValueError("the rule ends before it starts")
        return self

    def acts(self, placement: str, moment: datetime) -> bool:
        """Whether it acts on a list at a moment."""
        return (
            self.enabled
            and self.placement in ("", placement)
            and (self.starts is None or self.starts <= moment)
            and (self.ends is None or moment < self.ends)
        )

    def mask(self, shop: Shop) -> BoolArray:
        """The products it is about, bool [n_items]; all where it names none.

        Products that the shop no longer has are passed over: a rule outlives its products. Raises
        `FilterError` where the filter does not apply to this catalogue.
        """
        if self.filter:
            return parse_filter(self.filter).mask(shop)
        found = np.full(shop.interactions.n_items, not self.items)
        found[self.rows(shop)] = True
        return found

    def rows(self, shop: Shop) -> list[int]:
        """The products that it names and the shop has, in their order."""
        nums = (shop.interactions.items.num(item) for item in dict.fromkeys(self.items))
        return [num for num in nums if num is not None]


@dataclass(frozen=True, slots=True)
class Boost:
    """What one rule adds to the scores of some products; ``item_nums`` int32 sorted."""

    rule_id: str
    amount: float
    item_nums: IntArray

    def entry(self) -> Entry:
        """The same as an entry of any of its products."""
        return _entry(PROMOTED if self.amount > 0 else BURIED, self.rule_id, self.amount)


@dataclass(frozen=True, slots=True)
class Pin:
    """The place, from 1, at which one rule wants one product."""

    rule_id: str
    place: int
    item_num: int

    def entry(self, amount: float) -> Entry:
        """What lifted (or lowered) the product to its place."""
        return _entry(PINNED, self.rule_id, amount)


@dataclass(frozen=True, eq=False)
class ActiveRules:
    """The rules that act on one list of one shop at one moment, by rows.

    ``hidden`` and ``stock_only`` are bool [n_items], None where no rule asks for it.
    """

    boosts: tuple[Boost, ...] = ()
    pins: tuple[Pin, ...] = ()
    hidden: BoolArray | None = None
    stock_only: BoolArray | None = None
    #: Whether a rule chooses its products by their price.
    by_price: bool = False
    n_items: int = 0

    @cached_property
    def shift(self) -> FloatArray | None:
        """What boosts add to every score, float64 [n_items]; None where there is no boost."""
        if not self.boosts:
            return None
        total = np.zeros(self.n_items)
        for boost in self.boosts:
            total[boost.item_nums] += boost.amount
        return total

    @cached_property
    def shift_up(self) -> BoolArray | None:
        """Which products a boost lifts, bool [n_items]; None where there is no boost."""
        if not self.boosts:
            return None
        found = np.zeros(self.n_items, dtype=bool)
        for boost in self.boosts:
            if boost.amount > 0:
                found[boost.item_nums] = True
        return found

    def shift_of(self, item_nums: IntArray) -> FloatArray:
        """The same for some products by another route: rule by rule, float64 [len(item_nums)]."""
        total = np.zeros(len(item_nums))
        for boost in self.boosts:
            total += boost.amount * np.isin(item_nums, boost.item_nums)
        return total

    def entries_of(self, item_num: int) -> list[Entry]:
        """What boosts enter into the ledger of one product."""
        return [
            boost.entry()
            for boost in self.boosts
            if (at := np.searchsorted(boost.item_nums, item_num)) < len(boost.item_nums)
            and boost.item_nums[at] == item_num
        ]

    def keep_out(self, allowed: BoolArray, in_stock: BoolArray) -> None:
        """Take what the rules filter out of a mask, in place."""
        if self.hidden is not None:
            allowed &= ~self.hidden
        if self.stock_only is not None:
            allowed &= in_stock | ~self.stock_only

    @cached_property
    def pinned(self) -> IntArray:
        """All products that a pin names, int32 sorted."""
        return np.unique(np.array([pin.item_num for pin in self.pins], dtype=np.int32))

    def places(self, eligible: BoolArray, k: int) -> dict[int, Pin]:
        """Which pin stands at which place, from 1, of a list of `k`; the eligible ones alone.

        Of two pins for one place the first keeps it and the other gets the next free one. Of two
        pins of one product the first holds.
        """
        found: dict[int, Pin] = {}
        seen: set[int] = set()
        for pin in self.pins:
            if eligible[pin.item_num] and pin.item_num not in seen:
                seen.add(pin.item_num)
                place = pin.place
                while place in found:
                    place += 1
                found[place] = pin
        return {place: found[place] for place in sorted(found) if place <= k}

    def without(self, rule_id: str) -> ActiveRules:
        """The same without what one boost, bury or pin does."""
        return replace(
            self,
            boosts=tuple(one for one in self.boosts if one.rule_id != rule_id),
            pins=tuple(one for one in self.pins if one.rule_id != rule_id),
        )

    def without_pins(self) -> ActiveRules:
        """The same with no product pinned."""
        return replace(self, pins=())


NO_RULES: Final = ActiveRules()


def active_rules(
    rules: Iterable[MerchantRule], shop: Shop, placement: str, moment: datetime
) -> ActiveRules:
    """Resolve the rules that act on a list now; earlier rules go before later ones.

    Raises `FilterError` where a filter does not apply to this shop's catalogue.
    """
    boosts: list[Boost] = []
    pins: list[Pin] = []
    masks: dict[RuleKind, BoolArray] = {}
    by_price = False
    for rule in rules:
        if not rule.acts(placement, moment):
            continue
        by_price = by_price or (bool(rule.filter) and parse_filter(rule.filter).by_price)
        if rule.kind is RuleKind.PIN:
            assert rule.place is not None, "a pin has a place"
            at = enumerate(rule.rows(shop), start=rule.place)
            pins.extend(Pin(rule.rule_id, place, item_num) for place, item_num in at)
        elif rule.kind in (RuleKind.BOOST, RuleKind.BURY):
            assert rule.amount is not None, "a boost has an amount"
            signed = rule.amount if rule.kind is RuleKind.BOOST else -rule.amount
            found = np.flatnonzero(rule.mask(shop)).astype(np.int32)
            boosts.append(Boost(rule.rule_id, signed, found))
        else:
            mask = rule.mask(shop)
            masks[rule.kind] = masks[rule.kind] | mask if rule.kind in masks else mask
    return ActiveRules(
        boosts=tuple(boosts),
        pins=tuple(sorted(pins, key=lambda pin: pin.place)),  # stable: earlier rules first
        hidden=masks.get(RuleKind.HIDE),
        stock_only=masks.get(RuleKind.IN_STOCK),
        by_price=by_price,
        n_items=shop.interactions.n_items,
    )


def with_pins(
    others: IntArray, scores: Sequence[float], pins: dict[int, Pin], own: FloatArray, k: int
) -> tuple[IntArray, IntArray, list[float]]:
    """Put pinned products into a list: products, where each other stood, what lifted each.

    `others` int32 [≤ k + 1] are the rest, best first, `scores` theirs after diversity, `own`
    float64 [n_items] every product's score. Returns int32 [≤ k], int64 [≤ k] with -1 for pinned
    ones, and the amounts, 0 for the others. Where the rest is short, pins move up.
    """
    listed: list[int] = []
    came_from: list[int] = []
    lifts: list[float] = []
    waiting = list(pins.items())
    n_others, above = 0, np.inf
    while len(listed) < k and (waiting or n_others < len(others)):
        is_pin = bool(waiting) and (waiting[0][0] == len(listed) + 1 or n_others == len(others))
        if not is_pin:
            listed.append(int(others[n_others]))
            came_from.append(n_others)
            lifts.append(0.0)
            above, n_others = scores[n_others], n_others + 1
            continue
        _, pin = waiting.pop(0)
        below = scores[n_others] if n_others < len(others) else -np.inf
        mine = float(own[pin.item_num])
        stands = min(max(mine, below), above)
        listed.append(pin.item_num)
        came_from.append(-1)
        lifts.append(stands - mine)
        above = stands
    return np.array(listed, dtype=np.int32), np.array(came_from, dtype=np.int64), lifts


def _entry(channel: str, rule_id: str, amount: float) -> Entry:
    return Entry(channel, Evidence(EvidenceKind.RULE, attribute=("rule", rule_id)), amount)
