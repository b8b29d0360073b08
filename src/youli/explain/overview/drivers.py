"""What drives the lists of a shop, a group, a product or a category: shares of |amount|.

For a seeded sample of shoppers every entry of the ledgers of their first k products is taken, and
the absolute amounts are summed by channel, by event, by attribute and by age. The shares are exact
for the sample: they are read off the ledgers, nothing is estimated. What they say of *all* shoppers
is estimated, so each has the 95 % interval of a bootstrap over shoppers (Efron 1979, percentiles).

A past product with several events is counted once, under the event that says most and the age of
its latest event, because its amount is one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli import markup
from youli.channels.base import Channel
from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import EVENT_STRENGTH, ShopperState
from youli.errors import ConfigError, NotEnoughDataError
from youli.rank.ranker import Ranker
from youli.types import BoolArray, EvidenceKind, FloatArray, IntArray, Ledger

__all__ = ["Drivers", "DriversConfig", "Month", "Share", "find_drivers", "members_of", "shares_of"]

_SECONDS_A_DAY: Final = 86_400
#: Fewer shoppers than this are not spoken of.
_K_ANONYMITY: Final = 5
#: Upper ends of the ages, in days or, where the shop has no clock, in steps of the shopper's own.
_AGES_DAYS: Final = ((7, "up to a week"), (28, "up to 4 weeks"), (91, "up to 3 months"),
                     (365, "up to a year"), (np.inf, "more than a year"))  # fmt: skip
_AGES_STEPS: Final = ((0, "latest step"), (4, "last 5 steps"), (19, "last 20 steps"),
                      (np.inf, "earlier steps"))  # fmt: skip
#: What stands for the shares that rest on no event, on no attribute.
_NO_EVENT: Final = "no event"
_NO_ATTRIBUTE: Final = "no attribute"
#: Groups of shoppers by how much they did, beside those by attribute.
_BY_EVENTS: Final = ("new", "heavy")

Aspects = dict[str, dict[str, float]]


class DriversConfig(BaseModel):
    """Of whom, and how closely, is looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_shoppers: int = Field(default=300, ge=1)
    """Shoppers drawn; all where the group has fewer."""
    k: int = Field(default=10, ge=1)
    """How many products of each list are looked at."""
    n_months: int = Field(default=6, ge=0)
    """Ends of so many past months for which the lists are made as well; 0 for none."""
    n_resamples: int = Field(default=1_000, ge=1)
    """Bootstrap samples behind each interval."""
    seed: int = 0
    """Seed of the draw and of the bootstrap."""


@dataclass(frozen=True, slots=True)
class Share:
    """One driver: its part of all |amount|, and the 95 % interval over shoppers."""

    name: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Month:
    """Shares by channel of the lists that would have been made when a month ended."""

    month: str
    n_shoppers: int
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Drivers:
    """Shares by aspect: "channel", "event", "attribute", "age"; each aspect's add up to 1."""

    about: str
    aspects: dict[str, tuple[Share, ...]]
    months: tuple[Month, ...]
    #: Shoppers whose ledgers were summed, of how many in the group.
    n_shoppers: int
    n_in_group: int
    #: Ledgers that were summed.
    n_ledgers: int
    config: DriversConfig
    #: The shares are exact for the shoppers drawn; the intervals speak of the group.
    exact: bool = field(default=True, init=False)

    @property
    def scope(self) -> str:
        """What the shares are exact for, in one sentence."""
        return (
            f"Exact for {self.n_ledgers:,} ledgers of {self.n_shoppers:,} of "
            f"{self.n_in_group:,} shoppers (seed {self.config.seed}); intervals: 95 % of "
            f"{self.config.n_resamples:,} bootstrap samples of those shoppers."
        )

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "about": self.about,
            "exact": self.exact,
            "scope": self.scope,
            "n_shoppers": self.n_shoppers,
            "n_in_group": self.n_in_group,
            "n_ledgers": self.n_ledgers,
            "k": self.config.k,
            "seed": self.config.seed,
            "shares": {name: _rows(shares) for name, shares in self.aspects.items()},
            "months": [
                {"month": m.month, "n_shoppers": m.n_shoppers, "channel": _rows(m.shares)}
                for m in self.months
            ],
        }

    def _repr_html_(self) -> str:
        parts = []
        for name, shares in self.aspects.items():
            rows = [(one.name, one.share) for one in shares]
            parts.append(markup.paragraph(f"By {name}"))
            parts.append(markup.bars(f"Shares by {name}", rows, form="{:.1%}"))
        parts.append(markup.paragraph(self.scope, soft=True))
        return markup.card(f"What drives the lists: {self.about}", parts)


