"""`youli merchant`: rules from the command line act in what is listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from youli.cli.main import app


@pytest.fixture
def run(shop_folder: Path, tmp_path: Path) -> Any:
    def ran(*arguments: str) -> Any:
        command = ["merchant", arguments[0], str(shop_folder), *arguments[1:]]
        return CliRunner().invoke(app, [*command, "--database", str(tmp_path / "rules.db")])

    return ran


def test_a_rule_is_tried_made_listed_and_forgotten(run: Any, shop_folder: Path) -> None:
    from youli.engine import Engine

    engine = Engine.open(shop_folder)
    user = engine.shop.interactions.users.ids[0]
    last = engine.shop.interactions.items.ids[engine.plain(engine.state(user))[-1].item_num]
    tried = run("preview", "pin", "--item", last, "--place", "1", "--user", user, "--json")
    assert tried.exit_code == 0, tried.output
    assert json.loads(tried.stdout)["lists"][0]["after"][0]["item_id"] == last
    assert json.loads(run("list", "--json").stdout) == {"rules": []}
    made = run("add", "pin", "--item", last, "--place", "1", "--note", "sale")
    assert made.exit_code == 0, made.output
    rule_id = json.loads(made.stdout)["rule_id"]
    assert "sale" in run("list").stdout
    assert run("delete", rule_id).exit_code == 0
    assert json.loads(run("list", "--json").stdout) == {"rules": []}


def test_a_rule_that_makes_no_sense_says_why(run: Any) -> None:
    from youli.errors import ConfigError

    refused = run("add", "boost", "--item", "x")
    assert refused.exit_code != 0
    assert isinstance(refused.exception, ConfigError)
    assert "needs an amount" in str(refused.exception)
