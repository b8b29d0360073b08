"""Write `docs/cli.md` from the command line itself: every command, argument and option.

python tools/cli_docs.py            # writes the page
python tools/cli_docs.py --check    # exit code 1 where the page is out of step
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import click
import typer

from youli.cli.main import app

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
HEAD = """\
# The command line

<!-- Written by `python tools/cli_docs.py`; a test compares it with the commands. -->

`youli COMMAND --help` says the same in the terminal. Data goes to stdout, talk (progress, warnings,
errors) to stderr; `--json` prints one JSON document on stdout and nothing else there.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | a fault of ours (`YOULI_DEBUG=1` shows where), a full disk, a record that does not hold |
| 2 | input that cannot be used: the message names file, row, column and the next step |
| 130 | stopped with Ctrl-C |

Settings come from a TOML file (`--config`), then `YOULI_TABLE__KEY` variables such as
`YOULI_FIT__DIVERSITY=0.2`, then options; the later is the stronger.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Name and command, groups opened."""
    root = typer.main.get_command(app)
    yield "youli", root
    yield from _below("youli", root)


def _below(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
    context = click.Context(group, info_name=prefix)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{prefix} {name}", command
        if hasattr(command, "list_commands"):
            yield from _below(f"{prefix} {name}", command)


def options(command: Any) -> list[Any]:
    """What it takes, in the order of its help, without `--help`."""
    return [one for one in command.params if one.name != "help" and not getattr(one, "hidden", 0)]


def spelled(one: Any) -> str:
    """How it is written on the command line."""
    if one.param_type_name == "argument":
        return f"{one.metavar or one.name.upper()}{'…' if one.nargs == -1 else ''}"
    return ", ".join((*one.opts, *one.secondary_opts))


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, command in commands():
        parts.append(f"## `{name}`\n\n{inspect.cleandoc(command.help or '')}\n")
        rows = [_row(one) for one in options(command)]
        if rows:
            parts.append("\n".join(["| option | | default |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _row(one: Any) -> str:
    default = "required" if one.required else _default(one)
    words = (getattr(one, "help", None) or "").replace("|", "\\|")
    return f"| `{spelled(one)}`{_choices(one)} | {words} | {default} |"


def _choices(one: Any) -> str:
    kind = one.type_descriptor.annotation
    words = [choice.value for choice in kind] if isinstance(kind, type(Enum)) else []
    return f" {' or '.join(f'`{word}`' for word in words)}" if words else ""


def _default(one: Any) -> str:
    if one.default in (None, False, (), "") or callable(one.default):
        return ""
    return f"`{getattr(one.default, 'value', one.default)}`"


def main() -> int:
    """Write or check."""
    text = page()
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