def _rows(shares: Sequence[Share]) -> list[dict[str, Any]]:
    return [
        {"name": s.name, "share": round(s.share, 6), "low": round(s.low, 6),
         "high": round(s.high, 6)}
        for s in shares
    ]  # fmt: skip


def find_drivers(
    ranker: Ranker,
    config: DriversConfig | None = None,
    *,
    segment: str = "",
    item_num: int | None = None,
    category: str = "",
    excluding: int = -1,
) -> Drivers:
    """What the lists of a group of shoppers are made of, without that of the one who asks.

    `segment` is "new" (the quarter of the shoppers with the fewest events), "heavy" (that with the
    most) or ``attribute=value``. With `item_num` or `category` only their ledgers are summed, where
    they are listed. Raises `ConfigError` for what the shop does not have and `NotEnoughDataError`
    for fewer than five shoppers.
    """
    config = DriversConfig() if config is None else config
    shop = ranker.shop
    wanted, about = _products(shop, item_num, category)
    members = members_of(shop, segment)
    about = ", ".join(part for part in (about, segment and f"shoppers: {segment}") if part)
    rng = np.random.default_rng(config.seed)
    drawn = members = members[members != excluding]
    if len(members) > config.n_shoppers:
        drawn = np.sort(rng.choice(members, config.n_shoppers, replace=False))
    now = int(shop.data_until.timestamp())
    rows = shop.interactions.indptr
    states = (ShopperState.before(shop, user, int(rows[user + 1]), now) for user in drawn.tolist())
    found = [_of_shopper(ranker, state, wanted, config.k) for state in states]
    listed = [one for one in found if one.n_ledgers]
    if len(listed) < _K_ANONYMITY:
        raise NotEnoughDataError(
            f"only {len(listed)} of {len(drawn)} shoppers have such a product among their first "
            f"{config.k}; fewer than {_K_ANONYMITY} are not spoken of",
            value=len(listed),
            hint="draw more shoppers (--shoppers), look further down (-k), or ask of another group",
        )
    aspects = {
        name: _shares([one.aspects.get(name, {}) for one in listed], config, rng)
        for name in ("channel", "event", "attribute", "age")
    }
    return Drivers(
        about=about or "the whole shop",
        aspects=aspects,
        months=_months(ranker, drawn, wanted, config, rng),
        n_shoppers=len(listed),
        n_in_group=len(members),
        n_ledgers=sum(one.n_ledgers for one in listed),
        config=config,
    )


def members_of(shop: Shop, segment: str) -> IntArray:
    """The shoppers of a group, int64 [n_members]; everybody for "".

    Raises `ConfigError` for a group that the shop does not have and `NotEnoughDataError` for fewer
    than five shoppers.
    """
    n_events = np.diff(shop.interactions.indptr)
    if not segment:
        members = np.flatnonzero(n_events > 0)
    elif segment in _BY_EVENTS:
        known = n_events[n_events > 0]
        low, high = np.quantile(known, [0.25, 0.75]) if len(known) else (0, 0)
        chosen = (n_events > 0) & (n_events <= low) if segment == "new" else n_events >= high
        members = np.flatnonzero(chosen & (n_events > 0))
    else:
        members = np.flatnonzero(_labelled(shop, segment) & (n_events > 0))
    if len(members) < _K_ANONYMITY:
        raise NotEnoughDataError(
            f"the group has {len(members)} shoppers; fewer than {_K_ANONYMITY} are not spoken of",
            value=segment,
            hint="ask of a larger group",
        )
    return members


