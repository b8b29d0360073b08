"""The tables of products and shoppers, from their own files and from what the events say.

Where several rows speak of one product or shopper, the most frequent value of each column holds, of
equally frequent ones the latest (`youli.data.usual`). What a catalogue file says goes before what
the events say. Unknown stays null; a column of which nothing is known is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import ibis

from youli.data.schema import ITEM_COLUMNS
from youli.data.stage import RawFile, price_minor_of
from youli.data.usual import usual_value
from youli.data.values import id_of, text_of
from youli.data.workbench import Table, Workbench

__all__ = ["CATEGORY_SEPARATOR", "LIST_SEPARATOR", "build_items", "build_users", "read_catalogue"]

#: Stands between the levels of a category path.
CATEGORY_SEPARATOR: Final = " > "
#: Stands between the values of an attribute that has several, such as genres.
LIST_SEPARATOR: Final = "|"
_YES: Final = ("true", "1", "yes", "y", "t", "in_stock", "in stock", "instock", "available")
_NO: Final = (
    "false",
    "0",
    "no",
    "n",
    "f",
    "out_of_stock",
    "out of stock",
    "outofstock",
    "sold out",
)


def read_catalogue(
    files: Sequence[RawFile], key: str, currency: str, bench: Workbench
) -> tuple[Table | None, list[str]]:
    """Stack catalogue (or shopper) files into one row a key, and say what was decided."""
    if not files:
        return None, []
    typed = [_typed(file, key, currency) for file in files]
    columns = list(dict.fromkeys(name for table in typed for name in table.columns))
    aligned = [
        table.select(**{name: _column(table, name, typed) for name in columns}) for table in typed
    ]
    rows = bench.keep(aligned[0] if len(aligned) == 1 else ibis.union(*aligned), "catalogue")
    named = rows.filter(rows[key].notnull() & (rows[key].strip() != ""))
    counts = bench.one(
        rows.aggregate(n=rows.count(), named=rows[key].count(), keys=rows[key].nunique())
    )
    notes = [note for file in files for note in _notes(file, key)]
    if counts["n"] > counts["named"]:
        lacking = counts["n"] - counts["named"]
        notes.append(f"{files[0].info.where}: {lacking:,} rows without {key} are left out")
    if counts["named"] > counts["keys"]:
        notes.append(
            f"{files[0].info.where}: {counts['named'] - counts['keys']:,} rows repeat a {key}; of "
            "each column the most frequent value holds, of equally frequent ones the latest"
        )
        values = [name for name in columns if name not in (key, "_rid")]
        return bench.keep(_settled(named, named, key, values), "settled"), notes
    return named.drop("_rid"), notes


def build_items(
    events: Table, catalogue: Table | None, bench: Workbench
) -> tuple[Table, list[str]]:
    """One row a product of the events or the catalogue, sorted by `item_id`."""
    named = [name for name in events.columns if name.startswith("item.")]
    said = events.rename({name.removeprefix("item."): name for name in named})
    said = said.mutate(
        price_minor=ibis.ifelse(said["price_minor"] > 0, said["price_minor"], ibis.null("int64"))
    )
    values = [name.removeprefix("item.") for name in named] + ["price_minor", "currency"]
    known = _known(said, values, bench)
    notes = []
    if known:
        notes.append(
            f"the events say {', '.join(known)} of their products; of each the most frequent value "
            "holds, of equally frequent ones the latest"
        )
    codes = bench.one(said.aggregate(n=said["currency"].nunique(), one=said["currency"].min()))
    if codes["n"] == 1:  # nothing to settle, so the events need not be counted for it
        known = [name for name in known if name != "currency"]
    settled = _settled(events, said, "item_id", known)
    if codes["n"] == 1 and "price_minor" in known:
        priced = settled["price_minor"].notnull()
        settled = settled.mutate(currency=ibis.ifelse(priced, codes["one"], ibis.null("string")))
    from_events = bench.keep(settled, "said")
    table = _merged(from_events, catalogue, "item_id")
    if "category" in table.columns:
        table = table.mutate(category=_path(table["category"]))
    if "in_stock" in table.columns:
        table = table.mutate(in_stock=_truth(table["in_stock"]))
    order = [name for name in ITEM_COLUMNS if name in table.columns]
    rest = [name for name in table.columns if name not in order]
    return _without_unknown(
        table.select(*order, *rest).order_by("item_id"), "item_id", bench
    ), notes


def build_users(events: Table, known: Table | None, bench: Workbench) -> Table:
    """One row a shopper of the events or the shoppers' file, sorted by `user_id`."""
    named = [name for name in events.columns if name.startswith("user.")]
    said = events.rename({name.removeprefix("user."): name for name in named})
    values = [name.removeprefix("user.") for name in named]
    from_events = bench.keep(_settled(events, said, "user_id", values), "said")
    table = _merged(from_events, known, "user_id")
    rest = [name for name in table.columns if name != "user_id"]
    return _without_unknown(table.select("user_id", *rest).order_by("user_id"), "user_id", bench)


