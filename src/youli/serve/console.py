"""What the people behind the shop look at: data, model, what drives it, and what happens now."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError
from youli.evaluate.drift import find_drift
from youli.explain.overview.drivers import DriversConfig
from youli.serve.services import Services
from youli.storage.records import FeedbackRecord, StoredEvent, iso

__all__ = ["Console", "EvaluationIn"]

Json = dict[str, Any]

_EVALUATIONS = "evaluations"
#: Evaluations that are kept, one a model version, newest first.
_MOST_EVALUATIONS = 12
_WEEK_S = 7 * 86_400
_N_WEEKS = 26
#: Live events that drift is measured on; the latest.
_MOST_LIVE = 20_000


class EvaluationIn(BaseModel):
    """What `youli evaluate --json` prints; parts that the console does not show are dropped."""

    model_config = ConfigDict(extra="ignore")

    model_version: str = Field(min_length=1, max_length=64)
    protocol: str = Field(max_length=256)
    cutoff: str = Field(max_length=64)
    test_days: float
    n_cases: int
    models: list[Json] = Field(max_length=64)
    differences: list[Json] = Field(max_length=64)
    explanations: Json


class Console:
    """Answers for administrators; a thin layer over the library and the storage."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._engine = services.engine
        self._storage = services.storage

    def data(self) -> Json:
        """The data report that was written when the shop was learned.

        Raises `InputError` for a shop that was saved without one.
        """
        report = dict(self._engine.fitted.report)
        if not report:
            raise InputError(
                "this shop was saved without a data report",
                hint="fit it again with `youli fit`",
            )
        return report

    def model(self) -> Json:
        """The model card: what it is, how good it was found, and how far the shop has moved."""
        fitted, shop = self._engine.fitted, self._engine.shop
        evaluations = self._evaluations()
        return {
            "model_version": self._engine.model_version,
            "models": list(self._engine.model_names),
            "channels": list(self._engine.ranker.channels),
            "data_hash": shop.data_hash,
            "data_until": shop.data_until.isoformat().replace("+00:00", "Z"),
            "simulated": shop.simulated,
            "currency": shop.currency,
            "n_events": len(shop.interactions),
            "n_items": shop.interactions.n_items,
            "n_users": shop.interactions.n_users,
            "config": fitted.config.model_dump(mode="json"),
            "protected_left_out": list(fitted.report.get("protected_left_out", ())),
            "evaluations": evaluations,
            "drift": find_drift(shop, live=self._live_items()).document(),
        }

    def keep_evaluation(self, evaluation: EvaluationIn) -> Json:
        """Keep what `youli evaluate --json` printed; one a model version."""
        kept = [
            one for one in self._evaluations() if one["model_version"] != evaluation.model_version
        ]
        kept = [evaluation.model_dump(mode="json"), *kept][:_MOST_EVALUATIONS]
        self._storage.settings.set(_EVALUATIONS, kept)
        return {"kept": [one["model_version"] for one in kept]}

    def drivers(self, segment: str, n_shoppers: int, n_months: int) -> Json:
        """What drives the lists of a group of shoppers; see `find_drivers` for what it raises."""
        config = DriversConfig(n_shoppers=n_shoppers, n_months=n_months, n_resamples=300)
        document = self._services.how.drivers(segment, config)
        return {**document, "segment": segment, "segments": self._services.how.segments()}

    def item(self, item_id: str) -> Json:
        """A product, how often it was asked for, and in which weeks; `UnknownEntityError`."""
        num = self._services.item_num(item_id)
        events = self._engine.shop.interactions
        rows = np.flatnonzero(events.item_num == num)
        document: Json = {
            "item": self._services.products.details(num),
            "n_events": len(rows),
            "n_shoppers": len(np.unique(events.user_num[rows])),
            "weeks": None,
        }
        if events.timed:
            until = int(self._engine.shop.data_until.timestamp())
            back = (until - events.timestamp[rows]) // _WEEK_S
            counts = np.bincount(back[back < _N_WEEKS], minlength=_N_WEEKS)[::-1]
            ends = [until - _WEEK_S * (_N_WEEKS - 1 - week) for week in range(_N_WEEKS)]
            document["weeks"] = {
                "ends": [iso(end * 1_000_000) for end in ends],
                "counts": counts.tolist(),
            }
        return document

    def live(self, limit: int) -> Json:
        """The latest events and what shoppers said, latest first."""
        return {
            "n_events": self._storage.events.count(),
            "events": [_event(one) for one in self._storage.events.latest(limit)],
            "feedback": [_feedback(one) for one in self._storage.feedback.latest(limit)],
        }

    def _evaluations(self) -> list[Json]:
        kept: list[Json] | None = self._storage.settings.get(_EVALUATIONS)
        return [] if kept is None else kept

    def _live_items(self) -> list[int]:
        num = self._engine.shop.interactions.items.num
        found = (num(one.item_id) for one in self._storage.events.latest(_MOST_LIVE))
        return [-1 if one is None else one for one in found]


def _event(one: StoredEvent) -> Json:
    return {
        "seq": one.seq,
        "user_id": one.user_id,
        "item_id": one.item_id,
        "event": one.event,
        "timestamp": iso(one.timestamp_us),
        "received": iso(one.received_us),
        "recommendation_id": one.recommendation_id,
    }


def _feedback(one: FeedbackRecord) -> Json:
    return {
        "feedback_id": one.feedback_id,
        "user_id": one.user_id,
        "item_id": one.item_id,
        "about": one.about,
        "kind": one.kind,
        "reason": one.document.get("reason"),
        "created": iso(one.created_us),
        "is_withdrawn": one.is_withdrawn,
    }
