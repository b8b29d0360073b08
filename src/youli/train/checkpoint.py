"""The whole state of a training run in one safetensors file, so that a killed run goes on exactly.

What an epoch and a step draw follows from seed, epoch and step; so weights, the optimiser's
moments, the best weights so far and a few numbers are all there is to keep. A file is written
beside its place and renamed: there is always a whole one.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from youli.errors import ArtifactError

__all__ = ["Place", "read", "write"]

_FORMAT = 1


@dataclass
class Place:
    """Where a run stands: the next step to take, and what the validations said."""

    epoch: int = 0
    step: int = 0  # within the epoch
    n_steps: int = 0  # of the whole run
    best_ndcg: float = -1.0
    best_epoch: int = -1
    epoch_loss: float = 0.0
    epoch_targets: float = 0.0
    cpu_s: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


def write(
    file: Path,
    *,
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    best: dict[str, Tensor],
    place: Place,
    fingerprint: str,
) -> None:
    """Write everything, atomically."""
    tensors = {f"net.{name}": value for name, value in net.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best.items()}
    for number, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value for name, value in moments.items()}
    content = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    said = {"format": _FORMAT, "fingerprint": fingerprint, "place": asdict(place)}
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        save_file(content, beside, metadata={"youli": json.dumps(said)})
        with beside.open("rb") as stream:
            os.fsync(stream.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def read(
    file: Path, *, net: nn.Module, optimiser: torch.optim.Optimizer, fingerprint: str
) -> tuple[Place, dict[str, Tensor]] | None:
    """Put the run back where the file left it; None where there is no file.

    Raises `ArtifactError` for a file that is damaged or of another vocabulary, configuration or
    data: going on from it would train something else than was asked for.
    """
    if not file.exists():
        return None
    try:
        with safe_open(file, framework="pt") as stream:
            said = json.loads((stream.metadata() or {})["youli"])
            # A safetensors file has keys, but cannot be iterated over.
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        if said["format"] != _FORMAT:
            raise KeyError("format")
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise ArtifactError(
            "the checkpoint cannot be read", where=str(file),
            hint="delete it to start from the beginning",
        ) from error  # fmt: skip
    if said["fingerprint"] != fingerprint:
        raise ArtifactError(
            "the checkpoint belongs to other data, another vocabulary or other settings",
            where=str(file),
            hint="name another checkpoint folder, or delete it to start from the beginning",
        )
    net.load_state_dict(_under("net.", tensors))
    groups = optimiser.state_dict()["param_groups"]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _under("optimiser.", tensors).items():
        number, moment = name.split(".", 1)
        state.setdefault(int(number), {})[moment] = value
    optimiser.load_state_dict({"state": state, "param_groups": groups})
    return Place(**said["place"]), _under("best.", tensors)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
