"""A group of commands that imports one when it is asked for, and not before."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

__all__ = ["LazyGroup"]

#: Options that Typer gives to whatever it takes for a whole program.
_NOT_OURS = frozenset({"install_completion", "show_completion"})


class LazyGroup(TyperGroup):
    """Knows its commands by name; a subclass says where they are."""

    #: Command → ``module:attribute``, a function or an app of sub-commands.
    table: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order in which a newcomer meets them."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; None where there is none of that name."""
        if cmd_name not in self.table:
            return None
        module, attribute = self.table[cmd_name].split(":")
        found: Any = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer()
            single.command(cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        command.params = [one for one in command.params if one.name not in _NOT_OURS]
        return command
