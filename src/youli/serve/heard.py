"""What stored feedback and lists say, as the records that `youli.feedback` reckons with."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from youli.explain.types import ClaimKind
from youli.feedback.effects import with_said
from youli.feedback.limits import LimitsConfig, account_weight
from youli.feedback.records import (
    RATINGS,
    ItemFeedback,
    ItemKind,
    ReasonFeedback,
    ReasonKind,
    Shown,
    experiences,
)
from youli.feedback.trust import Trust
from youli.lists import Listing
from youli.serve.history import LiveShopper
from youli.storage.base import Storage
from youli.storage.records import FeedbackRecord, Impression, StoredEvent, iso

if TYPE_CHECKING:
    from youli.engine import Engine

__all__ = ["Heard", "TrustDesk"]

_SECOND_US = 1_000_000
#: Kinds that act as entries of the ledger. What is saved or liked is an event of the history.
_ACTS: Final = frozenset(
    {ItemKind.NOT_FOR_ME, ItemKind.DISMISSED, ItemKind.RETURNED, ItemKind.RATED}
)
_MOST_SAID = 100
_MOST_SHOPPERS = 10_000
#: Lists, statements and events that trust is reckoned from, the latest.
_MOST_LISTS, _MOST_WORDS, _MOST_EVENTS = 20_000, 20_000, 50_000
#: Trust is reckoned anew after so many seconds, where somebody asks.
_FRESH_S = 30.0


class Heard:
    """What each shopper said of products, kept until something about them changes."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._kept: OrderedDict[str, tuple[object, tuple[ItemFeedback, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def heeded(self, listing: Listing, live: LiveShopper) -> Listing:
        """The listing whose ledgers hold what the shopper said; as it is where they said nothing
        or want nothing made for them.
        """
        said = self.of(live)
        if not said:
            return listing
        return replace(listing, ranker=with_said(listing.ranker, said, now=listing.state.now))

    def of(self, live: LiveShopper) -> tuple[ItemFeedback, ...]:
        """What acts on a shopper's lists."""
        stored = live.stored
        if stored is None or not stored.version.version or not live.is_personalised:
            return ()
        with self._lock:
            kept = self._kept.get(stored.user_id)
            if kept is not None and kept[0] == stored.version:
                self._kept.move_to_end(stored.user_id)
                return kept[1]
        records = self._storage.feedback.of_shopper(stored.user_id, _MOST_SAID)
        said = tuple(one for one in _of_items(records) if one.kind in _ACTS)
        with self._lock:
            self._kept[stored.user_id] = stored.version, said
            while len(self._kept) > _MOST_SHOPPERS:
                self._kept.popitem(last=False)
        return said


