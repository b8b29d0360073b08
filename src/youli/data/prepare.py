"""From files to a shop that can be learned from: read, check, clean, settle, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from youli.data.catalogue import build_items, build_users, read_catalogue
from youli.data.checks.base import CheckContext
from youli.data.checks.not_products import no_products
from youli.data.clean import clean
from youli.data.config import DataConfig
from youli.data.fingerprint import content_hash
from youli.data.functions import text_hash
from youli.data.maps import check_given
from youli.data.report.distributions import completeness_of, distributions_of
from youli.data.report.model import CheckReport, DataReport, FileReport
from youli.data.schema import EVENT_COLUMNS, TAKES_BACK
from youli.data.sources.base import Role, Salvaging, source_for
from youli.data.stage import RawFile, Stage, load_file, sequences_joined, stage_events
from youli.data.unreadable import quarantine_unreadable, report_unreadable
from youli.data.workbench import Table, Workbench
from youli.errors import NotEnoughDataError, SchemaError
from youli.types import Progress, no_progress

__all__ = ["EVENT_SCHEMA", "KnownLog", "PreparedShop", "prepare_shop"]

#: The canonical events as Arrow types (`youli.data.schema`).
EVENT_SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("item_id", pa.string()),
        ("event", pa.string()),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("value", pa.float64()),
        ("quantity", pa.float64()),
        ("price_minor", pa.int64()),
        ("currency", pa.string()),
        ("order_id", pa.string()),
        ("session_id", pa.string()),
    ]
)


@dataclass(frozen=True)
class KnownLog:
    """What a shop learned from before, as files with our own columns; new events come after it."""

    events: str
    items: str
    users: str


@dataclass(frozen=True)
class PreparedShop:
    """A shop's data after reading, checking and cleaning."""

    #: Canonical columns, sorted by shopper, time and place in the files; returns are netted.
    events: pa.Table
    #: One row a product, sorted by `item_id`; canonical columns only where something is known.
    items: pa.Table
    #: One row a shopper, sorted by `user_id`, with attributes.
    users: pa.Table
    report: DataReport
    currency: str
    #: SHA-256 of events, products and shoppers.
    data_hash: str
    #: Time of the last event.
    data_until: datetime
    #: Every dropped or repaired row as it was in its file, with the reason.
    quarantine: pa.Table
    #: The shop never existed.
    simulated: bool = False
    #: Times are positions in a sequence and no dates.
    time_is_order: bool = False
    #: What the shop deals in.
    scene: str = "retail"


def prepare_shop(
    events: Sequence[str],
    items: Sequence[str] = (),
    users: Sequence[str] = (),
    column_map: Mapping[str, str] | None = None,
    config: DataConfig | None = None,
    progress: Progress = no_progress,
    *,
    simulated: bool = False,
    known: KnownLog | None = None,
) -> PreparedShop:
    """Read files, tables or queries and give a shop that can be learned from.

    `column_map` goes from our names to the files' (`youli.data.maps`). What is `known` is read
    first and checked again together with the new, so that a row which was there already counts
    once and a return finds its purchase; positions in a sequence go on where the known ones
    ended. Raises `SourceError` when a
    file cannot be read, `SchemaError` when columns are missing or clash, `NotEnoughDataError` when
    fewer than two shoppers or products are left, and `InputError` for a bad row under
    `config.strict`.
    """
    config = config or DataConfig()
    given = dict(column_map or {})
    check_given(given)
    if not events:
        raise SchemaError("no events are given", where="events", hint="name a file of events")
    with Workbench() as bench:
        files = _load(events, items, users, given, bench, config, progress, known)
        _all_maps_used(given, files)
        if known is not None:
            _one_clock(files["events"])
        return _prepared(files, bench, config, progress, simulated=simulated)


def _load(
    events: Sequence[str],
    items: Sequence[str],
    users: Sequence[str],
    given: Mapping[str, str],
    bench: Workbench,
    config: DataConfig,
    progress: Progress,
    known: KnownLog | None,
) -> dict[Role, list[RawFile]]:
    """Every file by its role; a folder of events brings the products and shoppers it holds."""
    before: list[tuple[Role, str]] = []
    if known is not None:
        before = [("events", known.events), ("items", known.items), ("users", known.users)]
    wanted: list[tuple[Role, str]] = [("events", spec) for spec in events]
    named: dict[Role, Sequence[str]] = {"items": items, "users": users}
    for role, specs in named.items():
        beside = [spec for spec in events if role in source_for(spec).roles(spec)]
        wanted += [(role, spec) for spec in (specs or beside)]
    files: dict[Role, list[RawFile]] = {"events": [], "items": [], "users": []}
    for number, (role, spec) in enumerate((*before, *wanted)):
        progress(f"reading {role}", number / (len(before) + len(wanted)))
        theirs = {} if number < len(before) else given  # what we saved has our own names
        files[role].append(load_file(spec, role, number, theirs, bench, config))
    return files


