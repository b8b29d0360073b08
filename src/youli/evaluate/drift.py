"""How far a shop has moved from what its model learned: windows of the log, and live events.

The mix of what is bought, by the coarsest level of the category that tells products apart or, where
there is none, by tenths of popularity, is compared with the mix before by the population stability
index of credit scoring (Siddiqi 2006, *Credit Risk Scorecards*):

    PSI = Σ_g (found_g − expected_g) · ln(found_g / expected_g)

with half an event added to each count, so that an empty group is no infinity. Its usual reading:
below 0.1 the same, up to 0.25 somewhat different, beyond that another population.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from youli.data.shop import Shop
from youli.types import FloatArray, IntArray

__all__ = ["Drift", "Window", "find_drift", "population_stability"]

_DAY_S: Final = 86_400
_SOME: Final = 0.1
_MUCH: Final = 0.25
#: Fewer events than this say nothing of a mix.
_LEAST_EVENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Window:
    """Some weeks of the log, or what came in since it ended (`until` is then empty)."""

    since: str
    until: str
    n_events: int
    #: PSI of the mix against everything before; None where either has fewer than 50 events.
    psi: float | None
    #: Part of the events whose product had none before; None where there are no events.
    new_product_share: float | None

    @property
    def reading(self) -> str:
        """``same``, ``some``, ``much``, or ``unknown``."""
        if self.psi is None:
            return "unknown"
        return "same" if self.psi < _SOME else "some" if self.psi <= _MUCH else "much"


@dataclass(frozen=True)
class Drift:
    """The windows, oldest first, and the live events as one more."""

    #: What the mix is of: an attribute's name, or ``popularity``.
    by: str
    window_days: int
    windows: tuple[Window, ...]
    live: Window | None

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""

        def row(one: Window) -> dict[str, Any]:
            return {
                "since": one.since, "until": one.until, "n_events": one.n_events, "psi": one.psi,
                "new_product_share": one.new_product_share, "reading": one.reading,
            }  # fmt: skip

        return {
            "by": self.by,
            "window_days": self.window_days,
            "windows": [row(one) for one in self.windows],
            "live": None if self.live is None else row(self.live),
        }


def population_stability(expected: FloatArray | IntArray, found: FloatArray | IntArray) -> float:
    """PSI of two arrays of counts over the same groups, [n_groups]; 0 where they are alike."""
    p, q = (np.asarray(one, dtype=np.float64) + 0.5 for one in (expected, found))
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def find_drift(
    shop: Shop, *, live: Sequence[int] = (), window_days: int = 28, n_windows: int = 6
) -> Drift:
    """Compare each of the last windows with everything before it.

    `live` are the `item_num` of events that came in since the log ended; -1 is a product that the
    model does not know. Without dates there are no windows.
    """
    by, groups = _groups(shop)
    events = shop.interactions
    windows = []
    if events.timed and len(events):
        until = int(shop.data_until.timestamp())
        for back in range(n_windows, 0, -1):
            ends = until - (back - 1) * window_days * _DAY_S
            begins = ends - window_days * _DAY_S
            before = events.item_num[events.timestamp <= begins]
            inside = (events.timestamp > begins) & (events.timestamp <= ends)
            if len(before) >= _LEAST_EVENTS:
                windows.append(_window(events.item_num[inside], before, groups, begins, ends))
    now = None
    if len(live):
        now = _window(np.array(live, dtype=np.int64), events.item_num, groups, None, None)
    return Drift(by, window_days, tuple(windows), now)


def _window(
    items: IntArray, before: IntArray, groups: IntArray, begins: int | None, ends: int | None
) -> Window:
    n_groups = int(groups.max()) + 1 if len(groups) else 1
    known = items[items >= 0]
    psi = None
    if min(len(known), len(before)) >= _LEAST_EVENTS:
        counts = [np.bincount(groups[one], minlength=n_groups) for one in (before, known)]
        psi = population_stability(*counts)
    new = None
    if len(items):
        seen = np.zeros(len(groups), dtype=bool)
        seen[before] = True
        new = 1.0 - float(seen[known].sum()) / len(items)
    return Window(_day(begins), _day(ends), len(items), psi, new)


def _groups(shop: Shop) -> tuple[str, IntArray]:
    """What the mix is of, and the group of each product, int64 [n_items]."""
    for level in shop.catalogue.attributes_of_category:
        if len(level.values) > 1:
            codes = np.asarray(level.first_code, dtype=np.int64)
            return level.name, np.where(codes < 0, len(level.values), codes)
    counts = np.bincount(shop.interactions.item_num, minlength=shop.interactions.n_items)
    order = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
    return "popularity", order * 10 // max(1, len(order))


def _day(moment: int | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).date().isoformat()
