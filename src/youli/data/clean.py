"""Run the checks: apply what they name, count it by reason, keep the rows in quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import pyarrow as pa

from youli.data.checks.base import Check, CheckContext, Finding, all_checks
from youli.data.maps import CANONICAL
from youli.data.report.model import CheckReport, Example, ReasonCount
from youli.data.sources.base import ROW
from youli.data.stage import RawFile, Stage
from youli.data.workbench import Table, Workbench
from youli.errors import InputError, NotEnoughDataError, SchemaError
from youli.types import Progress

__all__ = ["QUARANTINE_COLUMNS", "Cleaned", "clean"]

#: What quarantine says of each row, before the row's own values as they were in the file; `text`
#: is the row itself where it has no values because it could not be read.
QUARANTINE_COLUMNS: Final = ("source_file", "row", "check", "reason", "action", "column", "text")


@dataclass(frozen=True)
class Cleaned:
    """Events that passed, what was found, and the rows that did not pass as they were."""

    events: Table
    checks: tuple[CheckReport, ...]
    quarantine: pa.Table


@dataclass(frozen=True)
class _Found:
    """One check's findings, counted."""

    check: Check
    rows: Table | None
    counts: list[dict[str, Any]]
    notes: tuple[str, ...]

    def total(self, *actions: str) -> int:
        return sum(entry["n"] for entry in self.counts if entry["action"] in actions)


def clean(stage: Stage, context: CheckContext, progress: Progress) -> Cleaned:
    """Run every check on the staged events, in order.

    Raises `InputError` for the first bad row under `strict`, `NotEnoughDataError` or `SchemaError`
    when a check leaves nothing.
    """
    events = stage.events
    left = context.bench.one(events.aggregate(n=events.count()))["n"]
    found: list[_Found] = []
    checks = all_checks()
    for place, check in enumerate(checks):
        progress(f"checking: {check.name.replace('_', ' ')}", place / len(checks))
        result = _look(check, events, context)
        found.append(result)
        if context.config.strict and check.bad and result.total("drop", "repair"):
            raise _strict_error(result, stage.files, context.bench)
        if result.rows is not None and result.total("drop", "repair"):
            events = _apply(events, result, context.bench)
            left -= result.total("drop")
        if left == 0:
            raise _nothing_left(result, stage.files, context.bench)
    reports = tuple(_report(one, stage.files, context.bench) for one in found)
    return Cleaned(events, reports, _quarantine(found, stage.files, context.bench))


def _look(check: Check, events: Table, context: CheckContext) -> _Found:
    finding: Finding | None = check.find(events, context)
    if finding is None:
        return _Found(check, None, [], ())
    rows = finding.rows
    counts = rows.group_by(["reason", "column", "action"]).aggregate(
        n=rows.count(), first=rows["_rid"].min(), last=rows["_rid"].max()
    )
    counted = context.bench.rows(counts.order_by([counts["n"].desc(), "reason", "column"]))
    if any(entry["action"] != "flag" for entry in counted):
        rows = context.bench.keep(rows, f"found_{check.name}")
    return _Found(check, rows, counted, finding.notes)


def _apply(events: Table, found: _Found, bench: Workbench) -> Table:
    rows = found.rows
    assert rows is not None
    after = events
    if found.total("drop"):
        after = after.anti_join(rows.filter(rows["action"] == "drop"), "_rid")
    if found.total("repair"):
        setters = [name for name in rows.columns if name.startswith("set_")]
        repairs = rows.filter(rows["action"] == "repair").select("_rid", *setters)
        repairs = repairs.rename(repaired="_rid")
        joined = after.left_join(repairs, after["_rid"] == repairs["repaired"])
        changed = {
            name.removeprefix("set_"): ibis.ifelse(
                joined["repaired"].notnull(), joined[name], joined[name.removeprefix("set_")]
            )
            for name in setters
        }
        after = joined.mutate(**changed).select(*events.columns)
    kept = bench.keep(after, "events")
    bench.drop(events)
    return kept


def _report(found: _Found, files: Sequence[RawFile], bench: Workbench) -> CheckReport:
    reasons = [
        ReasonCount(
            reason=entry["reason"],
            action=entry["action"],
            column=entry["column"],
            n=entry["n"],
            examples=_examples({entry["first"], entry["last"]}, files, bench),
        )
        for entry in found.counts
    ]
    return CheckReport(
        name=found.check.name,
        doc=found.check.doc,
        ran=found.rows is not None,
        dropped=found.total("drop"),
        repaired=found.total("repair"),
        flagged=found.total("flag"),
        reasons=reasons,
        notes=[note for note in found.notes if found.counts or not note.startswith("0 ")],
    )