def _one_clock(files: Sequence[RawFile]) -> None:
    """Raise `SchemaError` where dates and positions would stand in one log."""
    first, *new = files
    for file in new:
        if file.info.time_is_order != first.info.time_is_order:
            has = ("dates", "positions in a sequence")
            raise SchemaError(
                f"its times are {has[file.info.time_is_order]}, the shop's are "
                f"{has[first.info.time_is_order]}",
                where=file.info.where,
                hint="give new events of the same kind, or fit a new shop on all events",
            )


def _all_maps_used(given: Mapping[str, str], files: Mapping[Role, Sequence[RawFile]]) -> None:
    every = [file for group in files.values() for file in group]
    for ours, theirs in given.items():
        if not any(file.columns.columns.get(ours) == theirs for file in every):
            where = ", ".join(file.info.where for file in every)
            known = sorted(
                {c for f in every for c in (*f.columns.columns.values(), *f.columns.unused)}
            )
            raise SchemaError(
                f"there is no column “{theirs}” for {ours}; the columns are {', '.join(known)}",
                where=f"{where}, row 1",
                value=theirs,
                hint=f"correct --map {ours}={theirs}",
            )


def _prepared(
    files: Mapping[Role, list[RawFile]],
    bench: Workbench,
    config: DataConfig,
    progress: Progress,
    *,
    simulated: bool,
) -> PreparedShop:
    progress("parsing times, prices and ids", 0.0)
    stage = _sampled(stage_events(files["events"], bench, config), bench, config)
    decisions = list(stage.decisions)
    if stage.files[0].info.time_is_order and len(stage.files) > 1:
        stage = sequences_joined(stage, bench)
    catalogue, notes = read_catalogue(files["items"], "item_id", stage.currency, bench)
    decisions += notes
    products_only, notes = _only_products(catalogue, config, bench)
    decisions += notes
    shoppers, notes = read_catalogue(files["users"], "user_id", stage.currency, bench)
    decisions += notes
    time_is_order = all(file.info.time_is_order for file in stage.files)
    context = CheckContext(
        bench=bench,
        config=config,
        now=config.now or datetime.now(UTC),
        currency=stage.currency,
        catalogue=catalogue,
        time_is_order=time_is_order,
    )
    every = [file for group in files.values() for file in group]
    unread = [file.unreadable for file in every if file.unreadable is not None]
    rows_in = bench.one(stage.events.aggregate(n=stage.events.count()))["n"]
    rows_in += sum(one.n for one in unread if one.role == "events")
    cleaned = clean(stage, context, progress)
    ran = any(isinstance(source_for(file.spec), Salvaging) for file in every)
    checks = [report_unreadable(unread, ran=ran), *cleaned.checks]
    progress("settling the catalogue", 0.0)
    interest = cleaned.events.filter(cleaned.events["event"].notin(tuple(TAKES_BACK)))
    products, notes = build_items(interest, products_only, bench)
    item_table = bench.arrow(products)
    user_table = bench.arrow(build_users(interest, shoppers, bench))
    ordered = interest.order_by(["user_id", "timestamp", "_rid"]).select(*EVENT_COLUMNS)
    event_table = bench.arrow(ordered).cast(EVENT_SCHEMA)
    _enough(event_table, files["events"])
    progress("writing the report", 0.0)
    report = _report(
        stage, checks, files, (event_table, item_table, user_table), config,
        decisions=[*decisions, *notes], rows_in=rows_in,
        simulated=simulated, time_is_order=time_is_order,
    )  # fmt: skip
    return PreparedShop(
        events=event_table,
        items=item_table,
        users=user_table,
        report=report,
        currency=stage.currency,
        data_hash=report.data_hash,
        data_until=report.until,
        quarantine=quarantine_unreadable(cleaned.quarantine, unread, bench),
        simulated=simulated,
        time_is_order=time_is_order,
        scene=config.scene,
    )


