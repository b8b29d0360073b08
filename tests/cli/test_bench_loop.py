"""`youli bench loop`: one document with every measure, and its plots."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from youli.cli.main import app as youli
from youli.testing.reacting.measure import SERIES, SYSTEMS

SMALL = (
    "bench", "loop", "--rounds", "4", "--seeds", "1", "--shoppers", "60", "--visitors", "20",
    "--products", "40",
)  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    out = tmp_path_factory.mktemp("loop")
    result = CliRunner().invoke(
        youli, [*SMALL, "--json", "--plot", str(out)], catch_exceptions=False
    )
    assert result.exit_code == 0
    return json.loads(result.stdout), out


def test_every_measure_has_its_interval_and_goal(ran):
    document, _ = ran
    assert document["simulated"] is True
    assert document["seeds"] == [0]
    names = [one["name"] for one in document["measures"]]
    assert len(set(names)) == len(names) == 12
    for one in document["measures"]:
        assert one["interval"][1] is None  # a single shop says nothing of how sure it is
        assert one["goal"]
        assert isinstance(one["met"], bool)


def test_every_round_of_every_system_is_there(ran):
    document, _ = ran
    assert set(document["rounds"]) == set(SYSTEMS)
    assert set(document["rounds"]["loop"]) == set(SERIES)
    frozen = document["rounds"]["frozen"]
    assert {"regret", "unreliable"}.isdisjoint(frozen)  # it chooses nothing and trusts nothing
    assert all(len(many) == 4 for many in frozen.values())
    # Before anything was learned everybody is shown the same products.
    assert frozen["popularity"][0] == document["rounds"]["loop"]["popularity"][0]


def test_the_rounds_are_drawn(ran):
    _, out = ran
    drawn = {path.name for path in out.iterdir()}
    assert drawn == {
        f"loop_{name}.svg" for name in ("satisfaction", "regret", "trust", "popularity")
    }
    assert all("<svg" in path.read_text() for path in out.iterdir())