class TrustDesk:
    """How far shoppers may trust the kinds of reason of one artifact, from what is stored."""

    def __init__(self, engine: Engine, storage: Storage) -> None:
        self._model_version = engine.model_version
        self._log = engine.shop.interactions
        self._storage = storage
        self._lock = threading.Lock()
        self._trust: Trust | None = None
        self._made_s = 0.0

    def trust(self) -> Trust:
        """Trust in the reasons of the model that serves, at most half a minute old.

        While one request reckons it anew, the others take what there is.
        """
        known = self._trust
        if known is not None and (self._lock.locked() or not self._is_due()):
            return known
        with self._lock:
            if self._trust is None or self._is_due():
                self._trust = self._reckoned()
                self._made_s = time.monotonic()
            return self._trust

    def _is_due(self) -> bool:
        return time.monotonic() - self._made_s > _FRESH_S

    def document(self, user_id: str) -> dict[str, Any]:
        """What is believed of each kind of reason for one shopper, and what moved it."""
        trust, now = self.trust(), int(time.time())
        rows = []
        for kind in ClaimKind:
            belief = trust.of(user_id, kind, now=now)
            low, high = belief.bounds
            rows.append(
                {
                    "reason": kind.value,
                    "trust": belief.trust,
                    "interval": [low, high],
                    "probability": belief.probability,
                    "n_own": belief.n_own,
                    "n_others": belief.n_others,
                }
            )
        return {
            "user_id": user_id,
            "model_version": trust.model_version,
            "reasons": rows,
            "moved_by": [
                {
                    "at": iso(one.timestamp * _SECOND_US),
                    "reason": one.reason.value,
                    "was_good": one.was_good,
                    "before": one.before,
                    "after": one.after,
                }
                for one in trust.moved_by(user_id)
            ],
        }

    def _reckoned(self) -> Trust:
        storage = self._storage
        shown = [one for many in storage.impressions.latest(_MOST_LISTS) for one in _shown_of(many)]
        records = storage.feedback.latest(_MOST_WORDS)
        events = storage.events.latest(_MOST_EVENTS)
        said = [*_of_items(records), *_of_events(events)]
        trust = Trust(self._model_version)
        trust.observe_all(
            experiences(
                shown,
                said,
                _of_reasons(records),
                now=int(time.time()),
                heard=self._heard(shown, events),
            )
        )
        return trust

    def _heard(self, shown: Iterable[Shown], events: Iterable[StoredEvent]) -> dict[str, float]:
        """How far each account counts for others: by its purchases, learned and stored."""
        log = self._log
        bought = Counter(one.user_id for one in events if one.event == "purchase")
        limits = LimitsConfig()
        found = {}
        for user_id in {one.user_id for one in shown}:
            user_num = log.users.num(user_id)
            rows = log.rows_of(user_num) if user_num is not None else slice(0, 0)
            found[user_id] = account_weight(rows.stop - rows.start + bought[user_id], limits)
        return found


def _of_items(records: Iterable[FeedbackRecord]) -> list[ItemFeedback]:
    """What was said of products and not taken back; a rating off the scale says nothing here."""
    low, high = RATINGS
    found = []
    for one in records:
        if one.is_withdrawn or one.about != "item" or one.kind not in list(ItemKind):
            continue
        kind = ItemKind(one.kind)
        if kind is ItemKind.RATED and not (one.value is not None and low <= one.value <= high):
            continue
        found.append(
            ItemFeedback(
                one.user_id, one.item_id, kind, one.created_us // _SECOND_US, one.value,
                one.recommendation_id,
            )
        )  # fmt: skip
    return found


def _of_reasons(records: Iterable[FeedbackRecord]) -> list[ReasonFeedback]:
    return [
        ReasonFeedback(
            one.user_id, one.item_id, ReasonKind(one.kind), one.created_us // _SECOND_US,
            one.recommendation_id,
        )
        for one in records
        if one.about == "reason" and not one.is_withdrawn and one.kind in list(ReasonKind)
    ]  # fmt: skip


def _of_events(events: Iterable[StoredEvent]) -> list[ItemFeedback]:
    """Purchases and returns that name the list they came from."""
    kinds = {"purchase": ItemKind.BOUGHT, "refund": ItemKind.RETURNED}
    return [
        ItemFeedback(
            one.user_id, one.item_id, kinds[one.event], one.received_us // _SECOND_US,
            recommendation_id=one.recommendation_id,
        )
        for one in events
        if one.event in kinds and one.recommendation_id is not None
    ]  # fmt: skip


def _shown_of(one: Impression) -> list[Shown]:
    """The places of a stored list that had a reason, each with its first one.

    Other lists (a search, one of another version) may say things that are no kind of claim here.
    """
    known = {kind.value for kind in ClaimKind}
    return [
        Shown(
            one.recommendation_id, one.user_id, str(item["item_id"]), int(item["rank"]),
            ClaimKind(item["reasons"][0]["kind"]), one.model_version, one.created_us // _SECOND_US,
        )
        for item in one.items
        if one.user_id and item.get("reasons") and item["reasons"][0].get("kind") in known
    ]  # fmt: skip
