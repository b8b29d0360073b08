"""The benchmark's document as tables, which the Markdown and the page both show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Grid", "grids", "number"]

_ACCURACY = (
    "hr@5", "hr@10", "hr@20", "ndcg@5", "ndcg@10", "ndcg@20", "mrr", "auc",
    "precision@10", "recall@10", "f1@10",
)  # fmt: skip
_LISTS = (
    "coverage@10", "novelty@10", "gini@10", "diversity@10", "serendipity@10",
    "popularity@10", "popularity_lift@10", "ece@10",
)  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """One table: a title, a note, the head, and rows of texts, the first of each a name."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float | None, digits: int = 4) -> str:
    """A number as it is shown; a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def grids(dataset: dict[str, Any]) -> list[Grid]:
    """Every table of one data set; those without a row are left out."""
    models = dataset["models"]
    main = next(iter(models[0]["tasks"]))
    found = [
        _measures(models, main, "Accuracy", _ACCURACY, _accuracy_note(models)),
        _differences(dataset["differences"], main),
        _tasks(models),
        _measures(
            models, main, "Lists of ten", _LISTS,
            "novelty in bits; gini 0 shows all alike; diversity by attributes; serendipity: chosen "
            "and not among the most popular; popularity: share of shoppers who chose a listed "
            "product; lift: against the shopper's own past; ece: calibration error of the "
            "probability of being chosen, temperature found on the other half of the shoppers",
        ),
        _cost(models),
        _binned(models, "by_history", "By length of history", "events known", "n_cases"),
        _binned(models, "by_popularity", "By popularity of the product", "shoppers", "n_targets"),
        _newcomers(models),
        _cold(models, main),
    ]  # fmt: skip
    return [grid for grid in found if grid.rows]


def _accuracy_note(models: Sequence[dict[str, Any]]) -> str:
    n_seeds = max(len(row["seeds"]) for row in models)
    said = "the whole catalogue competes, ties count against the target"
    return said if n_seeds == 1 else f"{said}; ± is the standard deviation over {n_seeds} seeds"


def _measures(
    models: Sequence[dict[str, Any]], task: str, title: str, names: Sequence[str], note: str
) -> Grid:
    rows = []
    for row in models:
        spread = row.get("sd", {}).get(task, {})
        rows.append(
            (
                row["model"],
                *(
                    number(row["tasks"][task].get(name))
                    + (f" ± {spread[name]:.4f}" if spread.get(name) else "")
                    for name in names
                ),
            )
        )
    head = ("model", *(name.removesuffix("@10") if names is _LISTS else name for name in names))
    return Grid(title, note, head, tuple(rows))


def _differences(rows: Sequence[dict[str, Any]], main: str) -> Grid:
    shown = [
        (
            row["model"],
            f"{row['against']} ({row['role']})"
            if row["role"] != row["against"]
            else row["against"],
            f"{row['mean']:+.4f}",
            f"{row['low']:+.4f} to {row['high']:+.4f}",
            "yes" if row["clear"] else "no",
        )
        for row in rows
        if row["task"] == main
    ]
    note = (
        "NDCG@10, paired bootstrap over cases, 95 % interval; clear: the interval lies on one side "
        "of zero; the best baseline is the best on the test itself; no correction for the number "
        "of comparisons"
    )
    return Grid(
        "Differences", note, ("model", "against", "mean", "interval", "clear"), tuple(shown)
    )


def _tasks(models: Sequence[dict[str, Any]]) -> Grid:
    names = list(models[0]["tasks"])
    if len(names) < 2:
        return Grid("Tasks", "", (), ())
    rows = tuple(
        (row["model"], *(number(row["tasks"][name].get("ndcg@10")) for name in names))
        for row in models
    )
    counts = ", ".join(f"{name} {models[0]['tasks'][name]['n_cases']:,}" for name in names)
    return Grid("Tasks, NDCG@10", f"cases: {counts}", ("model", *names), rows)


def _cost(models: Sequence[dict[str, Any]]) -> Grid:
    rows = tuple(
        (
            row["model"],
            number(row["fit_cpu_s"], 1),
            number(row["fit_wall_s"], 1),
            number(row["peak_rss_mb"], 0),
            number(row["users_per_cpu_s"], 0),
        )
        for row in models
    )
    head = ("model", "fit CPU s", "fit s", "peak MB", "shoppers/CPU s")
    note = "a fresh process each; CPU of all threads, tuning included; compare within one run only"
    return Grid("Cost", note, head, rows)


def _binned(models: Sequence[dict[str, Any]], key: str, title: str, what: str, count: str) -> Grid:
    bins = {row["from"]: (row["label"], row[count]) for one in models for row in one[key]}
    order = sorted(bins)
    rows = []
    for one in models:
        by_start = {row["from"]: row["ndcg@10"] for row in one[key]}
        rows.append((one["model"], *(number(by_start.get(start)) for start in order)))
    head = ("model", *(f"{bins[start][0]} (n = {bins[start][1]:,})" for start in order))
    return Grid(f"{title}, NDCG@10", f"columns: {what}", head, tuple(rows))


def _newcomers(models: Sequence[dict[str, Any]]) -> Grid:
    head = ["all" if row["n_events"] is None else str(row["n_events"]) for row in _longest(models)]
    rows = tuple(
        (one["model"], *(number(row["ndcg@10"]) for row in one["newcomers"]))
        for one in models
        if one["newcomers"]
    )
    n_cases = _longest(models)[0]["n_cases"] if rows else 0
    note = (
        f"the same {n_cases:,} cases, asked for somebody never seen of whom only the last 0 to 3 "
        "events are known; the same products compete"
    )
    return Grid("Newcomers, NDCG@10 by events known", note, ("model", *head), rows)


def _longest(models: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return max((one["newcomers"] for one in models), key=len)


def _cold(models: Sequence[dict[str, Any]], main: str) -> Grid:
    rows = []
    n_held_out = n_cases = 0
    for one in models:
        cold = one["cold"]
        if not cold or "left_out" in cold:
            continue
        n_held_out, n_cases = cold["n_held_out"], cold["cold"]["n_cases"]
        values = (cold["cold"]["ndcg@10"], cold["cold"]["hr@10"], cold["cold"]["auc"])
        among = (cold["cold_among_cold"]["ndcg@10"], cold["cold_among_cold"]["auc"])
        warm = one["tasks"][main]["ndcg@10"]
        rows.append((one["model"], *(number(value) for value in (warm, *values, *among))))
    note = (
        f"{n_held_out:,} products with attributes, drawn at random, had all their events taken out "
        f"of learning and of histories; {n_cases:,} cases chose one of them"
    )
    head = ("model", "warm NDCG", "cold NDCG", "cold HR", "cold AUC", "among cold NDCG",
            "among cold AUC")  # fmt: skip
    return Grid("New products, at 10", note, head, tuple(rows))
