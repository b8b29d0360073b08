"""The report's structure; `model_dump_json` is what `youli data check --json` prints."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = [
    "CheckReport",
    "Completeness",
    "DataReport",
    "Distribution",
    "Example",
    "FileReport",
    "ReasonCount",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileReport(_Part):
    """One file, table or query that was read."""

    where: str
    """Path or address, without a password."""
    kind: str
    """Name of the source that read it."""
    role: Literal["events", "items", "users"]
    """What it was read as."""
    encoding: str
    """Encoding of a text file, else empty."""
    rows: int
    """Records in it."""
    unreadable: int = 0
    """Those of them that could not be read; they are in the quarantine."""
    row_counts_from: Literal["line", "record"]
    """Whether row 1 is the header line or the first record."""
    columns: dict[str, str]
    """Our name → the file's column."""
    guessed: list[str]
    """Our names that were guessed from usual names, not given."""
    unused: list[str]
    """Columns that nothing reads."""
    attributes: list[str]
    """Columns kept as attributes."""


class Example(_Part):
    """One row as it was in its file."""

    where: str
    row: int
    values: dict[str, str | None]


class ReasonCount(_Part):
    """How many rows one reason concerned."""

    reason: str
    action: Literal["drop", "repair", "flag"]
    column: str
    n: int
    examples: list[Example]


class CheckReport(_Part):
    """What one check found."""

    name: str
    doc: str
    ran: bool
    """False where the rule does not apply, such as speed in sequences without dates."""
    dropped: int
    repaired: int
    flagged: int
    reasons: list[ReasonCount]
    notes: list[str]


class Completeness(_Part):
    """How much of a column is known."""

    table: Literal["events", "items", "users"]
    column: str
    known: int
    total: int
    distinct: int


class Distribution(_Part):
    """Counts for a plot: `counts[i]` belongs to `labels[i]`."""

    name: str
    title: str
    unit: str
    labels: list[str]
    counts: list[int]
    summary: str
    """The plot in one sentence, for those who cannot see it."""


class DataReport(_Part):
    """Everything that was read, decided, dropped, repaired and kept."""

    simulated: bool
    """True for a shop that never existed; shown wherever its figures are."""
    files: list[FileReport]
    rows_in: int
    rows_kept: int
    rows_dropped: int
    rows_repaired: int
    checks: list[CheckReport]
    decisions: list[str]
    """What was decided where the data leaves it open, in words."""
    completeness: list[Completeness]
    distributions: list[Distribution]
    n_users: int
    n_items: int
    n_items_without_events: int
    n_orders: int
    since: datetime
    until: datetime
    time_is_order: bool
    """True where times are positions in a sequence and no dates."""
    currency: str
    timezone: str
    data_hash: str

    def drops_by_reason(self) -> list[tuple[str, str, int]]:
        """(check, reason, rows) of everything dropped, most first."""
        found = [
            (check.name, reason.reason, reason.n)
            for check in self.checks
            for reason in check.reasons
            if reason.action == "drop"
        ]
        return sorted(found, key=lambda entry: -entry[2])
