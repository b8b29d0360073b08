"""What happened to a shop's data, as a structure, on the terminal and as a page."""

from youli.data.report.model import (
    CheckReport,
    Completeness,
    DataReport,
    Distribution,
    Example,
    FileReport,
    ReasonCount,
)

__all__ = [
    "CheckReport",
    "Completeness",
    "DataReport",
    "Distribution",
    "Example",
    "FileReport",
    "ReasonCount",
]
