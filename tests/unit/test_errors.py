"""The tree of errors: what each means for a process and for HTTP."""

from __future__ import annotations

import re

import pytest

from youli import errors
from youli.errors import InputError, SourceError, StorageError, YouliError

CLASSES = [getattr(errors, name) for name in errors.__all__]


def test_the_tree_that_is_drawn_is_the_tree_there_is():
    drawn = re.findall(r"\b(\w+Error)\b", errors.__doc__.split("\n\n")[1] + errors.__doc__)
    assert set(drawn) == {one.__name__ for one in CLASSES}
    assert all(issubclass(one, YouliError) for one in CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_codes(kind):
    assert kind.exit_code in {1, 2}
    assert 400 <= kind.http_status < 600
    assert re.fullmatch(r"[a-z_]+", kind.code)
    if issubclass(kind, InputError):
        assert (kind.exit_code, kind.http_status) == (2, 422)
    assert kind is InputError or kind is YouliError or kind.code not in {"bad_input", "error"}


def test_words():
    error = SourceError("no rows", where="a.csv", value=0, hint="give some")
    assert str(error) == "a.csv: no rows\n  next: give some"
    assert (error.problem, error.where, error.value, error.hint) == (
        "no rows",
        "a.csv",
        0,
        "give some",
    )
    assert str(StorageError("full")) == "full"
