"""The one place that wires rank → explain → verify → say.

An `Engine` does not change after `open` and can serve many threads; what changes from request to
request is the `ShopperState` that is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from youli.artifact import FittedShop, load_shop
from youli.channels.base import Coefficients
from youli.data.shop import Catalogue, Shop
from youli.data.state import ShopperState
from youli.errors import ConfigError, UnknownEntityError
from youli.explain.explain import explain_item
from youli.explain.questions.answering import answer_question, method_named
from youli.explain.questions.base import Answer, Asked, Question
from youli.explain.reasons import explain_ranking
from youli.explain.support import SupportIndex
from youli.explain.types import ClaimKind, Explanation, Reason, Recommendation
from youli.language.vocabulary import Audience
from youli.language.voice import LANGUAGES, TemplateVoice
from youli.models.base import Servable
from youli.rank.ranker import RankConfig, Ranker, top

__all__ = ["LEDGER", "Engine", "Ranked"]

#: Name of the ranker that every shop has, and that explains what it ranks.
LEDGER = "ledger"

#: Channels that compare one product with another, for "similar" and "bought together".
_SIMILAR = ("transition", "affinity", "attributes", "text", "image")
_TOGETHER = ("basket",)
#: A list beside a product leaves the product out: it stands for something bought.
_BESIDE = RankConfig(repeats=False)
#: Products tried for each place beside a product: twins of one title and unsupported ones fall out.
_TRIED = 3


@dataclass(frozen=True, slots=True)
class Ranked:
    """One product of a list without reasons."""

    rank: int
    item_num: int
    score: float
    #: Whether a rule of the merchant lifted it.
    promoted: bool = False


@dataclass(frozen=True)
class Engine:
    """Answers every question about one fitted shop."""

    fitted: FittedShop
    languages: tuple[str, ...] = LANGUAGES

    @classmethod
    def open(cls, path: Path) -> Engine:
        """Load a saved shop; `ArtifactError` where it cannot be."""
        return cls(load_shop(path))

    def with_catalogue(self, catalogue: Catalogue, *, same_words: bool) -> Engine:
        """The same with other values in its catalogue, row by row the same products.

        With `same_words` nothing that is said of products differs, and what was counted stays.
        """
        shop = replace(self.shop, catalogue=catalogue)
        ranker = replace(self.ranker, shop=shop)
        after = replace(self, fitted=replace(self.fitted, ranker=ranker))
        if same_words:
            after.__dict__["_support"] = self._support
        return after

    @property
    def shop(self) -> Shop:
        """The shop that is served."""
        return self.fitted.shop

    @property
    def ranker(self) -> Ranker:
        """The model that ranks."""
        return self.fitted.ranker

    @property
    def support(self) -> SupportIndex:
        """What the log counts, for reasons of lists that another ranker makes."""
        return self._support

    def voice(self, lang: str, audience: Audience = Audience.SHOPPER) -> TemplateVoice:
        """Who says reasons to a shopper in a language; `ConfigError` where there is none such."""
        return self._voice(lang, audience)

    @property
    def model_version(self) -> str:
        """Changes whenever the data, the configuration or a coefficient does."""
        return self.fitted.version

    def state(self, user_id: str) -> ShopperState:
        """The shopper after all events of the log; somebody never seen has an empty history."""
        return ShopperState.of(self.shop, user_id)

    def item_num(self, item_id: str) -> int:
        """Row of a product; `UnknownEntityError` where the shop has no such product."""
        num = self.shop.interactions.items.num(item_id)
        if num is None:
            raise UnknownEntityError(
                f"this shop has no product {item_id!r}",
                value=item_id,
                hint="ids are the shop's own, as in its catalogue",
            )
        return num

    def recommend(
        self,
        state: ShopperState,
        *,
        k: int = 10,
        lang: str = "en",
        explain: bool = True,
        only_new: bool = False,
        ranker: Ranker | None = None,
        audience: Audience = Audience.SHOPPER,
    ) -> tuple[Recommendation, ...]:
        """The best `k` products with their ledgers and, unless told otherwise, checked reasons.

        `audience` is whom the reasons are said to. `only_new` leaves out what the shopper bought
        before, also where the shop repeats.
        """
        voice = self._voice(lang, audience) if explain else None
        return self._recommend(self.ranker_of(only_new=only_new, ranker=ranker), state, k, voice)

    @property
    def model_names(self) -> tuple[str, ...]:
        """What can rank here: the ledger, then the models that were saved beside it."""
        return (LEDGER, *self.fitted.models)

    def saved(self, model: str) -> Servable:
        """A model that was saved beside the ledger; `ConfigError` where there is none such."""
        if model not in self.fitted.models:
            raise ConfigError(
                f"this shop has no saved model {model!r}",
                value=model,
                hint=f"choose from {', '.join(self.model_names)}, or add one with "
                f"`youli fit --model {model}`",
            )
        return self.fitted.models[model]

    def rank_with(
        self,
        model: str,
        state: ShopperState,
        *,
        k: int = 10,
        only_new: bool = False,
        ranker: Ranker | None = None,
    ) -> tuple[Ranked, ...]:
        """The best `k` products by a saved model, with its own scores and without reasons.

        The same products may be listed as by the ledger (stock, repeats, what is hidden or asked
        for); diversity, boosts and pins change scores of the ledger alone. Raises `ConfigError` for
        a model that the shop does not have.
        """
        scores = self.saved(model).score_batch([state])[0]
        ranker = self.ranker_of(only_new=only_new, ranker=ranker)
        eligible = ranker.eligible(state) & ~np.isnan(scores)
        return tuple(
            Ranked(rank, int(item), float(scores[item]))
            for rank, item in enumerate(top(scores, eligible, k), start=1)
        )

    def explain(
        self,
        state: ShopperState,
        item_num: int,
        *,
        k: int = 10,
        lang: str = "en",
        counterfactual: bool = False,
        only_new: bool = False,
        ranker: Ranker | None = None,
        audience: Audience = Audience.SHOPPER,
    ) -> Explanation:
        """All that can be said about one product for one shopper, listed or not.

        With `only_new`, place and counterfactual are those of the list that leaves out what the
        shopper bought before.
        """
        return explain_item(
            self.ranker_of(only_new=only_new, ranker=ranker),
            self._support,
            state,
            item_num,
            self._voice(lang, audience),
            k=k,
            counterfactual=counterfactual,
            only_new=self._is_new(only_new),
        )

    def answer(
        self,
        state: ShopperState,
        question: Question,
        method: str,
        *,
        k: int = 10,
        lang: str = "en",
        only_new: bool = False,
        ranker: Ranker | None = None,
        audience: Audience = Audience.SHOPPER,
    ) -> Answer:
        """What one method (`youli.registry.EXPLAINERS`) says about a product, checked.

        Answers are not for advertisers: they tell what a shopper did.

        Raises `ConfigError` for a method or a model that there is not, a model that the method
        cannot explain, or something that it does not take, and `InputError` for a question that
        makes no sense.
        """
        # The ledger by its name is the ledger: no method takes that for another model.
        named = None if question.model in (None, LEDGER) else question.model
        asked = Asked(
            self.ranker_of(only_new=only_new, ranker=ranker), state, k, self._is_new(only_new),
            scorer=None if named is None else self.saved(named), support=self._support,
        )  # fmt: skip
        question = replace(question, model=named)
        if audience is Audience.ADVERTISER:
            raise ConfigError(
                "answers tell what a shopper did, which is not for advertisers",
                value=audience.value,
                hint="ask for the list with its reasons, or as shopper, agent or merchant",
            )
        voice = self._voice(lang, audience)
        return answer_question(asked, question, method_named(method), voice, self._support)

    def ranker_of(self, *, only_new: bool, ranker: Ranker | None = None) -> Ranker:
        """What makes the list of all products, or that of those not bought before.

        A `ranker` with rules and filters of its own (`youli.lists`) is taken as it is.
        """
        if ranker is not None:
            return ranker
        return self._only_new if only_new else self.ranker

    def plain(
        self, state: ShopperState, *, k: int = 10, ranker: Ranker | None = None
    ) -> tuple[Ranked, ...]:
        """The same list as `recommend` without ledgers and reasons, for a fraction of the time."""
        ranker = self.ranker if ranker is None else ranker
        ranking = ranker.rank(state, k=k)
        shift, lifted = ranker.config.rules.shift_up, np.array(ranking.arranged.lifts) > 0.0
        if shift is not None:
            lifted |= shift[ranking.item_nums]
        found = ranking.item_nums.tolist(), ranking.placed_scores.tolist(), lifted.tolist()
        return tuple(
            Ranked(rank, *row) for rank, row in enumerate(zip(*found, strict=True), start=1)
        )

    def _is_new(self, only_new: bool) -> bool:
        """Whether the list of new products is another one than the list."""
        return only_new and self.ranker.config.repeats

    def similar(
        self,
        item_num: int,
        *,
        k: int = 8,
        lang: str = "en",
        config: RankConfig = _BESIDE,
    ) -> tuple[Recommendation, ...]:
        """Products that shoppers of this one go on to, or that share its attributes.

        One of each title, and only what a checked reason speaks for: the list may be short.
        `config` has the merchant's rules and the filter of this list.
        """
        return self._beside(item_num, _SIMILAR, k, lang, config)

    def bought_together(
        self,
        item_num: int,
        *,
        k: int = 8,
        lang: str = "en",
        config: RankConfig = _BESIDE,
    ) -> tuple[Recommendation, ...]:
        """Products that are often in one order with this one."""
        return self._beside(item_num, _TOGETHER, k, lang, config)

    def _recommend(
        self,
        ranker: Ranker,
        state: ShopperState,
        k: int,
        voice: TemplateVoice | None,
        *,
        beside: bool = False,
    ) -> tuple[Recommendation, ...]:
        """The list, with reasons where there is a voice to say them."""
        ranking = ranker.rank(state, k=k)
        if voice is not None:
            return explain_ranking(ranker, self._support, state, ranking, voice, beside=beside)
        return tuple(
            Recommendation(rank, int(item), ledger)
            for rank, (item, ledger) in enumerate(
                zip(ranking.item_nums, ranking.ledgers, strict=True), start=1
            )
        )

    def beside(self, item_num: int) -> ShopperState:
        """Whom a list beside a product is ranked for: somebody whose only event is the product."""
        moment = int(self.shop.data_until.timestamp())
        return ShopperState(user_id="", now=moment).record(item_num, "purchase", moment)

    def _beside(
        self, item_num: int, names: tuple[str, ...], k: int, lang: str, config: RankConfig
    ) -> tuple[Recommendation, ...]:
        """Rank for somebody whose only event is this product, by some channels alone."""
        ranker = replace(self._restricted[names], config=config)
        if not ranker.channels:
            return ()
        state = self.beside(item_num)
        voice, rules = self._voice(lang), config.rules
        free = replace(ranker, config=replace(config, rules=rules.without_pins()))
        found = self._recommend(free, state, _TRIED * k, voice, beside=True)
        titles, seen = self.shop.catalogue.titles, {self.shop.catalogue.titles[item_num]}
        supported = []
        for one in found:
            title = titles[one.item_num]
            if title not in seen and any(map(_is_specific, one.reasons)):
                seen.add(title)
                supported.append(one)
        if rules.pins:  # a pin counts places, so they are counted again among what is left
            allowed = np.zeros(self.shop.interactions.n_items, dtype=bool)
            allowed[[one.item_num for one in supported]] = True
            allowed[rules.pinned] = True
            if config.allowed is not None:
                allowed &= config.allowed
            again = replace(ranker, config=replace(config, allowed=allowed))
            return self._recommend(again, state, k, voice, beside=True)
        return tuple(replace(one, rank=rank) for rank, one in enumerate(supported[:k], start=1))

    @cached_property
    def _only_new(self) -> Ranker:
        return replace(self.ranker, config=replace(self.ranker.config, repeats=False))

    @cached_property
    def _restricted(self) -> dict[tuple[str, ...], Ranker]:
        """Rankers of only some channels, equally weighted where a weight was learned as zero."""
        rankers: dict[tuple[str, ...], Ranker] = {}
        for names in (_SIMILAR, _TOGETHER):
            channels = {n: c for n, c in self.ranker.channels.items() if n in names}
            weights = {n: _some(self.ranker.coefficients[n]) for n in channels}
            rankers[names] = Ranker(self.shop, channels, weights, RankConfig())
        return rankers

    @cached_property
    def _support(self) -> SupportIndex:
        return SupportIndex(self.shop)

    @cached_property
    def _voices(self) -> dict[tuple[str, Audience], TemplateVoice]:
        return {
            (lang, audience): TemplateVoice(self.shop, lang, audience)
            for lang in self.languages
            for audience in Audience
        }

    def _voice(self, lang: str, audience: Audience = Audience.SHOPPER) -> TemplateVoice:
        if lang not in self.languages:
            raise ConfigError(
                f"there is no language {lang!r}",
                value=lang,
                hint=f"choose from {', '.join(self.languages)}",
            )
        return self._voices[lang, audience]


def _is_specific(reason: Reason) -> bool:
    """Whether a reason says more than that the product is popular."""
    return reason.claim.kind is not ClaimKind.POPULAR


def _some(coefficients: Coefficients) -> Coefficients:
    """The learned weights, or ones where none is positive."""
    return coefficients if coefficients.any() else np.ones(len(coefficients))
