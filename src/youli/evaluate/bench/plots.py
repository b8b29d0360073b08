"""The report's plots as SVG texts, told apart by colour, by marker and by line.

Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart; markers
and dashes say the same again, for print without colour.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

__all__ = ["Line", "bars", "cost", "lines"]

_INK: Final = "#22303c"
_RULE: Final = "#e3e8ec"
_COLOURS: Final = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000", "#b2a300",
)  # fmt: skip
_MARKERS: Final = "osD^vPX*<>ph"
_DASHES: Final = ("-", "--", ":", "-.")
#: Fixed, so that one document gives one page byte for byte; text stays text.
_STYLE: Final[dict[str, Any]] = {
    "svg.hashsalt": "youli",
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
}
#: CPU-seconds below this are drawn here: the axis is logarithmic.
_LEAST_SECONDS: Final = 0.01


@dataclass(frozen=True)
class Line:
    """One model: its place in the order of all, which gives it its looks, and its points."""

    name: str
    order: int
    points: Mapping[str, float]


def cost(points: Sequence[tuple[str, int, float, float]]) -> str:
    """NDCG@10 against CPU-seconds of fitting; points are name, order, seconds, NDCG."""
    figure, axes = _figure(7.4, 3.8)
    for name, order, seconds, ndcg in points:
        axes.plot(max(seconds, _LEAST_SECONDS), ndcg, **_looks(order, line=False), label=name)
        axes.annotate(
            name, (max(seconds, _LEAST_SECONDS), ndcg), xytext=(7, 4),
            textcoords="offset points", fontsize=9, color=_INK,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.margins(x=0.14, y=0.12)
    axes.set_xlabel("CPU-seconds to fit, tuning included (log)", fontsize=9, color=_INK)
    return _svg(figure, axes, "NDCG@10", legend=False)


def lines(
    series: Sequence[Line], ticks: Sequence[str], what: str, *, measure: str = "NDCG@10"
) -> str:
    """A measure of every model along ordered bins; a model has no point where it has no case."""
    figure, axes = _figure(7.4, 3.6)
    for one in series:
        at = [place for place, tick in enumerate(ticks) if tick in one.points]
        axes.plot(
            at, [one.points[ticks[place]] for place in at], **_looks(one.order), label=one.name
        )
    axes.set_xticks(range(len(ticks)), list(ticks))
    axes.set_xlabel(what, fontsize=9, color=_INK)
    return _svg(figure, axes, measure)


def bars(series: Sequence[Line], groups: Sequence[str], *, measure: str = "NDCG@10") -> str:
    """A measure of every model in groups side by side."""
    figure, axes = _figure(7.4, 3.6)
    width = 0.84 / max(len(series), 1)
    for place, one in enumerate(series):
        at = [group - 0.42 + (place + 0.5) * width for group in range(len(groups))]
        axes.bar(
            at, [one.points.get(group, 0.0) for group in groups], width=width * 0.92,
            color=_COLOURS[one.order % len(_COLOURS)], edgecolor=_INK, linewidth=0.5,
            hatch=("", "//", "..", "xx")[one.order // 2 % 4], label=one.name,
        )  # fmt: skip
    axes.set_xticks(range(len(groups)), list(groups))
    return _svg(figure, axes, measure)


def _looks(order: int, *, line: bool = True) -> dict[str, Any]:
    return {
        "color": _COLOURS[order % len(_COLOURS)],
        "marker": _MARKERS[order % len(_MARKERS)],
        "linestyle": _DASHES[order % len(_DASHES)] if line else "none",
        "linewidth": 1.5,
        "markersize": 6,
        "markeredgecolor": _INK,
        "markeredgewidth": 0.5,
    }


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure, axes: Any, measure: str, *, legend: bool = True) -> str:
    """The figure as an `<svg>` element to put into a page."""
    import matplotlib as mpl

    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(_RULE)
    axes.tick_params(length=0, labelsize=9, labelcolor=_INK)
    axes.grid(axis="y", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(measure, fontsize=9, color=_INK)
    if legend:
        axes.legend(
            loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8.5, frameon=False,
            handlelength=2.6,
        )  # fmt: skip
    figure.patch.set_alpha(0)
    axes.patch.set_alpha(0)
    out = io.StringIO()
    with mpl.rc_context(_STYLE):
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
