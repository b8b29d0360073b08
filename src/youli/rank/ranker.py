"""From a shopper's state to a ranked list, every score of which is a ledger.

    score(u, i) = Σ over channels of channel(u, i; coefficients) + boosts (`youli.rank.rules`)

What a place in a list changes (diversity, a pin) is entered beside that. Filters come before the
cut, so that a list is short only where the catalogue is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from youli.channels.base import Channel, Coefficients
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.rank.book import Book, open_book
from youli.rank.diversity import diversify
from youli.rank.rules import NO_RULES, ActiveRules, with_pins
from youli.rank.workings import Standing, Workings, top
from youli.types import (
    BoolArray,
    Entry,
    Evidence,
    EvidenceKind,
    FloatArray,
    IntArray,
    Ledger,
)

__all__ = ["Arranged", "RankConfig", "Ranker", "Ranking", "book_of", "top"]

#: Past products that a ledger itemises.
N_SOURCES = 5
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

    def only(self, mask: BoolArray | None) -> RankConfig:
        """The same for fewer products, bool [n_items]: what was kept out before stays out."""
        if mask is None:
            return self
        return replace(self, allowed=mask if self.allowed is None else self.allowed & mask)


@dataclass(frozen=True, slots=True)
class Arranged:
    """A list: ``item_nums`` int32 [≤ k], best first; ``n_before`` int64 [≤ k], how many of its
    category stood before each; ``lifts`` float [≤ k], what a pin added to each, 0 for most.
    """

    item_nums: IntArray
    n_before: IntArray
    lifts: tuple[float, ...]


@dataclass(frozen=True)
class Ranking:
    """A list and everything it was chosen from.

    ``item_nums`` int32 [≤ k], best first; ``eligible`` bool [n_items], what might have been listed.
    All else is worked out when it is asked for.
    """

    config: RankConfig
    workings: Workings = field(repr=False)
    arranged: Arranged
    eligible: BoolArray

    @property
    def item_nums(self) -> IntArray:
        """What is listed, int32 [≤ k], best first."""
        return self.arranged.item_nums

    @cached_property
    def scores(self) -> FloatArray:
        """Every product's score before diversity and pins, float64 [n_items]."""
        return self.workings.scores

    @cached_property
    def listed_scores(self) -> FloatArray:
        """The same of what is listed, float64 [≤ k], without scoring the rest."""
        return self.workings.scores_of(self.item_nums)

    @cached_property
    def placed_scores(self) -> FloatArray:
        """What each was listed by: its score with what its place brought, float64 [≤ k]."""
        penalties = self.config.diversity * self.arranged.n_before
        return np.asarray(self.listed_scores - penalties + np.array(self.arranged.lifts))

    @cached_property
    def book(self) -> Book:
        """The ledgers as arrays, without what their places brought."""
        return book_of(self.config, self.workings, self.item_nums)

    @cached_property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The ledger of each product, with what its place brought."""
        places = zip(self.arranged.n_before.tolist(), self.arranged.lifts, strict=True)
        return tuple(
            self.book.ledger(at, _placed(self.config, int(self.item_nums[at]), n_before, lift))
            for at, (n_before, lift) in enumerate(places)
        )


@dataclass(frozen=True)
class Ranker:
    """The model that serves: channels and one learned number for each of their bases."""

    shop: Shop
    channels: Mapping[str, Channel]
    coefficients: Mapping[str, Coefficients]
    config: RankConfig = RankConfig()
    #: What holds for every shopper, once worked out; `replace` takes it along.
    kept: dict[object, tuple[object, Standing]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def score(self, state: ShopperState) -> FloatArray:
        """Score of every product before filters, diversity and pins, float64 [n_items].

        The plain sum over channels, which tests hold the search of `rank` against.
        """
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
        return self._list(self.workings(state), self.eligible(state), k).item_nums

    def workings(self, state: ShopperState) -> Workings:
        """A shopper's scores, of which no more is worked out than is asked for."""
        n_items, shift = self.shop.interactions.n_items, self.config.rules.shift
        return Workings(self.channels, self.coefficients, n_items, shift, state, self.kept)

    def arranged(self, scores: FloatArray, eligible: BoolArray, *, k: int) -> Arranged:
        """The list that scores give after diversity and pins."""
        rules = self.config.rules
        if not rules.pins:
            candidates = top(scores, eligible, _CANDIDATES_PER_PLACE * k)
            return self._spread(candidates, scores[candidates], k)
        pins = rules.places(eligible, k)
        free, n_free = self.contested(eligible, k)
        # One more than there is room for: the last pin stands above what it displaced.
        candidates = top(scores, free, _CANDIDATES_PER_PLACE * (n_free + 1))
        others = self._spread(candidates, scores[candidates], n_free + 1)
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

    def _list(self, workings: Workings, eligible: BoolArray, k: int) -> Arranged:
        """The list, from no more scores than it needs; `arranged` is the same from all."""
        if self.config.rules.pins:
            return self.arranged(workings.scores, eligible, k=k)
        return self._spread(*workings.best(eligible, _CANDIDATES_PER_PLACE * k), k)

    def _spread(self, candidates: IntArray, scores: FloatArray, k: int) -> Arranged:
        """The list after diversity of candidates that come best first, without pins."""
        chosen, n_before = diversify(
            scores, self.group[candidates], k=k, strength=self.config.diversity
        )
        return Arranged(candidates[chosen], n_before, (0.0,) * len(chosen))

    def rank(self, state: ShopperState, *, k: int = 10) -> Ranking:
        """The best `k` eligible products, after diversity and pins; ledgers when asked for."""
        workings, eligible = self.workings(state), self.eligible(state)
        return Ranking(self.config, workings, self._list(workings, eligible, k), eligible)

    def ledgers(
        self, state: ShopperState, item_nums: IntArray, *, n_sources: int | None = N_SOURCES
    ) -> list[Ledger]:
        """The ledger of each product, named once: its score, without what a place brings.

        The `n_sources` past products with the largest total are itemised in full; all others are
        summed into one remainder for each channel, so what is said of a past product is complete.
        None itemises everything.
        """
        item_nums = np.asarray(item_nums, dtype=np.int32)
        book = book_of(self.config, self.workings(state), item_nums, n_sources=n_sources)
        return [book.ledger(at) for at in range(len(item_nums))]

    def amounts_by_past(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """What each past product gives each candidate, float64 [n_distinct, len(item_nums)].

        Rows follow `ShopperState.distinct_items`; each candidate is named once.
        """
        return self.workings(state).amounts_by_past(np.asarray(item_nums))

    @cached_property
    def group(self) -> IntArray:
        """What diversity keeps apart: the finest category, -1 where unknown; int32 [n_items]."""
        levels = self.shop.catalogue.attributes_of_category
        if not levels:
            return np.full(self.shop.interactions.n_items, -1, dtype=np.int32)
        return levels[-1].first_code


def book_of(
    config: RankConfig,
    workings: Workings,
    item_nums: IntArray,
    *,
    n_sources: int | None = N_SOURCES,
) -> Book:
    """The ledgers of some products, with what boosts add and without what a place brings."""
    extra: tuple[tuple[Entry, ...], ...] = ((),) * len(item_nums)
    if config.rules.boosts:
        extra = tuple(tuple(config.rules.entries_of(item)) for item in item_nums.tolist())
    parts = workings.addends(item_nums)
    return open_book(workings.state, item_nums, workings.channels, parts, extra, n_sources)


def _placed(config: RankConfig, item_num: int, n_before: int, lift: float) -> tuple[Entry, ...]:
    """What a product's place in the list brought."""
    added: list[Entry] = []
    if penalty := -config.diversity * n_before:
        rule = Evidence(EvidenceKind.RULE, n_merged=n_before)
        added.append(Entry("diversity", rule, penalty))
    if lift:
        pin = next(one for one in config.rules.pins if one.item_num == item_num)
        added.append(pin.entry(lift))
    return tuple(added)
