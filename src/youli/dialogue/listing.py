"""Answers that are lists: what fits a need, what is cheaper, of another brand or colour, alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from youli.data.state import ShopperState
from youli.dialogue.desk import basket_of
from youli.dialogue.memory import NeedIn
from youli.dialogue.needs import colour_of, fitting, having, merged, query_of
from youli.dialogue.reply import N_LISTED, Turn
from youli.dialogue.types import Constraint, Need
from youli.explain.types import Recommendation
from youli.rank.ranker import RankConfig
from youli.search.desk import Found, SearchRequest
from youli.types import BoolArray

__all__ = [
    "cart",
    "cheaper",
    "find",
    "less_like",
    "list_need",
    "more_like",
    "other_brand",
    "other_colour",
]

#: Of a search, among which the cheapest are taken.
_MOST_FOUND = 30
#: Products of a basket that others are looked for beside.
_MOST_BESIDE = 5


def find(turn: Turn) -> None:
    """The list of a need; of nothing in particular, the shopper's own."""
    need = turn.said.need
    if not need:
        turn.memory = turn.memory.model_copy(update={"need": NeedIn()})
        _personal(turn)
        return
    list_need(turn, merged(turn.memory.need.need(), need))


def list_need(turn: Turn, need: Need) -> None:
    """What fits a need, ranked for the shopper, with the need as chips.

    Limits, brands, colours and what is refused filter; words, tone, occasion and whom it is for
    are searched for, and stand in the ledger as what the search gives.
    """
    turn.memory = turn.memory.model_copy(update={"need": NeedIn.of(need)})
    shop = turn.engine.shop
    fits = fitting(need, shop, turn.names)
    turn.show_needs(fits.chips)
    n_fit = int(turn.desk.ranker(fits.mask).eligible(turn.shopper.state).sum())
    if n_fit == 0:
        turn.say("list/none")
        if len(fits.chips) > 1:
            turn.say("list/none/left")
    elif need.sort == "cheap":
        _cheapest(turn, fits.mask, need)
    else:
        _ranked(turn, fits.mask, need)
    for note in fits.notes:
        if note == "limit/currency":
            turn.say(note, word=shop.currency)
        else:
            turn.say(note)


def _ranked(turn: Turn, mask: BoolArray, need: Need) -> None:
    """What a mask allows, by the search of the need's words or by the shopper's ledger alone."""
    state = turn.shopper.state
    if need.sort == "popular":
        state = ShopperState("", now=state.now)
    query = query_of(need, turn.lang)
    if query:
        found = _searched(turn, state, query, mask)
        if not found.results:
            turn.say("list/none")
            return
        turn.say("list/need", n_fit=found.total)
        turn.show(found.results)
        return
    turn.say("list/need", n_fit=int(turn.desk.ranker(mask).eligible(state).sum()))
    turn.show(_recommended(turn, state, mask))
    if need.sort == "new":
        turn.say("unsaid/new")


def _searched(turn: Turn, state: ShopperState, query: str, mask: BoolArray) -> Found:
    request = SearchRequest(query, k=N_LISTED, lang=turn.lang, audience=turn.audience)
    return turn.desk.searching().search(state, request, turn.desk.ranker(mask))


def cheaper(turn: Turn) -> None:
    """Like products that cost less than one, or less than a limit."""
    need = turn.said.need
    if not turn.said.refs and (need.max_price is not None or not turn.memory.focus):
        base = merged(turn.memory.need.need(), need)
        if not base:
            turn.say("which_product")
            return
        list_need(turn, replace(base, sort="cheap"))
        return
    item = turn.item()
    if item is None:
        return
    turn.memory = turn.memory.with_focus(item)
    price = turn.engine.shop.catalogue.price_minor
    if not np.isfinite(price[item]):
        turn.say("list/no_prices", item=item)
        return
    with np.errstate(invalid="ignore"):  # unknown prices are NaN, and not lower
        lower = np.asarray(price < price[item], dtype=bool)
    if need.max_price is not None:
        lower &= fitting(
            Need(max_price=need.max_price, currency=need.currency), turn.engine.shop, turn.names
        ).mask  # fmt: skip
    _beside(turn, item, lower, "list/cheaper")


def other_brand(turn: Turn) -> None:
    """Like products of another brand."""
    shop = turn.engine.shop
    brand = shop.catalogue.attribute("brand")
    if brand is None:
        turn.say("list/no_brands")
        return
    refused = [one for one in turn.said.need.constraints if not one.wanted]
    if not turn.said.refs and not turn.memory.focus:
        list_need(turn, merged(turn.memory.need.need(), turn.said.need))
        return
    item = turn.item()
    if item is None:
        return
    turn.memory = turn.memory.with_focus(item)
    mine = brand.of(item)
    other = brand.first_code >= 0
    for value in mine:
        other &= ~having(Constraint("brand", value), shop, turn.names)
    for one in refused:
        other &= ~having(one, shop, turn.names)
    _beside(turn, item, other, "list/other_brand")


