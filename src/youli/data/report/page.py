"""The report as one HTML page that asks nothing of any other host."""

from __future__ import annotations

from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from youli.data.report import plots
from youli.data.report.model import DataReport

__all__ = ["render_page"]

_MOST_REASONS = 14


def render_page(report: DataReport) -> str:
    """The whole page as text."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["n"] = lambda value: f"{value:,}"
    template = resources.files("youli.data.report").joinpath("page.html").read_text("utf-8")
    return environment.from_string(template).render(
        report=report,
        figures=_figures(report),
        share_kept=report.rows_kept / report.rows_in if report.rows_in else 0.0,
    )


def _figures(report: DataReport) -> dict[str, list[dict[str, str | Markup]]]:
    """Plots with their titles and the sentence that stands for each."""
    distributions = [
        _figure(plot.title, plot.summary, plots.bars(plot)) for plot in report.distributions
    ]
    dropped = report.drops_by_reason()[:_MOST_REASONS]
    found: dict[str, list[dict[str, str | Markup]]] = {"distributions": distributions}
    found["drops"] = []
    if dropped:
        words = "; ".join(f"{reason}: {n:,}" for _, reason, n in dropped)
        svg = plots.reasons([(reason, n) for _, reason, n in dropped])
        found["drops"].append(_figure("Why rows were dropped", words, svg))
    words = "; ".join(
        f"{e.table} {e.column} {e.known / max(e.total, 1):.0%}" for e in report.completeness
    )
    svg = plots.completeness(report.completeness)
    found["completeness"] = [_figure("How much of each column is known", words, svg)]
    return found


def _figure(title: str, summary: str, svg: str) -> dict[str, str | Markup]:
    # The SVG is matplotlib's, whose texts are escaped there; the rest is escaped by the template.
    return {"title": title, "summary": summary, "svg": Markup(svg)}  # noqa: S704
