"""What each named feature of a shopper gives a score, for models with attention over features.

Such a model weighs last products, means over the history, attributes of the shopper and the like.
Its attention says how much of each went in. Beside it stand what the score loses when a feature is
masked, as the model masks what is not known, and a gradient: the slope of the score as the
feature's vector grows, by central differences in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.base import spearman
from youli.models.attention import feature_attention
from youli.models.dnn import AttentionConfig, AttentiveModel
from youli.models.histories import histories
from youli.types import FloatArray

__all__ = ["NamedFeatures", "named_features"]

#: Of the central difference; its error is of this squared.
_STEP = 1e-3


@dataclass(frozen=True)
class NamedFeatures:
    """Features that are there, by name; float64 [n_features] each.

    ``attention`` sums to 1 (mean over the heads); ``occlusion`` is score less score without;
    ``gradient`` is feature · ∂score/∂feature.
    """

    names: tuple[str, ...]
    attention: FloatArray
    occlusion: FloatArray
    gradient: FloatArray

    @property
    def agreement(self) -> float:
        """Rank correlation of attention with what masking does; NaN below two features."""
        return spearman(self.attention, self.occlusion)

    def document(self) -> dict[str, Any]:
        """Ready for JSON, most attended first."""
        agreement = self.agreement
        return {
            "attention_agrees_with_occlusion": agreement if np.isfinite(agreement) else None,
            "by_feature": [
                {
                    "feature": self.names[at],
                    "attention": float(self.attention[at]),
                    "score_falls_by": float(self.occlusion[at]),
                    "gradient_input": float(self.gradient[at]),
                }
                for at in np.argsort(-self.attention, kind="stable").tolist()
            ],
        }


def named_features(model: AttentiveModel, state: ShopperState, item_num: int) -> NamedFeatures:
    """The three views of the features of one shopper, for the score of one product."""
    settings = model.settings
    assert isinstance(settings, AttentionConfig), "the model was made with its own settings"
    history = histories([state], settings.train.max_length)
    features, there = model.features(history, [state])
    features = features[0].astype(np.float64)  # [n_features, dim]
    n_heads = 1 if settings.attention == "single" else settings.n_heads
    direction = model.arrays["outputs"][item_num].astype(np.float64)

    def scores(values: FloatArray, known: Any) -> tuple[FloatArray, FloatArray]:
        mixed, weights = feature_attention(
            model.arrays, "attend.", settings.attention, n_heads, values, known
        )
        return np.asarray(model.query_of(mixed) @ direction), weights

    here = np.flatnonzero(there[0])
    full, weights = scores(features[None], there)
    masked = np.repeat(there, len(here), axis=0)
    masked[np.arange(len(here)), here] = False
    without, _ = scores(np.repeat(features[None], len(here), axis=0), masked)
    grown = np.repeat(features[None], 2 * len(here), axis=0)
    for at, one in enumerate(here.tolist()):
        grown[2 * at, one] *= 1.0 + _STEP
        grown[2 * at + 1, one] *= 1.0 - _STEP
    slopes, _ = scores(grown, np.repeat(there, len(grown), axis=0))
    names = tuple(model.about["names"])
    return NamedFeatures(
        tuple(names[one] for one in here.tolist()),
        weights[0].mean(axis=0)[here].astype(np.float64),
        full - without,
        (slopes[0::2] - slopes[1::2]) / (2.0 * _STEP),
    )
