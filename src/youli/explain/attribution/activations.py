"""What goes on inside a deep model, layer by layer: how strong, and what score it would give.

A layer's *strength* is the length of its vector at each event (or named feature). Its *score* is
what the rest of the net would give if it came right after this layer: the model's own last norm and
the product's vector read off the state ("logit lens", nostalgebraist 2020). The last layer's score
is the model's score; those before it are a reading, not what the model says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.base import Scorer
from youli.explain.attribution.transformer_pass import embedded, look_inside
from youli.models.arithmetic import layer_norm, linear, lstm
from youli.models.deep import DeepModel
from youli.models.dnn import AttentiveModel
from youli.models.histories import Histories, histories
from youli.models.lstm import LstmConfig, LstmModel
from youli.models.shoppers import signals
from youli.models.transformer import TransformerModel
from youli.types import FloatArray, IntArray

__all__ = ["Activations", "Layer", "activations", "lacking"]


@dataclass(frozen=True)
class Layer:
    """One layer: ``strength`` float64 [n_places], ``score`` where it can be read off."""

    name: str
    strength: FloatArray
    score: float | None = None


@dataclass(frozen=True)
class Activations:
    """Layers from what goes in to what the score is made of.

    ``events`` are rows of the history that stand at the places of ``strength``, int64 [n_places];
    empty where the places are the named ``features``. ``score_after`` float64 [n_places] is the
    score that is read off after each event; empty where the model reads no sequence.
    """

    layers: tuple[Layer, ...]
    events: IntArray
    features: tuple[str, ...]
    score_after: FloatArray


def lacking(model: Scorer) -> str | None:
    """Why it cannot look into a model, in words; None where it can."""
    known = isinstance(model, TransformerModel | LstmModel | AttentiveModel)
    return None if known else "only transformer, lstm, dnn and fusion have layers"


def activations(model: Scorer, state: ShopperState, item_num: int) -> Activations:
    """Look into a model that is not `lacking`, for the score of one product."""
    assert isinstance(model, DeepModel), "asked only where nothing is lacking"
    if isinstance(model, AttentiveModel):
        return _of_features(model, state, item_num)
    history = histories([state], model.settings.train.max_length)
    rows = np.flatnonzero(state.strength > 0.0)[-model.settings.train.max_length :]
    if not len(rows):
        return Activations((), rows, (), np.zeros(0))
    if isinstance(model, TransformerModel):
        names, states, ends = _of_transformer(model, history)
    else:
        assert isinstance(model, LstmModel), "asked only where nothing is lacking"
        names, states, ends = _of_lstm(model, history)
    layers = [
        Layer(name, np.linalg.norm(one, axis=1), _read(model, end[-1:], item_num))
        for name, one, end in zip(names, states, ends, strict=True)
    ]
    after = np.array(
        [_read(model, ends[-1][at : at + 1], item_num) for at in range(len(rows))],
        dtype=np.float64,
    )
    return Activations(tuple(layers), rows, (), after)


def _of_transformer(
    model: TransformerModel, history: Histories
) -> tuple[list[str], list[FloatArray], list[FloatArray]]:
    found = [one[0] for one in look_inside(model, embedded(model, history)).by_layer]
    names = ["products and places", *(f"block {at}" for at in range(len(found) - 1))]
    return names, found, found


def _of_lstm(
    model: LstmModel, history: Histories
) -> tuple[list[str], list[FloatArray], list[FloatArray]]:
    """What goes in cannot be read off: it is no state of the net yet, so it has no score."""
    settings, arrays = model.settings, model.arrays
    assert isinstance(settings, LstmConfig), "the model was made with its own settings"
    x = arrays["inputs"][history.items] * np.float32(settings.dim**0.5)
    told = signals(history, is_timed=bool(arrays["is_timed"][0]))
    into = layer_norm(arrays, "recurrent.norm", x + linear(arrays, "recurrent.told", told))
    names = ["products and signals"]
    states: list[FloatArray] = [into[0]]
    ends: list[FloatArray] = [np.zeros((0, settings.dim))]
    for n_layers in range(1, settings.n_layers + 1):
        state = lstm(arrays, "recurrent.lstm.", into.astype(np.float32), n_layers)[0]
        names.append(f"layer {n_layers - 1}")
        states.append(state)
        ends.append(linear(arrays, "recurrent.out", state))
    return names, states, ends


def _of_features(model: AttentiveModel, state: ShopperState, item_num: int) -> Activations:
    history = histories([state], model.settings.train.max_length)
    features, there = model.features(history, [state])
    mixed, _ = model.attended(history, [state])
    here = np.flatnonzero(there[0])
    names = tuple(model.about["names"][one] for one in here.tolist())
    query = model.query_of(mixed)
    direction, bias = model.arrays["outputs"][item_num], float(model.arrays["biases"][item_num])
    layers = (
        Layer("features", np.linalg.norm(features[0, here], axis=1)),
        Layer("weighted sum", np.linalg.norm(mixed, axis=1), _read(model, mixed, item_num)),
        Layer("query", np.linalg.norm(query, axis=1), float((query @ direction)[0]) + bias),
    )
    return Activations(layers, np.zeros(0, dtype=np.int64), names, np.zeros(0))


def _read(model: DeepModel, state: FloatArray, item_num: int) -> float | None:
    """The score that the last norm and the product's vector give a state [1, dim]; None of none."""
    if not len(state):
        return None
    query = layer_norm(model.arrays, "norm", state)
    direction, bias = model.arrays["outputs"][item_num], model.arrays["biases"][item_num]
    return float((query @ direction)[0]) + float(bias)
