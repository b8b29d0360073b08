"""What models that are trained by gradient share: fitting, saving, and scores from queries.

A deep model is trained with torch (`youli.train`) and scores in NumPy: its arrays are all that is
saved, and what is judged, also for early stopping, is the NumPy model.
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from youli.channels.base import Arrays
from youli.channels.labels import names_from_array, names_to_array
from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.data.split import Split
from youli.data.state import ShopperState
from youli.errors import ConfigError, NotEnoughDataError
from youli.features.items import ItemFeatures, item_features
from youli.models.base import Scores
from youli.models.histories import Histories, runs_of_similar_length
from youli.models.tuning import Validation
from youli.train.config import TrainConfig
from youli.types import FloatArray, IntArray, Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Trained, Watch
    from youli.train.nets.base import Net
    from youli.train.sequences import Sequences

__all__ = ["LABEL_NAMES", "DeepConfig", "DeepModel", "Weights", "content_of", "packed", "unpacked"]

#: Array of the names of what content becomes vectors by.
LABEL_NAMES = "items.label_names"
#: Name → array, all that a deep model saves; float32 unless it says otherwise.
Weights: TypeAlias = dict[str, npt.NDArray[Any]]


class DeepConfig(BaseModel):
    """What every deep model can be told; each adds its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: TrainConfig = TrainConfig(
        batch_tokens=2048, weight_decay=0.05, max_epochs=24, epochs_per_validation=2, patience=4
    )
    """The loop; one schedule for all of them and for every shop."""
    content: bool = True
    """Whether products go in with what is known of them, beside an id each: attributes, numbers."""
    texts: bool = True
    """Whether, with `content`, what products read like goes in, where there are texts."""
    photos: bool = True
    """Whether, with `content`, what products look like goes in, where there are photos."""
    n_continued: int = Field(default=2, ge=1)
    """Epochs when it goes on from what it had learned, at a quarter of the step size."""

    def continued(self) -> TrainConfig:
        """The loop when it goes on from what it had learned."""
        train = self.train
        changed = {"max_epochs": self.n_continued, "learning_rate": train.learning_rate / 4.0}
        return train.model_copy(update=changed)


def content_of(shop: Shop, settings: DeepConfig) -> ItemFeatures:
    """What products go in with, as the settings say."""
    if not settings.content:
        return ItemFeatures.none(shop.interactions.n_items)
    return item_features(shop, texts=settings.texts, photos=settings.photos)


