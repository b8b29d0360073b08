"""Pictures of one product's ledger: the sum step by step, and the history with its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from youli.data.interactions import EVENT_NAMES
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.markup import shortened
from youli.plots.base import AGAINST, FOR, INK, RULE, SOFT, Picture, bare, draw, signed
from youli.rank.ranker import Ranker
from youli.types import Ledger

__all__ = ["Past", "past_of", "timeline", "waterfall"]

_ROW_INCHES = 0.3
_LABEL_COLUMNS = 46
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "score": "score {score:.3f}",
        "waterfall": "{title}: the score is a sum",
        "sub": "Each bar starts where the one above it ends; blue speaks for, hatched orange "
        "against.",
        "timeline": "{title}: what each past product gives",
        "left": "when", "right": "amount", "steps": "steps ago", "more": "{n} more are not shown",
        "none": "Nothing of the history speaks for or against it.",
    },
    "zh": {
        "score": "得分 {score:.3f}",
        "waterfall": "{title}:得分由各项相加而成",
        "sub": "每一条从上一条的末端开始;蓝色为加分,橙色斜纹为减分。",
        "timeline": "{title}:每件买过看过的商品各贡献多少",
        "left": "时间", "right": "贡献", "steps": "几步之前", "more": "另有 {n} 件未画出",
        "none": "历史记录对它没有影响。",
    },
}  # fmt: skip


def waterfall(
    ledger: Ledger,
    title: str,
    titles: Mapping[int, str] | Sequence[str] = (),
    *,
    n_entries: int = 12,
    lang: str = "en",
) -> Picture:
    """The entries of a ledger one after another, down to the score.

    `title` names the product; `titles` those of the past by `item_num`. All but the `n_entries`
    largest entries are summed by channel, as they stand in `Ledger.compact`.
    """
    words = _WORDS[lang]
    known = titles if isinstance(titles, Mapping) else dict(enumerate(titles))
    rows = ledger.labelled(known, n_entries)
    amounts = np.array([amount for _, amount in rows])
    ends = np.cumsum(amounts)
    starts = ends - amounts
    total = words["score"].format(score=ledger.score)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for at, amount in enumerate(amounts.tolist()):
            axes.barh(at, amount, left=starts[at], height=0.62, **signed(amount))
            axes.plot([ends[at], ends[at]], [at, at + 1], color=SOFT, linewidth=0.8)
        axes.barh(len(rows), ledger.score, height=0.62, color=INK)
        labels = [shortened(name, _LABEL_COLUMNS) for name, _ in rows]
        axes.set_yticks(range(len(rows) + 1), [*labels, total])
        axes.invert_yaxis()
        span = float(np.ptp([0.0, *starts, *ends])) or 1.0
        for at, amount in enumerate(amounts.tolist()):
            right = max(starts[at], ends[at])
            axes.text(
                right + 0.012 * span, at, f"{amount:+.3f}", va="center", fontsize=8.5, color=SOFT
            )
        axes.axvline(0, color=RULE, linewidth=1, zorder=0)
        low, high = min(0.0, *ends, *starts, 0.0), max(0.0, *ends, *starts)
        axes.set_xlim(low - 0.02 * span, high + 0.14 * span)
        axes.set_xticks([])
        bare(axes)

    said = "; ".join(f"{name} {amount:+.3f}" for name, amount in rows)
    alt = f"{title}: {total} = {said}"
    size = (8.6, 1.1 + _ROW_INCHES * (len(rows) + 1))
    head = words["waterfall"].format(title=shortened(title, 60))
    return draw(head, alt, size, paint, subtitle=words["sub"])


@dataclass(frozen=True, slots=True)
class Past:
    """A past product: when each of its events was, what they were, and what it gives."""

    title: str
    #: Seconds since 1970, or steps ago (negative) where the shop has no clock.
    moments: tuple[int, ...]
    events: tuple[str, ...]
    amount: float


def past_of(ranker: Ranker, state: ShopperState, item_num: int) -> list[Past]:
    """What each past product gives one product in all channels, largest first; exact."""
    items, _ = state.distinct_items
    amounts = ranker.amounts_by_past(state, np.array([item_num], dtype=np.int32))[:, 0]
    timed = ranker.shop.interactions.timed
    found = []
    for at in np.argsort(-np.abs(amounts), kind="stable").tolist():
        rows = list(state.rows_of_distinct[at])
        when = state.rows["timestamp"][rows] if timed else -state.steps_ago[rows]
        events = tuple(EVENT_NAMES[code] for code in state.rows["event"][rows].tolist())
        if rows:
            name = ranker.shop.catalogue.titles[items[at]]
            found.append(Past(name, tuple(when.tolist()), events, float(amounts[at])))
    return found


#: A mark for each kind of event, so that no colour is needed to tell them apart.
_MARKS: Mapping[str, str] = {
    "purchase": "o", "add_to_cart": "s", "begin_checkout": "D", "view_item": "|", "rate": "*",
}  # fmt: skip


def timeline(
    past: Sequence[Past], title: str, shop: Shop, *, n_rows: int = 16, lang: str = "en"
) -> Picture:
    """A row a past product: its events on a line of time, and what it gives the product."""
    words = _WORDS[lang]
    shown, timed = list(past[:n_rows]), shop.interactions.timed
    kinds = list(dict.fromkeys(event for one in shown for event in one.events))

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.4, 1), sharey=True)
        for at, one in enumerate(shown):
            for kind in kinds:
                mine = [m for m, e in zip(one.moments, one.events, strict=True) if e == kind]
                left.plot(
                    [_place(m, timed) for m in mine], [at] * len(mine), linestyle="none",
                    marker=_MARKS.get(kind, "^"), markersize=6.5, color=FOR if one.amount >= 0
                    else AGAINST, markeredgecolor=INK, markeredgewidth=0.5, alpha=0.9,
                )  # fmt: skip
            right.barh(at, one.amount, height=0.62, **signed(one.amount))
        for at, one in enumerate(shown):
            span = max((abs(p.amount) for p in shown), default=1.0) or 1.0
            right.text(
                max(one.amount, 0) + 0.03 * span, at, f"{one.amount:+.3f}", va="center",
                fontsize=8.5, color=SOFT,
            )  # fmt: skip
            right.set_xlim(min(0.0, *[p.amount for p in shown]) - 0.05 * span, 1.4 * span)
        left.set_yticks(range(len(shown)), [shortened(p.title, 32) for p in shown])
        left.invert_yaxis()
        left.grid(axis="y", color=RULE, linewidth=0.8)
        left.set_xlabel(words["left"] if timed else words["steps"], fontsize=9, color=SOFT)
        right.set_xlabel(words["right"], fontsize=9, color=SOFT)
        right.set_xticks([])
        right.axvline(0, color=RULE, linewidth=1, zorder=0)
        _legend(left, kinds)
        if timed:
            _dates(left, [m for one in shown for m in one.moments])
        bare(left, keep="bottom")
        bare(right)

    said = "; ".join(f"{p.title} ({len(p.events)} × {p.events[0]}) {p.amount:+.3f}" for p in shown)
    rest = len(past) - len(shown)
    more = words["more"].format(n=rest) if rest else ""
    head = words["timeline"].format(title=shortened(title, 60))
    if not shown:
        return draw(head, f"{title}: {words['none']}", (8.6, 1.0), _nothing, subtitle=words["none"])
    size = (9.4, 1.7 + _ROW_INCHES * len(shown))
    return draw(head, f"{title}: {said}", size, paint, subtitle=more)


def _nothing(figure: Figure) -> None:
    bare(axes := figure.add_subplot())
    axes.set_xticks([])
    axes.set_yticks([])


def _place(moment: int, timed: bool) -> Any:
    return datetime.fromtimestamp(moment, UTC) if timed else moment


def _dates(axes: Any, moments: Sequence[int]) -> None:
    """A few dates, written so that they need no room."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=2, maxticks=5)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if len(set(moments)) == 1:
        day = datetime.fromtimestamp(moments[0], UTC)
        axes.set_xticks([day], [f"{day:%Y-%m-%d}"])


def _legend(axes: Any, kinds: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="none", marker=_MARKS.get(kind, "^"), color=SOFT,
               markeredgecolor=INK, markeredgewidth=0.5, label=kind)
        for kind in kinds
    ]  # fmt: skip
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=max(len(kinds), 1),
        fontsize=8.5, frameon=False, labelcolor=SOFT, handletextpad=0.2, columnspacing=1.2,
    )  # fmt: skip
