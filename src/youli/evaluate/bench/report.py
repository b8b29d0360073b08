"""The benchmark's report: `report.json`, `report.md`, and a `report.html` that stands alone."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from youli.evaluate.bench import plots
from youli.evaluate.bench.tables import Grid, grids
from youli.evaluate.files import write_files

__all__ = ["render_markdown", "render_page", "write_report"]

_TITLE = "Youli benchmark"


def write_report(document: dict[str, Any], folder: Path) -> list[Path]:
    """Write all three and give their paths; `StorageError` where the disk refuses."""
    return write_files(document, render_markdown(document), render_page(document), folder)


def render_markdown(document: dict[str, Any]) -> str:
    """Every table of every data set."""
    parts = [f"# {_TITLE}", _made(document)]
    for dataset in document["datasets"]:
        parts += [f"## {dataset['dataset']}", _about(dataset)]
        for grid in grids(dataset):
            parts += [f"### {grid.title}", _rows(grid), grid.note]
        parts += _remarks(dataset)
    return "\n\n".join(parts) + "\n"


def render_page(document: dict[str, Any]) -> str:
    """The same with plots, as one page that asks nothing of any other host."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = resources.files("youli.evaluate.bench").joinpath("page.html").read_text("utf-8")
    return environment.from_string(template).render(
        title=_TITLE,
        made=_made(document),
        datasets=[
            {
                "name": dataset["dataset"],
                "simulated": dataset["simulated"],
                "about": _about(dataset),
                "grids": grids(dataset),
                "figures": _figures(dataset),
                "remarks": _remarks(dataset),
            }
            for dataset in document["datasets"]
        ],
    )


def _made(document: dict[str, Any]) -> str:
    machine = document["machine"]
    seeds = ", ".join(str(seed) for seed in document["seeds"])
    return (
        f"youli {document['version']}; seeds {seeds}; {machine['n_cores']} cores of "
        f"{machine['cpu']}, {machine['system']}, Python {machine['python']}, "
        f"NumPy {machine['numpy']}. Numbers are of the test, never of the validation."
    )


def _about(dataset: dict[str, Any]) -> str:
    simulated = "Simulated data. " if dataset["simulated"] else ""
    return (
        f"{simulated}{dataset['protocol'].capitalize()}: {dataset['n_cases']:,} cases of "
        f"{dataset['n_users']:,} shoppers, {dataset['n_items']:,} products, "
        f"{dataset['n_interactions']:,} events. Data {dataset['data_hash'][:12]}."
    )


def _remarks(dataset: dict[str, Any]) -> list[str]:
    """What a reader must know beside the numbers."""
    found = [f"Left out: {one['model']} ({one['why']})." for one in dataset["left_out"]]
    if len(dataset["sources"]) > 1:
        found.append(
            f"These results come from {len(dataset['sources'])} states of the source code "
            f"({', '.join(dataset['sources'])}) of one version; --fresh runs all of them again."
        )
    return found


def _rows(grid: Grid) -> str:
    lines = [grid.head, tuple("---" if not at else "---:" for at in range(len(grid.head)))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (*lines, *grid.rows))


def _figures(dataset: dict[str, Any]) -> list[dict[str, str | Markup]]:
    models = dataset["models"]
    main = next(iter(models[0]["tasks"]))
    points = [
        (one["model"], order, one["fit_cpu_s"], one["tasks"][main]["ndcg@10"])
        for order, one in enumerate(models)
    ]
    said = "; ".join(f"{name} {ndcg:.4f} after {s:,.1f} s" for name, _, s, ndcg in points)
    found = [_figure("Accuracy against the cost of fitting", said, plots.cost(points))]
    found += _binned(models, "by_history", "By length of history", "events known of the shopper")
    found += _binned(models, "by_popularity", "By popularity of the product", "its shoppers before")
    found += _newcomers(models)
    return found + _cold(models, main)


def _figure(title: str, said: str, svg: str) -> dict[str, str | Markup]:
    # Ours, and made from numbers and registered names alone.
    return {"title": title, "alt": f"{title}: {said}", "svg": Markup(svg)}  # noqa: S704


def _drawn(
    title: str, series: list[plots.Line], ticks: list[str], what: str
) -> list[dict[str, str | Markup]]:
    if not any(one.points for one in series):
        return []
    return [_figure(title, _said(series), plots.lines(series, ticks, what))]


def _said(series: list[plots.Line]) -> str:
    """The plot in words, for who cannot see it."""
    return "; ".join(
        f"{one.name} " + ", ".join(f"{value:.4f} at {tick}" for tick, value in one.points.items())
        for one in series
        if one.points
    )


def _binned(
    models: list[dict[str, Any]], key: str, title: str, what: str
) -> list[dict[str, str | Markup]]:
    labels = {row["from"]: row["label"] for one in models for row in one[key]}
    series = [
        plots.Line(one["model"], order, {row["label"]: row["ndcg@10"] for row in one[key]})
        for order, one in enumerate(models)
    ]
    return _drawn(title, series, [labels[start] for start in sorted(labels)], what)


def _newcomers(models: list[dict[str, Any]]) -> list[dict[str, str | Markup]]:
    def tick(row: dict[str, Any]) -> str:
        return "all" if row["n_events"] is None else str(row["n_events"])

    series = [
        plots.Line(one["model"], order, {tick(row): row["ndcg@10"] for row in one["newcomers"]})
        for order, one in enumerate(models)
    ]
    ticks = list(dict.fromkeys(tick for one in series for tick in one.points))
    return _drawn("Newcomers", series, ticks, "events known of somebody never seen")


def _cold(models: list[dict[str, Any]], main: str) -> list[dict[str, str | Markup]]:
    series = []
    for order, one in enumerate(models):
        cold = one["cold"]
        if cold and "left_out" not in cold:
            points = {
                "warm": one["tasks"][main]["ndcg@10"],
                "new, against all": cold["cold"]["ndcg@10"],
                "new, among the new": cold["cold_among_cold"]["ndcg@10"],
            }
            series.append(plots.Line(one["model"], order, points))
    if not series:
        return []
    return [_figure("Cold against warm", _said(series), plots.bars(series, list(series[0].points)))]
