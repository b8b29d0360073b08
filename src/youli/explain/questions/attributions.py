"""Attention, gradients, Shapley values, occlusion: what each past product is said to have given.

Each explains a saved model, and where it can the ledger. What it says is a claim, and every claim
is put to the model again before it is shown: without the past product the score must fall, with it
alone it must rise, and on the ledger the amount must be the very amount. Claims that fail are
dropped and counted; the *yield* is the share that held.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from youli.errors import ConfigError, InputError
from youli.explain.attribution.base import Attribution, Attributor, Scorer
from youli.explain.attribution.claims import (
    CheckedClaim,
    CheckedClaims,
    check_claims,
    chosen_set,
)
from youli.explain.attribution.features import NamedFeatures, named_features
from youli.explain.attribution.probe import Probe
from youli.explain.questions.base import Asked, Finding, Proof, Question, item_row
from youli.explain.questions.facts import titled
from youli.explain.types import Fact, Sentence
from youli.explain.worlds import Change
from youli.models.dnn import AttentiveModel
from youli.models.ledger import LedgerModel
from youli.registry import ATTRIBUTORS
from youli.types import BoolArray

__all__ = [
    "AttentionExplainer",
    "GradientExplainer",
    "OcclusionExplainer",
    "ShapleyExplainer",
    "asked_model",
]

#: Past products that are named in the sentence.
_MOST_NAMED = 3
#: Past products up to which so many states are scored as these methods need.
_MOST_PAST = 200


def asked_model(asked: Asked) -> Scorer:
    """The model that is explained, as attributions take it."""
    if asked.scorer is not None:
        return asked.scorer
    return LedgerModel(asked.ranker, LedgerModel.default)


class _ByAttribution:
    """What the four share; each names its method of `ATTRIBUTORS`."""

    name: ClassVar[str]
    exact: ClassVar[bool] = False
    takes: ClassVar[frozenset[str]] = frozenset({"model"})
    attributor: ClassVar[str]

    def find(self, asked: Asked, question: Question) -> Finding:
        """Claims that held, the yield, and what the method counts beside them."""
        model, item_num = asked_model(asked), question.item_num
        method: Attributor = ATTRIBUTORS.load(self.attributor)()
        lacking = method.lacking(model)
        if lacking is not None:
            raise ConfigError(
                f"the method {self.name} cannot explain the model {question.model or 'ledger'}",
                value=self.name,
                hint=f"{lacking}; name a saved model with --model, or take occlusion or shapley",
            )
        probe = Probe(model, asked.state, item_num, _allowed(asked), k=asked.k)
        if not math.isfinite(probe.full.score):
            raise InputError(
                "this model has no score for this product, so there is nothing to explain",
                value=asked.ranker.shop.interactions.items.ids[item_num],
                hint="ask of a product that the model lists",
            )
        if len(probe.players) > _MOST_PAST:
            raise InputError(
                f"{len(probe.players)} past products are too many to score with and without each",
                value=len(probe.players),
                hint=f"these methods take up to {_MOST_PAST}; the ledger takes any number",
            )
        found = method.attribute(model, asked.state, item_num)
        checked = check_claims(probe, found, chosen_set(found))
        is_additive = isinstance(model, LedgerModel)
        shown = [
            one for one in checked.claims if (one.by_amount if is_additive else one.by_direction)
        ]
        features = None
        if isinstance(model, AttentiveModel):
            features = named_features(model, asked.state, item_num)
        return Finding(
            data={
                "estimate": not (is_additive and found.exact),
                "score": probe.full.score,
                "score_without_history": probe.empty.score,
                "adds_up": checked.is_complete,
                "claims": [_claim_row(asked, probe, one) for one in shown],
                **_yield(checked, len(shown)),
                "numbers": dict(found.numbers),
                **_maps(asked, found),
                **_features(features),
            },
            proofs=(
                Proof(item_num, score=probe.full.score),
                *(
                    Proof(
                        item_num,
                        score=probe.without([one.player]).score,
                        change=Change(ignored=probe.players.rows[one.player]),
                    )
                    for one in shown
                ),
            ),
            sentences=_sentences(asked, probe, shown, checked),
            exact=is_additive and found.exact,
        )


class OcclusionExplainer(_ByAttribution):
    """The score less the score without each past product."""

    name: ClassVar[str] = "occlusion"
    attributor: ClassVar[str] = "occlusion"


class ShapleyExplainer(_ByAttribution):
    """Shapley values: over all sets of up to 12 past products, drawn orders above."""

    name: ClassVar[str] = "shapley"
    attributor: ClassVar[str] = "shapley"


class GradientExplainer(_ByAttribution):
    """Integrated gradients."""

    name: ClassVar[str] = "gradient"
    attributor: ClassVar[str] = "integrated_gradients"


class AttentionExplainer(_ByAttribution):
    """Attention rollout, with how far it orders as leaving out does."""

    name: ClassVar[str] = "attention"
    attributor: ClassVar[str] = "attention"


def _allowed(asked: Asked) -> BoolArray:
    """What competes: what the list may hold."""
    return asked.lists.eligible(asked.state)


def _claim_row(asked: Asked, probe: Probe, one: CheckedClaim) -> dict[str, Any]:
    past = int(probe.players.items[one.player])
    return {
        "item": item_row(asked, past),
        "events": list(probe.players.rows[one.player]),
        "claimed": one.amount,
        "score_falls_by": one.measured,
        "alone_lifts_by": one.alone,
        "by_amount": one.by_amount,
        "by_direction": one.by_direction,
    }


def _yield(checked: CheckedClaims, n_shown: int) -> dict[str, Any]:
    n = len(checked.claims)
    return {
        "n_claims": n,
        "n_dropped": n - n_shown,
        "yield": {
            "by_amount": checked.n_by_amount / n if n else None,
            "by_direction": checked.n_by_direction / n if n else None,
        },
    }


def _maps(asked: Asked, found: Attribution) -> dict[str, Any]:
    """Tables that a method gives beside its amounts: a column is a past product."""
    if not found.maps:
        return {}
    return {
        "columns": [item_row(asked, one) for one in found.items.tolist()],
        "maps": {name: table.tolist() for name, table in found.maps.items()},
    }


def _features(found: NamedFeatures | None) -> dict[str, Any]:
    return {} if found is None else {"features": found.document()}


def _sentences(
    asked: Asked, probe: Probe, shown: Sequence[CheckedClaim], checked: CheckedClaims
) -> tuple[Sentence, ...]:
    n = len(checked.claims)
    if not len(probe.players):
        return (Sentence("attribution/unseen"),)
    if not n:
        return (Sentence("attribution/no_claim"),)
    counts: dict[str, Fact] = {"n_held": len(shown), "n_claims": n}
    held = Sentence("attribution/held", counts)
    if not shown:
        return (held,)
    items = [int(probe.players.items[one.player]) for one in shown[:_MOST_NAMED]]
    return (Sentence(f"attribution/lower/{len(items)}", titled(asked, items)), held)
