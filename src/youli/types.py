"""The small shared vocabulary: evidence, entries, the ledger, and array types.

A score is a sum of `Entry` amounts and nothing else; a `Ledger` is all of them for one product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from youli import markup

__all__ = [
    "OF_PLACE",
    "BoolArray",
    "Entry",
    "Evidence",
    "EvidenceKind",
    "FloatArray",
    "IntArray",
    "Ledger",
    "Progress",
    "no_progress",
]

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: Channels of the rule entries that a place in a list brings.
OF_PLACE: Final = frozenset({"diversity", "pinned"})

#: Told what is being done and how much of it is done, from 0 to 1.
Progress: TypeAlias = Callable[[str, float], None]


def no_progress(_what: str, _share: float) -> None:
    """Stay silent."""


class EvidenceKind(StrEnum):
    """What an amount rests on."""

    HISTORY = "history"  # events of this shopper with one past product
    ATTRIBUTE = "attribute"  # an attribute that a past product shares with the candidate
    REPURCHASE = "repurchase"  # events of this shopper with the candidate itself
    PROFILE = "profile"  # an attribute of the shopper
    ITEM = "item"  # a fact about the candidate alone: popularity, trend
    QUERY = "query"  # a word of a search, or what the search means
    FEEDBACK = "feedback"  # what this shopper said of a product, in words or by returning it
    RULE = "rule"  # a named adjustment of the list: diversity, a promotion
    REMAINDER = "remainder"  # small entries of one channel, summed under one name


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one amount rests on; never a guess about the shopper, only what was observed."""

    kind: EvidenceKind
    #: The past product (`item_num`); -1 where there is none.
    source_item: int = -1
    #: Rows of the shopper's history that belong to it.
    events: tuple[int, ...] = ()
    #: Name and value of a product's or shopper's attribute. RULE: "rule" and the rule's id.
    attribute: tuple[str, str] | None = None
    #: REMAINDER: how many entries were summed. RULE: how many products caused it.
    n_merged: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One addend of a score."""

    channel: str
    evidence: Evidence
    amount: float

    @property
    def of_place(self) -> bool:
        """Whether it comes from the product's place in a list; its score is without such ones."""
        return self.evidence.kind is EvidenceKind.RULE and self.channel in OF_PLACE


class Ledger:
    """All the entries of one product's score, largest absolute amount first.

    Entries may be given as a function that makes them: it is asked once, when they are first
    needed, and stays at hand as `made_by`. Ledgers of a product with the same entries are equal.
    """

    __slots__ = ("_entries", "item_num", "made_by")

    def __init__(
        self, item_num: int, entries: tuple[Entry, ...] | Callable[[], tuple[Entry, ...]]
    ) -> None:
        self.item_num = item_num
        self.made_by = None if isinstance(entries, tuple) else entries
        self._entries = entries if isinstance(entries, tuple) else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries."""
        if self._entries is None:
            assert self.made_by is not None, "entries are given or made"
            self._entries = self.made_by()
        return self._entries

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ledger):
            return NotImplemented
        return (self.item_num, self.entries) == (other.item_num, other.entries)

    def __hash__(self) -> int:
        return hash((self.item_num, self.entries))

    def __repr__(self) -> str:
        return f"Ledger(item_num={self.item_num}, entries={self.entries})"

    @property
    def score(self) -> float:
        """The sum of all entries, exactly rounded."""
        return math.fsum(entry.amount for entry in self.entries)

    def by_channel(self) -> dict[str, float]:
        """Sum the amounts of each channel."""
        sums: dict[str, list[float]] = {}
        for entry in self.entries:
            sums.setdefault(entry.channel, []).append(entry.amount)
        return {channel: math.fsum(amounts) for channel, amounts in sums.items()}

    def amount_of(self, events: Iterable[int]) -> float:
        """Sum what rests on the given history rows and on nothing else."""
        wanted = set(events)
        return math.fsum(
            entry.amount
            for entry in self.entries
            if entry.evidence.events and wanted.issuperset(entry.evidence.events)
        )

    def compact(self, n_entries: int) -> Ledger:
        """Keep the `n_entries` largest and sum the rest into one named remainder per channel.

        A remainder that is there already is summed into it with all it stands for.
        """
        single = [one for one in self.entries if one.evidence.kind is not EvidenceKind.REMAINDER]
        kept = set(map(id, single[:n_entries]))
        merged: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if id(entry) not in kept:
                merged.setdefault(entry.channel, []).append(entry)
        rest = tuple(
            Entry(
                channel,
                Evidence(EvidenceKind.REMAINDER, n_merged=sum(map(_n_parts, entries))),
                math.fsum(entry.amount for entry in entries),
            )
            for channel, entries in merged.items()
        )
        return Ledger(self.item_num, (*single[:n_entries], *rest))

    def labelled(
        self, titles: Mapping[int, str] | None = None, n_entries: int = 12
    ) -> list[tuple[str, float]]:
        """The largest entries in words with their amounts, the rest summed by channel.

        A product that has no title in `titles` is called by its row.
        """
        known = {} if titles is None else titles
        entries = self.compact(n_entries).entries
        return [(_in_words(one, known), one.amount) for one in entries]

    def _repr_html_(self) -> str:
        rows = self.labelled()
        head = f"Score {self.score:.3f} of product #{self.item_num}: a sum of {len(self.entries)}"
        return markup.card(head, [markup.bars(head, rows)])


#: Room for a title beside a channel and an attribute.
_TITLE_COLUMNS = 26


def _in_words(entry: Entry, titles: Mapping[int, str]) -> str:
    evidence, parts = entry.evidence, [entry.channel]
    if evidence.source_item >= 0:
        title = titles.get(evidence.source_item, f"product #{evidence.source_item}")
        parts.append(markup.shortened(title, _TITLE_COLUMNS))
    if evidence.attribute is not None:
        parts.append(f"{evidence.attribute[0]} = {evidence.attribute[1]}")
    if evidence.n_merged:
        parts.append(f"{evidence.n_merged} together")
    return " · ".join(parts)


def _n_parts(entry: Entry) -> int:
    """How many parts an entry stands for."""
    merged = entry.evidence.kind is EvidenceKind.REMAINDER
    return entry.evidence.n_merged if merged else 1
