"""Imports point one way, downwards, through the rooms of the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "youli"

#: From the ground up: a room may import from itself and from rooms below it, and nothing else.
#: `registry` and `cli.main` name modules of upper rooms as strings, which is how they stay below.
ROOMS = (
    ("__init__",),
    ("errors", "markup"),
    ("types",),
    ("config", "parallel", "quantise", "registry"),
    ("data",),
    ("storage",),
    ("features",),
    ("train",),
    ("channels",),
    ("rank",),
    ("models",),
    ("explain",),
    ("language",),
    ("feedback",),
    ("plots",),
    ("artifact",),
    ("learn",),
    ("update",),
    ("engine",),
    ("refit",),
    ("lists",),
    ("documents",),
    ("search",),
    ("audit",),
    ("evaluate",),
    ("dialogue",),
    ("serve",),
    ("cli",),
    ("__main__",),
)
#: For tests of Youli and of plug-ins; nothing that runs in a shop may need it.
BESIDE = "testing"
#: Benchmarks run in no shop: these commands make a simulated one to measure on.
SIMULATES = {
    "youli.cli.bench.explain",
    "youli.cli.bench.known_cause",
    "youli.cli.bench.loop",
}
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
MODULES = sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = ("youli", *path.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Our modules that a module imports anywhere in it, functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.split(".")[0] == "youli")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            if node.module == "youli":
                for one in node.names:
                    is_module = (SOURCE / one.name).exists() or (SOURCE / f"{one.name}.py").exists()
                    yield f"youli.{one.name}" if is_module else "youli"
            elif node.module is not None and node.module.startswith("youli."):
                yield node.module


def violations(module: str, text: str) -> list[str]:
    room = room_of(module)
    found = []
    for wanted in imports_of(ast.parse(text)):
        other = room_of(wanted)
        if other == room or room == BESIDE or (other == BESIDE and module in SIMULATES):
            continue
        if other == BESIDE or LEVEL[other] >= LEVEL[room]:
            found.append(f"{module} imports {wanted}, which lies above or beside it")
    return found


def test_every_room_has_a_place():
    rooms = {room_of(name_of(path)) for path in MODULES}
    assert rooms == {*LEVEL, BESIDE}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down(path):
    assert violations(name_of(path), path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("module", "text", "n_found"),
    [
        ("youli.data.shop", "from youli.rank.ranker import Ranker", 1),
        ("youli.data.shop", "def f():\n    import youli.engine", 1),
        ("youli.rank.fit", "from youli.channels.base import Channel", 0),
        ("youli.engine", "from youli.testing.shops import SHOPS", 1),
        ("youli.config", "from youli import registry", 1),
        ("youli.config", "from youli import __version__", 0),
        ("youli.testing.shops", "from youli.engine import Engine", 0),
        ("youli.cli.bench.explain", "from youli.testing.known_cause.config import Cause", 0),
        ("youli.cli.bench.accuracy", "from youli.testing.known_cause.config import Cause", 1),
    ],
)
def test_the_rule_sees_what_it_is_for(module, text, n_found):
    assert len(violations(module, text)) == n_found


def test_a_relative_import_is_refused():
    with pytest.raises(AssertionError, match="relative import"):
        list(imports_of(ast.parse("from . import shop")))
