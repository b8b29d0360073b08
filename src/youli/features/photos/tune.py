"""Teach the network's last layers what a shop calls alike: an attribute of its catalogue.

All but the last block and the head stay as they are, so what they give is computed once, for each
photo and for its mirror image, and training sees 7 × 7 × 192 numbers instead of pixels. The
classes are told apart by the cosine of pooled features with one direction a class, scaled
(Wang et al. 2017, NormFace), because the cosine is what the channel will use. Running means of the
normalisations stay frozen: batches are small. Training stops when held-out photos get no better,
and the best weights are kept.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

from youli.features.photos.encoder import PhotoEncoder, scaled
from youli.types import FloatArray, IntArray, Progress, no_progress

__all__ = ["FrontFeatures", "Tuned", "front_features", "tune"]

#: What is trained: block 15 of 15, the convolution after it and its normalisation.
_FIRST_TRAINED = 15
_TRAINED = (f"_blocks.{_FIRST_TRAINED}.", "_conv_head.", "_bn1.")
_HELD_OUT = 5  # every fifth photo
_BATCH = 64
_MOST_EPOCHS = 20
_PATIENCE = 3
_RATE = 3e-4
_SCALE = 16.0  # of cosines, as logits
_SMOOTHING = 0.1
#: Name under which the numbers lie beside the weights.
_SAID = "said"
#: Fewer photos than this of a class teach nothing.
_FEWEST = 4

#: What the frozen layers give of photos and of their mirror images, float16 [n, 2, 192, 7, 7].
FrontFeatures = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Tuned:
    """The trained weights by name, and how the training went."""

    weights: dict[str, npt.NDArray[np.float32]]
    n_photos: int
    n_classes: int
    #: Loss on held-out photos before the first and after each epoch.
    losses: tuple[float, ...]

    def to_bytes(self) -> bytes:
        """Weights and numbers as one safetensors file."""
        said = {"n_photos": self.n_photos, "n_classes": self.n_classes, "losses": self.losses}
        return bytes(save(self.weights | {_SAID: np.frombuffer(json.dumps(said).encode(), "u1")}))

    @classmethod
    def from_bytes(cls, data: bytes) -> Tuned:
        """The same again."""
        weights = load(data)
        said = json.loads(weights.pop(_SAID).tobytes())
        return cls(weights, said["n_photos"], said["n_classes"], tuple(said["losses"]))


def front_features(encoder: PhotoEncoder, pixels: npt.NDArray[np.uint8]) -> FrontFeatures:
    """What the frozen layers give, float16 [n, 2, 192, 7, 7], of uint8 [n, 224, 224, 3]."""
    import torch

    net, sides = encoder.net, []
    with torch.inference_mode():
        for seen in (pixels, pixels[:, :, ::-1]):
            x = torch.from_numpy(scaled(seen))
            x = net._swish(net._bn0(net._conv_stem(x)))
            for block in net._blocks[:_FIRST_TRAINED]:
                x = block(x)
            sides.append(x.to(torch.float16).numpy())
    return np.stack(sides, axis=1)


def tune(
    encoder: PhotoEncoder,
    front: FrontFeatures,
    labels: Sequence[str],
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Tuned | None:
    """Train on the labels of some photos; None where fewer than two classes have enough photos."""
    import torch
    from torch.nn import functional

    classes, code = np.unique(np.asarray(labels), return_inverse=True)
    often = np.flatnonzero(np.bincount(code, minlength=len(classes)) >= _FEWEST)
    kept = np.flatnonzero(np.isin(code, often))
    if len(often) < 2:
        return None
    target = torch.from_numpy(np.searchsorted(often, code[kept]))
    order = np.random.default_rng(seed).permutation(len(kept))
    held, train = order[::_HELD_OUT], np.delete(order, np.s_[::_HELD_OUT])

    net = copy.deepcopy(encoder.net).eval()
    generator = torch.Generator().manual_seed(seed)
    direction = torch.nn.Parameter(torch.randn(len(often), 1280, generator=generator))
    mine = [p for name, p in net.named_parameters() if name.startswith(_TRAINED)]
    optimiser = torch.optim.AdamW([*mine, direction], lr=_RATE)

    def loss_of(rows: IntArray, side: IntArray | int) -> Any:
        x = torch.from_numpy(front[kept[rows], side].astype(np.float32))
        pooled = _back(net, x).mean((2, 3))
        cosine = functional.normalize(pooled) @ functional.normalize(direction).T
        return functional.cross_entropy(
            _SCALE * cosine, target[rows], label_smoothing=_SMOOTHING, reduction="sum"
        )

    def held_loss() -> float:
        with torch.no_grad():
            batches = np.array_split(held, -(-len(held) // _BATCH))
            return float(sum(loss_of(rows, 0) for rows in batches)) / len(held)

    rng = np.random.default_rng(seed + 1)
    losses, best = [held_loss()], _trained(net)
    for epoch in range(_MOST_EPOCHS):
        progress(f"teaching the network {len(often)} classes", epoch / _MOST_EPOCHS)
        shuffled = rng.permutation(train)
        for rows in np.array_split(shuffled, -(-len(shuffled) // _BATCH)):
            optimiser.zero_grad()
            (loss_of(rows, rng.integers(2, size=len(rows))) / len(rows)).backward()
            optimiser.step()
        losses.append(held_loss())
        if losses[-1] == min(losses):
            best = _trained(net)
        elif len(losses) - 1 - int(np.argmin(losses)) >= _PATIENCE:
            break
    return Tuned(best, len(kept), len(often), tuple(losses))


def _back(net: Any, x: Any) -> Any:
    """The trained layers: float32 [n, 192, 7, 7] → [n, 1280, 7, 7]."""
    for block in net._blocks[_FIRST_TRAINED:]:
        x = block(x)
    return net._swish(net._bn1(net._conv_head(x)))


def _trained(net: Any) -> dict[str, FloatArray]:
    return {
        name: value.detach().numpy().copy()
        for name, value in net.state_dict().items()
        if name.startswith(_TRAINED) and value.is_floating_point()
    }
