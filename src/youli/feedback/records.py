"""What a shopper said of a product or of a reason, what was shown, and how it went in the end.

Plain values with the shop's own ids: nothing here knows a database. Times are seconds since 1970,
UTC. A product and the reason it was shown with are judged apart: a good product may have come with
a poor reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError
from youli.explain.types import ClaimKind

__all__ = [
    "RATINGS",
    "Experience",
    "ItemFeedback",
    "ItemKind",
    "Polarity",
    "ReasonFeedback",
    "ReasonKind",
    "RewardConfig",
    "Shown",
    "experiences",
    "rewards",
]


class ItemKind(StrEnum):
    """What can be said of a product, in words or by doing it."""

    BOUGHT = "bought"
    CLICKED = "clicked"
    SAVED = "saved"
    DISMISSED = "dismissed"
    NOT_FOR_ME = "not_for_me"
    RETURNED = "returned"
    RATED = "rated"


class ReasonKind(StrEnum):
    """What can be said of a reason."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    WRONG = "wrong"


class Polarity(IntEnum):
    """Whether something speaks against, neither way, or for."""

    NEGATIVE = -1
    NEUTRAL = 0
    POSITIVE = 1


#: Ratings go from the first to the second; what lies in the middle is neutral.
RATINGS = (1.0, 5.0)
#: A rating this near to the middle, of half the range, says nothing either way.
_NEUTRAL_BAND = 0.25

_POLARITY = {
    ItemKind.BOUGHT: Polarity.POSITIVE,
    ItemKind.CLICKED: Polarity.NEUTRAL,  # a click is curiosity, not satisfaction
    ItemKind.SAVED: Polarity.POSITIVE,
    ItemKind.DISMISSED: Polarity.NEGATIVE,
    ItemKind.NOT_FOR_ME: Polarity.NEGATIVE,
    ItemKind.RETURNED: Polarity.NEGATIVE,
}
#: What is known only once the product was used, or sent back.
_AFTER_USE = frozenset({ItemKind.RETURNED, ItemKind.RATED, ItemKind.NOT_FOR_ME})


@dataclass(frozen=True, slots=True)
class ItemFeedback:
    """One thing said of one product.

    Raises `InputError` for a rating without a number from 1 to 5.
    """

    user_id: str
    item_id: str
    kind: ItemKind
    timestamp: int
    #: The rating; None for every other kind.
    value: float | None = None
    #: The list that it answers, where that is known.
    recommendation_id: str | None = None

    def __post_init__(self) -> None:
        low, high = RATINGS
        if self.kind is ItemKind.RATED and not (
            self.value is not None and low <= self.value <= high
        ):
            raise InputError(
                "a rating needs its number",
                value=self.value,
                hint=f"send a value from {low:g} to {high:g}",
            )

    @property
    def liking(self) -> float:
        """From -1 (worst) to 1 (best): a rating by its distance from the middle."""
        if self.kind is ItemKind.RATED and self.value is not None:
            low, high = RATINGS
            return (2.0 * self.value - low - high) / (high - low)
        return float(self.polarity)

    @property
    def polarity(self) -> Polarity:
        """Whether it speaks for the product."""
        if self.kind is not ItemKind.RATED:
            return _POLARITY[self.kind]
        if abs(self.liking) <= _NEUTRAL_BAND:
            return Polarity.NEUTRAL
        return Polarity.POSITIVE if self.liking > 0.0 else Polarity.NEGATIVE


@dataclass(frozen=True, slots=True)
class ReasonFeedback:
    """One thing said of the reason that a product was shown with."""

    user_id: str
    item_id: str
    kind: ReasonKind
    timestamp: int
    recommendation_id: str | None = None

    @property
    def polarity(self) -> Polarity:
        """Whether it speaks for the reason."""
        return Polarity.POSITIVE if self.kind is ReasonKind.HELPFUL else Polarity.NEGATIVE


@dataclass(frozen=True, slots=True)
class Shown:
    """One product of one list that was shown, and the reason that was shown with it."""

    recommendation_id: str
    user_id: str
    item_id: str
    #: 1 for the first place.
    rank: int
    #: None where it was shown without a reason.
    reason: ClaimKind | None
    model_version: str
    timestamp: int
    #: Probability with which this reason was chosen among the checked ones.
    propensity: float = 1.0
    #: Probability with which another chooser, under trial, would have chosen it at that moment.
    target: float = 1.0
    #: Kinds of the checked reasons that were at hand, the strongest first.
    options: tuple[ClaimKind, ...] = ()
    #: What the shop knows of the shopper that reasons are chosen by; empty for nothing.
    group: str = ""


