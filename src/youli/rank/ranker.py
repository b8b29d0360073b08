"""From a shopper's state to a ranked list, every score of which is a ledger.

    score(u, i) = Σ over channels of channel(u, i; coefficients) + boosts (`youli.rank.rules`)

What a place in a list changes (diversity, a pin) is entered beside that. Filters come before the
cut, so that a list is short only where the catalogue is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from youli.channels.base import Addends, Channel, Coefficients
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.rank.diversity import diversify
from youli.rank.rules import NO_RULES, ActiveRules, with_pins
from youli.types import (
    BoolArray,
    Entry,
    Evidence,
    EvidenceKind,
    FloatArray,
    IntArray,
    Ledger,
)

__all__ = ["Arranged", "RankConfig", "Ranker", "Ranking", "top"]

#: Candidates for each place of the list, among which diversity may choose.
_CANDIDATES_PER_PLACE = 5


@dataclass(frozen=True, slots=True)
class RankConfig:
    """How a list is made from scores."""

    #: Whether products that the shopper bought may be listed again.
    repeats: bool = False
    #: What each earlier product of the same finest category takes from a score; 0 switches it off.
    diversity: float = 0.0
    #: What the merchant wants of this list.
    rules: ActiveRules = field(default=NO_RULES, compare=False)
    #: What the request asked for, bool [n_items]; None where it asked for nothing.
    allowed: BoolArray | None = field(default=None, compare=False)
    #: Whether another price could let a product pass what the request asked for.
    by_price: bool = False
    #: Products that the shopper said are not for them.
    declined: frozenset[int] = frozenset()
    #: Whether what is out of stock may be listed: where a list is of what somebody had or saw.
    sold_out: bool = False

    def learned(self) -> dict[str, bool | float]:
        """What belongs to the fitted shop; the rest is one request's."""
        return {"repeats": self.repeats, "diversity": self.diversity}


