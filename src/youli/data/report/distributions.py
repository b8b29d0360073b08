"""Counts behind the report's plots, from the prepared tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from youli.data.report.model import Completeness, Distribution
from youli.data.schema import CURRENCY_EXPONENT
from youli.types import FloatArray, IntArray

__all__ = ["completeness_of", "distributions_of"]

_WEEK_S: Final = 7 * 86_400
#: 1970-01-05, a Monday.
_MONDAY_S: Final = 4 * 86_400
_COUNT_EDGES: Final = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
_PRICE_STEPS: Final = (1, 2, 5)


def completeness_of(**tables: pa.Table) -> list[Completeness]:
    """How much is known of each column of each table."""
    found = []
    for name, table in tables.items():
        for column in table.column_names:
            values = table[column]
            found.append(
                Completeness(
                    table=name,  # type: ignore[arg-type]  # one of the three names, as the model checks
                    column=column,
                    known=len(values) - values.null_count,
                    total=len(values),
                    distinct=pc.count_distinct(values, mode="only_valid").as_py(),
                )
            )
    return found


def distributions_of(
    events: pa.Table, items: pa.Table, currency: str, *, time_is_order: bool
) -> list[Distribution]:
    """Events per week, per shopper and per product, and the products' prices."""
    found = [] if time_is_order else [_per_week(events["timestamp"])]
    for column, title, unit in (
        ("user_id", "Events per shopper", "shoppers"),
        ("item_id", "Events per product", "products"),
    ):
        counts = pc.value_counts(events[column]).field("counts").to_numpy(zero_copy_only=False)
        found.append(_per_one(column, title, unit, counts))
    if "price_minor" in items.column_names:
        known = items["price_minor"].drop_null().to_numpy()
        if len(known):
            found.append(_prices(known, currency))
    return found


def _per_week(times: pa.ChunkedArray) -> Distribution:
    seconds = pc.divide(times.cast(pa.int64()), 1_000_000).to_numpy()
    week = (seconds - _MONDAY_S) // _WEEK_S
    counts = np.bincount(week - week.min())
    starts = (np.arange(len(counts)) + week.min()) * _WEEK_S + _MONDAY_S
    labels = [str(day) for day in starts.astype("datetime64[s]").astype("datetime64[D]")]
    middle = int(np.median(counts))
    return Distribution(
        name="events_per_week",
        title="Events per week",
        unit="events",
        labels=labels,
        counts=counts.tolist(),
        summary=(
            f"{len(counts):,} weeks from {labels[0]}; usually {middle:,} events a week, at most "
            f"{int(counts.max()):,} in the week of {labels[int(counts.argmax())]}."
        ),
    )


def _per_one(column: str, title: str, unit: str, counts: IntArray) -> Distribution:
    top = next((at for at, edge in enumerate(_COUNT_EDGES) if edge > counts.max()), None)
    edges = [*_COUNT_EDGES[:top]]
    bins, _ = np.histogram(counts, bins=[*edges, np.inf])
    middle, most = int(np.median(counts)), int(counts.max())
    return Distribution(
        name=f"events_per_{column.removesuffix('_id')}",
        title=title,
        unit=unit,
        labels=_ranges(edges),
        counts=bins.tolist(),
        summary=f"Half of the {len(counts):,} {unit} have {middle:,} events or fewer; the most is "
        f"{most:,}.",
    )


def _ranges(edges: Sequence[int]) -> list[str]:
    labels = []
    for at, low in enumerate(edges):
        if at + 1 == len(edges):
            labels.append(f"{low:,}+")
        elif edges[at + 1] == low + 1:
            labels.append(f"{low:,}")
        else:
            labels.append(f"{low:,}–{edges[at + 1] - 1:,}")
    return labels


def _prices(price_minor: FloatArray | IntArray, currency: str) -> Distribution:
    major = price_minor / 10 ** CURRENCY_EXPONENT.get(currency, 2)
    low, high = np.quantile(major, [0.005, 0.995])
    steps = [m * 10.0**e for e in range(-3, 9) for m in _PRICE_STEPS]
    edges = [s for at, s in enumerate(steps) if steps[min(at + 1, len(steps) - 1)] > low]
    edges = [s for at, s in enumerate(edges) if at == 0 or s <= high]
    bins, _ = np.histogram(np.maximum(major, edges[0]), bins=[*edges, np.inf])
    labels = [f"{low:g}–{nxt:g}" for low, nxt in pairwise(edges)]
    quartiles = np.quantile(major, [0.25, 0.5, 0.75])
    return Distribution(
        name="prices",
        title=f"Prices of products ({currency})",
        unit="products",
        labels=[*labels, f"{edges[-1]:g}+"],
        counts=bins.tolist(),
        summary=f"Half of the {len(major):,} known prices lie between {quartiles[0]:,.2f} and "
        f"{quartiles[2]:,.2f} {currency}; the middle one is {quartiles[1]:,.2f}.",
    )
