"""What a check is, and the registry of checks.

A check looks at the staged events (`youli.data.stage`) and names rows: to drop, to repair or to
flag. It changes nothing itself; `youli.data.clean` applies, counts and keeps what was named.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import ibis

from youli.data.config import DataConfig
from youli.data.discovery import load_parts
from youli.data.workbench import Table, Workbench

__all__ = [
    "Action",
    "Check",
    "CheckContext",
    "Finding",
    "all_checks",
    "finding",
    "register",
    "rows_where",
]

Action: TypeAlias = Literal["drop", "repair", "flag"]


@dataclass(frozen=True)
class CheckContext:
    """What a check may look at beside the events."""

    bench: Workbench
    config: DataConfig
    now: datetime
    currency: str
    #: The catalogue as a table with `item_id` and what is known; None where none was given.
    catalogue: Table | None = None
    #: Times are positions in a sequence, so nothing about speed or dates can be said.
    time_is_order: bool = False


@dataclass(frozen=True)
class Finding:
    """Rows that a check names.

    `rows` has `_rid`, `reason`, `column` and `action`; a repair has a column `set_NAME` for each
    canonical column NAME that it may change, holding the value afterwards (null means unknown).
    """

    rows: Table
    notes: tuple[str, ...] = ()


class Check(Protocol):
    """One rule of data quality."""

    name: ClassVar[str]
    #: One sentence for the report: what is looked for and what happens to it.
    doc: ClassVar[str]
    #: What it may do.
    actions: ClassVar[frozenset[Action]]
    #: Checks run from low to high; later ones see what earlier ones left.
    order: ClassVar[int]
    #: Whether its drops and repairs are bad rows (an error under --strict) or ordinary business.
    bad: ClassVar[bool]

    def find(self, events: Table, context: CheckContext) -> Finding | None:
        """Name rows, or answer None when the rule does not apply to this shop."""
        ...


_CHECKS: dict[str, Check] = {}


def register(kind: type[Check]) -> type[Check]:
    """Class decorator: make a check known under its name."""
    _CHECKS[kind.name] = kind()
    return kind


def all_checks() -> tuple[Check, ...]:
    """Every check in the order in which they run."""
    load_parts(importlib.import_module("youli.data.checks"))
    return tuple(sorted(_CHECKS.values(), key=lambda check: (check.order, check.name)))


def rows_where(
    events: Table, condition: Any, reason: Any, column: Any, action: Action, **set_to: Any
) -> Table:
    """The rows that meet a condition, in the shape of `Finding.rows`."""
    return events.filter(condition).select(
        _rid=events["_rid"],
        reason=_text(reason),
        column=_text(column),
        action=ibis.literal(action),
        **{f"set_{name}": value for name, value in set_to.items()},
    )


def finding(*tables: Table, notes: tuple[str, ...] = ()) -> Finding:
    """Several tables of one shape as one finding."""
    return Finding(tables[0] if len(tables) == 1 else ibis.union(*tables), notes)


def _text(value: Any) -> Any:
    return ibis.literal(value) if isinstance(value, str) else value
