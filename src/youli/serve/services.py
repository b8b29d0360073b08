"""What the routes ask: one object that holds the engine and everything around it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from youli.data.state import ShopperState
from youli.documents import answer_document, explain_document, ranked_document
from youli.errors import InputError, UnknownEntityError
from youli.explain.questions.asking import Asking
from youli.language.rules import RuleDesk
from youli.search.facets import facet_names
from youli.serve.heard import TrustDesk
from youli.serve.history import LiveShopper
from youli.serve.how import How
from youli.serve.lists import AS_FIRST_SHOWN, ListDesk, Shown
from youli.serve.overlay import Overlay
from youli.serve.products import Products
from youli.serve.searching import Searching
from youli.serve.security import Caller
from youli.serve.sessions import Learned, LiveStore, ShopClock
from youli.serve.settings import ServeConfig
from youli.serve.shoppers import Shoppers
from youli.serve.talks import Talks
from youli.storage.base import Storage

if TYPE_CHECKING:
    from youli.engine import Engine
    from youli.serve.host import Host

__all__ = ["CallerDep", "Photo", "Services", "ServicesDep", "admit", "admit_admin"]


@dataclass(frozen=True, slots=True)
class Photo:
    """A small photo and the tag that changes with it."""

    data: bytes
    etag: str


class Services:
    """Joins engine, live states and documents; every method is safe to call from many threads.

    One object belongs to one artifact and one state of its catalogue (`youli.serve.host`).
    """

    def __init__(
        self,
        engine: Engine,
        config: ServeConfig,
        storage: Storage,
        overlay: Overlay | None = None,
        before: Services | None = None,
    ) -> None:
        """Put it together; `before` served the same artifact with another state of its catalogue.

        What the catalogue does not change is taken from there.
        """
        self.engine = engine
        self.config = config
        self.storage = storage
        self.overlay = Overlay() if overlay is None else overlay
        self.products = Products(engine.shop)
        if before is None:
            self.clock = ShopClock(engine.shop.data_until, storage)
            self.shoppers = Shoppers(engine.shop)
            self.searching = Searching(engine)
            self.talks = Talks(engine, config.chat_rate_per_s, config.chat_burst)
            self.trusting = TrustDesk(engine, storage)
            self.live = LiveStore(
                engine.shop,
                storage,
                self.clock,
                capacity=config.max_live_shoppers,
                max_events=config.max_live_events_per_shopper,
                learned=Learned.of(engine.fitted.prepared, storage),
            )
        else:
            self.clock, self.live, self.shoppers = before.clock, before.live, before.shoppers
            self.searching = before.searching.over(engine)
            self.talks = before.talks.over(engine)
            self.trusting = before.trusting
        same_words = before is not None and self.overlay.only_prices_differ(before.overlay)
        kept = before if same_words else None
        self.rule_desk: RuleDesk = RuleDesk(engine.shop) if kept is None else kept.rule_desk
        self.how: How = How(engine) if kept is None else kept.how
        self.lists = ListDesk(self)

    def item_num(self, item_id: str) -> int:
        """Row of a product; raises `UnknownEntityError`."""
        num = self.engine.shop.interactions.items.num(item_id)
        if num is None or num in self.overlay.deleted:
            raise UnknownEntityError(
                "This shop has no such product.",
                value=item_id,
                hint="Take an item_id from a list of this shop.",
            )
        return num

    def has_item(self, item_id: str) -> bool:
        """Whether the shop has a product, learned or sent in since; not one that was deleted."""
        num = self.engine.shop.interactions.items.num(item_id)
        if num is not None:
            return num not in self.overlay.deleted
        return item_id in self.overlay.unlearned

    def recommend(
        self,
        user_id: str,
        k: int,
        lang: str,
        ignore: frozenset[int],
        *,
        ledger: bool = True,
        only_new: bool = False,
    ) -> dict[str, Any]:
        """The list of a shopper with cards, reasons and ledgers; `ListDesk` takes more."""
        shown = Shown(k=k, lang=lang, ledger=ledger, only_new=only_new)
        return self.lists.recommend(user_id, shown, ignore)

    def ranked_with(
        self, model: str, user_id: str, shown: Shown, ignore: frozenset[int]
    ) -> dict[str, Any]:
        """The list of a shopper as a saved model ranks it, without ledgers and reasons."""
        live = self.live.get(user_id)
        state = self.effective(live, ignore)
        ranker = self.lists.ranker(live, state, shown)
        found = self.engine.rank_with(model, state, k=shown.offset + shown.k, ranker=ranker)
        document = ranked_document(self.engine, state, model, found[shown.offset :], shown.lang)
        return self.lists.finished("recommend", document, shown, live)

    def explain(
        self,
        user_id: str,
        item_id: str,
        k: int,
        lang: str,
        ignore: frozenset[int],
        *,
        only_new: bool = False,
        shown: Shown = AS_FIRST_SHOWN,
    ) -> dict[str, Any]:
        """Everything that can be said about one product for one shopper.

        With `only_new`, place and counterfactual are those of the list of new products. `shown` has
        the filter, diversity and placement of the list that is spoken of.
        """
        item_num = self.item_num(item_id)
        live = self.live.get(user_id)
        state = self.effective(live, ignore)
        ranker = self.lists.ranker(live, state, replace(shown, only_new=only_new))
        explanation = self.engine.explain(
            state, item_num, k=k, lang=lang, counterfactual=True, only_new=only_new, ranker=ranker
        )
        document = explain_document(self.engine, state, explanation, lang)
        named = {
            entry.evidence.source_item
            for entry in explanation.ledger.entries
            if entry.evidence.source_item >= 0
        }
        cards = [self.products.card(num) for num in sorted(named)]
        return {
            **document,
            "item": self.products.card(item_num),
            "cited": {card["item_id"]: card for card in cards},
            "ignored": self.ignored_rows(live),
        }

    def answer(
        self,
        user_id: str,
        item_id: str,
        method: str,
        options: Asking,
        *,
        k: int,
        lang: str,
        ignore: frozenset[int],
        only_new: bool = False,
        shown: Shown = AS_FIRST_SHOWN,
    ) -> dict[str, Any]:
        """What one method says about one product for one shopper, checked."""
        question = options.question(self.item_num(item_id), self.item_num)
        live = self.live.get(user_id)
        state = self.effective(live, ignore)
        ranker = self.lists.ranker(live, state, replace(shown, only_new=only_new))
        found = self.engine.answer(
            state, question, method, k=k, lang=lang, only_new=only_new, ranker=ranker
        )
        document = answer_document(self.engine, state, found, lang)
        card = self.products.card(question.item_num)
        return {**document, "item": card, "ignored": self.ignored_rows(live)}

    def asked(
        self,
        user_id: str,
        item_id: str,
        method: str,
        asking: Asking,
        shown: Shown,
        ignore: frozenset[int],
    ) -> dict[str, Any]:
        """What one method says of a list as it is shown."""
        return self.answer(
            user_id,
            item_id,
            method,
            asking,
            k=shown.offset + shown.k,
            lang=shown.lang,
            ignore=ignore,
            only_new=shown.only_new,
            shown=shown,
        )

    def photo(self, item_num: int) -> Photo:
        """The small photo of a product; raises `UnknownEntityError` where it has none."""
        data = self.products.photo(item_num)
        if data is None:
            item_id = self.engine.shop.interactions.items.ids[item_num]
            raise UnknownEntityError(
                "This product has no photo.",
                value=item_id,
                hint="Photos are learned with `youli fit --photos`.",
            )
        return Photo(data, f'"{hashlib.sha256(data).hexdigest()[:24]}"')

    def rules(self, item_id: str | None, kind: str, sort: str, k: int, lang: str) -> dict[str, Any]:
        """The rules of the log, mined when first asked for."""
        item_num = None if item_id is None else self.item_num(item_id)
        document = self.rule_desk.document(
            item_num=item_num, kind=kind, sort=sort, n_rules=k, lang=lang
        )
        return {
            "model_version": self.engine.model_version,
            "simulated": self.engine.shop.simulated,
            **document,
        }

    def warm_up(self) -> None:
        """Build what the engine builds on first use, so that no shopper waits for it."""
        self.recommend("", 1, self.engine.languages[0], frozenset())
        for model in self.engine.fitted.models:
            self.engine.rank_with(model, self.engine.state(""), k=1)
        if self.engine.shop.interactions.n_items:
            self.engine.similar(0, k=1)
            self.engine.bought_together(0, k=1)
        self.searching.warm_up()
        self.talks.conversation().warm_up()

    def ignored(self, live: LiveShopper) -> dict[str, Any]:
        """What a shopper switched off."""
        return {"user_id": live.state.user_id, "ignored": self.ignored_rows(live)}

    def about_shop(self) -> dict[str, Any]:
        """What the page says about the shop itself."""
        shop = self.engine.shop
        return {
            "name": self.config.shop_name,
            "simulated": shop.simulated,
            "currency": shop.currency,
            "minor_per_major": shop.minor_per_major,
            "data_until": shop.data_until.isoformat().replace("+00:00", "Z"),
            "model_version": self.engine.model_version,
            "models": list(self.engine.model_names),
            "languages": list(self.engine.languages),
            "repeats": self.engine.ranker.config.repeats,
            "n_items": shop.interactions.n_items,
            "n_users": shop.interactions.n_users,
            "facets": list(facet_names(shop)),
        }

    def effective(self, live: LiveShopper, ignore: frozenset[int]) -> ShopperState:
        """The state to rank with, some more rows left out; `InputError` where it lacks one."""
        return live.effective(_known_rows(live, ignore))

    def ignored_rows(self, live: LiveShopper) -> list[dict[str, Any]]:
        """The switched-off products with their rows."""
        by_item: dict[int, list[int]] = {}
        for row in sorted(live.ignored):
            by_item.setdefault(int(live.state.item_num[row]), []).append(row)
        return [{**self.products.card(num), "rows": rows} for num, rows in by_item.items()]


def _known_rows(live: LiveShopper, rows: frozenset[int]) -> frozenset[int]:
    unknown = [row for row in rows if not 0 <= row < live.state.n_rows]
    if unknown:
        raise InputError(
            "ignore names a row that this history does not have.",
            value=unknown[0],
            hint="Rows are those of the evidence and of /api/user/{user}/history.",
        )
    return rows


async def _services(request: Request) -> Services:
    """What this request works with from its beginning to its end."""
    taken: Services | None = getattr(request.state, "services", None)
    if taken is None:
        host: Host = request.app.state.host
        taken = host.services
    return taken


ServicesDep = Annotated[Services, Depends(_services)]


def admit(request: Request) -> None:
    """Refuse whoever may not ask this; take up what changed in the storage since the last look."""
    host: Host = request.app.state.host
    versions = host.versions()
    request.state.services = host.services
    request.state.services.lists.book.look(versions.get("rules", 0))
    request.state.versions = versions
    request.state.caller = host.gate.admit(request, versions)


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


#: Who asks, on a route that `admit` guards.
CallerDep = Annotated[Caller, Depends(_caller)]


def admit_admin(request: Request) -> None:
    """Refuse whoever is no administrator."""
    if not hasattr(request.state, "caller"):
        admit(request)
    host: Host = request.app.state.host
    host.gate.admit_admin(request.state.caller)