def _examples(rids: Iterable[int], files: Sequence[RawFile], bench: Workbench) -> list[Example]:
    wanted = sorted(rids)
    examples = []
    for file in files:
        rows = file.table.filter(file.table["_rid"].isin(wanted)).order_by("_rid")
        for row in bench.rows(_as_text(rows)):
            row.pop("_rid")
            number = int(row.pop(ROW))
            examples.append(Example(where=file.info.where, row=number, values=row))
    return examples


def _as_text(rows: Table) -> Table:
    kept = {name: rows[name] for name in ("_rid", ROW)}
    values = {name: rows[name].cast("string") for name in rows.columns if name not in kept}
    return rows.select(**kept, **values)


def _strict_error(found: _Found, files: Sequence[RawFile], bench: Workbench) -> InputError:
    entry = min(
        (e for e in found.counts if e["action"] in ("drop", "repair")), key=lambda e: e["first"]
    )
    example = _examples({entry["first"]}, files, bench)[0]
    column = entry["column"] or "all columns"
    return InputError(
        f"{entry['reason']} ({found.total('drop', 'repair'):,} such rows, check "
        f"“{found.check.name}”)",
        where=f"{example.where}, row {example.row}, column {column}",
        value=example.values.get(entry["column"]),
        hint="mend the file, or leave out --strict to drop or repair such rows and count them",
    )


def _nothing_left(found: _Found, files: Sequence[RawFile], bench: Workbench) -> InputError:
    if not found.counts:
        return NotEnoughDataError(
            "there is no row",
            where=", ".join(file.info.where for file in files),
            hint="export the file again; it has a header and nothing below it",
        )
    example = _examples({found.counts[0]["first"]}, files, bench)[0]
    where = f"{example.where}, row {example.row}, column {found.counts[0]['column'] or 'all'}"
    if found.check.name == "unknown_events":
        names = _event_names(files, bench)
        return SchemaError(
            f"no event name is known; found {', '.join(names)}",
            where=where,
            value=names,
            hint="map your names, such as --event bought=purchase, or name another column with "
            "--map event=COLUMN",
        )
    return NotEnoughDataError(
        f"no row is left: {found.counts[0]['reason']} ({found.total('drop'):,} rows)",
        where=where,
        value=example.values.get(found.counts[0]["column"]),
        hint="check that the columns mean what the map says (--map)",
    )


def _event_names(files: Sequence[RawFile], bench: Workbench) -> list[str]:
    names: list[str] = []
    for file in files:
        if "event" in file.table.columns:
            top = file.table.group_by(event=file.table["event"].cast("string")).aggregate(
                n=file.table.count()
            )
            names += [str(r["event"]) for r in bench.rows(top.order_by(top["n"].desc()).limit(5))]
    return names


def _quarantine(found: Sequence[_Found], files: Sequence[RawFile], bench: Workbench) -> pa.Table:
    named = [
        one.rows.filter(one.rows["action"] != "flag").select(
            "_rid", "reason", "action", "column", check=ibis.literal(one.check.name)
        )
        for one in found
        if one.rows is not None and one.total("drop", "repair")
    ]
    columns = _original_columns(files)
    if not named:
        empty = {name: pa.string() for name in (*QUARANTINE_COLUMNS, *columns)}
        return pa.schema(list((empty | {"row": pa.int64()}).items())).empty_table()
    rows = named[0] if len(named) == 1 else ibis.union(*named)
    parts = []
    for file in files:
        joined = rows.join(_as_text(file.table), "_rid")
        parts.append(
            joined.select(
                "_rid",
                source_file=ibis.literal(file.info.where),
                row=joined[ROW],
                check=joined["check"],
                reason=joined["reason"],
                action=ibis.ifelse(joined["action"] == "drop", "dropped", "repaired"),
                column=joined["column"],
                text=ibis.null("string"),
                **{
                    name: joined[name] if name in file.table.columns else ibis.null("string")
                    for name in columns
                },
            )
        )
    stacked = parts[0] if len(parts) == 1 else ibis.union(*parts)
    return bench.arrow(stacked.order_by(["_rid", "check"]).drop("_rid"))


def _original_columns(files: Sequence[RawFile]) -> list[str]:
    """Mapped columns of any file, those that quarantine's own columns do not shadow."""
    present = {name for file in files for name in file.table.columns} - {"_rid", ROW}
    ordered = [name for name in CANONICAL if name in present]
    return ordered + sorted(present - set(ordered))
