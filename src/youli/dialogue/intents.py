"""Which intent a text has: patterns of words, and the nearest examples where they are silent.

A pattern is a regular expression over the text, in which what the catalogue and the lexicon know
stands as ⟨item⟩ ⟨ord⟩ ⟨brand⟩ ⟨cat⟩ ⟨colour⟩ …, and a weight: how sure the intent is where it
matches. What no pattern decides, the sentence encoder does: a ridge regression from sentence
vectors (products named in them replaced) to intents, fitted on the examples that come with Youli.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from youli.dialogue.types import Intent
from youli.features.base import Encoder
from youli.types import FloatArray

__all__ = ["INTENTS", "ExampleModel", "pattern_scores"]

#: In the order of the model's columns.
INTENTS: tuple[Intent, ...] = tuple(Intent)
_COLUMN = {intent: column for column, intent in enumerate(INTENTS)}


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[int, float, re.Pattern[str]], ...]:
    text = files("youli.dialogue").joinpath("patterns.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return tuple((_COLUMN[Intent(one)], float(w), re.compile(found)) for one, w, found in rows)


def pattern_scores(texts: Sequence[str]) -> FloatArray:
    """The largest weight of a pattern that matches any reading of a text, float64 [n_intents]."""
    scores = np.zeros(len(INTENTS))
    for column, weight, pattern in _patterns():
        if weight > scores[column] and any(pattern.search(text) for text in texts):
            scores[column] = weight
    return scores


@dataclass(frozen=True)
class ExampleModel:
    """Sentence vectors to intents: ``weights`` float64 [n_dims + 1, n_intents]."""

    weights: FloatArray
    encoder: Encoder

    @classmethod
    def fit(
        cls, texts: Sequence[str], intents: Sequence[Intent], encoder: Encoder, *, ridge: float
    ) -> ExampleModel:
        """Ridge regression on indicator columns, each intent weighted by its rarity."""
        rows = _with_one(encoder.encode(list(texts)))
        columns = np.array([_COLUMN[one] for one in intents])
        wanted = np.zeros((len(rows), len(INTENTS)))
        wanted[np.arange(len(rows)), columns] = 1.0
        weight = 1.0 / np.sqrt(np.bincount(columns, minlength=len(INTENTS))[columns])
        scaled = rows * weight[:, None]
        gram = scaled.T @ rows + ridge * np.eye(rows.shape[1])
        return cls(np.linalg.solve(gram, scaled.T @ wanted), encoder)

    def scores(self, text: str) -> FloatArray:
        """How near a text is to each intent's examples, about 0 to 1; float64 [n_intents]."""
        if not text.strip():
            return np.zeros(len(INTENTS))
        found: FloatArray = (_with_one(self.encoder.encode([text])) @ self.weights)[0]
        return found


def _with_one(vectors: FloatArray) -> FloatArray:
    """With a column of ones, float64 [n, n_dims + 1]."""
    return np.hstack([vectors.astype(np.float64), np.ones((len(vectors), 1))])
