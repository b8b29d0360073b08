"""What was seen at all: the bias of places, and weights that correct a log for it.

Somebody chooses what they looked at, and they look at the first places most. Under the
position-based model (Richardson et al. 2007; Craswell et al. 2008)

    P(chosen | product i at place r) = θ_r · γ_i

both are found by expectation and maximisation from the lists that were shown (Wang et al. 2018,
without features). An event that came from a shown place then counts

    w = min( (1 / (θ_r / θ_1)) · (mean exposure / exposure_i)^p,  clip )

times one number that leaves the mean of all corrected events at 1, so that events from lists count
neither more nor less than the others together (self-normalised; Swaminathan and Joachims 2015).
Clipping trades a little bias for a bounded variance (Ionides 2008).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.data.shop import Shop
from youli.errors import NotEnoughDataError
from youli.feedback.records import Shown
from youli.types import FloatArray, IntArray

__all__ = [
    "ExposureConfig",
    "PositionBias",
    "event_weights",
    "position_bias",
    "weighted",
]

#: An event of the log, for finding its weight: shopper, product, seconds since 1970.
EventKey = tuple[str, str, int]
#: Pseudo-observations that keep a product or place which was hardly shown near the mean.
_SMOOTHING = 1.0


class ExposureConfig(BaseModel):
    """How a log is corrected for what was shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: float = Field(default=5.0, ge=1.0)
    """No event counts more than so many times one that needed no correction."""
    exposure_power: float = Field(default=0.5, ge=0.0, le=1.0)
    """How far products that were shown often count less; 0 corrects for places alone."""
    n_rounds: int = Field(default=100, ge=1)
    """Rounds of expectation and maximisation, at most."""


@dataclass(frozen=True, slots=True)
class PositionBias:
    """How likely each place is looked at: ``seen`` float64 [n_places], 1 for the best place."""

    seen: FloatArray
    n_shown: IntArray

    def at(self, rank: int) -> float:
        """Of a place from 1; a place beyond all that were shown counts as the last."""
        return float(self.seen[min(rank, len(self.seen)) - 1])


def position_bias(
    shown: Sequence[Shown], chosen: Sequence[bool], *, config: ExposureConfig | None = None
) -> PositionBias:
    """Estimate the bias of places; `chosen` says of each shown product whether it was acted on.

    Only products that stood at more than one place tell places apart. Raises `NotEnoughDataError`
    where nothing was chosen.
    """
    config = ExposureConfig() if config is None else config
    took = np.asarray(chosen, dtype=np.float64)
    if not took.any():
        raise NotEnoughDataError(
            "nothing of what was shown was chosen, so places cannot be told apart",
            value=len(shown),
            hint="keep impressions and the events that name them for longer",
        )
    place = np.array([one.rank - 1 for one in shown])
    _, item = np.unique([one.item_id for one in shown], return_inverse=True)
    n_place, n_item = int(place.max()) + 1, int(item.max()) + 1
    shown_at = np.bincount(place, minlength=n_place)
    shown_item = np.bincount(item, minlength=n_item)
    theta = np.full(n_place, 0.5)  # at 1 every choice that was not made would be a dislike
    gamma = np.full(n_item, max(took.mean(), 1e-6))
    for _ in range(config.n_rounds):
        # P(seen | not chosen) and P(attractive | not chosen), per shown product.
        missed = 1.0 - np.minimum(theta[place] * gamma[item], 1.0 - 1e-9)
        was_seen = np.where(took > 0, 1.0, theta[place] * (1.0 - gamma[item]) / missed)
        attracts = np.where(took > 0, 1.0, gamma[item] * (1.0 - theta[place]) / missed)
        new = np.bincount(place, weights=was_seen, minlength=n_place) + _SMOOTHING * theta
        new /= shown_at + _SMOOTHING
        mean = float(attracts.mean())
        gamma = np.bincount(item, weights=attracts, minlength=n_item) + _SMOOTHING * mean
        gamma /= shown_item + _SMOOTHING
        moved = float(np.abs(new - theta).max())
        theta = new
        if moved < 1e-5:
            break
    return PositionBias(theta / theta.max(), shown_at)


def event_weights(
    shown: Sequence[Shown],
    events: Mapping[EventKey, Shown],
    bias: PositionBias,
    *,
    config: ExposureConfig | None = None,
) -> dict[EventKey, float]:
    """The weight of each event that came from a shown place; their mean is 1.

    `events` maps an event to the shown product that it answers. Events that are not in it came
    about without us and keep 1.
    """
    config = ExposureConfig() if config is None else config
    if not events:
        return {}
    times: dict[str, int] = {}
    for one in shown:
        times[one.item_id] = times.get(one.item_id, 0) + 1
    mean = len(shown) / max(len(times), 1)
    raw = np.array(
        [
            (mean / (times.get(one.item_id, 0) or mean)) ** config.exposure_power
            / bias.at(one.rank)
            for one in events.values()
        ]
    )
    # Clipped about a mean of 1: clipping moves the mean, so both are repeated until both hold.
    weights = np.minimum(raw / raw.mean(), config.clip)
    for _ in range(20):
        weights = np.minimum(weights / weights.mean(), config.clip)
    return dict(zip(events, weights.tolist(), strict=True))


def weighted(shop: Shop, weights: Mapping[EventKey, float]) -> Shop:
    """The shop whose channels, fitted next, count the given events by their weights."""
    log = shop.interactions
    found = np.ones(len(log))
    rows: dict[EventKey, list[int]] = {}
    touched = {user for user, *_ in weights}
    for user_id in touched:
        user_num = log.users.num(user_id)
        if user_num is None:
            continue
        mine = log.rows_of(user_num)
        for row in range(mine.start, mine.stop):
            key = (user_id, log.items.ids[log.item_num[row]], int(log.timestamp[row]))
            rows.setdefault(key, []).append(row)
    for key, weight in weights.items():
        found[rows.get(key, [])] = weight
    return replace(shop, interactions=replace(log, weight=found))
