"""Answers that rest on the whole shop: what drives its lists, its rules, and a tree that imitates.

The same work as `youli drivers`, `youli rules` and `youli surrogate`, asked about one product for
one shopper, so that they stand beside the other methods with proofs and words of their own.
"""

from __future__ import annotations

import math
from typing import ClassVar

from youli.errors import NotEnoughDataError
from youli.explain.overview.drivers import Drivers, DriversConfig, find_drivers
from youli.explain.overview.rules import (
    WENT_ON,
    Rule,
    RulesConfig,
)
from youli.explain.overview.surrogate import Surrogate, SurrogateConfig, fit_local
from youli.explain.overview.toward import counted_in_log, rules_toward
from youli.explain.questions.base import Asked, Finding, Proof, Question
from youli.explain.questions.facts import titled
from youli.explain.types import Check, Fact, Sentence
from youli.registry import CHANNELS

__all__ = ["GlobalExplainer", "RulesExplainer", "SurrogateExplainer"]

#: Shoppers and bootstrap samples of an answer that somebody waits for.
_N_SHOPPERS, _N_RESAMPLES = 100, 200
_N_HISTORIES = 200
#: Channels that are named, and rules that are told.
_N_CHANNELS, _N_RULES = 3, 5
_ADDS_UP = 1e-6


class GlobalExplainer:
    """Shares of all amounts by channel, event, attribute, age, in the lists that hold the product.

    Of the whole shop where fewer than five of the shoppers drawn have it listed. Exact for the
    shoppers drawn, an estimate for all.
    """

    name: ClassVar[str] = "global"
    exact: ClassVar[bool] = False
    takes: ClassVar[frozenset[str]] = frozenset()

    def find(self, asked: Asked, question: Question) -> Finding:
        """The shares, and that they add up."""
        item_num = question.item_num
        proof = Proof(item_num, score=asked.score(item_num) - _by_rules(asked, item_num))
        config = DriversConfig(
            n_shoppers=_N_SHOPPERS, k=asked.k, n_months=0, n_resamples=_N_RESAMPLES
        )
        found: Drivers | None = None
        of_product, me = True, asked.state.user_num
        try:
            found = find_drivers(asked.ranker, config, item_num=item_num, excluding=me)
        except NotEnoughDataError:
            of_product = False
        if found is None:
            try:
                found = find_drivers(asked.ranker, config, excluding=me)
            except NotEnoughDataError:
                return Finding({"found": False}, (proof,), (Sentence("global/few"),))
        sums = [math.fsum(one.share for one in shares) for shares in found.aspects.values()]
        worst = max(abs(one - 1.0) for one in sums)
        scope = "global/product" if of_product else "global/shop"
        sentences = [Sentence(scope, {"n_shoppers": found.n_shoppers})]
        for share in found.aspects["channel"][:_N_CHANNELS]:
            known = share.name if share.name in CHANNELS.built_in else "other"
            sentences.append(Sentence(f"global/channel/{known}", {"confidence": share.share}))
        return Finding(
            data={"found": True, "of_product": of_product, **found.document()},
            proofs=(proof,),
            sentences=(*sentences, Sentence("attribution/estimate")),
            checks=(Check("completeness", worst <= _ADDS_UP, {"residual": worst}),),
        )


class RulesExplainer:
    """Rules of the log that lead from the shopper's past products to this one.

    They say what other shoppers did, exactly, and nothing of what the ranker makes of it. Every
    rule is counted twice: by the index, and once more in the log itself.
    """

    name: ClassVar[str] = "rules"
    exact: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = frozenset()

    def find(self, asked: Asked, question: Question) -> Finding:
        """Rules, surest first."""
        item_num, shop = question.item_num, asked.ranker.shop
        past = [
            int(item)
            for item, rows in zip(
                asked.state.distinct_items[0], asked.state.rows_of_distinct, strict=True
            )
            if rows
        ]
        me = asked.state.user_num
        found = rules_toward(asked.counts, past, item_num, RulesConfig(), excluding=me)
        shown = found.first(_N_RULES).rules
        n_wrong = sum(counted_in_log(shop, one, excluding=me) != _counts(one) for one in shown)
        return Finding(
            data={"verb": found.verb, "n_rules": len(found), "rules": found.first(_N_RULES).rows()},
            proofs=(Proof(item_num, score=asked.score(item_num) - _by_rules(asked, item_num)),),
            sentences=tuple(_told(asked, one, found.verb) for one in shown)
            or (Sentence("rules/none"),),
            checks=(
                Check("counted_again", not n_wrong, {"n_rules": len(shown), "n_wrong": n_wrong}),
            ),
        )


class SurrogateExplainer:
    """A tree of a few questions that imitates the score around this shopper, with its fidelity.

    An unfaithful one is not told: only that there is none, and how badly it did.
    """

    name: ClassVar[str] = "surrogate"
    exact: ClassVar[bool] = False
    takes: ClassVar[frozenset[str]] = frozenset({"model"})

    def find(self, asked: Asked, question: Question) -> Finding:
        """The tree and what it was judged on."""
        item_num = question.item_num
        proof = Proof(item_num, score=asked.score(item_num) - _by_rules(asked, item_num))
        config = SurrogateConfig(k=asked.k, n_histories=_N_HISTORIES)
        try:
            tree = fit_local(asked.lists, asked.state, item_num, "score", config)
        except NotEnoughDataError:
            return Finding({"found": False}, (proof,), (Sentence("attribution/unseen"),))
        judged = {"fidelity": tree.fidelity, "n_held_out": tree.n_held_out}
        share: dict[str, Fact] = {"confidence": max(tree.fidelity, 0.0)}
        if not tree.faithful:
            told = (Sentence("surrogate/unfaithful", share),)
            return Finding({"found": False, **judged}, (proof,), told)
        if tree.tree.is_leaf:
            return Finding(
                {"found": True, **tree.document()}, (proof,), (Sentence("surrogate/flat"),)
            )
        sentences = (
            Sentence("surrogate/tree", {"n_questions": _n_questions(tree), **share}),
            Sentence("surrogate/first", titled(asked, [tree.past[tree.tree.column]])),
            Sentence("attribution/estimate"),
        )
        return Finding(
            data={"found": True, **tree.document(), "lines": tree.tree.lines()},
            proofs=(proof,),
            sentences=sentences,
        )


def _n_questions(tree: Surrogate) -> int:
    return sum(1 for _ in tree.tree.leaves()) - 1


def _by_rules(asked: Asked, item_num: int) -> float:
    """What rules of the list, and not the ranker, add to the score; a proof asks the ranker."""
    if asked.scorer is not None:
        return 0.0
    whole = asked.ledger(item_num)
    return whole.score - float(asked.ranking.scores[item_num])


def _counts(rule: Rule) -> tuple[int, int, int]:
    return rule.n_both, rule.n_source, rule.n_item


def _told(asked: Asked, rule: Rule, verb: str) -> Sentence:
    facts: dict[str, Fact] = {
        "n_both": rule.n_both,
        "n_source": rule.n_source,
        "confidence": rule.confidence,
        **titled(asked, rule.sources),
    }
    form = f"rules/{rule.kind}"
    return Sentence(f"{form}/{verb}" if rule.kind == WENT_ON else form, facts)
