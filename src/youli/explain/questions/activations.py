"""Inside a saved deep model, layer by layer: strengths, and the score as it grows."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from youli.errors import ConfigError
from youli.explain.attribution.activations import Activations, activations, lacking
from youli.explain.questions.attributions import asked_model
from youli.explain.questions.base import Asked, Finding, Proof, Question, event_row, item_row
from youli.explain.types import Sentence

__all__ = ["ActivationsExplainer"]


class ActivationsExplainer:
    """The last layer's score must be the model's; what is read off before is an estimate."""

    name: ClassVar[str] = "activations"
    exact: ClassVar[bool] = False
    takes: ClassVar[frozenset[str]] = frozenset({"model"})

    def find(self, asked: Asked, question: Question) -> Finding:
        """Layers with strengths and scores; the model is asked whether the last one is its own."""
        model, item_num = asked_model(asked), question.item_num
        why = lacking(model)
        if why is not None:
            raise ConfigError(
                f"the method {self.name} cannot explain the model {question.model or 'ledger'}",
                value=self.name,
                hint=f"{why}; name a saved one with --model",
            )
        found = activations(model, asked.state, item_num)
        if not found.layers:
            return Finding(
                data={"layers": []},
                proofs=(Proof(item_num, score=asked.score(item_num)),),
                sentences=(Sentence("attribution/unseen"),),
            )
        scores = [layer.score for layer in found.layers if layer.score is not None]
        steps = np.abs(np.diff(scores))
        largest = int(np.argmax(steps)) if len(steps) else 0
        # Layers are counted from the first whose score can be read off.
        facts = {"n_layers": len(scores), "layer": largest + 2 if len(steps) else 1}
        form = "activations/layers" if len(steps) else "activations/one"
        return Finding(
            data=_document(asked, found),
            proofs=(Proof(item_num, score=scores[-1]),),
            sentences=(Sentence(form, facts), Sentence("attribution/estimate")),
        )


def _document(asked: Asked, found: Activations) -> dict[str, Any]:
    places: list[dict[str, Any]] = [{"feature": name} for name in found.features]
    for row in found.events.tolist():
        item = item_row(asked, int(asked.state.item_num[row]))
        places.append({**event_row(asked, row), "item": item})
    for place, score in zip(places, found.score_after.tolist(), strict=False):
        place["score_after"] = score
    return {
        "places": places,
        "layers": [
            {"layer": one.name, "score": one.score, "strength": one.strength.tolist()}
            for one in found.layers
        ],
    }
