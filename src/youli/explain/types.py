"""What an explanation is made of: claims on evidence, and the checks they passed.

Explaining needs somebody who puts a claim into words and reads words back: the protocol `Voice`.
`youli.language` implements it, so explaining never imports a language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from youli import markup
from youli.types import Evidence, Ledger

__all__ = [
    "By",
    "Check",
    "Claim",
    "ClaimKind",
    "Counterfactual",
    "Explanation",
    "Fact",
    "Reason",
    "Recommendation",
    "Sentence",
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
    SIMILAR_TEXT = "similar_text"  # B is described like A
    LOOKS_LIKE = "looks_like"  # B looks like A
    BUY_AGAIN = "buy_again"  # the shopper had B before, at some rhythm
    GROUP = "group"  # popular with shoppers who share an attribute
    TRENDING = "trending"  # more than before
    POPULAR = "popular"  # the honest fallback
    PROMOTED = "promoted"  # put here by the shop
    MATCHES = "matches"  # B says words of the search
    MEANS = "means"  # B means about what the search means


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


class By(StrEnum):
    """What a counterfactual takes out."""

    PRODUCTS = "products"  # all events with one past product
    EVENTS = "events"  # one event
    INTERESTS = "interests"  # all events with products of one category or brand
    ATTRIBUTES = "attributes"  # one attribute of products, or of the shopper, for everything


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A smallest set of evidence without which the product leaves the list.

    `valid` was found by ranking again without it; `minimal` is true where every smaller set was
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
    by: By = By.PRODUCTS
    #: Attributes of products, or the interests; name and value.
    removed_labels: tuple[tuple[str, str], ...] = ()
    #: Attributes of the shopper.
    removed_traits: tuple[tuple[str, str], ...] = ()
    #: Whether the list is that of products not bought before.
    only_new: bool = False


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

    def _repr_html_(self) -> str:
        head = f"{self.rank}. product #{self.item_num}, score {self.score:.3f}"
        return markup.card(head, _in_html(self.ledger, self.reasons))


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

    def _repr_html_(self) -> str:
        place = "not listed" if self.rank is None else f"rank {self.rank}"
        head = f"Product #{self.item_num}, {place}, score {self.ledger.score:.3f}"
        parts = _in_html(self.ledger, self.reasons)
        if self.counterfactual is not None and self.counterfactual.text:
            parts.append(markup.paragraph(self.counterfactual.text))
        for check in self.checks:
            said = "passed" if check.passed else "FAILED"
            parts.append(markup.paragraph(f"Check {check.name}: {said}", soft=True))
        return markup.card(head, parts)


def _in_html(ledger: Ledger, reasons: tuple[Reason, ...]) -> list[str]:
    """What is said, then the sum; products are called by the titles that the reasons quote."""
    facts = [reason.claim.facts for reason in reasons]
    titles = {
        int(one["source"]): str(one["source_title"])
        for one in facts
        if "source" in one and "source_title" in one
    }
    said = [markup.paragraph(reason.text) for reason in reasons]
    return [*said, markup.bars(f"Score {ledger.score:.3f}", ledger.labelled(titles))]


@dataclass(frozen=True, slots=True)
class Words:
    """One claim in words: short (chip) and long (text)."""

    chip: str
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A form of the language, by key, and the facts that fill it."""

    form: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


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

    def tell(self, sentences: Sequence[Sentence]) -> tuple[str, Check]:
        """Some sentences as one text, and the check named "facts" that read each of them back."""
        ...
