"""What an explanation is made of: claims on evidence, and the checks they passed.

Explaining needs four things from outside, each named by a protocol here: an additive ranker, its
ranked list, and a voice that puts a claim into words and reads words back. `youli.language`
implements the voice, so explaining never imports a language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from youli.channels.base import Channel
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.types import BoolArray, Evidence, FloatArray, IntArray, Ledger

__all__ = [
    "AdditiveRanker",
    "Check",
    "Claim",
    "ClaimKind",
    "Counterfactual",
    "Explanation",
    "Fact",
    "RankedList",
    "Reason",
    "Recommendation",
    "Voice",
    "Words",
]

#: A fact that a sentence may quote: a count, an id, a date in ISO form, a share.
Fact = int | float | str


class ClaimKind(StrEnum):
    """What a reason says; one template a language for each."""

    WENT_ON = "went_on"  # shoppers of A went on to B
    TOGETHER = "together"  # A and B are in one order
    CHOSEN_ALIKE = "chosen_alike"  # shoppers of A also choose B
    SHARED_ATTRIBUTE = "shared_attribute"  # B shares an attribute with A
    BUY_AGAIN = "buy_again"  # the shopper had B before, at some rhythm
    GROUP = "group"  # popular with shoppers who share an attribute
    TRENDING = "trending"  # more than before
    POPULAR = "popular"  # the honest fallback
    PROMOTED = "promoted"  # put here by the shop


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement before it is put into words: what it rests on and every fact it may quote."""

    kind: ClaimKind
    channels: tuple[str, ...]
    evidence: Evidence
    #: What removing the evidence takes from the score, in those channels.
    amount: float
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One test of a claim against the model and data that served it."""

    name: str
    passed: bool
    #: The numbers that decided, by name.
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """A checked claim in words, short (chip) and long (text)."""

    claim: Claim
    checks: tuple[Check, ...]
    chip: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A smallest set of past products without which the product leaves the list.

    `valid` was found by ranking again without them; `minimal` is true where every smaller set was
    ruled out, by proof or by trying.
    """

    item_num: int
    removed_items: tuple[int, ...]
    removed_events: tuple[int, ...]
    k: int
    rank_before: int
    rank_after: int | None
    valid: bool
    minimal: bool
    #: The same in words, where a voice was asked.
    text: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One product of a ranked list, with its ledger and its checked reasons."""

    rank: int
    item_num: int
    ledger: Ledger
    reasons: tuple[Reason, ...] = ()
    #: How many claims failed a check and are not shown.
    n_dropped: int = 0

    @property
    def score(self) -> float:
        """The sum of the ledger."""
        return self.ledger.score


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that can be said about one product for one shopper."""

    item_num: int
    rank: int | None
    ledger: Ledger
    reasons: tuple[Reason, ...]
    checks: tuple[Check, ...]
    counterfactual: Counterfactual | None = None
    exact: bool = True
    #: How many claims failed a check and are not shown.
    n_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """One claim in words: short (chip) and long (text)."""

    chip: str
    text: str


class Voice(Protocol):
    """Puts a claim into words of one language, and reads words back against the claim."""

    @property
    def lang(self) -> str:
        """The language's code: "en", "zh"."""
        ...

    def say(self, claim: Claim, item_num: int) -> Words:
        """The claim as a reason for showing `item_num`."""
        ...

    def check(self, words: Words, claim: Claim, item_num: int) -> Check:
        """The check named "facts": everything the words say is a fact of the claim."""
        ...

    def counterfactual(self, found: Counterfactual) -> str:
        """What would have to be different, in one sentence."""
        ...


class RankedList(Protocol):
    """What a ranker answers: the listed products, their ledgers and every product's score."""

    @property
    def item_nums(self) -> IntArray:
        """The listed products in order, int32 [k]."""
        ...

    @property
    def ledgers(self) -> Sequence[Ledger]:
        """Their complete ledgers, in the same order."""
        ...

    @property
    def scores(self) -> FloatArray:
        """Score of every product before rules, float64 [n_items]."""
        ...

    @property
    def eligible(self) -> BoolArray:
        """Which products may be listed, bool [n_items]."""
        ...


class AdditiveRanker(Protocol):
    """A ranker whose score is a ledger: what every method here is written against."""

    @property
    def shop(self) -> Shop:
        """The shop it was fitted on."""
        ...

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Its channels by name."""
        ...

    @property
    def coefficients(self) -> Mapping[str, FloatArray]:
        """One number for each basis of each channel."""
        ...

    def score(self, state: ShopperState) -> FloatArray:
        """Score of every product before filters and rules, float64 [n_items]."""
        ...

    def score_items(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """The same for some products by another route: bases times coefficients."""
        ...

    def ledgers(self, state: ShopperState, item_nums: Sequence[int]) -> list[Ledger]:
        """Complete ledgers of some products, without rules."""
        ...

    def rank(self, state: ShopperState, *, k: int = 10) -> RankedList:
        """The list a shopper gets."""
        ...

    def eligible(self, state: ShopperState) -> BoolArray:
        """Which products may be listed, bool [n_items]."""
        ...
