"""The command line as a real process: exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from youli import __version__
from youli.cli.main import COMMANDS, main
from youli.errors import ArtifactError, InputError, StorageError, UnknownEntityError


def youli(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "youli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100", **env},
    )


def test_version_and_help():
    found = youli("--version")
    assert (found.returncode, found.stdout, found.stderr) == (0, f"youli {__version__}\n", "")
    shown = youli("--help")
    assert shown.returncode == 0
    for command in COMMANDS:
        assert f"  {command}" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "No such option"),
        (["divine"], "No such command"),
        (["fit", "--nonsense"], "No such option"),
        (["fit"], "Missing option"),
        (["recommend", "SHOP"], "Missing option"),
        (["recommend", "SHOP", "--user", "u", "-k", "0"], "-k"),
        (["recommend", "SHOP", "--user", "u", "--lang", "la"], "--lang"),
        (["explain", "SHOP", "--user", "u", "--item", "i", "--method", "tarot"], "tarot"),
    ],
)
def test_a_wrong_call_is_2_and_words_on_stderr(arguments, words):
    found = youli(*arguments)
    assert found.returncode == 2
    assert found.stdout == ""
    assert words in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("kind", ["nothing", "a file", "an empty folder"])
def test_no_shop_is_2_and_says_the_next_step(tmp_path: Path, kind: str):
    path = tmp_path / "SHOP"
    if kind == "a file":
        path.write_text("x")
    elif kind == "an empty folder":
        path.mkdir()
    found = youli("recommend", path, "--user", "u", "--json")
    assert found.returncode == 2
    assert found.stdout == ""
    assert "no saved shop" in found.stderr
    assert str(path) in found.stderr
    assert "next: " in found.stderr


class Raising:
    """A command that fails in a way of the test's choosing."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, **_: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("bad", hint="mend it"), 2, "error: bad\n  next: mend it\n"),
        (UnknownEntityError("nobody", where="users"), 2, "error: users: nobody\n"),
        (ArtifactError("damaged"), 2, "error: damaged\n"),
        (StorageError("full"), 1, "error: full\n"),
        (KeyboardInterrupt(), 130, "stopped\n"),
        (ZeroDivisionError("secret 42"), 1, "error: a fault inside youli (ZeroDivisionError)\n"),
    ],
)
def test_every_error_has_its_code_and_words(monkeypatch, capsys, error, code, words):
    monkeypatch.setattr("youli.cli.main.app", Raising(error))
    monkeypatch.delenv("YOULI_DEBUG", raising=False)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(words)
    assert "secret" not in said.err


def test_debug_shows_the_fault(monkeypatch):
    monkeypatch.setattr("youli.cli.main.app", Raising(ZeroDivisionError("secret 42")))
    monkeypatch.setenv("YOULI_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main()
