"""`youli`: finds the command, and turns every error into words and an exit code.

Commands are imported when they are called, so that `youli --version` and a server's start do not
pay for what they do not use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from youli import __version__
from youli.cli.lazy import LazyGroup
from youli.errors import YouliError
from youli.parallel import process_num

__all__ = ["COMMANDS", "main"]

#: Command → where it is defined: a function, or an app of sub-commands.
COMMANDS = {
    "demo": "youli.cli.demo:demo",
    "data": "youli.cli.data:app",
    "fit": "youli.cli.fit:fit",
    "update": "youli.cli.update:update",
    "recommend": "youli.cli.recommend:recommend",
    "explain": "youli.cli.explain:explain",
    "chat": "youli.cli.chat:chat",
    "search": "youli.cli.search:search",
    "rules": "youli.cli.rules:rules",
    "merchant": "youli.cli.merchant:app",
    "drivers": "youli.cli.drivers:drivers",
    "surrogate": "youli.cli.surrogate:surrogate",
    "picture": "youli.cli.picture:picture",
    "replay": "youli.cli.replay:replay",
    "evaluate": "youli.cli.evaluate:evaluate",
    "bench": "youli.cli.bench:app",
    "serve": "youli.cli.serve:serve",
    "keys": "youli.cli.keys:app",
    "db": "youli.cli.db:app",
    "refit": "youli.cli.refit:refit",
}


class _Youli(LazyGroup):
    table: ClassVar[Mapping[str, str]] = COMMANDS


app = typer.Typer(
    cls=_Youli,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"youli {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it and stop.")
    ] = False,
) -> None:
    """Recommendations with reasons: every reason was checked against the model that ranked."""


def main() -> None:
    """Run the command line: exit 0, 1 for a fault of ours, 2 for input that cannot be used."""
    try:
        app()
    except YouliError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _say("stopped")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the edge: whatever it was, the user is told in words
        if os.environ.get("YOULI_DEBUG"):
            raise
        _say(f"error: a fault inside youli ({type(error).__name__})")
        _say("  next: run it again with YOULI_DEBUG=1 and report what it prints")
        sys.exit(1)


def _say(text: str) -> None:
    if process_num() == 0:  # of several that `torchrun` started, one speaks
        print(text, file=sys.stderr)  # noqa: T201 - the command line talks on stderr
