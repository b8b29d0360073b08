"""The documentation names everything that there is."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from youli.registry import CHANNELS, MODELS

ROOT = Path(__file__).parents[2]
PAGES = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}


@pytest.fixture(scope="module")
def cli_docs() -> ModuleType:
    path = ROOT / "tools" / "cli_docs.py"
    spec = importlib.util.spec_from_file_location("youli_cli_docs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_commands_is_in_step(cli_docs):
    assert PAGES["cli.md"] == cli_docs.page(), "run `python tools/cli_docs.py`"


def test_every_command_and_option_is_documented_with_words(cli_docs):
    commands = dict(cli_docs.commands())
    assert {
        "youli demo", "youli data check", "youli fit", "youli recommend", "youli explain",
        "youli evaluate", "youli bench accuracy", "youli serve",
    } <= set(commands)  # fmt: skip
    for name, command in commands.items():
        assert command.help, name
        section = re.split(r"^## ", PAGES["cli.md"].split(f"## `{name}`\n")[1], flags=re.M)[0]
        for option in cli_docs.options(command):
            assert option.help, f"{name} {option.name} says nothing"
            assert cli_docs.spelled(option) in section, f"{name} {option.name}"
            assert option.name not in {"install_completion", "show_completion"}


def test_a_new_option_would_be_missed(cli_docs, monkeypatch):
    command = dict(cli_docs.commands())["youli recommend"]
    monkeypatch.setattr(command.params[1], "help", "Something new.")
    monkeypatch.setattr(cli_docs, "commands", lambda: iter([("youli recommend", command)]))
    assert "Something new." in cli_docs.page()


def test_check_is_an_exit_code(cli_docs, monkeypatch, tmp_path):
    page = tmp_path / "cli.md"
    monkeypatch.setattr(cli_docs, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["cli_docs.py", "--check"])
    assert cli_docs.main() == 1
    monkeypatch.setattr(sys, "argv", ["cli_docs.py"])
    assert cli_docs.main() == 0
    monkeypatch.setattr(sys, "argv", ["cli_docs.py", "--check"])
    assert cli_docs.main() == 0
    page.write_text(page.read_text("utf-8") + "more")
    assert cli_docs.main() == 1


@pytest.mark.parametrize("name", [*CHANNELS.names(), *MODELS.names()])
def test_every_channel_and_model_is_named(name):
    text = "\n".join(words for page, words in PAGES.items() if page != "cli.md")
    assert re.search(rf"`{name}`", text), f"no page of docs/ says what `{name}` is"
