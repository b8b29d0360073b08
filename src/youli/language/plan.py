"""What to say of a claim and in what order: the keys of forms, chosen from its facts alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from youli.explain.facts import BESIDE
from youli.explain.types import Claim, ClaimKind, Counterfactual, Fact
from youli.language.vocabulary import Audience

__all__ = ["Plan", "plan_claim", "plan_counterfactual"]

#: Past products that a counterfactual names one by one.
_MOST_NAMED = 3
#: Claims that say nothing of the shopper.
_ABOUT_NOBODY = frozenset({ClaimKind.TRENDING, ClaimKind.POPULAR, ClaimKind.PROMOTED})


@dataclass(frozen=True, slots=True)
class Plan:
    """Keys of the forms to fill: those of the sentence, joined in order, and that of the chip."""

    text: tuple[str, ...]
    chip: str


def plan_claim(claim: Claim, audience: Audience = Audience.SHOPPER) -> Plan:
    """Choose the forms of a claim.

    An advertiser hears counts of others alone: no title, date or trait of the shopper. Raises
    `KeyError` where the claim lacks a fact that every form of its kind needs.
    """
    if audience is Audience.ADVERTISER and claim.kind not in _ABOUT_NOBODY:
        key = f"advertiser/{claim.kind}/{claim.facts.get('verb', 'chose')}"
        return Plan((key,), f"{key}/chip")
    return _PLANS[claim.kind](claim.facts)


def plan_counterfactual(found: Counterfactual, audience: Audience = Audience.SHOPPER) -> str:
    """Choose the form of a counterfactual; it names what a shopper did, so advertisers get none."""
    if audience is Audience.ADVERTISER:
        return "advertiser/counterfactual"
    if found.rank_before == 0 or found.rank_before > found.k:
        return "counterfactual/absent"
    if not found.valid:
        return "counterfactual/none"
    n_named = min(len(found.removed_items), _MOST_NAMED + 1)
    return f"counterfactual/{n_named}" + ("/minimal" if found.minimal else "")


def _how_often(facts: Mapping[str, Fact]) -> str:
    often = "once" if facts["n_times"] == 1 else "often"
    return f"{often}_dated" if "last_date" in facts else often


def _opening(facts: Mapping[str, Fact]) -> str:
    return f"opening/{_how_often(facts)}/{facts['done']}"


def _about_source(name: str) -> Callable[[Mapping[str, Fact]], Plan]:
    def plan(facts: Mapping[str, Fact]) -> Plan:
        key = f"{name}/{facts['verb']}"
        if facts["done"] == BESIDE:
            return Plan((f"beside/{key}",), f"{key}/chip")
        return Plan((_opening(facts), key), f"{key}/chip")

    return plan


def _about_item(name: str) -> Callable[[Mapping[str, Fact]], Plan]:
    def plan(facts: Mapping[str, Fact]) -> Plan:
        key = f"{name}/{facts['verb']}"
        return Plan((key,), f"{key}/chip")

    return plan


def _shared(facts: Mapping[str, Fact]) -> Plan:
    n_sources = 3 if "source_title_3" in facts else 2 if "source_title_2" in facts else 1
    if n_sources > 1:
        return Plan((f"shared/{n_sources}/{facts['done']}",), "shared/chip")
    if facts["done"] == BESIDE:
        return Plan(("beside/shared",), "shared/chip")
    observed = "shared/price" if "price_minor" in facts else "shared/one"
    return Plan((_opening(facts), observed), "shared/chip")


def _similar_text(facts: Mapping[str, Fact]) -> Plan:
    n_words = 3 if "word_3" in facts else 2 if "word_2" in facts else 1
    key = f"similar_text/words/{n_words}" if "word" in facts else "similar_text/topic"
    if facts["done"] == BESIDE:
        return Plan((f"beside/{key}",), f"{key}/chip")
    return Plan((_opening(facts), key), f"{key}/chip")


def _looks_like(facts: Mapping[str, Fact]) -> Plan:
    name = "beside/looks_like" if facts["done"] == BESIDE else f"looks_like/{facts['done']}"
    return Plan((name,), "looks_like/chip")


def _buy_again(facts: Mapping[str, Fact]) -> Plan:
    done = facts["done"]
    if "gap_days" in facts:
        return Plan((f"buy_again/rhythm/{done}",), f"buy_again/rhythm/{done}/chip")
    often = "once" if facts["n_times"] == 1 else "often"
    return Plan((f"buy_again/{_how_often(facts)}/{done}",), f"buy_again/{often}/{done}/chip")


def _trending(facts: Mapping[str, Fact]) -> Plan:
    verb = facts["verb"]
    if "rose" not in facts:
        return Plan((f"recent/{verb}",), f"recent/{verb}/chip")
    name = "trending" if "n_before" in facts else "trending_few_before"
    return Plan((f"{name}/{verb}",), f"trending/{verb}/chip")


def _popular(facts: Mapping[str, Fact]) -> Plan:
    name = "popular_new" if "new" in facts else "popular_few" if "few" in facts else "popular"
    key = f"{name}/{facts['verb']}"
    return Plan((key,), f"{key}/chip")


def _matches(facts: Mapping[str, Fact]) -> Plan:
    n_phrases = 3 if "phrase_3" in facts else 2 if "phrase_2" in facts else 1
    return Plan((f"matches/{facts['field']}/{n_phrases}",), f"matches/{n_phrases}/chip")


_PLANS: Mapping[ClaimKind, Callable[[Mapping[str, Fact]], Plan]] = {
    ClaimKind.WENT_ON: _about_source("went_on"),
    ClaimKind.TOGETHER: _about_source("together"),
    ClaimKind.CHOSEN_ALIKE: _about_source("chosen_alike"),
    ClaimKind.SHARED_ATTRIBUTE: _shared,
    ClaimKind.SIMILAR_TEXT: _similar_text,
    ClaimKind.LOOKS_LIKE: _looks_like,
    ClaimKind.BUY_AGAIN: _buy_again,
    ClaimKind.GROUP: _about_item("group"),
    ClaimKind.TRENDING: _trending,
    ClaimKind.POPULAR: _popular,
    ClaimKind.PROMOTED: lambda _facts: Plan(("promoted",), "promoted/chip"),
    ClaimKind.MATCHES: _matches,
    ClaimKind.MEANS: lambda _facts: Plan(("means",), "means/chip"),
}