@dataclass(frozen=True, slots=True)
class Experience:
    """How one product that was shown with a reason turned out for one shopper."""

    user_id: str
    reason: ClaimKind
    model_version: str
    timestamp: int
    was_good: bool
    group: str = ""
    #: Share of it that counts for others (`youli.feedback.limits.account_weight`).
    heard: float = 1.0


class RewardConfig(BaseModel):
    """What a shown reason earned. A click alone earns nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kept: float = Field(default=1.0, gt=0.0, le=1.0)
    """For a product that was bought and is liked, or not complained of by the time it counts."""
    over_persuasion: float = Field(default=1.0, ge=0.0, le=1.0)
    """Taken off for a product that was bought and then returned or disliked."""
    settled_days: float = Field(default=14.0, ge=0.0)
    """Outcomes count after so many days, bad ones too: if they counted as they come in, bad news
    would be in before good ones, for who is content says nothing."""


#: A list and a product.
_Key = tuple[str, str]
_DAY_S = 86_400


def rewards(
    shown: Iterable[Shown],
    said: Iterable[ItemFeedback],
    *,
    now: int,
    config: RewardConfig | None = None,
) -> list[tuple[Shown, float]]:
    """What every shown reason earned, in [-1, 1]: satisfaction minus over-persuasion.

    0 where the product was not bought. What was shown or bought too recently to know is left out,
    so that a purchase is never taken for satisfaction.
    """
    config = RewardConfig() if config is None else config
    found = []
    answers = _by_place(said)
    for one in shown:
        mine = answers.get((one.recommendation_id, one.item_id), ())
        outcome = _outcome(one, mine, now, config)
        if outcome is None:
            continue
        earned = {1: config.kept, 0: 0.0, -1: -config.over_persuasion}[outcome]
        found.append((one, earned))
    return found


def experiences(
    shown: Iterable[Shown],
    said: Iterable[ItemFeedback],
    about_reasons: Iterable[ReasonFeedback] = (),
    *,
    now: int,
    config: RewardConfig | None = None,
    heard: Mapping[str, float] | None = None,
) -> list[Experience]:
    """One experience for each shown reason of which it is known whether it was good, in time order.

    What was said of the reason itself goes before how the product turned out, and counts at once;
    each place of a list is one experience, however often it was spoken of. `heard` gives for each
    shopper the share that counts for others; whoever is not in it counts in full.
    """
    config = RewardConfig() if config is None else config
    shares: Mapping[str, float] = {} if heard is None else heard
    answers = _by_place(said)
    words: dict[_Key, ReasonFeedback] = {}
    for word in sorted(about_reasons, key=lambda one: one.timestamp):
        if word.recommendation_id is not None:
            words[word.recommendation_id, word.item_id] = word
    found = []
    for one in shown:
        if one.reason is None:
            continue
        key = one.recommendation_id, one.item_id
        mine = answers.get(key, ())
        if key in words and words[key].user_id == one.user_id:
            outcome: int | None = int(words[key].polarity)
            at = words[key].timestamp
        else:
            outcome = _outcome(one, mine, now, config)
            at = max((answer.timestamp for answer in mine), default=one.timestamp)
        if outcome:
            found.append(
                Experience(
                    user_id=one.user_id,
                    reason=one.reason,
                    model_version=one.model_version,
                    timestamp=at,
                    was_good=outcome > 0,
                    group=one.group,
                    heard=shares.get(one.user_id, 1.0),
                )
            )
    return sorted(found, key=lambda one: one.timestamp)


def _by_place(said: Iterable[ItemFeedback]) -> Mapping[_Key, list[ItemFeedback]]:
    found: dict[_Key, list[ItemFeedback]] = {}
    for one in said:
        if one.recommendation_id is not None:
            found.setdefault((one.recommendation_id, one.item_id), []).append(one)
    return found


def _outcome(
    shown: Shown, said: Iterable[ItemFeedback], now: int, config: RewardConfig
) -> int | None:
    """1 kept, -1 bought and regretted, 0 not bought, None not known yet."""
    bought = None
    after = Polarity.NEUTRAL
    for one in sorted(said, key=lambda answer: answer.timestamp):
        if one.kind is ItemKind.BOUGHT:
            bought = one.timestamp
        elif one.kind in _AFTER_USE and one.polarity is not Polarity.NEUTRAL:
            after = one.polarity
    since = shown.timestamp if bought is None else bought
    if now - since < config.settled_days * _DAY_S:
        return None
    if bought is None:
        return 0
    return -1 if after is Polarity.NEGATIVE else 1
