"""From a ledger to the claims that it could support, before any is checked.

Entries are grouped by what they rest on: one past product across all channels, an attribute that
several past products share, an attribute of the shopper, the product itself. The amount of a
claim is the sum of *everything* that rests on its evidence, whatever the channel, because that is
what leaves the score when the evidence is removed. The channel that the words name must give a
good part of it (`Candidate.own`; the check "cause" tests it).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from youli.data.state import ShopperState
from youli.explain.types import ClaimKind
from youli.rank.book import Page
from youli.rank.rules import PROMOTES
from youli.types import Entry, Evidence, EvidenceKind, Ledger

__all__ = ["KIND_OF_CHANNEL", "LEAST_CAUSE", "Candidate", "candidates", "last_resort"]

#: What the words may say when a channel gives the amount.
KIND_OF_CHANNEL = {
    "transition": ClaimKind.WENT_ON,
    "bridge": ClaimKind.WENT_ON,  # transitions, smoothed over products alike
    "basket": ClaimKind.TOGETHER,
    "neighbours": ClaimKind.CHOSEN_ALIKE,
    "affinity": ClaimKind.CHOSEN_ALIKE,
    "neural": ClaimKind.CHOSEN_ALIKE,
    "attributes": ClaimKind.SHARED_ATTRIBUTE,
    "text": ClaimKind.SIMILAR_TEXT,
    "image": ClaimKind.LOOKS_LIKE,
    "repurchase": ClaimKind.BUY_AGAIN,
    "recent": ClaimKind.BUY_AGAIN,  # only in the list of what was seen
    "profile": ClaimKind.GROUP,
    "trend": ClaimKind.TRENDING,
    "popularity": ClaimKind.POPULAR,
}
#: The named channels' least share of what the evidence gives in all channels.
LEAST_CAUSE = 0.25
#: Attributes looked at for one candidate, by amount.
_N_ATTRIBUTES = 2
#: Past products looked at for one candidate, by amount.
_N_SOURCES = 5
#: Past products that an attribute claim names: as many as a sentence can hold.
_N_NAMED = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim without facts: kind, evidence, and what its channel and all channels give."""

    kind: ClaimKind
    channels: tuple[str, ...]
    evidence: Evidence
    #: Everything that rests on the evidence.
    amount: float
    #: The part of it that the channels named by the words give.
    own: float
    #: Past products of an attribute claim, strongest first.
    sources: tuple[int, ...] = ()


@dataclass(slots=True)
class _Source:
    """All that one past product gives to one candidate."""

    events: tuple[int, ...] = ()
    by_channel: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    by_attribute: defaultdict[tuple[str, str], float] = field(
        default_factory=lambda: defaultdict(float)
    )

    @property
    def amount(self) -> float:
        return math.fsum(self.by_channel.values())


def candidates(ledger: Ledger, state: ShopperState) -> list[Candidate]:
    """The claims with a positive amount whose words would name its cause, strongest first."""
    sources, found = _sorted_out(ledger, state)
    amounts = {one: source.amount for one, source in sources.items()}
    for one in nlargest(_N_SOURCES, amounts, key=amounts.__getitem__):
        if amounts[one] > 0:
            found.extend(_of_source(ledger.item_num, one, sources[one], amounts[one]))
    found.extend(_of_attributes(sources))
    return sorted(found, key=lambda candidate: -candidate.own)


def last_resort(ledger: Ledger) -> Candidate:
    """Popularity as it is, even where it takes from the score: a plain statement, no cause."""
    amount = ledger.by_channel().get("popularity", 0.0)
    evidence = Evidence(EvidenceKind.ITEM)
    return Candidate(ClaimKind.POPULAR, ("popularity",), evidence, amount, amount)


def _sorted_out(ledger: Ledger, state: ShopperState) -> tuple[dict[int, _Source], list[Candidate]]:
    """What each past product gives, and the claims of entries that rest on none.

    A page of a book tells the same without its entries being made; tests hold the two equal.
    """
    sources: dict[int, _Source] = {}
    found: list[Candidate] = []
    page = ledger.made_by
    if not isinstance(page, Page) or page.book.state is not state:
        for entry in ledger.entries:
            _sort_out(entry, state, sources, found)
        return sources, found
    items, rows_of = page.book.past_items, state.rows_of_distinct
    channels, names = page.book.channels, page.book.names
    for row in page.rows:
        number, past, label, amount, n_merged = row
        if past < 0:
            if not n_merged:
                _sort_out(page.book.entry(row), state, sources, found)
            continue
        source = sources.get(items[past])
        if source is None:
            source = sources[items[past]] = _Source(rows_of[past])
        source.by_channel[names[number]] += amount
        if label >= 0:
            source.by_attribute[channels[number].label(label)] += amount
    for entry in (*page.book.extra[page.at], *page.placed):
        _sort_out(entry, state, sources, found)
    return sources, found


def _sort_out(
    entry: Entry, state: ShopperState, sources: dict[int, _Source], found: list[Candidate]
) -> None:
    """Add an entry to its past product, or the claim that it alone makes."""
    evidence = entry.evidence
    if evidence.events:
        _add(sources.setdefault(_source_of(evidence, state), _Source()), entry)
    elif (kind := _kind_without_events(entry)) is not None and entry.amount > 0:
        found.append(Candidate(kind, (entry.channel,), evidence, entry.amount, entry.amount))


