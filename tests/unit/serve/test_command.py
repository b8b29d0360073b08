"""`youli serve`: what it says, and how it refuses."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from youli.cli import serve as command
from youli.errors import ConfigError
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage


def test_a_port_in_use_is_an_error_that_names_the_next_step() -> None:
    with command.bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            command.bind("127.0.0.1", port)
    assert f"port {port} is in use" in str(caught.value)
    assert f"--port {port + 1}" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_an_address_that_is_not_ours(host: str) -> None:
    with pytest.raises(ConfigError):
        command.bind(host, 0)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What would have been served; nothing is loaded and nothing runs."""
    calls: list[dict[str, Any]] = []

    def note(
        engine: object,
        config: ServeConfig,
        listener: socket.socket,
        storage: Storage,
        shop: Path,
        *,
        show_key: bool,
    ) -> None:
        calls.append(
            {"engine": engine, "config": config, "show_key": show_key, "database": storage.database}
        )

    monkeypatch.setattr("youli.engine.Engine.open", lambda path: path)
    monkeypatch.setattr(command, "serve_engine", note)
    monkeypatch.chdir(tmp_path)
    return calls


def test_on_this_machine_the_page_is_on(served: list[dict[str, Any]]) -> None:
    command.serve(Path("my-tea_shop"), port=0)
    config = served[0]["config"]
    assert config.store_page
    assert config.shop_name == "My tea shop"
    assert served[0]["show_key"]


def test_the_database_lies_beside_the_shop_unless_one_is_named(
    served: list[dict[str, Any]], tmp_path: Path
) -> None:
    command.serve(Path("shop"), port=0)
    command.serve(Path("shop"), port=0, database=str(tmp_path / "else.db"))
    assert [call["database"].url.database for call in served] == [
        str(tmp_path / "shop.db"),
        str(tmp_path / "else.db"),
    ]
    assert (tmp_path / "shop.db").exists()


def test_beyond_this_machine_the_page_needs_a_word(served: list[dict[str, Any]]) -> None:
    command.serve(Path("shop"), host="0.0.0.0", port=0)
    command.serve(Path("shop"), host="0.0.0.0", port=0, expose_store=True, allow_host=["Shop.Ex"])
    assert [call["config"].store_page for call in served] == [False, True]
    assert served[1]["config"].allowed_hosts == {"shop.ex"}


def test_a_given_key_is_used_and_not_shown(
    served: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    command.serve(Path("shop"), port=0, api_key="mine alone")
    assert served[0]["config"].api_key.get_secret_value() == "mine alone"
    assert not served[0]["show_key"]


def test_what_is_said_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    config = ServeConfig()
    with command.bind("127.0.0.1", 0) as listener:
        command._announce(config, listener, show_key=True)
        port = listener.getsockname()[1]
    said = capsys.readouterr()
    assert said.out == ""
    assert f"http://127.0.0.1:{port}/" in said.err
    assert config.api_key.get_secret_value() in said.err
    with command.bind("127.0.0.1", 0) as listener:
        off = config.model_copy(update={"store_page": False})
        command._announce(off, listener, show_key=False)
    said = capsys.readouterr()
    assert config.api_key.get_secret_value() not in said.err
    assert "--expose-store" in said.err
