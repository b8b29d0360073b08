"""What a claim may quote: counts about others, and dates, counts and attributes of this shopper.

Every fact is counted or copied here, once; a sentence quotes these and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from statistics import median

from youli.channels.base import Channel
from youli.channels.image import LEAST_SAID, ImageChannel
from youli.channels.text import TextChannel
from youli.data.interactions import EVENT_NAMES
from youli.data.state import EVENT_STRENGTH, ShopperState
from youli.explain.support import SupportIndex
from youli.explain.types import ClaimKind, Fact
from youli.types import Evidence

__all__ = ["BESIDE", "MIXED", "SUPPORT_COUNT", "FactFinder"]

#: The fact that counts the other shoppers behind a claim; kinds not listed speak of nobody else.
SUPPORT_COUNT: Mapping[ClaimKind, str] = {
    ClaimKind.WENT_ON: "n_both",
    ClaimKind.TOGETHER: "n_shoppers",
    ClaimKind.CHOSEN_ALIKE: "n_both",
    ClaimKind.GROUP: "n_chose",
    ClaimKind.TRENDING: "n_recent",
    ClaimKind.POPULAR: "n_shoppers",
}

#: In place of an event's name, where the past products of a claim differ in what was done.
MIXED = "mixed"
#: In place of an event's name, where the past product is only being looked at.
BESIDE = "beside"

_SECONDS_A_DAY = 86_400
#: How strongly each event code speaks.
_STRENGTH: list[float] = EVENT_STRENGTH.tolist()
#: Words that a sentence names of those that two texts share.
_N_WORDS = 3
#: A rhythm needs this many days with a purchase: two gaps, so that one of them can be typical.
_FEWEST_DAYS = 3
#: Dates kept written out: a decade.
_N_DAYS = 4096


class FactFinder:
    """Finds the facts of claims for one shopper's state.

    `channels` are those that ranked: some know why two products belong together. `beside`: the one
    past product is the page's, not something that the shopper did.
    """

    def __init__(
        self,
        support: SupportIndex,
        state: ShopperState,
        channels: Mapping[str, Channel],
        *,
        beside: bool = False,
    ) -> None:
        self.beside = beside
        self.channels = channels
        self.support = support
        self.state = state
        self.shop = support.shop
        self._me = state.user_num
        self._today = _iso_date(state.now)
        self._about_others: dict[ClaimKind, Callable[[int, Evidence], dict[str, Fact]]] = {
            ClaimKind.WENT_ON: self._went_on,
            ClaimKind.TOGETHER: self._together,
            ClaimKind.CHOSEN_ALIKE: self._chosen_alike,
            ClaimKind.GROUP: self._group,
            ClaimKind.TRENDING: self._trending,
            ClaimKind.POPULAR: self._popular,
        }

    def facts(
        self, kind: ClaimKind, item_num: int, evidence: Evidence, sources: Sequence[int] = ()
    ) -> dict[str, Fact]:
        """Everything that a claim of this kind may quote.

        `sources` are the past products of an attribute claim, strongest first.
        """
        found: dict[str, Fact] = {"timed": int(self.shop.interactions.timed)}
        if self.shop.interactions.timed:
            found["today"] = self._today
        if evidence.events:
            found |= self._of_history(evidence, sources)
        if kind in self._about_others:
            found["verb"] = self.support.verb
            found |= self._about_others[kind](item_num, evidence)
        if kind is ClaimKind.SHARED_ATTRIBUTE:
            found |= self._shared(item_num, evidence, sources)
        if kind is ClaimKind.SIMILAR_TEXT:
            found |= self._described_alike(item_num, evidence)
        if kind is ClaimKind.LOOKS_LIKE:
            found |= self._looks_alike(item_num, evidence)
        if kind is ClaimKind.BUY_AGAIN:
            found |= self._rhythm(evidence)
        return found

    # -- this shopper --------------------------------------------------------------------

    def _of_history(self, evidence: Evidence, sources: Sequence[int]) -> dict[str, Fact]:
        """What was done with the past product, how often, and when last."""
        source = evidence.source_item
        if self.beside:
            title = self.shop.catalogue.titles[source]
            return {"source": source, "source_title": title, "done": BESIDE}
        rows, done = self._strongest(self._rows_about(source, evidence))
        if any(self._strongest(self._rows_about(s, evidence))[1] != done for s in sources[1:]):
            done = MIXED
        steps = self._history["step"]
        return {
            "source": source,
            "source_title": self.shop.catalogue.titles[source],
            "done": done,
            "n_times": len({steps[row] for row in rows}),
            **self._dated("last_date", rows),
        }

    @cached_property
    def _history(self) -> dict[str, list[int]]:
        """The shopper's rows as lists by column: a claim looks at two or three of them."""
        rows = self.state.rows
        return {name: rows[name].tolist() for name in ("item_num", "event", "step", "timestamp")}

    def _rows_about(self, source: int, evidence: Evidence) -> list[int]:
        items = self._history["item_num"]
        return [row for row in evidence.events if items[row] == source]

    def _strongest(self, rows: Sequence[int]) -> tuple[list[int], str]:
        """The rows of the event that says most, and its name."""
        codes = self._history["event"]
        code = max((codes[row] for row in rows), key=_STRENGTH.__getitem__)
        return [row for row in rows if codes[row] == code], EVENT_NAMES[code]

    def _dated(self, name: str, rows: Sequence[int]) -> dict[str, Fact]:
        if not self.shop.interactions.timed:
            return {}
        stamps = self._history["timestamp"]
        return {name: _iso_date(max(stamps[row] for row in rows))}

    def _rhythm(self, evidence: Evidence) -> dict[str, Fact]:
        """Days between the days on which it was bought; the median is called typical."""
        if not self.shop.interactions.timed:
            return {}
        rows, _ = self._strongest(evidence.events)
        stamps = self._history["timestamp"]
        days = sorted({stamps[row] // _SECONDS_A_DAY for row in rows})
        found: dict[str, Fact] = {"days_since": self.state.now // _SECONDS_A_DAY - days[-1]}
        if len(days) >= _FEWEST_DAYS:
            gaps = [after - before for before, after in pairwise(days)]
            found["gap_days"] = max(1, round(float(median(gaps))))
        return found

    def _shared(self, item_num: int, evidence: Evidence, sources: Sequence[int]) -> dict[str, Fact]:
        if evidence.attribute is None:
            return {}
        name, value = evidence.attribute
        found: dict[str, Fact] = {"attribute": name, "value": value}
        for number, source in enumerate(sources[1:], start=2):
            found[f"source_{number}"] = source
            found[f"source_title_{number}"] = self.shop.catalogue.titles[source]
        price = self.shop.catalogue.price_minor[item_num]
        if name == "price band" and math.isfinite(price):
            found |= {"price_minor": int(price), "currency": self.shop.currency}
        return found

    def _described_alike(self, item_num: int, evidence: Evidence) -> dict[str, Fact]:
        """What both products' texts say: words, else a topic; neither where there is neither."""
        channel, source = self.channels.get(TextChannel.name), evidence.source_item
        if not isinstance(channel, TextChannel):
            return {}
        notes, texts = channel.notes, self.support.texts
        found: dict[str, Fact] = {
            "cosine": channel.cosine(source, item_num),
            "least_cosine": notes.least_cosine,
        }
        words = notes.words.shared(texts.spoken(source), texts.spoken(item_num), _N_WORDS)
        for number, word in enumerate(words, start=1):
            found["word" if number == 1 else f"word_{number}"] = word
        topic = None if words else notes.shared_topic(source, item_num)
        if topic is not None:
            found |= {
                "topic": topic.topic.en,
                "topic_zh": topic.topic.zh,
                "topic_cosine_source": topic.cosine_source,
                "topic_cosine_item": topic.cosine_item,
                "least_topic_cosine": topic.least,
            }
        return found

    def _looks_alike(self, item_num: int, evidence: Evidence) -> dict[str, Fact]:
        """The likeness of both photos, summed over the map of its parts, and as it ranked."""
        channel, photos = self.channels.get(ImageChannel.name), self.shop.photos
        source = evidence.source_item
        if not isinstance(channel, ImageChannel) or photos is None:
            return {}
        if not (photos.has[source] and photos.has[item_num]):
            return {}
        return {
            "likeness": photos.likeness(item_num, source),
            "ranked_likeness": channel.cosine(source, item_num),
            "least_likeness": LEAST_SAID,
        }

    # -- other shoppers ------------------------------------------------------------------

    def _went_on(self, item_num: int, evidence: Evidence) -> dict[str, Fact]:
        found = self.support.went_on(evidence.source_item, item_num, excluding=self._me)
        return {
            "n_both": found.n_both,
            "n_source": found.n_source,
            "n_item": self.support.popularity(item_num, excluding=self._me),
            "n_all": self.support.n_shoppers(excluding=self._me),
        }

    def _together(self, item_num: int, evidence: Evidence) -> dict[str, Fact]:
        found = self.support.together(evidence.source_item, item_num, excluding=self._me)
        return {
            **found._asdict(),
            "support": found.support,
            "confidence": found.confidence,
            "lift": found.lift,
        }

    def _chosen_alike(self, item_num: int, evidence: Evidence) -> dict[str, Fact]:
        source = evidence.source_item
        return {
            "n_both": self.support.both(source, item_num, excluding=self._me),
            "n_source": self.support.popularity(source, excluding=self._me),
            "n_item": self.support.popularity(item_num, excluding=self._me),
            "n_all": self.support.n_shoppers(excluding=self._me),
        }

    def _group(self, item_num: int, evidence: Evidence) -> dict[str, Fact]:
        if evidence.attribute is None:
            return {"n_chose": 0, "n_group": 0}
        name, value = evidence.attribute
        found = self.support.group(name, value, item_num, excluding=self._me)
        return {
            "attribute": name,
            "value": value,
            **found._asdict(),
            "n_item": self.support.popularity(item_num, excluding=self._me),
            "n_all": self.support.n_shoppers(excluding=self._me),
        }

    def _trending(self, item_num: int, _evidence: Evidence) -> dict[str, Fact]:
        if not self.shop.interactions.timed:
            return {"n_recent": 0, "n_before": 0}
        found = self.support.trend(item_num, excluding=self._me)
        facts: dict[str, Fact] = dict(found._asdict())
        return facts | {"rose": 1} if found.n_recent > found.n_before else facts

    def _popular(self, item_num: int, _evidence: Evidence) -> dict[str, Fact]:
        return {
            "n_shoppers": self.support.popularity(item_num, excluding=self._me),
            "n_all": self.support.n_shoppers(excluding=self._me),
        }


def _iso_date(timestamp: int) -> str:
    return _iso_day(timestamp // _SECONDS_A_DAY)


@lru_cache(maxsize=_N_DAYS)
def _iso_day(day: int) -> str:
    return datetime.fromtimestamp(day * _SECONDS_A_DAY, UTC).date().isoformat()
