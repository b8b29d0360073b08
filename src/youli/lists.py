"""The other lists of a shop: each is a ranker and the state that it ranks for.

All of them go through the served pipeline, so each has ledgers, checked reasons, counterfactuals,
rules and filters like the first one. What differs is which channels rank, what may be listed, and
which of the shopper's events count.

================  ==================================================  ==========================
list              ranked by                                           of
================  ==================================================  ==========================
recommend         all that was learned                                all products
new-for-you       the same                                            products new in the shop
rank              the same                                            products that are given
trending          the trend, the same for everybody                   all products
recently-viewed   how long ago it was looked at                       what was looked at
buy-again         the rhythm of buying it                             what was bought
cart              baskets, transitions, affinities of what is in it   all but what is in it
================  ==================================================  ==========================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from youli.channels.base import Channel
from youli.channels.popularity import PopularityChannel
from youli.channels.recent import RecentChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.channels.trend import RECENT_DAYS, TrendChannel
from youli.data.filters import parse_filter
from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.engine import Engine
from youli.explain.types import ClaimKind, Recommendation
from youli.rank.ranker import RankConfig, Ranker
from youli.rank.rules import NO_RULES, ActiveRules
from youli.types import BoolArray, FloatArray, IntArray

__all__ = ["Listing", "Lists", "Wish"]

_VIEWS = ("view_item", "select_item")
_BOUGHT = ("purchase",)
#: What the products of a cart say about others.
_CART = ("basket", "transition", "affinity", "neighbours")
#: Basis weights of the list of what to buy again: how often it was bought, and whether it is due.
_AGAIN = np.array([0.0, 0.0, 0.0, 0.1, 1.0])
#: Products tried for each place of a list in which only what has a reason of its own may stand.
_TRIED = 3
_EVENT_CODES = {name: code for code, name in enumerate(EVENT_NAMES)}


@dataclass(frozen=True)
class Wish:
    """What a request asks of any list; nothing where every field is empty."""

    #: An expression over the catalogue (`youli.data.filters`).
    filter: str = ""
    #: How varied; the shop's own where it is None.
    diversity: float | None = None
    only_new: bool = False
    rules: ActiveRules = NO_RULES
    #: Products that the shopper said are not for them.
    declined: frozenset[int] = frozenset()
    #: Products that are gone from the shop.
    deleted: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Listing:
    """What makes one list: `ranker` ranks for `state`."""

    ranker: Ranker
    state: ShopperState
    #: Only what a checked reason of these kinds speaks for is listed; all where it is empty.
    only: frozenset[ClaimKind] = frozenset()


@dataclass(frozen=True)
class Lists:
    """Makes the listings of one engine; safe to use from many threads."""

    engine: Engine

    @property
    def shop(self) -> Shop:
        """The shop that is listed from."""
        return self.engine.shop

    def config(self, wish: Wish, base: RankConfig | None = None) -> RankConfig:
        """The shop's own way of listing with what a request asks for.

        Raises `FilterError` for a filter that cannot be read or does not apply.
        """
        config = self.engine.ranker.config if base is None else base
        allowed: BoolArray | None = None
        by_price = False
        if wish.filter:
            wanted = parse_filter(wish.filter)
            allowed, by_price = wanted.mask(self.shop), wanted.by_price
        if wish.deleted:
            allowed = np.ones(self.shop.interactions.n_items, bool) if allowed is None else allowed
            allowed[list(wish.deleted)] = False
        return replace(
            config,
            repeats=config.repeats and not wish.only_new,
            diversity=config.diversity if wish.diversity is None else wish.diversity,
            rules=wish.rules,
            allowed=allowed,
            by_price=by_price,
            declined=wish.declined,
        )

    def recommend(self, state: ShopperState, wish: Wish) -> Listing:
        """Everything that was learned, of all products."""
        return Listing(replace(self.engine.ranker, config=self.config(wish)), state)

    def rank(self, state: ShopperState, item_nums: Iterable[int], wish: Wish) -> Listing:
        """Everything that was learned, of the given products alone."""
        config = self.config(wish).only(self._mask(item_nums))
        return Listing(replace(self.engine.ranker, config=config), state)

    def new_for_you(self, state: ShopperState, wish: Wish) -> Listing:
        """Everything that was learned, of products that are new in the shop and to the shopper."""
        config = self.config(replace(wish, only_new=True)).only(self.is_new)
        return Listing(replace(self.engine.ranker, config=config), state)

    def trending(self, wish: Wish) -> Listing:
        """What is chosen more than before, for everybody alike.

        A shop without a clock has no trend: then what is popular, which its reasons say.
        """
        ranker = self._of(self._trend, wish, RankConfig(repeats=True), np.array([1.0, 1.0]))
        kinds = frozenset({ClaimKind.TRENDING})
        if isinstance(self._trend, PopularityChannel):
            ranker = self._of(self._trend, wish, RankConfig(repeats=True), _first(self._trend))
            kinds = frozenset()
        return Listing(ranker, self._nobody(), kinds)

    def recently_viewed(self, state: ShopperState, wish: Wish) -> Listing:
        """What the shopper looked at, latest first, in stock or not."""
        state = _only_events(state, _VIEWS)
        config = RankConfig(repeats=True, sold_out=True)
        ranker = self._of(RecentChannel.fit(self.shop), wish, config, np.ones(1))
        return Listing(_listing_only(ranker, self._had(state)), state)

    def buy_again(self, state: ShopperState, wish: Wish) -> Listing:
        """What the shopper bought, what is due first; what is out of stock is left out."""
        state = _only_events(state, _BOUGHT)
        ranker = self._of(self._rhythm, wish, RankConfig(repeats=True), _AGAIN)
        return Listing(_listing_only(ranker, self._had(state)), state)

    def cart(self, item_nums: Sequence[int], wish: Wish) -> Listing:
        """What goes with the products of a cart; the cart is all that is known."""
        state = self._nobody()
        for item_num in dict.fromkeys(item_nums):
            state = state.record(item_num, "add_to_cart", state.now, order_num=0)
        model = self.engine.ranker
        channels = {name: one for name, one in model.channels.items() if name in _CART}
        weights = {
            name: model.coefficients[name]
            if model.coefficients[name].any()
            else np.ones(len(one.basis_names))
            for name, one in channels.items()
        }
        config = self.config(wish, RankConfig(repeats=True))
        config = config.only(~self._mask(item_nums))
        only = frozenset({ClaimKind.TOGETHER, ClaimKind.WENT_ON, ClaimKind.CHOSEN_ALIKE})
        return Listing(Ranker(self.shop, channels, weights, config), state, only)

    def explained(
        self, listing: Listing, *, k: int, lang: str = "en"
    ) -> tuple[Recommendation, ...]:
        """The list with its ledgers and checked reasons.

        Where only what certain reasons speak for may be listed, it is found first, and what is left
        is then ranked by the same pipeline: places, pins and ledgers are those of what is shown.
        """
        ranker = listing.ranker
        if not ranker.channels:
            return ()
        if listing.only:
            bare = replace(ranker.config, rules=ranker.config.rules.without_pins())
            tried = self.engine.recommend(
                listing.state, k=_TRIED * k, lang=lang, ranker=replace(ranker, config=bare)
            )
            spoken_for = [
                one.item_num
                for one in tried
                if any(reason.claim.kind in listing.only for reason in one.reasons)
            ]
            kept = self._mask([*spoken_for, *ranker.config.rules.pinned.tolist()])
            ranker = _listing_only(ranker, kept)
        return self.engine.recommend(listing.state, k=k, lang=lang, ranker=ranker)

    @cached_property
    def is_new(self) -> BoolArray:
        """Products whose first event is no older than `RECENT_DAYS`, or that have none yet.

        bool [n_items]. Where the shop has no clock nothing is called new but what has no event.
        """
        events = self.shop.interactions
        first = np.full(events.n_items, np.iinfo(np.int64).max)
        if len(events):
            np.minimum.at(first, events.item_num, events.timestamp)
        if not events.timed:
            return np.asarray(first == np.iinfo(np.int64).max)
        return np.asarray(first > int(self.new_since.timestamp()))

    @property
    def beside(self) -> RankConfig:
        """How lists beside a product start: without the product, which stands for a purchase."""
        return RankConfig(repeats=False)

    @property
    def new_since(self) -> datetime:
        """From when on a product's first event makes it new, UTC."""
        return self.shop.data_until.astimezone(UTC) - timedelta(days=RECENT_DAYS)

    @property
    def has_trend(self) -> bool:
        """Whether the shop's log has the times that a trend needs."""
        return self.shop.interactions.timed

    @cached_property
    def _trend(self) -> TrendChannel | PopularityChannel:
        kind = TrendChannel if self.has_trend else PopularityChannel
        learned = self.engine.ranker.channels.get(kind.name)
        return learned if isinstance(learned, kind) else kind.fit(self.shop)

    @cached_property
    def _rhythm(self) -> RepurchaseChannel:
        learned = self.engine.ranker.channels.get(RepurchaseChannel.name)
        if isinstance(learned, RepurchaseChannel):
            return learned
        return RepurchaseChannel.fit(self.shop)

    def _of(self, channel: Channel, wish: Wish, base: RankConfig, weights: FloatArray) -> Ranker:
        """A ranker of one channel."""
        config = self.config(wish, base)
        return Ranker(self.shop, {channel.name: channel}, {channel.name: weights}, config)

    def _nobody(self) -> ShopperState:
        """Somebody of whom nothing is known, at the end of the log."""
        return ShopperState("", now=int(self.shop.data_until.timestamp()))

    def _had(self, state: ShopperState) -> BoolArray:
        """The products of the counted events, bool [n_items]."""
        return self._mask(state.item_num[state.counted] if state.n_rows else ())

    def _mask(self, item_nums: Iterable[int] | IntArray) -> BoolArray:
        found = np.zeros(self.shop.interactions.n_items, dtype=bool)
        found[np.asarray(list(item_nums), dtype=np.int64)] = True
        return found


def _listing_only(ranker: Ranker, mask: BoolArray) -> Ranker:
    return replace(ranker, config=ranker.config.only(mask))


def _only_events(state: ShopperState, names: Sequence[str]) -> ShopperState:
    """The state in which only events of these names count."""
    codes = [_EVENT_CODES[name] for name in names]
    return state.without(np.flatnonzero(~np.isin(state.rows["event"], codes)).tolist())


def _first(channel: Channel) -> FloatArray:
    """The first basis alone."""
    weights = np.zeros(len(channel.basis_names))
    weights[0] = 1.0
    return weights
