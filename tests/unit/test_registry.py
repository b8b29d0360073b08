"""Names of built-in and plugged-in parts."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from youli.errors import ConfigError
from youli.registry import CHANNELS, MODELS, Registry


class Season:
    """What another package plugs in."""


@pytest.fixture
def plugged(monkeypatch) -> Registry:
    module = ModuleType("my_shop_of_tests")
    module.Season = Season
    monkeypatch.setitem(sys.modules, "my_shop_of_tests", module)
    points = (
        EntryPoint("season", "my_shop_of_tests:Season", "youli.channels"),
        EntryPoint("popularity", "my_shop_of_tests:Season", "youli.channels"),
    )
    monkeypatch.setattr("youli.registry.entry_points", lambda group: points)
    return CHANNELS


@pytest.mark.parametrize("registry", [CHANNELS, MODELS], ids=lambda one: one.group)
def test_every_name_loads_a_class_of_that_name(registry):
    for name in registry.names():
        assert registry.load(name).name == name


def test_a_plug_in_is_found_by_name_and_takes_no_built_ins_place(plugged):
    assert plugged.names() == (*CHANNELS.built_in, "season")
    assert plugged.load("season") is Season
    assert plugged.load("popularity").__module__ == "youli.channels.popularity"


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match="no channel named 'tarot'") as caught:
        CHANNELS.load("tarot")
    assert caught.value.value == "tarot"
    for name in CHANNELS.names():
        assert name in caught.value.hint
    with pytest.raises(ConfigError, match="no model named"):
        MODELS.load("tarot")
