"""Text to values: ids, times, numbers and event names, with a look at the column first.

What a column holds is profiled in one pass (`profile_file`), then one expression a column parses
it. Nothing is guessed row by row: a date format or a mended id is a property of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import ibis

from youli.data.event_names import USUAL_EVENT_NAMES
from youli.data.functions import epoch_seconds_to_time, first_time
from youli.data.workbench import Table, Workbench

__all__ = [
    "CURRENCY_SIGNS",
    "FileProfile",
    "event_of",
    "id_of",
    "number_of",
    "profile_file",
    "text_of",
    "time_of",
]

#: Signs that name a currency; ¥ and $ have several and stand for the most common one.
CURRENCY_SIGNS: Final = {"£": "GBP", "€": "EUR", "₹": "INR", "¥": "CNY", "￥": "CNY", "$": "USD"}
_ID_COLUMNS: Final = ("user_id", "item_id", "order_id", "session_id")
_SLASHED: Final = r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
_CLOCKS: Final = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_WRITTEN: Final = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y%m%d", "%Y/%m/%d")


@dataclass(frozen=True)
class FileProfile:
    """What the columns of one file hold."""

    n_rows: int
    #: Id columns that a spreadsheet turned into decimal numbers → how many values, and one of them.
    mended_ids: dict[str, tuple[int, str]]
    #: Whether 01/02/2024 is 1 February.
    day_first: bool
    #: Why: "given", "seen" (a part above 12), "open" (no date tells), "none" (no such dates).
    day_first_from: str
    has_slashed: bool
    n_epoch: int
    n_naive: int
    currency: str | None


def profile_file(raw: Table, bench: Workbench, day_first: bool | None) -> FileProfile:
    """Look through the mapped columns of a file once."""
    counts: dict[str, Any] = {"n_rows": raw.count()}
    for name in _ID_COLUMNS:
        if name in raw.columns:
            text = raw[name].cast("string")
            pointed = text.re_search(r"^\d+\.0+$")
            counts[f"{name}_pointed"] = pointed.sum()
            counts[f"{name}_plain"] = text.re_search(r"^\d+$").sum()
            counts[f"{name}_example"] = text.min(where=pointed)
    if "timestamp" in raw.columns:
        counts |= _time_counts(raw["timestamp"])
    if "price" in raw.columns and raw["price"].type().is_string():
        for sign in CURRENCY_SIGNS:
            counts[f"sign_{CURRENCY_SIGNS[sign]}"] = raw["price"].contains(sign).sum()
    found = {name: value or 0 for name, value in bench.one(raw.aggregate(**counts)).items()}
    mended = {
        name: (int(found[f"{name}_pointed"]), str(found[f"{name}_example"]))
        for name in _ID_COLUMNS
        if found.get(f"{name}_pointed") and not found[f"{name}_plain"]
    }
    signs = {code: found.get(f"sign_{code}", 0) for code in CURRENCY_SIGNS.values()}
    likely = max(signs, key=lambda code: signs[code])
    choice, why = _day_first(found, day_first)
    return FileProfile(
        n_rows=int(found["n_rows"]),
        mended_ids=mended,
        day_first=choice,
        day_first_from=why,
        has_slashed=bool(found.get("slashed")),
        n_epoch=int(found.get("epoch", 0)),
        n_naive=int(found.get("naive", 0)),
        currency=likely if signs[likely] else None,
    )


def _time_counts(column: Any) -> dict[str, Any]:
    if column.type().is_timestamp():
        zoned = column.type().timezone is not None
        return {"naive": ibis.literal(0) if zoned else column.count()}
    text = column.cast("string").strip()
    slashed = text.re_search(_SLASHED)
    first = text.re_extract(r"^(\d{1,2})[-/.](\d{1,2})[-/.]", 1).try_cast("int64")
    second = text.re_extract(r"^(\d{1,2})[-/.](\d{1,2})[-/.]", 2).try_cast("int64")
    epoch = text.re_search(r"^\d{9,19}(\.\d+)?$")
    zoned = text.re_search(r"(Z|[+-]\d{2}:?\d{2}| UTC)$")
    return {
        "slashed": slashed.sum(),
        "first_above": (slashed & (first > 12)).sum(),
        "second_above": (slashed & (second > 12)).sum(),
        "epoch": epoch.sum(),
        "naive": (~epoch & ~zoned).sum(),
    }


def _day_first(found: dict[str, Any], given: bool | None) -> tuple[bool, str]:
    if given is not None:
        return given, "given"
    if not found.get("slashed"):
        return True, "none"
    if found["first_above"] == found["second_above"] == 0:
        return True, "open"
    return found["first_above"] >= found["second_above"], "seen"


def id_of(column: Any, *, mended: bool) -> Any:
    """The id exactly as written; without its `.0` where a spreadsheet added one."""
    text = column.cast("string")
    return text.re_replace(r"\.0+$", "") if mended else text


def text_of(column: Any) -> Any:
    """Words for people: runs of blanks become one, blank becomes unknown."""
    return column.cast("string").re_replace(r"\s+", " ").strip().nullif("")


def number_of(column: Any) -> Any:
    """A finite number, float64; null where the text is none.

    Currency signs and thousands separators are taken off; `1.099,50` and `12,5` are read as
    European, `1,099.50` and `1,099` as English.
    """
    if not column.type().is_string():
        number = column.cast("float64")
    else:
        bare = column.re_replace(r"[^0-9.,+\-eE]", "")
        european = bare.re_search(r"^[+-]?\d{1,3}(\.\d{3})+,\d+$|^[+-]?\d+,\d{1,2}$")
        english = bare.replace(",", "")
        other = bare.replace(".", "").replace(",", ".")
        number = ibis.coalesce(
            column.try_cast("float64"),
            ibis.ifelse(european, other, english).try_cast("float64"),
        )
    return ibis.ifelse(number.isnan() | number.isinf(), ibis.null("float64"), number)


def event_of(column: Any, own: dict[str, str]) -> Any:
    """GA4 name of an event; null where the name is unknown."""
    folded = column.cast("string").strip().lower().re_replace(r"[\s\-./]+", "_")
    fold = {"-": "_", " ": "_", ".": "_", "/": "_"}
    names = USUAL_EVENT_NAMES | {
        "".join(fold.get(c, c) for c in name.lower()): ga4 for name, ga4 in own.items()
    }
    return folded.substitute(names, else_=ibis.null("string"))


def time_of(column: Any, profile: FileProfile) -> Any:
    """An aware time; null where the text is none. Times without offset are in the session's zone.

    Epoch numbers are seconds, milli-, micro- or nanoseconds by their length.
    """
    if column.type().is_timestamp() or column.type().is_date():
        return column.cast("timestamp('UTC')")
    text = column.cast("string").strip()
    ways = [text.try_cast("timestamp('UTC')")]
    if profile.has_slashed:
        # Before ISO: DuckDB would read 01-02-2024 its own way.
        same = text.re_replace(r"^(\d{1,2})[-.](\d{1,2})[-.]", r"\1/\2/")
        slashed = ibis.ifelse(
            text.re_search(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"),
            first_time(same, ibis.literal(_slashed_formats("%Y", profile.day_first))),
            first_time(same, ibis.literal(_slashed_formats("%y", profile.day_first))),
        ).cast("timestamp('UTC')")
        ways = [ibis.ifelse(text.re_search(_SLASHED), slashed, ways[0])]
    if profile.n_epoch:
        ways.insert(0, _epoch(text))
    written = [day + clock for day in _WRITTEN for clock in _CLOCKS]
    ways.append(first_time(text, ibis.literal(written)).cast("timestamp('UTC')"))
    return ibis.coalesce(*ways)


def _slashed_formats(year: str, day_first: bool) -> list[str]:
    day = f"%d/%m/{year}" if day_first else f"%m/%d/{year}"
    return [day + clock for clock in _CLOCKS]


def _epoch(text: Any) -> Any:
    number = text.try_cast("float64")
    seconds = ibis.cases(
        (number < 1e11, number),
        (number < 1e14, number / 1e3),
        (number < 1e17, number / 1e6),
        else_=number / 1e9,
    )
    is_epoch = text.re_search(r"^\d{9,19}(\.\d+)?$")
    return ibis.ifelse(is_epoch, epoch_seconds_to_time(seconds), ibis.null("timestamp('UTC')"))
