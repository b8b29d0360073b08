"""Pictures of maps: any table of weights, and two photos with where they are alike."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from PIL import Image

from youli.data.photos import Photos
from youli.errors import UnknownEntityError
from youli.markup import shortened
from youli.plots.base import INK, Picture, bare, draw
from youli.types import FloatArray

__all__ = ["heat_map", "photo_pair"]

#: Ends of the scale and their middle: orange against, blue for (Okabe & Ito 2008).
_SCALE = LinearSegmentedColormap.from_list("youli", ["#b34d00", "#f6f7f8", "#00588a"])
#: Numbers are written into the cells of maps up to so many cells.
_MOST_NUMBERS = 200
#: Cells are larger than this only where the map is small.
_CELL_INCHES = 0.46
_MOST_INCHES = 11.0
_WORDS = {
    "en": {
        "alike": "{a} looks like {b}: {likeness:.2f}",
        "sum": "Bright is where the likeness lies; the cells of a map add up to it exactly.",
    },
    "zh": {
        "alike": "{a} 与 {b} 相像:{likeness:.2f}",
        "sum": "亮处为相像之处;一张图各格之和就是相像程度(精确值)。",
    },
}


def heat_map(
    weights: FloatArray,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    *,
    subtitle: str = "",
) -> Picture:
    """Any table of weights, float [n_rows, n_columns]: attention, or what gives what to what.

    NaN stays empty. Zero is the middle of the scale; numbers stand in the cells of small maps.
    """
    table = np.asarray(weights, dtype=np.float64)
    assert table.shape == (len(rows), len(columns)), "one label a row and a column"
    largest = float(np.nanmax(np.abs(table), initial=0.0)) or 1.0
    lowest = 0.0 if not (table < 0).any() else -largest

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        norm = TwoSlopeNorm(0.0, vmin=-largest, vmax=largest)
        axes.imshow(table, cmap=_SCALE, norm=norm, aspect="auto", interpolation="nearest")
        axes.set_xticks(range(len(columns)), [shortened(one, 22) for one in columns])
        axes.set_yticks(range(len(rows)), [shortened(one, 34) for one in rows])
        axes.tick_params(axis="x", labelrotation=40)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
        if table.size <= _MOST_NUMBERS:
            for (row, column), value in np.ndenumerate(table):
                if np.isfinite(value):
                    # On the cells' own colours, whatever the page's.
                    ink = "#fefefe" if abs(value) > 0.55 * largest else "#111111"
                    axes.text(
                        column, row, f"{value:.2g}", ha="center", va="center", fontsize=8, color=ink
                    )
        bare(axes)

    order = np.argsort(-np.abs(np.nan_to_num(table)), axis=None, kind="stable")[:5]
    places = [np.unravel_index(at, table.shape) for at in order.tolist()]
    said = "; ".join(f"{rows[r]} × {columns[c]} {table[r, c]:.3g}" for r, c in places)
    alt = f"{title}. {len(rows)} × {len(columns)} from {lowest:.3g} to {largest:.3g}; most: {said}"
    width = min(3.2 + _CELL_INCHES * 1.35 * len(columns), _MOST_INCHES)
    height = min(2.2 + _CELL_INCHES * 0.8 * len(rows), _MOST_INCHES)
    return draw(title, alt, (max(width, 5.0), height), paint, subtitle=subtitle)


def photo_pair(
    photos: Photos,
    item_num: int,
    other: int,
    titles: Sequence[str],
    *,
    lang: str = "en",
) -> Picture:
    """Two products' photos side by side, and over each the 7 × 7 map of their likeness.

    Raises `UnknownEntityError` where one of them has no photo.
    """
    for one in (item_num, other):
        if not photos.has[one]:
            raise UnknownEntityError(
                f"{titles[one]} has no photo",
                value=titles[one],
                hint="photos are learned with `youli fit --photos`",
            )
    likeness = photos.likeness(item_num, other)
    words = _WORDS[lang]

    def paint(figure: Figure) -> None:
        axes = figure.subplots(2, 2, squeeze=False)
        for at, (one, against) in enumerate(((item_num, other), (other, item_num))):
            picture = _pixels(photos, one)
            parts = photos.likeness_map(one, against)
            # Above the thumbnail's middle grey a cell is lit, below it is dimmed.
            lit = np.clip(parts / max(float(parts.max()), 1e-9), 0.0, 1.0)
            axes[0, at].imshow(picture)
            axes[0, at].set_title(shortened(titles[one], 34), fontsize=9.5, color=INK)
            axes[1, at].imshow(picture)
            height, width = picture.shape[:2]
            axes[1, at].imshow(
                np.zeros((*lit.shape, 3)), alpha=0.78 * (1.0 - lit), interpolation="nearest",
                extent=(-0.5, width - 0.5, height - 0.5, -0.5),
            )  # fmt: skip
        for one_axes in axes.ravel():
            bare(one_axes)
            one_axes.set_xticks([])
            one_axes.set_yticks([])

    names = {"a": shortened(titles[item_num], 34), "b": shortened(titles[other], 34)}
    head = words["alike"].format(likeness=likeness, **names)
    where = ", ".join(_strongest(photos.likeness_map(item_num, other)))
    alt = f"{head}. {words['sum']} {titles[item_num]}: {where}"
    return draw(head, alt, (6.4, 6.9), paint, subtitle=words["sum"])


def _pixels(photos: Photos, item_num: int) -> FloatArray:
    data = photos.thumbnail(item_num)
    assert data is not None, "a product with features has a thumbnail"
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


def _strongest(parts: FloatArray) -> list[str]:
    """The three strongest cells by row and column, counted from 1."""
    order = np.argsort(-parts, axis=None, kind="stable")[:3]
    places = [np.unravel_index(at, parts.shape) for at in order.tolist()]
    return [f"row {r + 1}, column {c + 1}: {parts[r, c]:.3f}" for r, c in places]
