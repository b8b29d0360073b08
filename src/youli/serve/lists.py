"""Every list that the API gives: ranked by the served pipeline, marked, and kept as an impression.

A list is made for a *placement* (the place in the shop where it is shown), by which the merchant's
rules choose; where none is given it is the list's own name. What is said of a list stands in the
impression, so that events and feedback that name its `recommendation_id` can be held against it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from youli.data.state import ShopperState
from youli.documents import chip_rows, list_document, plain_rows, recommendation_rows
from youli.errors import InputError
from youli.explain.questions.base import Asked
from youli.explain.questions.why_not import filters_on
from youli.lists import Listing, Lists, Wish
from youli.rank.ranker import Ranker
from youli.rank.rules import MerchantRule
from youli.serve.heard import Heard
from youli.serve.history import LiveShopper
from youli.serve.rule_book import RuleBook
from youli.storage.records import Impression

if TYPE_CHECKING:
    from youli.serve.services import Services

__all__ = ["AS_FIRST_SHOWN", "Detail", "ListDesk", "Shown"]

Json = dict[str, Any]
#: How much is said of each product.
Detail: TypeAlias = Literal["none", "chip", "full"]

#: What may be asked for with an offset: as deep as the rank of a product may be asked.
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """How a list is asked for."""

    k: int = 10
    offset: int = 0
    lang: str = "en"
    detail: Detail = "full"
    #: Whether rows of full detail have their ledgers.
    ledger: bool = True
    filter: str = ""
    diversity: float | None = None
    only_new: bool = False
    #: Where the shop shows it; the list's own name where it is empty.
    placement: str = ""

    def __post_init__(self) -> None:
        if self.offset + self.k > _DEEPEST:
            raise InputError(
                f"offset and k together go to {_DEEPEST} at most.",
                value=self.offset,
                hint="Narrow the list with a filter.",
            )


AS_FIRST_SHOWN: Final = Shown()


class ListDesk:
    """Makes the lists of one `Services`; safe to use from many threads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.lists = Lists(services.engine)
        self.heard = Heard(services.storage)
        self.book = RuleBook(services.storage, services.engine.shop)

    def wish(self, live: LiveShopper | None, shown: Shown, name: str) -> Wish:
        """What a request asks for, with the rules of its placement."""
        return Wish(
            filter=shown.filter,
            diversity=shown.diversity,
            only_new=shown.only_new,
            rules=self.book.active(shown.placement or name),
            declined=frozenset() if live is None else live.declined,
            deleted=self._services.overlay.deleted,
        )

    def ranker(self, live: LiveShopper, state: ShopperState, shown: Shown) -> Ranker:
        """What makes the first list of a shopper, as `recommend` shows it."""
        listing = self.lists.recommend(state, self.wish(live, shown, "home"))
        return self.heard.heeded(listing, live).ranker

    # -- lists of a shopper ----------------------------------------------------------------

    def recommend(self, user_id: str, shown: Shown, ignore: frozenset[int] = frozenset()) -> Json:
        """Everything that was learned, of all products."""
        live = self._services.live.get(user_id)
        state = self._services.effective(live, ignore)
        listing = self.lists.recommend(state, self.wish(live, shown, "home"))
        return self._document("recommend", self.heard.heeded(listing, live), shown, live)

    def new_for_you(self, user_id: str, shown: Shown) -> Json:
        """Products that are new in the shop, ranked for the shopper."""
        live = self._services.live.get(user_id)
        listing = self.lists.new_for_you(live.effective(), self.wish(live, shown, "new-for-you"))
        listing = self.heard.heeded(listing, live)
        since = self.lists.new_since.isoformat().replace("+00:00", "Z")
        return {**self._document("new-for-you", listing, shown, live), "new_since": since}

    def recently_viewed(self, user_id: str, shown: Shown) -> Json:
        """What the shopper looked at, latest first."""
        live = self._services.live.get(user_id)
        wish = self.wish(live, shown, "recently-viewed")
        listing = self.lists.recently_viewed(live.effective(), wish)
        return self._document("recently-viewed", listing, shown, live)

    def buy_again(self, user_id: str, shown: Shown) -> Json:
        """What the shopper bought, what is due first."""
        live = self._services.live.get(user_id)
        listing = self.lists.buy_again(live.effective(), self.wish(live, shown, "buy-again"))
        return self._document("buy-again", listing, shown, live)

    def rank(self, user_id: str, items: Sequence[str], shown: Shown) -> Json:
        """The given products alone, in the served pipeline; what is not listed says why."""
        live = self._services.live.get(user_id) if user_id else None
        state = self._services.engine.state("") if live is None else live.effective()
        known, unknown = self._rows(items)
        listing = self.lists.rank(state, known, self.wish(live, shown, "rank"))
        document = self._document("rank", listing, shown, live)
        asked = Asked(listing.ranker, state, min(shown.offset + shown.k, _DEEPEST))
        listed = set(asked.listed.tolist())
        ids = self._services.engine.shop.interactions.items.ids
        left = [(num, filters_on(asked, num)) for num in known if num not in listed]
        return {
            **document,
            "not_listed": [{"item_id": ids[num], "because": why or ["below"]} for num, why in left],
            "unknown_items": unknown,
        }

    # -- lists of nobody -------------------------------------------------------------------

    def trending(self, shown: Shown) -> Json:
        """What is chosen more than before."""
        listing = self.lists.trending(self.wish(None, shown, "trending"))
        basis = "trend" if self.lists.has_trend else "popularity"
        return {**self._document("trending", listing, shown, None), "basis": basis}

    def cart(self, items: Sequence[str], shown: Shown) -> Json:
        """What goes with the products of a cart."""
        known, unknown = self._rows(items)
        listing = self.lists.cart(known, self.wish(None, shown, "cart"))
        document = self._document("cart", listing, shown, None)
        _forget_events(document)
        return {**document, "cart": list(dict.fromkeys(items)), "unknown_items": unknown}

    def beside(
        self, item_id: str, name: Literal["similar", "bought-together"], shown: Shown
    ) -> Json:
        """Products like one, or bought with one."""
        engine, item_num = self._services.engine, self._services.item_num(item_id)
        config = self.lists.config(self.wish(None, shown, name), self.lists.beside)
        rank = engine.similar if name == "similar" else engine.bought_together
        found = rank(item_num, k=shown.offset + shown.k, lang=shown.lang, config=config)
        state = engine.beside(item_num)
        rows = recommendation_rows(engine, state, found[shown.offset :])
        document = self.finished(name, list_document(engine, state, rows, shown.lang), shown, None)
        _forget_events(document)
        return {"item_id": item_id, **document}

    # -- rules -----------------------------------------------------------------------------

    def preview(
        self, rule: MerchantRule, users: Sequence[str], items: Sequence[str], *, k: int, lang: str
    ) -> Json:
        """The lists of some shoppers without and with a rule; nothing is saved or counted."""
        placement = rule.placement or "home"
        before, after = self.book.previewed(rule, placement)
        lists = []
        for user_id in users:
            old, new = (
                self.lists.explained(
                    self.listing(placement, user_id, items, Wish(rules=rules)), k=k, lang=lang
                )
                for rules in (before, after)
            )
            places = {one.item_num: one.rank for one in old}
            kept = {one.item_num for one in new}
            rows = chip_rows(self._services.engine, new)
            for row, one in zip(rows, new, strict=True):
                row["rank_before"] = places.get(one.item_num)
            old_rows = chip_rows(self._services.engine, old)
            lists.append(
                {
                    "user_id": user_id,
                    "before": old_rows,
                    "after": rows,
                    "left": [
                        row
                        for row, one in zip(old_rows, old, strict=True)
                        if one.item_num not in kept
                    ],
                    "changed": [one.item_num for one in old] != [one.item_num for one in new],
                }
            )
        return {
            "placement": placement,
            "n_products": int(rule.mask(self._services.engine.shop).sum()),
            "n_changed": sum(bool(one["changed"]) for one in lists),
            "lists": lists,
        }

    def listing(self, placement: str, user_id: str, items: Sequence[str], wish: Wish) -> Listing:
        """The list that a placement shows, for previews; lists of the shop's own are `home`."""
        live = self._services.live.get(user_id)
        gone = self._services.overlay.deleted
        wish = replace(wish, declined=live.declined, deleted=gone)
        state = live.effective()
        match placement:
            case "trending":
                return self.lists.trending(wish)
            case "cart":
                return self.lists.cart(self._rows(items)[0], wish)
            case "recently-viewed":
                return self.lists.recently_viewed(state, wish)
            case "buy-again":
                return self.lists.buy_again(state, wish)
            case "new-for-you":
                return self.lists.new_for_you(state, wish)
            case "rank":
                return self.lists.rank(state, self._rows(items)[0], wish)
            case _:
                return self.lists.recommend(state, wish)

    # -- what all of them share ------------------------------------------------------------

    def _rows(self, items: Sequence[str]) -> tuple[list[int], list[str]]:
        """The known products by row, and the others."""
        services = self._services
        nums = {item: services.engine.shop.interactions.items.num(item) for item in items}
        gone = services.overlay.deleted
        known = [num for num in nums.values() if num is not None and num not in gone]
        return known, [item for item, num in nums.items() if num is None or num in gone]

    def _document(
        self, name: str, listing: Listing, shown: Shown, live: LiveShopper | None
    ) -> Json:
        engine, state, lang = self._services.engine, listing.state, shown.lang
        k, offset = shown.offset + shown.k, shown.offset
        if shown.detail == "none" and not listing.only:
            rows = plain_rows(engine, engine.plain(state, k=k, ranker=listing.ranker)[offset:])
        else:
            found = self.lists.explained(listing, k=k, lang=lang)[offset:]
            full = shown.detail == "full"
            rows = recommendation_rows(engine, state, found) if full else chip_rows(engine, found)
            for row in rows:
                if shown.detail == "none":
                    row["reasons"] = []
                if full and not shown.ledger:
                    del row["ledger"]
        return self.finished(name, list_document(engine, state, rows, lang), shown, live)

    def finished(self, name: str, document: Json, shown: Shown, live: LiveShopper | None) -> Json:
        """The list with its id, its cards and what was asked; it is kept as an impression."""
        services = self._services
        num = services.engine.shop.interactions.items.num
        for row in document["recommendations"]:
            item_num = num(row["item_id"])
            assert item_num is not None, "what was listed is of this shop"
            row["item"] = services.products.card(item_num)
        placement = shown.placement or ("home" if name == "recommend" else name)
        document |= {
            "recommendation_id": secrets.token_hex(8),
            "list": name,
            "placement": placement,
            "k": shown.k,
            "offset": shown.offset,
            "filter": shown.filter,
            "explain": shown.detail,
        }
        if live is None:
            del document["user_id"]
        else:
            document["ignored"] = services.ignored_rows(live)
            document["personalised"] = live.is_personalised
        services.storage.impressions.add_later(_impression(document, shown))
        return document


def _impression(document: Json, shown: Shown) -> Impression:
    """What was shown, where, and what was said of it."""
    return Impression(
        recommendation_id=document["recommendation_id"],
        user_id=document.get("user_id", ""),
        placement=document["placement"],
        model_version=document["model_version"],
        items=tuple(
            {
                "item_id": row["item_id"],
                "rank": row["rank"],
                "score": row["score"],
                "promoted": row["promoted"],
                "reasons": [
                    {"kind": reason["kind"], "text": reason["text"]} for reason in row["reasons"]
                ],
            }
            for row in document["recommendations"]
        ),
        document={
            "list": document["list"],
            "lang": shown.lang,
            "explain": shown.detail,
            "k": shown.k,
            "offset": shown.offset,
            "filter": shown.filter,
            "diversity": shown.diversity,
            "only_new": shown.only_new,
        },
    )


def _forget_events(document: Json) -> None:
    """The one event that such a list is ranked for is nobody's."""
    for row in document["recommendations"]:
        for part in (*row["reasons"], *row.get("ledger", ())):
            part.get("evidence", {}).pop("events", None)