def _labelled(shop: Shop, segment: str) -> BoolArray:
    name, _, value = segment.partition("=")
    found = next((one for one in shop.shoppers.attributes if one.name == name), None)
    if found is None or value not in found.values:
        groups = [*_BY_EVENTS]
        groups += [
            f"{one.name}={label}" for one in shop.shoppers.attributes for label in one.values
        ]
        more = "" if len(groups) <= 12 else " …"
        raise ConfigError(
            f"this shop has no group of shoppers {segment!r}",
            value=segment,
            hint=f"choose from {', '.join(groups[:12])}{more}",
        )
    return np.asarray(found.matrix[:, found.values.index(value)].toarray().ravel() > 0)


def _products(shop: Shop, item_num: int | None, category: str) -> tuple[BoolArray, str]:
    """Whose ledgers count, bool [n_items], and how that is called."""
    wanted = np.ones(shop.interactions.n_items, dtype=bool)
    if item_num is not None:
        wanted = np.arange(len(wanted)) == item_num
        return wanted, shop.catalogue.titles[item_num]
    if not category:
        return wanted, ""
    for level in shop.catalogue.attributes_of_category:
        if category in level.values:
            column = level.matrix[:, level.values.index(category)]
            return np.asarray(column.toarray().ravel() > 0), category
    levels = shop.catalogue.attributes_of_category
    some = [value for level in levels for value in level.values][:8]
    raise ConfigError(
        f"this shop has no category {category!r}",
        value=category,
        hint=f"whole paths, such as {', '.join(some)}" if some else "its products have none",
    )


@dataclass(slots=True)
class _Sums:
    """|amount| of one shopper's ledgers, by aspect and name."""

    n_ledgers: int = 0
    aspects: Aspects = field(default_factory=dict)

    def add(self, aspect: str, name: str, amount: float) -> None:
        mine = self.aspects.setdefault(aspect, {})
        mine[name] = mine.get(name, 0.0) + amount


def shares_of(ledgers: Sequence[Ledger], state: ShopperState, *, timed: bool) -> Aspects:
    """|amount| of all entries by aspect and name; the ledgers itemise everything.

    The slow twin of what `find_drivers` sums straight from the channels.
    """
    sums = _Sums()
    describe = _Past(state, timed)
    for ledger in ledgers:
        for entry in ledger.entries:
            evidence, amount = entry.evidence, abs(entry.amount)
            past = -1
            if evidence.events:
                _, inverse = state.distinct_items
                past = int(inverse[evidence.events[0]])
            attribute = evidence.attribute[0] if evidence.attribute else _NO_ATTRIBUTE
            sums.add("channel", entry.channel, amount)
            sums.add("event", describe.events[past], amount)
            sums.add("age", describe.ages[past], amount)
            sums.add("attribute", attribute, amount)
    return sums.aspects


class _Past:
    """The event that says most and the age of each past product; the last name is for none."""

    def __init__(self, state: ShopperState, timed: bool) -> None:
        items, inverse = state.distinct_items
        n_past = len(items)
        codes = state.rows["event"]
        strongest = np.full(n_past, -np.inf)
        np.maximum.at(strongest, inverse, EVENT_STRENGTH[codes])
        event = np.full(n_past, len(EVENT_NAMES), dtype=np.int64)
        says_most = EVENT_STRENGTH[codes] == strongest[inverse]
        np.minimum.at(event, inverse[says_most], codes[says_most].astype(np.int64))
        self.events = [*(EVENT_NAMES[code] for code in event.tolist()), _NO_EVENT]
        bounds = _AGES_DAYS if timed else _AGES_STEPS
        age = state.seconds_ago / _SECONDS_A_DAY if timed else state.steps_ago
        latest = np.full(n_past, np.inf)
        np.minimum.at(latest, inverse, age.astype(np.float64))
        places = np.searchsorted([end for end, _ in bounds], latest)
        self.ages = [*(bounds[at][1] for at in places.tolist()), _NO_EVENT]


