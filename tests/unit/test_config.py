"""Settings: file < environment < option, and whose fault a wrong one is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from youli.config import load_config
from youli.errors import ConfigError


class TeaConfig(BaseModel):
    """Settings of a teapot."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes: float = Field(default=3.0, gt=0)
    """How long it draws."""
    kinds: tuple[str, ...] | None = None
    """What is offered."""
    name: str = "pot"
    """What it is called."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "youli.toml"
    path.write_text('[tea]\nminutes = 5\nname = "壶"\n\n[coffee]\nbeans = 7\n', encoding="utf-8")
    return path


def test_the_later_is_the_stronger(file):
    def load(**more):
        return load_config(TeaConfig, "tea", **({"environment": {}} | more))

    assert load() == TeaConfig()
    assert load(file=file) == TeaConfig(minutes=5, name="壶")
    outside = {"YOULI_TEA__MINUTES": "7", "YOULI_COFFEE__BEANS": "1", "TEA__NAME": "x"}
    assert load(file=file, environment=outside) == TeaConfig(minutes=7, name="壶")
    given = {"minutes": 9.0, "name": None}
    assert load(file=file, environment=outside, given=given) == TeaConfig(minutes=9, name="壶")
    assert load(given={"minutes": None}) == TeaConfig(), "None is not given"


def test_a_variable_is_json_where_it_is_and_text_where_not():
    outside = {"YOULI_TEA__KINDS": '["green", "红茶"]', "YOULI_TEA__NAME": "my pot"}
    found = load_config(TeaConfig, "tea", environment=outside)
    assert found == TeaConfig(kinds=("green", "红茶"), name="my pot")


def test_the_process_environment_counts(monkeypatch):
    monkeypatch.setenv("YOULI_TEA__MINUTES", "4")
    assert load_config(TeaConfig, "tea").minutes == 4


@pytest.mark.parametrize("key", ["MINUETS", "MINUTES__X"])
def test_a_misspelt_variable_is_named(file, key):
    with pytest.raises(ConfigError) as caught:
        load_config(TeaConfig, "tea", file=file, environment={f"YOULI_TEA__{key}": "3"})
    assert caught.value.where == f"YOULI_TEA__{key}", "not the file, which is right"
    assert f"tea.{key.lower()}" in caught.value.problem
    assert "minutes, kinds, name" in caught.value.hint


def test_a_wrong_value_is_named_where_it_stands(tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text("[tea]\nminutes = -1\n")
    with pytest.raises(ConfigError) as caught:
        load_config(TeaConfig, "tea", file=file, environment={})
    assert caught.value.where == str(file)
    assert caught.value.value == -1
    with pytest.raises(ConfigError) as caught:
        load_config(TeaConfig, "tea", file=file, environment={}, given={"minutes": -2.0})
    assert (caught.value.where, caught.value.value) == ("", -2.0), "the option is the stronger"


@pytest.mark.parametrize("content", [b"tea = 3", b"[tea", b"\xff\xfe", None])
def test_a_file_that_is_no_settings(tmp_path, content):
    file = tmp_path / "youli.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(TeaConfig, "tea", file=file, environment={})
    assert caught.value.where == str(file)
    assert caught.value.hint