def _only_products(
    catalogue: Table | None, config: DataConfig, bench: Workbench
) -> tuple[Table | None, list[str]]:
    """Leave out what the check `not_products` would drop, so that it is not recommended either."""
    if catalogue is None:
        return None, []
    titled = (
        catalogue if "title" in catalogue.columns else catalogue.mutate(title=ibis.null("string"))
    )
    named = no_products(titled, "title", config, bench)
    found = bench.one(named.aggregate(n=named.count(), example=named["title"].min()))
    if not found["n"]:
        return catalogue, []
    note = f"{found['n']:,} rows of the catalogue are no products, such as “{found['example']}”"
    return bench.keep(catalogue.anti_join(named, "item_id"), "catalogue"), [note]


def _sampled(stage: Stage, bench: Workbench, config: DataConfig) -> Stage:
    """Keep the events of some shoppers, drawn by a hash of seed and id: the same on any machine."""
    if config.sample_shoppers is None:
        return stage
    events = stage.events
    ids = events.select("user_id").distinct()
    drawn = ids.order_by(text_hash(ibis.literal(f"{config.seed}:") + ids["user_id"]))
    kept = bench.keep(events.semi_join(drawn.limit(config.sample_shoppers), "user_id"), "sample")
    bench.drop(events)
    note = f"a sample of {config.sample_shoppers:,} shoppers, drawn with seed {config.seed}"
    return Stage(kept, stage.files, stage.currency, (*stage.decisions, note))


def _enough(events: pa.Table, files: Sequence[RawFile]) -> None:
    where = ", ".join(file.info.where for file in files)
    if not len(events):
        raise NotEnoughDataError(
            "every row was a return, nothing of interest is left",
            where=where,
            hint="add the purchases or views themselves",
        )
    for column, one, hint in (
        ("user_id", "shopper", "add other shoppers' events, or map another column to user_id"),
        ("item_id", "product", "add events with other products, or map another column to item_id"),
    ):
        if pc.count_distinct(events[column]).as_py() < 2:
            raise NotEnoughDataError(
                f"only one {one} is left, “{events[column][0]}”; there is nothing to compare",
                where=f"{where}, column {files[0].columns.columns[column]}",
                value=events[column][0].as_py(),
                hint=hint,
            )


def _report(
    stage: Stage,
    checks: Sequence[CheckReport],
    files: Mapping[Role, Sequence[RawFile]],
    tables: tuple[pa.Table, pa.Table, pa.Table],
    config: DataConfig,
    *,
    decisions: Sequence[str],
    rows_in: int,
    simulated: bool,
    time_is_order: bool,
) -> DataReport:
    events, items, users = tables
    span = pc.min_max(events["timestamp"]).as_py()
    n_bought = pc.count_distinct(events["item_id"]).as_py()
    return DataReport(
        simulated=simulated,
        files=[_file_report(file) for group in files.values() for file in group],
        rows_in=rows_in,
        rows_kept=len(events),
        rows_dropped=sum(check.dropped for check in checks),
        rows_repaired=sum(check.repaired for check in checks),
        checks=list(checks),
        decisions=list(decisions),
        completeness=completeness_of(events=events, items=items, users=users),
        distributions=distributions_of(events, items, stage.currency, time_is_order=time_is_order),
        n_users=pc.count_distinct(events["user_id"]).as_py(),
        n_items=len(items),
        n_items_without_events=len(items) - n_bought,
        n_orders=pc.count_distinct(events["order_id"], mode="only_valid").as_py(),
        since=span["min"],
        until=span["max"],
        time_is_order=time_is_order,
        currency=stage.currency,
        timezone=config.timezone,
        data_hash=content_hash(events, items, users),
    )


def _file_report(file: RawFile) -> FileReport:
    n_unreadable = file.unreadable.n if file.unreadable else 0
    return FileReport(
        where=file.info.where,
        kind=file.info.kind,
        role=file.columns.role,
        encoding=file.info.encoding,
        rows=file.profile.n_rows + n_unreadable,
        unreadable=n_unreadable,
        row_counts_from=file.info.row,
        columns=dict(file.columns.columns),
        guessed=sorted(file.columns.guessed),
        unused=list(file.columns.unused),
        attributes=list(file.columns.attributes),
    )
