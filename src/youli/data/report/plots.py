"""The report's plots as SVG texts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from youli.data.report.model import Completeness, Distribution

__all__ = ["bars", "completeness", "reasons"]

_INK: Final = "#22303c"
_SOFT: Final = "#8795a1"
_RULE: Final = "#e3e8ec"
_FILL: Final = "#2f7f79"
_WARN: Final = "#c8553d"
_MOST_LABELS: Final = 8
_MOST_DATES: Final = 6
#: Fixed, so that one report gives one page byte for byte.
_SALT: Final = "youli"
_STYLE: Final[dict[str, Any]] = {
    "svg.hashsalt": _SALT,
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
}


def bars(distribution: Distribution) -> str:
    """Vertical bars of a distribution."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.6, 2.5), layout="constrained")
        axes = figure.add_subplot()
        n = len(distribution.counts)
        weeks = distribution.name == "events_per_week"
        if weeks:
            axes.fill_between(range(n), distribution.counts, color=_FILL, alpha=0.18, linewidth=0)
            axes.plot(range(n), distribution.counts, color=_FILL, linewidth=1.6)
        else:
            axes.bar(range(n), distribution.counts, color=_FILL, width=0.82)
        step = max(1, -(-n // _MOST_DATES)) if weeks else 1
        labels = distribution.labels[::step]
        axes.set_xticks(range(0, n, step), [_month(day) for day in labels] if weeks else labels)
        if not weeks and n > _MOST_LABELS:
            axes.tick_params(axis="x", labelrotation=38)
            for label in axes.get_xticklabels():
                label.set_horizontalalignment("right")
                label.set_rotation_mode("anchor")
        axes.set_ylabel(distribution.unit, color=_SOFT, fontsize=9)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        _plain(axes, grid="y")
        return _svg(figure)


def reasons(entries: Sequence[tuple[str, int]]) -> str:
    """Horizontal bars: why rows were dropped."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.6, 0.5 + 0.34 * len(entries)), layout="constrained")
        axes = figure.add_subplot()
        names = [name for name, _ in entries]
        counts = [count for _, count in entries]
        axes.barh(range(len(entries)), counts, color=_WARN, height=0.66)
        axes.set_yticks(range(len(entries)), names)
        axes.invert_yaxis()
        for at, count in enumerate(counts):
            axes.annotate(
                f"{count:,}", (count, at), xytext=(5, 0), textcoords="offset points",
                va="center", fontsize=9, color=_INK,
            )  # fmt: skip
        axes.set_xlim(0, max(counts) * 1.14)
        axes.set_xticks([])
        _plain(axes, grid="")
        axes.spines["bottom"].set_visible(False)
        return _svg(figure)


def completeness(entries: Sequence[Completeness]) -> str:
    """Horizontal bars: how much of each column is known."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.6, 0.45 + 0.27 * len(entries)), layout="constrained")
        axes = figure.add_subplot()
        shares = [entry.known / entry.total if entry.total else 0.0 for entry in entries]
        places = range(len(entries))
        axes.barh(places, [1.0] * len(entries), color=_RULE, height=0.6)
        axes.barh(places, shares, color=_FILL, height=0.6)
        axes.set_yticks(places, [f"{entry.table} · {entry.column}" for entry in entries])
        axes.invert_yaxis()
        for at, share in enumerate(shares):
            text = "100%" if share == 1 else f"{min(share, 0.999):.1%}"
            axes.annotate(
                text, (1, at), xytext=(6, 0), textcoords="offset points", va="center",
                fontsize=8.5, color=_INK if share else _SOFT,
            )  # fmt: skip
        axes.set_xlim(0, 1.09)
        axes.set_xticks([])
        _plain(axes, grid="")
        axes.spines["bottom"].set_visible(False)
        return _svg(figure)


def _month(day: str) -> str:
    return f"{date.fromisoformat(day):%b %Y}"


def _plain(axes: Any, *, grid: str) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_RULE)
    axes.tick_params(length=0, labelsize=9, labelcolor=_INK)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=_RULE, linewidth=0.8)
    axes.margins(x=0.01)


def _svg(figure: Figure) -> str:
    """The figure as an `<svg>` element to put into a page."""
    out = io.StringIO()
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
