"""What a method of explaining is, what it is asked, and what it gives.

A method reads the ledger (or a table of it), and says what it found in three ways at once: as data,
as *proofs* and as *sentences*. A proof is a number that the ranker must give in some changed world;
a sentence is a form with facts. `answering.answer_question` ranks every proof again and reads every
sentence back before anybody sees the answer.

A plug-in is a class with this protocol and an entry point of the group ``youli.explainers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from youli.data.interactions import EVENT_NAMES
from youli.data.state import ShopperState
from youli.explain.attribution.base import Scorer
from youli.explain.lists import ModelLists, Ranks
from youli.explain.support import SupportIndex
from youli.explain.types import By, Check, Sentence
from youli.explain.worlds import Change
from youli.rank.ranker import Ranker, Ranking
from youli.types import BoolArray, Entry, FloatArray, IntArray, Ledger

__all__ = [
    "Answer",
    "Asked",
    "Explainer",
    "Finding",
    "Proof",
    "Question",
    "entry_row",
    "event_row",
    "item_row",
    "ledger_of",
    "place_of",
    "rank_in",
]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one product; a method takes what it names in `takes`, and no more."""

    item_num: int
    #: contrast: the product to compare with; None takes the one placed next.
    other: int | None = None
    #: counterfactual: what is taken out.
    by: By | None = None
    #: what-if: one more event, product and event name.
    add: tuple[int, str] | None = None
    #: what-if: the product whose events are left out.
    remove: int | None = None
    #: what-if: another price of the product, in minor units.
    price_minor: int | None = None
    #: Which saved model is explained, by name; None is the ledger.
    model: str | None = None

    def given(self) -> frozenset[str]:
        """The names of what was given beside the product."""
        names = ("other", "by", "add", "remove", "price_minor", "model")
        return frozenset(name for name in names if getattr(self, name) is not None)


@dataclass(frozen=True)
class Asked:
    """Who asks, and the list that is spoken of: `ranker` made it, or `scorer` under its filters."""

    ranker: Ranker
    state: ShopperState
    k: int = 10
    #: Whether the list leaves out what was bought before though the shop would repeat it.
    only_new: bool = False
    #: A saved model that ranks in the ledger's place.
    scorer: Scorer | None = None
    #: What counts other shoppers; built where none is given.
    support: SupportIndex | None = None

    @cached_property
    def lists(self) -> Ranks:
        """What makes the list: the ledger, or the saved model."""
        return self.ranker if self.scorer is None else ModelLists(self.ranker, self.scorer)

    @cached_property
    def listed(self) -> IntArray:
        """The list as served, int32 [≤ k]."""
        if self.scorer is None:
            return self.ranking.item_nums
        return self.lists.listed(self.state, k=self.k)

    @cached_property
    def counts(self) -> SupportIndex:
        """What counts other shoppers."""
        return SupportIndex(self.ranker.shop) if self.support is None else self.support

    def score(self, item_num: int) -> float:
        """The score as served: with what rules changed, where the ledger ranks."""
        if self.scorer is None:
            return self.ledger(item_num).score
        return float(self.scorer.score_batch([self.state])[0, item_num])

    @cached_property
    def ranking(self) -> Ranking:
        """The list as the ledger makes it."""
        return self.ranker.rank(self.state, k=self.k)

    def ledger(self, item_num: int) -> Ledger:
        """The ledger of any product, itemised in full; of a listed one with what rules changed."""
        found = ledger_of(self.ranker, self.state, item_num)
        rank = rank_in(self.ranking.item_nums, item_num)
        if rank is None:
            return found
        served = self.ranking.ledgers[rank - 1].entries
        rules = tuple(one for one in served if one.of_place)
        return Ledger(item_num, (*found.entries, *rules))

    def place(self, item_num: int) -> int | None:
        """1-based place by score among all that may be listed, ties by row; None for the others."""
        return place_of(self.ranking.scores, self.ranking.eligible, item_num)


def ledger_of(ranker: Ranker, state: ShopperState, item_num: int) -> Ledger:
    """The ledger of one product, itemised in full and without what its place in a list brought."""
    item_nums = np.array([item_num], dtype=np.int32)
    return ranker.ledgers(state, item_nums, n_sources=None)[0]


def place_of(scores: FloatArray, eligible: BoolArray, item_num: int) -> int | None:
    """1-based place by score among the eligible products, ties by row; None for the others."""
    if not eligible[item_num]:
        return None
    mine = scores[item_num]
    ahead = (scores > mine) | ((scores == mine) & (np.arange(len(scores)) < item_num))
    return int((ahead & eligible).sum()) + 1


def rank_in(item_nums: IntArray, item_num: int) -> int | None:
    """1-based place in a list, or None."""
    places = np.flatnonzero(item_nums == item_num)
    return int(places[0]) + 1 if len(places) else None


@dataclass(frozen=True, slots=True)
class Proof:
    """What the ranker must say of a product in some world: its score, its place in the list.

    `rank` is 1-based, 0 where the product must not be listed. None stands for what is not claimed.
    `diversity` is given where a list with another strength of it is meant.
    """

    item_num: int
    score: float | None = None
    rank: int | None = None
    change: Change = field(default_factory=Change)
    diversity: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a method found, before it is checked: data that JSON can hold, proofs, sentences.

    `checks` are the method's own, such as that its parts add up. `exact` is given where it depends
    on what was asked, and stands in place of the method's own.
    """

    data: Mapping[str, Any]
    proofs: tuple[Proof, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    checks: tuple[Check, ...] = ()
    exact: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer; where a check failed nothing of what was found is in it."""

    method: str
    exact: bool
    item_num: int
    k: int
    rank: int | None
    score: float
    data: Mapping[str, Any]
    text: str
    proofs: tuple[Proof, ...]
    checks: tuple[Check, ...]
    #: The saved model that was explained; None is the ledger.
    model: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@runtime_checkable
class Explainer(Protocol):
    """One way to explain."""

    name: ClassVar[str]
    #: Whether it is always read off and proven; of an estimate a `Finding` may say more.
    exact: ClassVar[bool]
    #: What it takes of a `Question`, beside the product.
    takes: ClassVar[frozenset[str]]

    def find(self, asked: Asked, question: Question) -> Finding:
        """What there is to say; raises `InputError` where the question makes no sense."""
        ...


# -- parts of documents ----------------------------------------------------------------------


def item_row(asked: Asked, item_num: int) -> dict[str, Any]:
    """A product as documents name it."""
    shop = asked.ranker.shop
    return {
        "item_id": shop.interactions.items.ids[item_num],
        "title": shop.catalogue.titles[item_num],
    }


def event_row(asked: Asked, row: int) -> dict[str, Any]:
    """One history row."""
    code = int(asked.state.rows["event"][row])
    return {"row": row, "event": EVENT_NAMES[code]}


def entry_row(asked: Asked, entry: Entry) -> dict[str, Any]:
    """One addend: its channel, what it rests on, and its amount."""
    evidence = entry.evidence
    row: dict[str, Any] = {"channel": entry.channel, "kind": evidence.kind.value}
    if evidence.source_item >= 0:
        row["source"] = item_row(asked, evidence.source_item)
    if evidence.events:
        row["events"] = list(evidence.events)
    if evidence.attribute is not None:
        row["attribute"] = {"name": evidence.attribute[0], "value": evidence.attribute[1]}
    return {**row, "amount": entry.amount}