def other_colour(turn: Turn) -> None:
    """Like products in another colour, as titles and columns say it."""
    shop = turn.engine.shop
    wishes = turn.said.need.constraints
    if not turn.said.refs and not turn.memory.focus:
        list_need(turn, merged(turn.memory.need.need(), turn.said.need))
        return
    item = turn.item()
    if item is None:
        return
    turn.memory = turn.memory.with_focus(item)
    wanted = [one for one in wishes if one.wanted]
    if wanted:
        mask = np.logical_or.reduce([having(one, shop, turn.names) for one in wanted])
    else:
        near = _same_kind(turn, item)
        mine = colour_of(item, shop)
        mask = np.zeros(shop.interactions.n_items, dtype=bool)
        for num in np.flatnonzero(near).tolist():
            theirs = colour_of(num, shop)
            mask[num] = bool(theirs) and not theirs & mine
    for one in wishes:
        if not one.wanted:
            mask &= ~having(one, shop, turn.names)
    _beside(turn, item, mask, "list/other_colour")


def more_like(turn: Turn) -> None:
    """Products like one, or more of a brand or category."""
    wishes = turn.said.need.constraints
    if wishes and not turn.said.refs:
        list_need(turn, Need(constraints=wishes))
        return
    item = turn.item()
    if item is None:
        return
    turn.memory = turn.memory.with_focus(item)
    mask = np.ones(turn.engine.shop.interactions.n_items, dtype=bool)
    for one in wishes:
        has = having(one, turn.engine.shop, turn.names)
        mask &= has if one.wanted else ~has
    _beside(turn, item, mask, "list/similar")


def less_like(turn: Turn) -> None:
    """What is refused of a brand or category stays out of the lists of this talk."""
    wishes = turn.said.need.constraints
    for one in wishes:
        turn.say("list/without", attribute=one.attribute, value=one.value)
    list_need(turn, merged(turn.memory.need.need(), Need(constraints=wishes)))


def cart(turn: Turn) -> None:
    """What is often bought with the products of the basket."""
    basket = basket_of(turn.shopper.whole)
    if not basket:
        turn.say("list/cart/empty")
        return
    found: dict[int, Recommendation] = {}
    config = _beside_config(turn, None)
    for item in basket[-_MOST_BESIDE:]:
        for one in turn.engine.bought_together(item, k=N_LISTED, lang=turn.lang, config=config):
            kept = found.get(one.item_num)
            if one.item_num not in basket and (kept is None or kept.score < one.score):
                found[one.item_num] = one
    best = sorted(found.values(), key=lambda one: -one.score)[:N_LISTED]
    turn.say("list/cart" if best else "list/cart/none")
    turn.show(_numbered(best))


def _personal(turn: Turn) -> None:
    found = _recommended(turn, turn.shopper.state, None)
    counts = turn.shopper.state.counted.any()
    turn.say("list/personal" if counts else "list/popular")
    turn.show(found)


def _recommended(
    turn: Turn, state: ShopperState, mask: BoolArray | None
) -> Sequence[Recommendation]:
    return turn.engine.recommend(
        state, k=N_LISTED, lang=turn.lang, ranker=turn.desk.ranker(mask), audience=turn.audience
    )


def _cheapest(turn: Turn, mask: BoolArray, need: Need) -> None:
    """The cheapest that fit; with words, the cheapest of what the search finds first."""
    query = query_of(need, turn.lang)
    if query:
        request = SearchRequest(query, k=_MOST_FOUND, lang=turn.lang, explain=False)
        found = turn.desk.searching().search(turn.shopper.state, request, turn.desk.ranker(mask))
        mask = np.zeros_like(mask)
        mask[[one.item_num for one in found.results]] = True
    eligible = turn.desk.ranker(mask).eligible(turn.shopper.state)
    if not eligible.any():
        turn.say("list/none")
        return
    turn.say("list/cheapest")
    price = np.where(eligible, turn.engine.shop.catalogue.price_minor, np.nan)
    order = np.argsort(price, kind="stable")[:N_LISTED]  # NaN comes last
    chosen = np.zeros_like(mask)
    chosen[order[np.isfinite(price[order])]] = True
    best = _recommended(turn, turn.shopper.state, chosen)
    prices = turn.engine.shop.catalogue.price_minor
    turn.show(_numbered(sorted(best, key=lambda one: float(prices[one.item_num]))))


def _same_kind(turn: Turn, item: int) -> BoolArray:
    """The products of the finest category of one, all where it has none."""
    group = turn.engine.ranker.group
    if group[item] < 0:
        return np.ones(len(group), dtype=bool)
    return np.asarray(group == group[item], dtype=bool)


def _beside(turn: Turn, item: int, mask: BoolArray, form: str) -> None:
    """Like products that a mask allows; where no reason was checked, those of the same kind."""
    config = _beside_config(turn, mask)
    found = list(turn.engine.similar(item, k=N_LISTED, lang=turn.lang, config=config))
    if not found and form != "list/similar":
        same = _same_kind(turn, item) & mask
        same[item] = False
        found = list(_recommended(turn, turn.shopper.state, same))
    if not found:
        turn.say(f"{form}/none", item=item)
        return
    turn.say(form, item=item)
    turn.show(_numbered(found))
    turn.memory = turn.memory.with_focus(item)


def _beside_config(turn: Turn, mask: BoolArray | None) -> RankConfig:
    """How lists beside a product are made for this shopper."""
    served = turn.ranker.config
    allowed = served.only(mask).allowed
    return RankConfig(repeats=False, rules=served.rules, allowed=allowed, declined=served.declined)


def _numbered(found: Sequence[Recommendation]) -> list[Recommendation]:
    """With places from 1, in the order given."""
    return [replace(one, rank=rank) for rank, one in enumerate(found, start=1)]
