"""Attributes of people that are not learned from unless the shop allows it by name.

Named after the grounds that equal-treatment law commonly lists (EU Directives 2000/43, 2000/78 and
2004/113; US Civil Rights Act and Equal Credit Opportunity Act). A column is recognised by the words
in its name, so `marital_status` and `MaritalStatus` are one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import pyarrow as pa

from youli.errors import ConfigError

__all__ = ["is_protected", "without_protected"]

_PROTECTED_WORDS: Final = frozenset(
    [
        "age",
        "birth",
        "birthday",
        "birthdate",
        "dob",
        "gender",
        "sex",
        "sexuality",
        "orientation",
        "race",
        "ethnicity",
        "ethnic",
        "nationality",
        "citizenship",
        "religion",
        "belief",
        "disability",
        "health",
        "pregnancy",
        "pregnant",
        "marital",
        "married",
        "marriage",
        "politics",
        "political",
        "union",
        "income",
        "salary",
        # Compounds that nothing separates.
        "agegroup",
        "ageband",
        "agerange",
        "dateofbirth",
        "birthyear",
        "yearofbirth",
        "maritalstatus",
    ]
)
#: Simplified first, then those that are written otherwise in traditional characters.
_PROTECTED_CHINESE: Final = re.compile(
    "年龄|生日|出生|性别|性取向|种族|民族|国籍|宗教|信仰|婚姻|怀孕|残疾|健康|政治|收入|工资|薪资"
    "|年齡|性別|種族|國籍|懷孕|殘疾|薪資"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def is_protected(name: str) -> bool:
    """Whether a column's name speaks of a protected attribute."""
    words = {word.lower() for word in _WORD.findall(name)}
    return bool(words & _PROTECTED_WORDS) or bool(_PROTECTED_CHINESE.search(name))


def without_protected(users: pa.Table, allowed: Collection[str]) -> tuple[pa.Table, list[str]]:
    """The shoppers' table without protected columns, and the names of those that went.

    `allowed` columns stay; `ConfigError` where one of them is not in the table.
    """
    for name in allowed:
        if name not in users.column_names:
            raise ConfigError(
                f"the shoppers' table has no column {name!r} to allow",
                value=name,
                hint=f"it has {', '.join(users.column_names)}",
            )
    gone = [n for n in users.column_names if n not in allowed and is_protected(n)]
    return users.drop_columns(gone), gone
