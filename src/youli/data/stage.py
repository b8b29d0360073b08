"""From opened files to one table of events with the canonical types, and what was decided.

The stage keeps every row: what cannot be read is null and told apart from what was not given, so
that the checks can name it. Beside the canonical columns it holds

- ``_rid``: the row's identity over all files, ordered as the files and rows are;
- ``_file``, ``_row``: where it stands;
- ``_unread``: names of number columns with a value that is no number, joined by a comma;
- ``_time_given``, ``_event_given``: whether there was anything to read;
- ``item.NAME`` and ``user.NAME``: what the row says about product and shopper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis

from youli.data.config import DataConfig
from youli.data.maps import ColumnMap, map_columns
from youli.data.schema import CURRENCY_EXPONENT, ITEM_COLUMNS
from youli.data.sources.base import (
    ROW,
    Opened,
    Role,
    Salvaging,
    SourceInfo,
    UnreadableRowError,
    naming_rows,
    source_for,
)
from youli.data.unreadable import UnreadableRows, unreadable_of
from youli.data.values import (
    FileProfile,
    event_of,
    id_of,
    number_of,
    profile_file,
    text_of,
    time_of,
)
from youli.data.workbench import Table, Workbench
from youli.errors import SchemaError

__all__ = [
    "DEFAULT_CURRENCY",
    "RawFile",
    "Stage",
    "load_file",
    "price_minor_of",
    "sequences_joined",
    "stage_events",
]

#: Taken when neither a column, a setting nor a sign names the currency.
DEFAULT_CURRENCY: Final = "USD"
#: Rows of one file never reach the next file's identities.
_FILE_STRIDE: Final = 1 << 40
_FROM_EVENTS: Final = tuple(
    name for name in ITEM_COLUMNS if name not in ("item_id", "price_minor", "currency")
)


@dataclass(frozen=True)
class RawFile:
    """The mapped columns of one file as they were, under our names, with `_rid` and `_row`."""

    number: int
    spec: str
    table: Table
    columns: ColumnMap
    info: SourceInfo
    profile: FileProfile
    #: Rows that are not in `table`, because they could not be read.
    unreadable: UnreadableRows | None = None


@dataclass(frozen=True)
class Stage:
    """Typed events of all files, unchecked."""

    events: Table
    files: tuple[RawFile, ...]
    currency: str
    decisions: tuple[str, ...]


def load_file(
    spec: str,
    role: Role,
    number: int,
    given: Mapping[str, str],
    bench: Workbench,
    config: DataConfig,
) -> RawFile:
    """Read the mapped columns of a file into the workbench, as they are.

    The engine reads the whole file; where it meets a row that it cannot read, the source reads
    again around such rows, unless `config.strict` makes the first one an error.
    """
    source = source_for(spec)
    try:
        return _loaded(spec, source.open(spec, bench, role), number, given, bench, config)
    except UnreadableRowError:
        if config.strict or not isinstance(source, Salvaging):
            raise
    return _loaded(spec, source.salvage(spec, bench, role), number, given, bench, config)


def _loaded(
    spec: str,
    opened: Opened,
    number: int,
    given: Mapping[str, str],
    bench: Workbench,
    config: DataConfig,
) -> RawFile:
    where, role = opened.info.where, opened.info.role
    columns = map_columns(opened.table.columns, role, given, where)
    wanted = {ours: opened.table[theirs] for ours, theirs in columns.columns.items()}
    wanted |= {name: opened.table[name] for name in columns.attributes}
    with naming_rows(where):
        table = bench.keep(
            opened.table.select(
                _rid=opened.table[ROW].cast("int64") + number * _FILE_STRIDE,
                **{ROW: opened.table[ROW].cast("int64")},
                **wanted,
            ),
            f"raw_{role}",
        )
    return RawFile(
        number,
        spec,
        table,
        columns,
        opened.info,
        profile_file(table, bench, config.day_first),
        unreadable_of(opened.unreadable, where, role, bench),
    )


def stage_events(files: Sequence[RawFile], bench: Workbench, config: DataConfig) -> Stage:
    """Type the columns of every event file and stack them."""
    currency, decisions = _currency(files, config)
    typed = []
    extra = sorted({name for file in files for name in _extras(file)})
    bench.set_timezone(_checked_zone(config.timezone))
    for file in files:
        event, note = _default_event(file)
        typed.append(_typed(file, event, extra, currency, config))
        decisions += [*note, *_notes(file, config)]
    events = bench.keep(typed[0] if len(typed) == 1 else ibis.union(*typed), "events")
    bench.set_timezone("UTC")
    return Stage(events, tuple(files), currency, tuple(dict.fromkeys(decisions)))


def sequences_joined(stage: Stage, bench: Workbench) -> Stage:
    """Positions of a later file go on behind the shopper's last one in the files before it.

    One day is one place (`youli.data.sources.sequences`). Without this, two files of sequences
    would be shuffled into each other.
    """
    events = stage.events
    day_s, start_s = 86_400, 946_684_800
    for file in stage.files[1:]:
        before = events.filter(events["_file"] < file.number)
        last = before.group_by(known="user_id").aggregate(last=before["timestamp"].max())
        joined = events.left_join(last, events["user_id"] == last["known"])
        place_s = joined["timestamp"].epoch_seconds() - start_s + day_s
        moved = (joined["last"].epoch_seconds() + place_s).as_timestamp("s")
        is_later = (joined["_file"] == file.number) & joined["last"].notnull()
        stamp = ibis.ifelse(is_later, moved.cast(events["timestamp"].type()), joined["timestamp"])
        shifted = bench.keep(joined.mutate(timestamp=stamp).select(*events.columns), "events")
        bench.drop(events)
        events = shifted
    return Stage(events, stage.files, stage.currency, stage.decisions)


def price_minor_of(file: RawFile, currency: str) -> Any:
    """Price of one unit in minor units, int64, rounded half up; null where unknown."""
    table = file.table
    if "price_minor" in table.columns:
        return number_of(table["price_minor"]).round().cast("int64")
    if "price" not in table.columns:
        return ibis.null("int64")
    code = _currency_column(table, currency)
    digits = code.substitute(CURRENCY_EXPONENT, else_=2) if CURRENCY_EXPONENT else ibis.literal(2)
    # The nudge undoes 1.005 × 100 = 100.49999…; it is far below half a minor unit.
    exact = number_of(table["price"]) * (ibis.literal(10.0) ** digits)
    amount = (exact + exact.sign() * 1e-6).round()
    return ibis.ifelse(amount.abs() < 9e15, amount, ibis.null("float64")).cast("int64")


def _currency_column(table: Table, currency: str) -> Any:
    if "currency" not in table.columns:
        return ibis.literal(currency)
    return ibis.coalesce(text_of(table["currency"]).upper(), ibis.literal(currency))


def _typed(
    file: RawFile, event: Any, extra: Sequence[str], currency: str, config: DataConfig
) -> Table:
    table, profile = file.table, file.profile
    has = set(table.columns)

    def identity(name: str) -> Any:
        if name not in has:
            return ibis.null("string")
        return id_of(table[name], mended=name in profile.mended_ids)

    numbers = {
        name: number_of(table[name]) if name in has else ibis.null("float64")
        for name in ("value", "quantity")
    }
    price = price_minor_of(file, currency)
    unread = [
        ibis.ifelse(table[name].notnull() & parsed.isnull(), name, ibis.null("string"))
        for name, parsed in (*numbers.items(), ("price", price), ("price_minor", price))
        if name in has and table[name].type().is_string()  # a typed number can be read
    ]
    priced = ibis.ifelse(price.notnull(), _currency_column(table, currency), ibis.null("string"))
    columns = {
        "_rid": table["_rid"],
        "_file": ibis.literal(file.number, type="int16"),
        ROW: table[ROW],
        "user_id": identity("user_id"),
        "item_id": identity("item_id"),
        "event": event,
        "timestamp": time_of(table["timestamp"], profile),
        **numbers,
        "price_minor": price,
        "currency": priced,
        "order_id": identity("order_id"),
        "session_id": identity("session_id"),
        "_unread": _joined(unread),
        "_time_given": table["timestamp"].notnull(),
        "_event_given": table["event"].notnull() if "event" in has else ibis.literal(True),
        **{name: _extra(table, name) for name in extra},
    }
    if "event" in has:
        columns["event"] = event_of(table["event"], config.event_names)
    return table.select(**columns)


def _joined(parts: list[Any]) -> Any:
    if not parts:
        return ibis.null("string")
    filled = [part.fill_null("") for part in parts]
    text = filled[0]
    for part in filled[1:]:
        text = text + ibis.ifelse((text != "") & (part != ""), ",", "") + part
    return text.nullif("")


def _extras(file: RawFile) -> list[str]:
    """Columns that say something about product or shopper, under `item.` and `user.` names."""
    names = [f"item.{name}" for name in _FROM_EVENTS if name in file.table.columns]
    return names + [name for name in file.table.columns if name.startswith(("item.", "user."))]


def _extra(table: Table, name: str) -> Any:
    column = name if name in table.columns else name.removeprefix("item.")
    return text_of(table[column]) if column in table.columns else ibis.null("string")


def _default_event(file: RawFile) -> tuple[Any, list[str]]:
    if "event" in file.table.columns:
        return None, []
    bought = sorted({"order_id", "price", "price_minor", "quantity"} & set(file.table.columns))
    name = "purchase" if bought else "view_item"
    why = f"there is {' and '.join(bought)}" if bought else "there is no order, price or quantity"
    note = f"{file.info.where}: no event column; every row is a {name}, because {why}"
    return ibis.literal(name), [note]


def _currency(files: Sequence[RawFile], config: DataConfig) -> tuple[str, list[str]]:
    priced = [f for f in files if {"price", "price_minor"} & set(f.columns.columns)]
    if config.currency:
        code = config.currency.strip().upper()
        if len(code) != 3 or not code.isalpha():
            raise SchemaError(
                f"“{config.currency}” is no currency code",
                where="--currency",
                value=config.currency,
                hint="use three letters of ISO 4217, such as GBP",
            )
        return code, [f"prices without a currency are in {code} (given)"] if priced else []
    signs = [file.profile.currency for file in files if file.profile.currency]
    if signs:
        return signs[0], [f"prices are in {signs[0]}, by the sign in front of them"]
    if not priced or all("currency" in file.columns.columns for file in priced):
        return DEFAULT_CURRENCY, []
    return DEFAULT_CURRENCY, [
        f"no currency is named; prices are taken as {DEFAULT_CURRENCY} (set it with --currency)"
    ]


def _checked_zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SchemaError(
            f"“{name}” is no time zone",
            where="--timezone",
            value=name,
            hint="use a name such as UTC, Europe/London or Asia/Shanghai",
        ) from error
    return name


def _notes(file: RawFile, config: DataConfig) -> list[str]:
    """What was decided about this file's ids and times, in words."""
    where, profile = file.info.where, file.profile
    notes = [f"{where}: {note}" for note in file.info.notes]
    for column, (count, example) in profile.mended_ids.items():
        notes.append(
            f"{where}: {column} was turned into numbers by a spreadsheet; {count:,} values mended "
            f"({example} → {example.partition('.')[0]})"
        )
    if profile.n_naive and not file.info.time_is_order:
        notes.append(
            f"{where}: times carry no zone and are read as {config.timezone} "
            "(set it with --timezone)"
        )
    if profile.n_epoch and not file.info.time_is_order:
        notes.append(f"{where}: times are numbers, counted from 1970 in UTC")
    if profile.has_slashed:
        order = "day/month" if profile.day_first else "month/day"
        why = {
            "given": "given",
            "seen": "a part above 12 tells",
            "open": "no date tells; set it if wrong",
        }[profile.day_first_from]
        notes.append(f"{where}: dates such as 01/02/2024 are read as {order} ({why})")
    return notes
