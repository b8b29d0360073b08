"""The public JSON: one document for each answer, the same from the command line and over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from youli.data.interactions import EVENT_NAMES
from youli.data.state import ShopperState
from youli.engine import LEDGER, Engine, Ranked
from youli.explain.questions.base import Answer, Proof
from youli.explain.types import (
    Check,
    ClaimKind,
    Counterfactual,
    Explanation,
    Reason,
    Recommendation,
)
from youli.rank.rules import PROMOTES
from youli.types import Evidence, Ledger

__all__ = [
    "NO_REASONS",
    "answer_document",
    "chip_rows",
    "explain_document",
    "is_promoted",
    "list_document",
    "photo_address",
    "plain_rows",
    "ranked_document",
    "recommend_document",
    "recommendation_rows",
]

#: Said with every list that is not the ledger's.
NO_REASONS = (
    "A saved model keeps no ledger of its scores, so no reason is given. "
    "The list that the ledger ranks has reasons."
)

Json = dict[str, Any]


def recommend_document(
    engine: Engine, state: ShopperState, recommendations: Iterable[Recommendation], lang: str
) -> Json:
    """A list of products for a shopper; every score is exactly the sum of its ledger."""
    rows = recommendation_rows(engine, state, recommendations)
    return list_document(engine, state, rows, lang)


def ranked_document(
    engine: Engine, state: ShopperState, model: str, ranked: Iterable[Ranked], lang: str
) -> Json:
    """A list that a saved model ranked: scores, but neither ledgers nor reasons."""
    return {
        **_header(engine, state, lang),
        "model": model,
        "exact": False,
        "note": NO_REASONS,
        "recommendations": [
            {
                "rank": one.rank,
                **_item(engine, one.item_num),
                "score": one.score,
                "promoted": False,
                "reasons": [],
                "ledger": [],
            }
            for one in ranked
        ],
    }


def recommendation_rows(
    engine: Engine, state: ShopperState, recommendations: Iterable[Recommendation]
) -> list[Json]:
    """The rows of a list, best first."""
    return [
        {
            "rank": one.rank,
            **_item(engine, one.item_num),
            "score": one.score,
            "promoted": is_promoted(one.ledger),
            "reasons": [_reason(engine, state, one.item_num, reason) for reason in one.reasons],
            "ledger": _ledger(engine, state, one.ledger),
        }
        for one in recommendations
    ]


def chip_rows(engine: Engine, recommendations: Iterable[Recommendation]) -> list[Json]:
    """The same with what a shopper reads of each reason, and no ledger."""
    return [
        {
            "rank": one.rank,
            **_item(engine, one.item_num),
            "score": one.score,
            "promoted": is_promoted(one.ledger),
            "reasons": [
                {"text": reason.text, "chip": reason.chip, "kind": reason.claim.kind.value}
                for reason in one.reasons
            ],
        }
        for one in recommendations
    ]


def plain_rows(engine: Engine, ranked: Iterable[Ranked]) -> list[Json]:
    """The rows of a list of which nothing is said."""
    return [
        {
            "rank": one.rank,
            **_item(engine, one.item_num),
            "score": one.score,
            "promoted": one.promoted,
            "reasons": [],
        }
        for one in ranked
    ]


def list_document(engine: Engine, state: ShopperState, rows: list[Json], lang: str) -> Json:
    """A list that the ledger ranked, from its rows."""
    return {
        **_header(engine, state, lang),
        "model": LEDGER,
        "exact": True,
        "recommendations": rows,
    }


def is_promoted(ledger: Ledger) -> bool:
    """Whether a rule of the merchant lifted a product: it must be marked as such."""
    return any(
        channel in PROMOTES and amount > 0.0 for channel, amount in ledger.by_channel().items()
    )


def explain_document(
    engine: Engine, state: ShopperState, explanation: Explanation, lang: str
) -> Json:
    """Everything about one product for a shopper."""
    found = explanation.counterfactual
    return {
        **_header(engine, state, lang),
        **_item(engine, explanation.item_num),
        "rank": explanation.rank,
        "score": explanation.ledger.score,
        "promoted": is_promoted(explanation.ledger),
        "exact": explanation.exact,
        "reasons": [
            _reason(engine, state, explanation.item_num, reason) for reason in explanation.reasons
        ],
        "checks": [_check(check) for check in explanation.checks],
        "ledger": _ledger(engine, state, explanation.ledger),
        "counterfactual": None if found is None else _counterfactual(engine, state, found),
    }


def answer_document(engine: Engine, state: ShopperState, answer: Answer, lang: str) -> Json:
    """What one method says about a product for a shopper, with the proofs that were asked again."""
    return {
        **_header(engine, state, lang),
        **_item(engine, answer.item_num),
        "rank": answer.rank,
        "score": answer.score,
        "exact": answer.exact,
        "model": LEDGER if answer.model is None else answer.model,
        "method": answer.method,
        "answer": {
            "text": answer.text,
            "passed": answer.passed,
            "k": answer.k,
            "found": dict(answer.data),
            "proofs": [_proof(engine, proof) for proof in answer.proofs],
            "checks": [_check(check) for check in answer.checks],
        },
    }


def _proof(engine: Engine, proof: Proof) -> Json:
    """The world of a proof, and what the ranker says of the product in it; 0 is not listed."""
    change, ids = proof.change, engine.shop.interactions.items.ids
    world: Json = {
        "ignored": list(change.ignored),
        "added": [{"item_id": ids[item], "event": event} for item, event in change.added],
        "attributes_off": [{"name": name, "value": value} for name, value in change.labels_off],
        "shopper_attributes_off": list(change.traits_off),
    }
    if change.price is not None:
        world["price"] = {"item_id": ids[change.price[0]], "price_minor": change.price[1]}
    if proof.diversity is not None:
        world["diversity"] = proof.diversity
    return {
        **_item(engine, proof.item_num),
        "world": {name: what for name, what in world.items() if what or name == "diversity"},
        "score": proof.score,
        "rank": proof.rank,
    }


def _header(engine: Engine, state: ShopperState, lang: str) -> Json:
    return {
        "user_id": state.user_id,
        "model_version": engine.model_version,
        "data_until": engine.shop.data_until.isoformat(),
        "lang": lang,
        "simulated": engine.shop.simulated,
        "currency": engine.shop.currency,
    }


def _item(engine: Engine, item_num: int) -> Json:
    return {
        "item_id": engine.shop.interactions.items.ids[item_num],
        "title": engine.shop.catalogue.titles[item_num],
    }


def _ledger(engine: Engine, state: ShopperState, ledger: Ledger) -> list[Json]:
    return [
        {
            "channel": entry.channel,
            "evidence": _evidence(engine, state, entry.evidence),
            "amount": entry.amount,
        }
        for entry in ledger.entries
    ]


def photo_address(engine: Engine, item_num: int) -> str | None:
    """Where `youli serve` has a product's small photo; None where it has none."""
    photos = engine.shop.photos
    if photos is None or photos.photo_of[item_num] < 0:
        return None
    return f"/api/item/{quote(engine.shop.interactions.items.ids[item_num], safe='')}/photo"


