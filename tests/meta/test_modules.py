"""Every module says what it is and what it gives, and stays of a size that can be read."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "youli"
MODULES = sorted(SOURCE.rglob("*.py"))
#: Lines of a module that are looked at, and that are too many.
LONG, TOO_LONG = 300, 500


def name_of(path: Path) -> str:
    parts = ("youli", *path.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@lru_cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def defined_in(tree: ast.Module) -> set[str]:
    """Public functions and classes, without those that a decorator hands over to a framework."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not any(isinstance(one, ast.Call) for one in node.decorator_list)
    }


@lru_cache
def taken_from_others() -> dict[str, set[str]]:
    """Module → the names that other modules import from it."""
    taken: dict[str, set[str]] = {}
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("youli."):
                taken.setdefault(node.module, set()).update(one.name for one in node.names)
    return taken


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is(path):
    words = ast.get_docstring(tree_of(path))
    assert words
    assert words[0].isupper() or words[0] in "`'“"


WITH_ALL = [path for path in MODULES if path.name not in {"__init__.py", "__main__.py"}]


@pytest.mark.parametrize("path", WITH_ALL, ids=name_of)
def test_what_a_module_gives_is_what_it_lists(path):
    module = import_module(name_of(path))
    listed = module.__all__
    assert len(set(listed)) == len(listed)
    assert [name for name in listed if not hasattr(module, name)] == []
    assert [name for name in listed if name.startswith("_")] == []
    taken = {name for name in taken_from_others().get(name_of(path), set()) if name[0] != "_"}
    submodules = (
        {one.stem for one in path.parent.glob("*.py")} if path.stem == "__init__" else set()
    )
    assert sorted(taken - set(listed) - submodules) == [], "others import what it does not list"
    public = {name for name in defined_in(tree_of(path)) if _is_a_part(path, name)}
    assert sorted(public - set(listed)) == [], "public by its name, but not listed"


def _is_a_part(path: Path, name: str) -> bool:
    """Not the request bodies of a route: its framework alone uses them."""
    return not (path.parent.name == "routes" and name.endswith("In"))


def test_packages_list_only_what_they_have():
    for path in MODULES:
        if path.name == "__init__.py":
            module = import_module(name_of(path))
            for name in getattr(module, "__all__", ()):
                assert hasattr(module, name), f"{name_of(path)}.{name}"


def config_classes() -> list[type[BaseModel]]:
    """Every configuration class of the package."""
    found = []
    for path in WITH_ALL:
        module = import_module(name_of(path))
        found += [
            one
            for name in module.__all__
            if isinstance(one := getattr(module, name), type)
            and issubclass(one, BaseModel)
            and one.__name__.endswith("Config")
            and one.__module__ == module.__name__
        ]
    return found


def test_every_setting_says_what_it_does():
    classes = config_classes()
    assert {one.__name__ for one in classes} >= {
        "FitConfig", "CombineConfig", "DataConfig", "ServeConfig",
    }  # fmt: skip
    silent = []
    for one in classes:
        assert one.model_config.get("frozen"), one
        assert one.model_config.get("extra") == "forbid", one
        path = SOURCE.joinpath(*one.__module__.split(".")[1:]).with_suffix(".py")
        [body] = [
            node.body
            for node in tree_of(path).body
            if isinstance(node, ast.ClassDef) and node.name == one.__name__
        ]
        for node, after in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if not said:
                    silent.append(f"{one.__name__}.{node.target.id}")
    assert silent == []


def test_no_module_is_too_long():
    sizes = {
        path.relative_to(ROOT): len(path.read_text("utf-8").splitlines())
        for path in [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]
    }
    long = {path: n for path, n in sizes.items() if n > LONG and "tests" not in path.parts}
    print("\n".join(f"{n:4} {path}" for path, n in long.items()))  # for those who look: -s
    source = {str(p): n for p, n in sizes.items() if n > TOO_LONG and "tests" not in p.parts}
    assert source == {}


def test_warnings_are_errors():
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