@dataclass(frozen=True, slots=True)
class Arranged:
    """A list: ``item_nums`` int32 [≤ k], best first; ``n_before`` int64 [≤ k], how many of its
    category stood before each; ``lifts`` float [≤ k], what a pin added to each, 0 for most.
    """

    item_nums: IntArray
    n_before: IntArray
    lifts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list and everything it was chosen from.

    ``item_nums`` int32 [≤ k], best first; ``scores`` float64 [n_items], before diversity and pins;
    ``eligible`` bool [n_items], what might have been listed.
    """

    item_nums: IntArray
    ledgers: tuple[Ledger, ...]
    scores: FloatArray
    eligible: BoolArray


@dataclass(frozen=True)
class Ranker:
    """The model that serves: channels and one learned number for each of their bases."""

    shop: Shop
    channels: Mapping[str, Channel]
    coefficients: Mapping[str, Coefficients]
    config: RankConfig = RankConfig()

    def score(self, state: ShopperState) -> FloatArray:
        """Score of every product before filters, diversity and pins, float64 [n_items]."""
        total = np.zeros(self.shop.interactions.n_items)
        for name, channel in self.channels.items():
            amount = channel.score(state, self.coefficients[name])
            if amount is not None:
                total += amount
        if (shift := self.config.rules.shift) is not None:
            total += shift
        return total

    def score_items(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Score of some products by the slow route, float64 [len(item_nums)].

        It goes through each channel's bases, not through what `score` and `ledgers` share, so that
        a check that compares with it is a real one.
        """
        total = np.zeros(len(item_nums))
        for name, channel in self.channels.items():
            total += self.coefficients[name] @ channel.bases(state, np.asarray(item_nums))
        return total + self.config.rules.shift_of(np.asarray(item_nums))

    def eligible(self, state: ShopperState) -> BoolArray:
        """What may be listed, bool [n_items]: in stock (unless `sold_out`), not yet bought (unless
        `repeats`), not hidden by a rule, not declined, and what the request asked for.

        What was really bought stays bought when its events are ignored.
        """
        in_stock = self.shop.catalogue.in_stock
        allowed = np.ones_like(in_stock) if self.config.sold_out else in_stock.copy()
        if not self.config.repeats:
            allowed[state.bought] = False
        if self.config.declined:
            allowed[list(self.config.declined)] = False
        if self.config.allowed is not None:
            allowed &= self.config.allowed
        self.config.rules.keep_out(allowed, in_stock)
        return allowed

    def listed(self, state: ShopperState, *, k: int = 10) -> IntArray:
        """What `rank` lists, without the ledgers: int32 [≤ k], best first."""
        return self.arranged(self.score(state), self.eligible(state), k=k).item_nums

    def arranged(self, scores: FloatArray, eligible: BoolArray, *, k: int) -> Arranged:
        """The list that scores give after diversity and pins."""
        rules = self.config.rules
        if not rules.pins:
            return self._spread(scores, eligible, k)
        pins = rules.places(eligible, k)
        free, n_free = self.contested(eligible, k)
        # One more than there is room for: the last pin stands above what it displaced.
        others = self._spread(scores, free, n_free + 1)
        current = scores[others.item_nums] - self.config.diversity * others.n_before
        item_nums, came_from, lifts = with_pins(others.item_nums, current.tolist(), pins, scores, k)
        n_before = np.where(came_from < 0, 0, np.append(others.n_before, 0)[came_from])
        return Arranged(item_nums, n_before, tuple(lifts))

    def contested(self, eligible: BoolArray, k: int) -> tuple[BoolArray, int]:
        """The products that compete by their scores, bool [n_items], and for how many places.

        Pinned products hold the other places, and compete for none.
        """
        rules = self.config.rules
        if not rules.pins:
            return eligible, k
        free = eligible.copy()
        free[rules.pinned] = False
        return free, k - len(rules.places(eligible, k))

    def _spread(self, scores: FloatArray, eligible: BoolArray, k: int) -> Arranged:
        """The list after diversity, without pins."""
        candidates = top(scores, eligible, _CANDIDATES_PER_PLACE * k)
        chosen, n_before = diversify(
            scores[candidates], self.group[candidates], k=k, strength=self.config.diversity
        )
        return Arranged(candidates[chosen], n_before, (0.0,) * len(chosen))

    def rank(self, state: ShopperState, *, k: int = 10) -> Ranking:
        """The best `k` eligible products with their ledgers, after diversity and pins."""
        scores = self.score(state)
        eligible = self.eligible(state)
        arranged = self.arranged(scores, eligible, k=k)
        ledgers = self.ledgers(state, arranged.item_nums)
        return Ranking(
            item_nums=arranged.item_nums,
            ledgers=tuple(
                _placed(ledger, self.config, n_before, lift)
                for ledger, n_before, lift in zip(
                    ledgers, arranged.n_before.tolist(), arranged.lifts, strict=True
                )
            ),
            scores=scores,
            eligible=eligible,
        )

    def ledgers(
        self, state: ShopperState, item_nums: IntArray, *, n_sources: int | None = 5
    ) -> list[Ledger]:
        """The ledger of each product: its score, without what a place in a list changes.

        The `n_sources` past products with the largest total are itemised in full; all others are
        summed into one remainder for each channel, so what is said of a past product is complete.
        None itemises everything.
        """
        item_nums = np.asarray(item_nums, dtype=np.int32)
        parts = [
            (channel, channel.addends(state, self.coefficients[name], item_nums))
            for name, channel in self.channels.items()
        ]
        itemised = _itemised(parts, len(item_nums), len(state.distinct_items[0]), n_sources)
        entries: list[list[Entry]] = [[] for _ in item_nums]
        for channel, addends in parts:
            _collect(entries, channel, addends, itemised, state)
        if self.config.rules.boosts:
            for item, mine in zip(item_nums.tolist(), entries, strict=True):
                mine.extend(self.config.rules.entries_of(item))
        return [
            Ledger(int(item), tuple(sorted(mine, key=_largest_first)))
            for item, mine in zip(item_nums, entries, strict=True)
        ]

    def amounts_by_past(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """What each past product gives each candidate, float64 [n_distinct, len(item_nums)].

        Rows follow `ShopperState.distinct_items`.
        """
        n_past, n_targets = len(state.distinct_items[0]), len(item_nums)
        total = np.zeros(n_past * n_targets)
        for name, channel in self.channels.items():
            addends = channel.addends(state, self.coefficients[name], np.asarray(item_nums))
            on_past = addends.past >= 0
            cell = addends.past[on_past] * n_targets + addends.target[on_past]
            total += np.bincount(cell, weights=addends.amount[on_past], minlength=len(total))
        return total.reshape(n_past, n_targets)

    @cached_property
    def group(self) -> IntArray:
        """What diversity keeps apart: the finest category, -1 where unknown; int32 [n_items]."""
        levels = self.shop.catalogue.attributes_of_category
        if not levels:
            return np.full(self.shop.interactions.n_items, -1, dtype=np.int32)
        return levels[-1].first_code


def top(scores: FloatArray, eligible: BoolArray, k: int) -> IntArray:
    """The best `k` eligible products, best first; ties by row. int32 [≤ k]."""
    masked = np.where(eligible, scores, -np.inf)
    k = min(k, int(eligible.sum()))
    if k == 0:
        return np.zeros(0, dtype=np.int32)
    cut = np.partition(masked, len(masked) - k)[len(masked) - k]
    above = np.flatnonzero(masked > cut)
    tied = np.flatnonzero((masked == cut) & eligible)[: k - len(above)]  # the cut may be -inf
    found = np.concatenate([above, tied])
    return found[np.lexsort((found, -masked[found]))].astype(np.int32)


def _largest_first(entry: Entry) -> float:
    return -abs(entry.amount)


def _placed(ledger: Ledger, config: RankConfig, n_before: int, lift: float) -> Ledger:
    """The ledger with what its place in the list brought."""
    added: list[Entry] = []
    if penalty := -config.diversity * n_before:
        rule = Evidence(EvidenceKind.RULE, n_merged=n_before)
        added.append(Entry("diversity", rule, penalty))
    if lift:
        pin = next(one for one in config.rules.pins if one.item_num == ledger.item_num)
        added.append(pin.entry(lift))
    if not added:
        return ledger
    return Ledger(ledger.item_num, tuple(sorted((*ledger.entries, *added), key=_largest_first)))


def _itemised(
    parts: list[tuple[Channel, Addends]], n_targets: int, n_past: int, n_sources: int | None
) -> BoolArray:
    """Which past products are itemised for which target, bool [n_targets, n_past]."""
    if n_sources is None or n_past <= n_sources:
        return np.ones((n_targets, n_past), dtype=bool)
    total = np.zeros(n_targets * n_past)
    for _, addends in parts:
        on_past = addends.past >= 0
        cell = addends.target[on_past] * n_past + addends.past[on_past]
        total += np.bincount(cell, weights=addends.amount[on_past], minlength=len(total))
    size = np.abs(total).reshape(n_targets, n_past)
    largest = np.argpartition(-size, n_sources - 1, axis=1)[:, :n_sources]
    itemised = np.zeros((n_targets, n_past), dtype=bool)
    np.put_along_axis(itemised, largest, True, axis=1)
    return itemised


def _collect(
    entries: list[list[Entry]],
    channel: Channel,
    addends: Addends,
    itemised: BoolArray,
    state: ShopperState,
) -> None:
    """Turn one channel's parts into entries, the itemised ones singly, the others summed."""
    single = addends.past < 0
    on_past = ~single
    single[on_past] = itemised[addends.target[on_past], addends.past[on_past]]
    speaks = addends.amount != 0
    for at in np.flatnonzero(single & speaks).tolist():
        evidence = _evidence(channel, state, int(addends.past[at]), int(addends.label[at]))
        entries[addends.target[at]].append(Entry(channel.name, evidence, float(addends.amount[at])))
    merged = ~single & speaks
    target = addends.target[merged]
    sums = np.bincount(target, weights=addends.amount[merged], minlength=len(entries))
    counts = np.bincount(target, minlength=len(entries))
    for at in np.flatnonzero(counts).tolist():
        evidence = Evidence(EvidenceKind.REMAINDER, n_merged=int(counts[at]))
        entries[at].append(Entry(channel.name, evidence, float(sums[at])))


def _evidence(channel: Channel, state: ShopperState, past: int, label: int) -> Evidence:
    return Evidence(
        channel.evidence,
        source_item=int(state.distinct_items[0][past]) if past >= 0 else -1,
        events=state.rows_of_distinct[past] if past >= 0 else (),
        attribute=channel.label(label) if label >= 0 else None,
    )
