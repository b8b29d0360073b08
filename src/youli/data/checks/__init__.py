"""What is looked for in a shop's events: one file a rule, each named, counted and explained.

Adding a check is one new file here with a class decorated by `register`.
"""

from youli.data.checks.base import (
    Check,
    CheckContext,
    Finding,
    all_checks,
    finding,
    register,
    rows_where,
)

__all__ = [
    "Check",
    "CheckContext",
    "Finding",
    "all_checks",
    "finding",
    "register",
    "rows_where",
]