def _source_of(evidence: Evidence, state: ShopperState) -> int:
    if evidence.source_item >= 0:
        return evidence.source_item
    return int(state.item_num[evidence.events[0]])


def _add(source: _Source, entry: Entry) -> None:
    if source.events != entry.evidence.events:  # as a rule all entries cite the same rows
        source.events = tuple(sorted({*source.events, *entry.evidence.events}))
    source.by_channel[entry.channel] += entry.amount
    if entry.evidence.attribute is not None:
        source.by_attribute[entry.evidence.attribute] += entry.amount


def _kind_without_events(entry: Entry) -> ClaimKind | None:
    """What a profile, item or rule entry may be said to be; None where it is no reason."""
    if entry.evidence.kind is EvidenceKind.RULE:
        return ClaimKind.PROMOTED if entry.channel in PROMOTES else None
    if entry.evidence.kind in (EvidenceKind.PROFILE, EvidenceKind.ITEM):
        return KIND_OF_CHANNEL.get(entry.channel)
    return None


def _of_source(
    item_num: int, source_item: int, source: _Source, amount: float
) -> Iterable[Candidate]:
    """One claim for each way in which a past product speaks for the candidate."""
    by_kind: dict[ClaimKind, list[str]] = {}
    given = source.by_channel
    for channel in given:
        if (kind := KIND_OF_CHANNEL.get(channel)) is not None:
            by_kind.setdefault(kind, []).append(channel)
    least = LEAST_CAUSE * amount
    for kind, channels in by_kind.items():
        own = given[channels[0]]
        if len(channels) > 1:
            own = math.fsum([given[channel] for channel in channels])
        if own < least or (source_item == item_num) != (kind is ClaimKind.BUY_AGAIN):
            continue
        attribute = None
        if kind is ClaimKind.SHARED_ATTRIBUTE:
            attribute = max(source.by_attribute, key=source.by_attribute.__getitem__)
            own = source.by_attribute[attribute]
            if own < least:
                continue
        evidence = Evidence(_EVIDENCE_OF[kind], source_item, source.events, attribute)
        named = _ordered(max(channels, key=given.__getitem__), given)
        yield Candidate(kind, named, evidence, amount, own)


_EVIDENCE_OF = {
    ClaimKind.WENT_ON: EvidenceKind.HISTORY,
    ClaimKind.TOGETHER: EvidenceKind.HISTORY,
    ClaimKind.CHOSEN_ALIKE: EvidenceKind.HISTORY,
    ClaimKind.SHARED_ATTRIBUTE: EvidenceKind.ATTRIBUTE,
    ClaimKind.SIMILAR_TEXT: EvidenceKind.HISTORY,
    ClaimKind.LOOKS_LIKE: EvidenceKind.HISTORY,
    ClaimKind.BUY_AGAIN: EvidenceKind.REPURCHASE,
}


def _of_attributes(sources: dict[int, _Source]) -> Iterable[Candidate]:
    """One claim for each attribute that several past products share with the candidate.

    It rests on the `_N_NAMED` strongest of them and names them all: nothing is counted that the
    ledger has not itemised.
    """
    sharing: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    total: defaultdict[tuple[str, str], float] = defaultdict(float)
    for one, source in sources.items():
        for attribute, amount in source.by_attribute.items():
            if amount > 0:
                sharing[attribute].append(one)
                total[attribute] += amount
    shared = [attribute for attribute, many in sharing.items() if len(many) > 1]
    for attribute in sorted(shared, key=lambda one: -total[one])[:_N_ATTRIBUTES]:
        found = _of_attribute(attribute, sharing[attribute], sources)
        if found.own >= LEAST_CAUSE * found.amount > 0:
            yield found


def _of_attribute(
    attribute: tuple[str, str], many: Sequence[int], sources: dict[int, _Source]
) -> Candidate:
    ordered = sorted(many, key=lambda one: -sources[one].by_attribute[attribute])[:_N_NAMED]
    by_channel: defaultdict[str, float] = defaultdict(float)
    rows: set[int] = set()
    for one in ordered:
        rows.update(sources[one].events)
        for channel, amount in sources[one].by_channel.items():
            by_channel[channel] += amount
    return Candidate(
        ClaimKind.SHARED_ATTRIBUTE,
        _ordered("attributes", by_channel),
        Evidence(EvidenceKind.ATTRIBUTE, ordered[0], tuple(sorted(rows)), attribute),
        math.fsum(by_channel.values()),
        math.fsum(sources[one].by_attribute[attribute] for one in ordered),
        sources=tuple(ordered),
    )


def _ordered(first: str, by_channel: dict[str, float]) -> tuple[str, ...]:
    """The named channel, then the others by amount."""
    if len(by_channel) == 1:
        return (first,)
    others = sorted(by_channel, key=by_channel.__getitem__, reverse=True)
    return (first, *[channel for channel in others if channel != first])
