"""Find the parts that live one to a file in a package: sources, checks."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

__all__ = ["load_parts"]


def load_parts(package: ModuleType) -> None:
    """Import every public module of a package, so that each registers what it defines."""
    for found in pkgutil.iter_modules(package.__path__):
        if not found.name.startswith("_"):
            importlib.import_module(f"{package.__name__}.{found.name}")
