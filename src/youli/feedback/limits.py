"""What keeps loud accounts from moving what others see.

- *rate*: an account counts at most so often a day;
- *novelty*: the same thing said of the same product again does not count again within a time, and
  an account counts in full only once it has a history: n / (n + m);
- *agreement*: an account that speaks against what all others say of the same products counts less.

The shopper's own list is none of this file's business: what they say acts on it at once and in
full (`youli.feedback.effects`). A weight here is what it counts in the next fit, for others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from youli.feedback.records import ItemFeedback, Polarity

__all__ = ["Limited", "LimitsConfig", "account_weight", "limited"]

_DAY_S = 86_400


class LimitsConfig(BaseModel):
    """How much one account may say to others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_per_day: int = Field(default=20, ge=1)
    """At most so many things a day."""
    again_days: float = Field(default=30.0, ge=0.0)
    """The same of the same product counts once within so many days."""
    history: float = Field(default=3.0, ge=0.0)
    """An account with so many purchases counts half; 0 counts newcomers in full."""
    least_others: int = Field(default=5, ge=1)
    """Agreement is looked at on products of which so many others spoke."""
    least_agreement: float = Field(default=0.2, ge=0.0, le=1.0)
    """What an account counts that agrees with nobody."""


@dataclass(frozen=True, slots=True)
class Limited:
    """What is left of what was said: a weight from 0 to 1 each, in the order it came."""

    weights: tuple[float, ...]
    n_over_rate: int
    n_repeated: int
    #: Account → how far it agrees with others, where that could be told.
    agreement: Mapping[str, float]


def limited(
    said: Sequence[ItemFeedback],
    n_purchases: Mapping[str, int],
    *,
    config: LimitsConfig | None = None,
) -> Limited:
    """The weight of everything that was said; `n_purchases` are the purchases known before it."""
    config = LimitsConfig() if config is None else config
    order = sorted(range(len(said)), key=lambda at: said[at].timestamp)
    weights = [0.0] * len(said)
    n_over = n_repeated = 0
    today: Counter[tuple[str, int]] = Counter()
    last: dict[tuple[str, str, str], int] = {}
    kept = []
    for at in order:
        one = said[at]
        day = one.user_id, one.timestamp // _DAY_S
        same = one.user_id, one.item_id, one.kind.value
        if same in last and one.timestamp - last[same] < config.again_days * _DAY_S:
            n_repeated += 1
            continue
        if today[day] >= config.n_per_day:
            n_over += 1
            continue
        today[day] += 1
        last[same] = one.timestamp
        kept.append(at)
    agreement = _agreement([said[at] for at in kept], config)
    for at in kept:
        user = said[at].user_id
        whole = account_weight(n_purchases.get(user, 0), config)
        weights[at] = whole * max(config.least_agreement, agreement.get(user, 1.0))
    return Limited(tuple(weights), n_over, n_repeated, agreement)


def account_weight(n_purchases: int, config: LimitsConfig) -> float:
    """How far an account with so many purchases counts for others, from 0 to 1."""
    total = n_purchases + config.history
    return n_purchases / total if total else 1.0


def _agreement(said: Iterable[ItemFeedback], config: LimitsConfig) -> dict[str, float]:
    """Share of an account's opinions that most others share, where enough others spoke."""
    opinions: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for one in said:
        if one.polarity is not Polarity.NEUTRAL:
            opinions[one.item_id][one.user_id] = int(one.polarity)
    agreed: defaultdict[str, list[float]] = defaultdict(list)
    for by_user in opinions.values():
        total = sum(by_user.values())
        if len(by_user) <= config.least_others:
            continue
        for user, mine in by_user.items():
            others = total - mine
            if others:
                agreed[user].append(float((others > 0) == (mine > 0)))
    # One product agreed on in advance: nobody is told off for a single odd opinion.
    return {user: (1.0 + sum(one)) / (1.0 + len(one)) for user, one in agreed.items()}
