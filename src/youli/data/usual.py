"""The rule that settles conflicts: the most frequent value, of equally frequent ones the latest."""

from __future__ import annotations

import ibis

from youli.data.workbench import Table

__all__ = ["usual_value"]


def usual_value(rows: Table, key: str, column: str) -> Table:
    """One row a key: its usual value of a column, and `n_values`, how many different there were.

    Latest is by `timestamp` where the rows have one, then by `_rid`. Keys whose values are all
    unknown are left out.
    """
    known = rows.filter(rows[column].notnull())
    latest = known["timestamp" if "timestamp" in known.columns else "_rid"].max()
    counted = known.group_by([key, column]).aggregate(
        n=known.count(), latest=latest, last_row=known["_rid"].max()
    )
    best = ibis.window(
        group_by=counted[key],
        order_by=[counted["n"].desc(), counted["latest"].desc(), counted["last_row"].desc()],
    )
    ranked = counted.mutate(
        place=ibis.row_number().over(best),
        n_values=counted.count().over(ibis.window(group_by=counted[key])),
    )
    return ranked.filter(ranked["place"] == 0).select(key, column, "n_values")
