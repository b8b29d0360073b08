"""Lists that were shown, and whether they come out the same when they are computed again.

A kept list has what was said, by which model and when. Computing it again puts the shopper together
as of that moment, from the learned log and the events that had arrived by then, and asks the served
model once more. What a shopper switched off since then, and rules that were changed since, are as
they are now; the document says how much has changed, so that a difference is not taken for a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from youli.documents import recommendation_rows
from youli.errors import UnknownEntityError
from youli.serve.lists import Shown
from youli.serve.services import Services
from youli.storage.records import Impression, iso

__all__ = ["Replays"]

Json = dict[str, Any]

#: Scores differ by less than this where only the order of adding differs.
_TOLERANCE = 1e-9


class Replays:
    """Reads kept lists and computes them again."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._storage = services.storage

    def latest(self, user_id: str, limit: int) -> Json:
        """The latest lists, of one shopper or, where `user_id` is empty, of all."""
        kept = self._storage.impressions
        found = kept.of_shopper(user_id, limit) if user_id else kept.latest(limit)
        return {"lists": [self._listed(one) for one in found]}

    def replay(self, recommendation_id: str) -> Json:
        """One list with its reasons, beside what comes out now; `UnknownEntityError`."""
        one = self._storage.impressions.get(recommendation_id)
        if one is None:
            raise UnknownEntityError(
                "No such list was kept.",
                value=recommendation_id,
                hint="Take a recommendation_id of an answer.",
            )
        document = {**self._listed(one), "items": [self._item(dict(row)) for row in one.items]}
        fresh = one.model_version == self._services.engine.model_version
        if not fresh or one.document.get("list") != "recommend":
            why = "model" if not fresh else "list"
            return {**document, "replayed": None, "not_replayed": why}
        computed = self._again(one)
        return {**document, "replayed": computed, "not_replayed": None}

    def _again(self, one: Impression) -> Json:
        services = self._services
        said = one.document
        live, n_later = services.live.as_of(one.user_id, one.created_us)
        shown = Shown(
            k=said["k"],
            offset=said["offset"],
            lang=said["lang"],
            detail=said["explain"],
            filter=said["filter"],
            diversity=said["diversity"],
            only_new=said["only_new"],
            placement=one.placement,
        )
        wish = services.lists.wish(live, shown, "home")
        listing = services.lists.lists.recommend(live.effective(), wish)
        found = services.lists.lists.explained(listing, k=shown.offset + shown.k, lang=shown.lang)
        rows = recommendation_rows(services.engine, listing.state, found[shown.offset :])
        differences = []
        for kept, row in zip_longest(one.items, rows):
            rank = (kept or row)["rank"]
            if kept is None or row is None or kept["item_id"] != row["item_id"]:
                differences.append({"rank": rank, "what": "item"})
            elif abs(kept["score"] - row["score"]) > _TOLERANCE * max(1.0, abs(kept["score"])):
                differences.append({"rank": rank, "what": "score"})
            elif shown.detail != "none" and _texts(kept) != _texts(row):
                differences.append({"rank": rank, "what": "reasons"})
        return {
            "equal": not differences,
            "differences": differences,
            "n_later_events": n_later,
            "items": [self._item(row) for row in rows],
        }

    def _listed(self, one: Impression) -> Json:
        return {
            "recommendation_id": one.recommendation_id,
            "user_id": one.user_id,
            "placement": one.placement,
            "model_version": one.model_version,
            "created": iso(one.created_us),
            "n_items": len(one.items),
            "n_promoted": sum(bool(row.get("promoted")) for row in one.items),
        }

    def _item(self, row: Json) -> Json:
        num = self._services.engine.shop.interactions.items.num(row["item_id"])
        titles = self._services.engine.shop.catalogue.titles
        return {
            "item_id": row["item_id"],
            "title": row["item_id"] if num is None else titles[num],
            "rank": row["rank"],
            "score": row["score"],
            "promoted": bool(row.get("promoted")),
            "reasons": _texts(row),
        }


def _texts(row: Mapping[str, Any]) -> list[str]:
    return [reason["text"] for reason in row["reasons"]]