def _typed(file: RawFile, key: str, currency: str) -> Table:
    table = file.table
    columns: dict[str, Any] = {
        "_rid": table["_rid"],
        key: id_of(table[key], mended=key in file.profile.mended_ids),
    }
    ours = [name for name in ITEM_COLUMNS if name in file.columns.columns and name != key]
    for name in [*ours, *file.columns.attributes]:
        if name not in ("price_minor", "currency"):
            columns[name] = _value(table[name])
    if {"price", "price_minor"} & set(file.columns.columns):
        price = price_minor_of(file, currency)
        code = text_of(table["currency"]).upper() if "currency" in ours else ibis.literal(currency)
        columns["price_minor"] = price
        columns["currency"] = ibis.ifelse(
            price.notnull(), ibis.coalesce(code, ibis.literal(currency)), ibis.null("string")
        )
    return table.select(**columns)


def _value(column: Any) -> Any:
    if column.type().is_array():
        return column.map(lambda value: value.cast("string")).join(LIST_SEPARATOR)
    return text_of(column)


def _column(table: Table, name: str, tables: Sequence[Table]) -> Any:
    if name in table.columns:
        return table[name]
    kind = next(other[name].type() for other in tables if name in other.columns)
    return ibis.null(kind)


def _known(rows: Table, values: Sequence[str], bench: Workbench) -> list[str]:
    counts = bench.one(rows.aggregate(**{name: rows[name].count() for name in values}))
    return [name for name in values if counts[name]]


def _settled(keys: Table, rows: Table, key: str, values: Sequence[str]) -> Table:
    """The usual value of each column, one row a key of `keys`."""
    table = keys.select(key).distinct()
    for name in values:
        usual = usual_value(rows, key, name).drop("n_values").rename(_key=key)
        table = table.left_join(usual, table[key] == usual["_key"]).drop("_key")
    return table


def _merged(from_events: Table, from_file: Table | None, key: str) -> Table:
    if from_file is None:
        return from_events
    ids = ibis.union(from_events.select(key), from_file.select(key), distinct=True)
    mine = from_events.rename({f"e.{name}": name for name in from_events.columns})
    theirs = from_file.rename({f"f.{name}": name for name in from_file.columns})
    both = ids.left_join(theirs, ids[key] == theirs[f"f.{key}"])
    both = both.left_join(mine, both[key] == mine[f"e.{key}"])
    names = [n for n in dict.fromkeys((*from_file.columns, *from_events.columns)) if n != key]
    merged = {}
    for name in names:
        ways = [both[f"{p}.{name}"] for p in ("f", "e") if f"{p}.{name}" in both.columns]
        merged[name] = ibis.coalesce(*ways) if len(ways) > 1 else ways[0]
    return both.select(both[key], **merged)


def _without_unknown(table: Table, key: str, bench: Workbench) -> Table:
    kept = bench.keep(table, "table")
    names = [name for name in kept.columns if name != key]
    if not names:
        return kept
    known = _known(kept, names, bench)
    if "price_minor" not in known:
        known = [name for name in known if name != "currency"]
    return kept.select(key, *known)


def _path(column: Any) -> Any:
    """A category as one path: bars and JSON lists become ` > `."""
    bare = column.re_replace(r'^\[\s*"?|"?\s*\]$', "").re_replace(r'"\s*,\s*"', "|")
    return bare.re_replace(r"\s*[|>]\s*", CATEGORY_SEPARATOR).strip().nullif("")


def _truth(column: Any) -> Any:
    text = column.cast("string").strip().lower()
    return ibis.cases((text.isin(_YES), True), (text.isin(_NO), False))


def _notes(file: RawFile, key: str) -> list[str]:
    mended = file.profile.mended_ids.get(key)
    notes = [f"{file.info.where}: {note}" for note in file.info.notes]
    if mended:
        notes.append(
            f"{file.info.where}: {key} was turned into numbers by a spreadsheet; {mended[0]:,} "
            f"values mended ({mended[1]} → {mended[1].partition('.')[0]})"
        )
    return notes
