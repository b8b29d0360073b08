"""`youli bench`: measure models against each other; one file a sub-command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from youli.cli.lazy import LazyGroup

__all__ = ["COMMANDS", "app"]

#: Sub-command → where it is defined.
COMMANDS = {
    "accuracy": "youli.cli.bench.accuracy:accuracy",
    "ablation": "youli.cli.bench.ablation:ablation",
    "dialogue": "youli.cli.bench.dialogue:dialogue",
    "explain": "youli.cli.bench.explain:explain",
    "known-cause": "youli.cli.bench.known_cause:known_cause",
    "language": "youli.cli.bench.language:language",
    "loop": "youli.cli.bench.loop:loop",
    "photos": "youli.cli.bench.photos:photos",
    "search": "youli.cli.bench.search:search",
}


class _Bench(LazyGroup):
    table: ClassVar[Mapping[str, str]] = COMMANDS


app = typer.Typer(cls=_Bench, help="Measure models against each other.", no_args_is_help=True)


@app.callback()
def _bench() -> None:
    """Measure models against each other."""
