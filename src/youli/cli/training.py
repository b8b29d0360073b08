"""What `youli fit` and `youli update` share: models to train, and where training leaves traces."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import BaseModel

from youli.config import load_config
from youli.errors import ConfigError
from youli.learn import servable
from youli.models.deep import DeepModel

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["Checkpoint", "TensorBoard", "is_trained", "model_settings", "together", "watch_of"]

TensorBoard = Annotated[
    Path | None,
    typer.Option("--tensorboard", help="Folder for curves and attention maps of training."),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option("--checkpoint", help="Folder of training states: the same command goes on."),
]


def model_settings(names: Sequence[str], file: Path | None) -> dict[str, BaseModel | None]:
    """Name → settings of the table of that name; None where there are none to choose.

    Raises `ConfigError` for a model that cannot be saved.
    """
    found: dict[str, BaseModel | None] = {}
    for name in names:
        kind = servable(name)
        deep = issubclass(kind, DeepModel)
        found[name] = load_config(kind.config_type, name, file=file) if deep else None
    return found


def watch_of(checkpoint: Path | None, tensorboard: Path | None, *, trains: bool) -> Watch | None:
    """Where training leaves traces; None where nothing is trained by gradient.

    Raises `ConfigError` where traces are asked of nothing, or torch is not installed.
    """
    if not trains:
        if checkpoint is not None or tensorboard is not None:
            raise ConfigError(
                "nothing is trained that could leave a checkpoint or curves",
                hint="add a model with --model, or [fit] neural = true",
            )
        return None
    try:
        from youli.train.loop import Watch
    except ImportError as error:
        raise ConfigError(
            "training needs PyTorch, which is not installed", hint="pip install 'youli[train]'"
        ) from error
    return Watch(checkpoint=checkpoint, tensorboard=tensorboard)


@contextmanager
def together() -> Iterator[None]:
    """Part from the other processes of `torchrun`, if any, when the block ends."""
    try:
        yield
    finally:
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            from youli.train import processes

            processes.leave()


def is_trained(names: Mapping[str, object]) -> bool:
    """Whether any of the models is trained by gradient."""
    return any(issubclass(servable(name), DeepModel) for name in names)