def _of_shopper(ranker: Ranker, state: ShopperState, wanted: BoolArray, k: int) -> _Sums:
    """All entries of the shopper's list, summed without making them one by one."""
    ranking = ranker.rank(state, k=k)
    chosen = wanted[ranking.item_nums]
    item_nums = ranking.item_nums[chosen]
    sums = _Sums(len(item_nums))
    if not len(item_nums):
        return sums
    past = _Past(state, ranker.shop.interactions.timed)
    for name, channel in ranker.channels.items():
        addends = channel.addends(state, ranker.coefficients[name], item_nums)
        size = np.abs(addends.amount)
        total = float(size.sum())
        if total:
            sums.add("channel", name, total)
        labels = partial(_attribute_name, channel)
        _sum_by(sums, "event", addends.past, size, past.events.__getitem__)
        _sum_by(sums, "age", addends.past, size, past.ages.__getitem__)
        _sum_by(sums, "attribute", addends.label, size, labels)
    for ledger in np.array(ranking.ledgers, dtype=object)[chosen]:
        for entry in ledger.entries:
            if entry.evidence.kind is EvidenceKind.RULE:
                sums.add("channel", entry.channel, abs(entry.amount))
                sums.add("event", _NO_EVENT, abs(entry.amount))
                sums.add("age", _NO_EVENT, abs(entry.amount))
                sums.add("attribute", _NO_ATTRIBUTE, abs(entry.amount))
    return sums


def _attribute_name(channel: Channel, label: int) -> str:
    return channel.label(label)[0] if label >= 0 else _NO_ATTRIBUTE


def _sum_by(
    sums: _Sums, aspect: str, code: IntArray, size: FloatArray, name: Callable[[int], str]
) -> None:
    codes, place = np.unique(code, return_inverse=True)
    totals = np.bincount(place, weights=size, minlength=len(codes))
    for one, total in zip(codes.tolist(), totals.tolist(), strict=True):
        if total:
            sums.add(aspect, name(one), total)


def _shares(
    by_shopper: Sequence[dict[str, float]], config: DriversConfig, rng: np.random.Generator
) -> tuple[Share, ...]:
    """Shares of the sum over shoppers, largest first, with percentile intervals."""
    names = sorted({name for one in by_shopper for name in one})
    table = np.array([[one.get(name, 0.0) for name in names] for one in by_shopper])
    if not names or not table.sum():
        return ()
    n = len(table)
    times = rng.multinomial(n, np.full(n, 1.0 / n), size=config.n_resamples)  # [resamples, n]
    sums = times @ table
    total = sums.sum(axis=1, keepdims=True)
    drawn = sums / np.where(total > 0, total, 1.0)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    share = table.sum(axis=0) / table.sum()
    order = np.lexsort((np.arange(len(names)), -share))
    return tuple(
        Share(names[at], float(share[at]), float(low[at]), float(high[at])) for at in order.tolist()
    )


# -- over time --------------------------------------------------------------------------------


def _months(
    ranker: Ranker,
    drawn: IntArray,
    wanted: BoolArray,
    config: DriversConfig,
    rng: np.random.Generator,
) -> tuple[Month, ...]:
    """The same shoppers' lists when each of the last whole months ended, by today's model.

    Months in which fewer than five of them had a list are left out.
    """
    shop = ranker.shop
    if not shop.interactions.timed or not config.n_months:
        return ()
    found = []
    first = int(shop.interactions.timestamp.min())
    for name, end in _ends(shop.data_until, config.n_months):
        if end <= first:
            continue
        sums = []
        for user in drawn.tolist():
            mine = shop.interactions.rows_of(user)
            row = mine.start + int(np.searchsorted(shop.interactions.timestamp[mine], end))
            if row > mine.start:
                state = ShopperState.before(shop, user, row, end)
                sums.append(_of_shopper(ranker, state, wanted, config.k))
        listed = [one.aspects["channel"] for one in sums if one.n_ledgers and one.aspects]
        if len(listed) >= _K_ANONYMITY:
            found.append(Month(name, len(listed), _shares(listed, config, rng)))
    return tuple(found)


def _ends(until: datetime, n_months: int) -> list[tuple[str, int]]:
    """Names and ends (seconds since 1970) of the last whole months, oldest first."""
    year, month = until.year, until.month
    found = []
    for _ in range(n_months):
        end = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        found.append((f"{year}-{month:02}", end))
    return found[::-1]