class DeepModel:
    """Ranks products by query · product + bias."""

    name: ClassVar[str]
    additive: ClassVar[bool] = False
    is_random: ClassVar[bool] = True
    config_type: ClassVar[type[DeepConfig]]
    #: Arrays and parameters that have a row for each product.
    per_item: ClassVar[frozenset[str]] = frozenset({"inputs", "outputs", "biases", "bias"})

    def __init__(self, arrays: Weights, settings: DeepConfig, trained: Mapping[str, Any]) -> None:
        self.arrays = arrays
        self.settings = settings
        self.trained = trained

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings, and how training went."""
        return {**self.settings.model_dump(mode="json"), "trained": dict(self.trained)}

    @classmethod
    def quick(cls) -> DeepConfig:
        """Small and soon trained, for tests and trials on a shop of a few hundred events."""
        train = {
            "max_epochs": 25, "patience": 10, "learning_rate": 0.02, "warmup_steps": 2,
            "max_length": 20, "precision": "fp32", "n_validation_cases": 100, "loss": "full",
        }  # fmt: skip
        settings = {"dim": 16, "dropout": 0.1, "train": train}
        return cls.config_type.model_validate(settings)

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
        arrays = cls._export(net, split.train) | cls._content(net, split.train, settings)
        return cls(arrays, settings, trained.summary)

    def again(
        self,
        growth: Growth,
        *,
        seed: int = 0,
        progress: Progress = no_progress,
        watch: Watch | None = None,
    ) -> Self:
        """Go on from these arrays for a few epochs: only new events are predicted.

        A product keeps its vector where it starts; a new one starts where its content puts it.
        """
        loop, sequences_type = _training()
        settings, shop = self.settings, growth.shop
        lengths = {"max_length": settings.train.max_length}
        sequences = sequences_type.of(shop.interactions, **lengths).only(growth.is_new)
        net = self._net(shop, sequences, settings, seed)
        anew = self._start(net, growth)
        trained: dict[str, Any] = dict(self.trained)
        if anew:
            trained["started_anew"] = list(anew)
        if len(sequences):
            watch = watch or loop.Watch()
            went: Trained = loop.train(
                net,
                sequences,
                settings.continued(),
                seed=seed,
                validate=None,
                watch=replace(
                    watch,
                    fingerprint=_fingerprint(self.name, shop, settings, seed, self.arrays),
                    progress=progress,
                ),
            )
            trained |= {"continued_epochs": went.n_epochs, "continued_cpu_s": went.cpu_s}
        arrays = self._export(net, shop) | self._content(net, shop, settings)
        return type(self)(arrays, settings, trained)

    def score_batch(self, states: Sequence[ShopperState]) -> Scores:
        """Query · product + bias, float32 [n_states, n_items]."""
        scores = np.empty((len(states), self.n_items), dtype=np.float32)
        outputs, biases = self.arrays["outputs"], self.arrays["biases"]
        for mine, history in self.runs(states):
            queries = self.queries(history, [states[i] for i in mine])
            scores[mine] = queries @ outputs.T + biases
        return scores

    def runs(self, states: Sequence[ShopperState]) -> Iterator[tuple[IntArray, Histories]]:
        """The states in runs with little padding: places in `states`, and histories."""
        return runs_of_similar_length(states, self.settings.train.max_length)

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
            name: value.detach().float().cpu().numpy() for name, value in net.state_dict().items()
            if value.is_floating_point() and not name.startswith("items.")
        }  # fmt: skip
        table = net.inputs().detach()
        biases = net.biases().detach().cpu().numpy()
        arrays["inputs"] = table.cpu().numpy()
        arrays["outputs"] = net.outputs(table).detach().cpu().numpy()
        arrays["biases"] = np.where(np.isfinite(biases), biases, np.float32(0.0))
        return arrays

    @classmethod
    def _content(cls, net: Net, shop: Shop, settings: DeepConfig) -> Weights:
        """What scoring does not need and training on does: how content becomes a vector."""
        labels = net.state_dict()["items.label"].float().cpu().numpy()
        return {
            "items.label": labels,
            LABEL_NAMES: names_to_array(cls._label_names(shop, settings)),
        }

    def _start(self, net: Net, growth: Growth) -> tuple[str, ...]:
        """Put what was learned into a net of a shop that has grown; name what starts anew."""
        from youli.train.start import go_on_from

        old = names_from_array(self.arrays[LABEL_NAMES])
        labels = (old, self._label_names(growth.shop, self.settings))
        return go_on_from(net, self.arrays, self.per_item, growth.rows, labels)

    @staticmethod
    def _label_names(shop: Shop, settings: DeepConfig) -> tuple[tuple[str, str], ...]:
        """What the rows of ``items.label`` stand for."""
        return (
            item_features(shop, texts=False, photos=False).label_names if settings.content else ()
        )

    def to_arrays(self) -> Arrays:
        """All of the fitted state; outputs that are the inputs are there once."""
        tied = np.array_equal(self.arrays["outputs"], self.arrays["inputs"])
        return {
            name: array for name, array in self.arrays.items() if not (tied and name == "outputs")
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], config: Mapping[str, Any]
    ) -> Self:
        """The model again, equal in every score; `config` is what `config` said."""
        names = cls.config_type.model_fields
        settings = {name: value for name, value in config.items() if name in names}
        weights: Any = {"outputs": arrays["inputs"], **arrays}
        return cls(weights, cls.config_type.model_validate(settings), config.get("trained", {}))


def packed(said: Mapping[str, Any]) -> npt.NDArray[np.uint8]:
    """What is ready for JSON as an array, so that it is saved with the others."""
    text = json.dumps(said, ensure_ascii=False, allow_nan=False)
    return np.frombuffer(text.encode(), dtype=np.uint8).copy()


def unpacked(array: npt.NDArray[Any]) -> dict[str, Any]:
    """The same read again."""
    found: dict[str, Any] = json.loads(array.tobytes().decode())
    return found


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


def _fingerprint(
    name: str, shop: Shop, settings: DeepConfig, seed: int, start: Weights | None = None
) -> str:
    """Changes with the model, the vocabulary, the events, the settings, the seed, the start."""
    digest = hashlib.sha256()
    for part in (name, str(seed), json.dumps(settings.model_dump(mode="json"), sort_keys=True)):
        digest.update(part.encode())
    digest.update("\0".join(shop.interactions.items.ids).encode())
    digest.update(shop.interactions.item_num.tobytes())
    digest.update(shop.interactions.indptr.tobytes())
    for key in sorted(start or {}):
        digest.update(key.encode())
        digest.update(np.ascontiguousarray((start or {})[key]).tobytes())
    return digest.hexdigest()
