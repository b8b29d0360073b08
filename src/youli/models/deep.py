"""What models that are trained by gradient share: fitting, saving, and scores from queries.

A deep model is trained with torch (`youli.train`) and scores in NumPy: its arrays are all that is
saved, and what is judged, also for early stopping, is the NumPy model.
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict

from youli.data.shop import Shop
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.errors import ConfigError, NotEnoughDataError
from youli.models.base import Scores
from youli.models.histories import Histories, runs_of_similar_length
from youli.models.tuning import Validation
from youli.train.config import TrainConfig
from youli.types import FloatArray, Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Trained, Watch
    from youli.train.nets.base import Net
    from youli.train.sequences import Sequences

__all__ = ["DeepConfig", "DeepModel", "Weights"]

#: Name → array, all that a deep model saves; float32 unless it says otherwise.
Weights: TypeAlias = dict[str, FloatArray]


class DeepConfig(BaseModel):
    """What every deep model can be told; each adds its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: TrainConfig = TrainConfig()
    """The loop."""
    content: bool = True
    """Whether products go in with their attributes, texts and photos, beside an id each."""


class DeepModel:
    """Ranks products by query · product + bias."""

    name: ClassVar[str]
    additive: ClassVar[bool] = False
    is_random: ClassVar[bool] = True
    config_type: ClassVar[type[DeepConfig]]

    def __init__(self, arrays: Weights, settings: DeepConfig, trained: Mapping[str, float]) -> None:
        self.arrays = arrays
        self.settings = settings
        self.trained = trained

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings, and how training went."""
        return {**self.settings.model_dump(mode="json"), "trained": dict(self.trained)}

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return len(self.arrays["outputs"])

    @classmethod
    def fit(
        cls,
        split: Split,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        config: DeepConfig | None = None,
        watch: Watch | None = None,
    ) -> Self:
        """Train on the split's training part; stop and choose by its cases.

        Raises `ConfigError` where torch is not installed.
        """
        loop, sequences_type = _training()
        settings = cls.config_type() if config is None else config
        sequences = sequences_type.of(
            split.train.interactions, max_length=settings.train.max_length
        )
        if not len(sequences):
            raise NotEnoughDataError(
                "no shopper has two events that follow each other",
                value=len(split.train.interactions),
                hint=f"{cls.name} learns from sequences; give a longer log",
            )
        watch = watch or loop.Watch()
        net = cls._net(split.train, sequences, settings, seed)
        validation = Validation(split, seed=seed, n_cases=settings.train.n_validation_cases)
        trained: Trained = loop.train(
            net,
            sequences,
            settings.train,
            seed=seed,
            validate=lambda net: validation.ndcg(
                cls(cls._export(net, split.train), settings, {}).score_batch
            ),
            watch=loop.Watch(
                checkpoint=watch.checkpoint,
                tensorboard=watch.tensorboard,
                fingerprint=_fingerprint(cls.name, split.train, settings, seed),
                progress=progress,
            ),
        )
        return cls(cls._export(net, split.train), settings, trained.summary)

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Query · product + bias, float32 [n_states, n_items]."""
        scores = np.empty((len(states), self.n_items), dtype=np.float32)
        outputs, biases = self.arrays["outputs"], self.arrays["biases"]
        for mine, history in runs_of_similar_length(states, self.settings.train.max_length):
            queries = self.queries(history, [states[i] for i in mine])
            scores[mine] = queries @ outputs.T + biases
        return scores

    @abstractmethod
    def queries(self, history: Histories, states: Sequence[ShopperState]) -> FloatArray:
        """One query a state, float32 [n_states, dim]; computed as the net does, in NumPy."""

    @classmethod
    @abstractmethod
    def _net(cls, shop: Shop, sequences: Sequences, settings: Any, seed: int) -> Net:
        """The net before training; what it draws follows from the seed."""

    @classmethod
    def _export(cls, net: Net, shop: Shop) -> Weights:
        """Everything that scoring needs: outputs, biases, and the net's own arrays."""
        del shop
        arrays: Weights = {
            name: value.detach().float().numpy() for name, value in net.state_dict().items()
            if value.is_floating_point() and not name.startswith("items.")
        }  # fmt: skip
        table = net.inputs().detach()
        biases = net.biases().detach().numpy()
        arrays["inputs"] = table.numpy()
        arrays["outputs"] = net.outputs(table).detach().numpy()
        arrays["biases"] = np.where(np.isfinite(biases), biases, np.float32(0.0))
        return arrays

    def to_arrays(self) -> Weights:
        """All of the fitted state."""
        return self.arrays

    @classmethod
    def from_arrays(cls, arrays: Weights, config: Mapping[str, Any]) -> Self:
        """The model again, equal in every score; `config` is what `config` said."""
        settings = {name: value for name, value in config.items() if name != "trained"}
        return cls(arrays, cls.config_type.model_validate(settings), config.get("trained", {}))


def _training() -> Any:
    """The loop and its sequences, imported only now: serving needs no torch."""
    try:
        from youli.train import loop
        from youli.train.sequences import Sequences
    except ImportError as error:
        raise ConfigError(
            "training needs PyTorch, which is not installed",
            hint="pip install 'youli[train]'",
        ) from error
    return loop, Sequences


def _fingerprint(name: str, shop: Shop, settings: DeepConfig, seed: int) -> str:
    """Changes with the model, the vocabulary, the events, the settings or the seed."""
    digest = hashlib.sha256()
    for part in (name, str(seed), json.dumps(settings.model_dump(mode="json"), sort_keys=True)):
        digest.update(part.encode())
    digest.update("\0".join(shop.interactions.items.ids).encode())
    digest.update(shop.interactions.item_num.tobytes())
    digest.update(shop.interactions.indptr.tobytes())
    return digest.hexdigest()
