"""A progress bar on stderr, so that stdout is data alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from youli.types import Progress as Told

__all__ = ["Bar", "bar"]


class Bar:
    """Shows what it is told; gone when its block ends."""

    def __init__(self, rich: Progress) -> None:
        self._rich = rich
        self._task = rich.add_task("", total=1.0)

    def __call__(self, what: str, share: float) -> None:
        """Show what is being done and how much of it is done."""
        self._rich.update(self._task, description=what, completed=share)

    def named(self, name: str) -> Told:
        """The same bar with a name in front."""

        def told(what: str, share: float) -> None:
            self(f"{name}: {what}", share)

        return told


@contextmanager
def bar() -> Iterator[Bar]:
    """A bar on stderr; nothing where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as rich:
        yield Bar(rich)