def _reason(engine: Engine, state: ShopperState, item_num: int, reason: Reason) -> Json:
    document: Json = {
        "text": reason.text,
        "chip": reason.chip,
        "kind": reason.claim.kind.value,
        "amount": reason.claim.amount,
        "channels": list(reason.claim.channels),
        "evidence": _evidence(engine, state, reason.claim.evidence),
        "facts": dict(reason.claim.facts),
        "checks": [_check(check) for check in reason.checks],
    }
    if reason.claim.kind is ClaimKind.LOOKS_LIKE:
        document["photos"] = _looks(engine, item_num, reason.claim.evidence.source_item)
    return document


def _looks(engine: Engine, item_num: int, source: int) -> Json:
    """Both photos, and where on each the likeness lies: 7 × 7 numbers that add up to it."""
    photos = engine.shop.photos
    assert photos is not None, "a likeness of photos was checked against them"
    return {
        "likeness": photos.likeness(item_num, source),
        **{
            name: {
                **_item(engine, one),
                "photo": photo_address(engine, one),
                "map": photos.likeness_map(one, other).tolist(),
            }
            for name, one, other in (("item", item_num, source), ("source", source, item_num))
        },
    }


def _check(check: Check) -> Json:
    return {"name": check.name, "passed": check.passed, "numbers": dict(check.numbers)}


def _counterfactual(engine: Engine, state: ShopperState, found: Counterfactual) -> Json:
    return {
        "removed": [_item(engine, item_num) for item_num in found.removed_items],
        "removed_events": [_event(state, row) for row in found.removed_events],
        "k": found.k,
        "rank_before": found.rank_before,
        "rank_after": found.rank_after,
        "valid": found.valid,
        "minimal": found.minimal,
        "text": found.text,
    }


def _evidence(engine: Engine, state: ShopperState, evidence: Evidence) -> Json:
    document: Json = {"kind": evidence.kind.value}
    if evidence.source_item >= 0:
        document |= _item(engine, evidence.source_item)
    if evidence.events:
        document["events"] = [_event(state, row) for row in evidence.events]
    if evidence.attribute is not None:
        name, value = evidence.attribute
        document["attribute"] = {"name": name, "value": value}
    if evidence.n_merged:
        document["n_merged"] = evidence.n_merged
    return document


def _event(state: ShopperState, row: int) -> Json:
    moment = datetime.fromtimestamp(int(state.rows["timestamp"][row]), UTC)
    return {
        "row": row,
        "event": EVENT_NAMES[int(state.rows["event"][row])],
        "timestamp": moment.isoformat(),
    }
