"""What a run looks like from outside: TensorBoard, where a folder is given."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from youli.errors import ConfigError

__all__ = ["Board"]


class Board:
    """Writes curves, histograms and maps; without a folder it writes nothing."""

    def __init__(self, folder: Path | None, *, from_step: int = 0) -> None:
        self._writer = None
        if folder is not None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise ConfigError(
                    "tensorboard is not installed", value=str(folder),
                    hint="pip install 'youli[train]', or leave out --tensorboard",
                ) from error  # fmt: skip
            self._writer = SummaryWriter(str(folder), purge_step=from_step or None)

    @property
    def is_on(self) -> bool:
        """Whether anything is written."""
        return self._writer is not None

    def curve(self, name: str, value: float, step: int) -> None:
        """One point of a curve."""
        if self._writer is not None:
            self._writer.add_scalar(name, value, step)

    def weights(self, maps: dict[str, Tensor], step: int) -> None:
        """A histogram and a picture for each map of weights, [rows, columns]."""
        if self._writer is None:
            return
        for name, values in maps.items():
            values = values.detach().float().cpu()
            self._writer.add_histogram(name, values, step)
            low, high = float(values.min()), float(values.max())
            scaled = (values - low) / max(high - low, 1e-12)
            self._writer.add_image(f"{name}/map", _enlarged(scaled), step, dataformats="HW")

    def close(self) -> None:
        """Write what is waiting."""
        if self._writer is not None:
            self._writer.close()


def _enlarged(values: Tensor, least: int = 256) -> Tensor:
    """Each cell as a square, so that a small map can be seen."""
    times = max(1, least // max(values.shape))
    return torch.kron(values, torch.ones(times, times))
