"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from youli.data.report.model import CheckReport, DataReport, FileReport

__all__ = ["print_report", "report_lines"]


def print_report(report: DataReport, console: Console) -> None:
    """Print the report."""
    console.print(report_lines(report))


def report_lines(report: DataReport) -> RenderableType:
    """The report as something rich can print."""
    return Group(*_parts(report))


def _parts(report: DataReport) -> Iterator[RenderableType]:
    if report.simulated:
        yield Text("simulated shop: no person and no product here is real", style="bold yellow")
    yield Text("Columns", style="bold")
    for file in report.files:
        yield Padding(_columns(file), (0, 0, 1, 2))
    if report.decisions:
        yield Text("Decided", style="bold")
        for decision in report.decisions:
            yield Padding(Text(f"· {decision}"), (0, 0, 0, 2))
        yield Text("")
    yield Text("Checks", style="bold")
    yield Padding(_checks(report.checks), (0, 0, 1, 2))
    yield _summary(report)


def _columns(file: FileReport) -> RenderableType:
    title = Text.assemble((file.where, "cyan"), f"  {file.rows:,} rows of {file.role}, {file.kind}")
    pairs = Text("  ").join(
        Text.assemble(
            (ours, "green"),
            " = " + theirs,
            (" (guessed)" if ours in file.guessed and ours != theirs else "", "dim"),
        )
        for ours, theirs in file.columns.items()
    )
    lines: list[RenderableType] = [title, Padding(pairs, (0, 0, 0, 2))]
    if file.attributes:
        lines.append(Padding(Text("attributes: " + ", ".join(file.attributes)), (0, 0, 0, 2)))
    if file.unused:
        lines.append(Padding(Text("not used: " + ", ".join(file.unused), "dim"), (0, 0, 0, 2)))
    return Group(*lines)


def _checks(checks: list[CheckReport]) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    grid.add_column("check")
    for name in ("dropped", "repaired", "flagged"):
        grid.add_column(name, justify="right")
    grid.add_column("reason and an example", overflow="fold")
    for check in checks:
        name = check.name.replace("_", " ")
        if not check.ran:
            grid.add_row(Text(name, "dim"), "", "", "", Text("does not apply", "dim"))
        elif not check.reasons:
            notes = "; ".join(check.notes) or "nothing found"
            grid.add_row(Text(name, "dim"), "", "", "", Text(notes, "dim"))
        for at, reason in enumerate(check.reasons):
            counts = [
                f"{reason.n:,}" if reason.action == a else "" for a in ("drop", "repair", "flag")
            ]
            example = reason.examples[0] if reason.examples else None
            text = reason.reason
            if example is not None:
                value = example.values.get(reason.column)
                text += f" (row {example.row}" + (f": “{value}”)" if value else ")")
            grid.add_row(name if at == 0 else "", *counts, text)
        if check.reasons and check.notes:
            grid.add_row("", "", "", "", Text("; ".join(check.notes), "dim"))
    return grid


def _summary(report: DataReport) -> Text:
    share = report.rows_kept / report.rows_in if report.rows_in else 0.0
    when = (
        "in order, without dates"
        if report.time_is_order
        else f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d} (UTC)"
    )
    return Text.assemble(
        (f"{report.rows_kept:,}", "bold green"),
        f" of {report.rows_in:,} rows kept ({share:.1%}): {report.n_users:,} shoppers, "
        f"{report.n_items:,} products, {when}",
    )
