"""What is believed of a shopper and why, and what they make of it.

A belief is an interest: the products of one category or brand that the shopper dealt with, and the
events it rests on. Nothing else is guessed. Deleting an interest takes its events, and later ones
like them, out of every answer until it is restored. A pinned one does not fade: its events keep the
weight of the latest ones, however long ago they were.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.errors import InputError
from youli.serve.errors import ApiError
from youli.serve.history import LiveShopper
from youli.serve.params import PlainText
from youli.serve.services import Services
from youli.serve.shoppers import event_document
from youli.storage.records import InterestChoice, iso

__all__ = [
    "MOST_INTERESTS",
    "InterestIn",
    "ProfileChange",
    "change_profile",
    "erase_profile",
    "export_profile",
    "profile_document",
]

#: Interests of a profile, most at once.
MOST_INTERESTS = 200
_MOST_EVENTS = 5
_BRAND = "brand"

_Word = Annotated[PlainText, Field(min_length=1, max_length=1_000)]


class InterestIn(BaseModel):
    """What a shopper says of one interest."""

    model_config = ConfigDict(extra="forbid")

    attribute: _Word
    value: _Word
    choice: Literal["deleted", "pinned"] | None = Field(description="null takes it back")


class ProfileChange(BaseModel):
    """What is to change of a profile; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    personalised: bool | None = Field(default=None, description="lists made for the shopper at all")
    ignore: list[int] = Field(default=[], max_length=1_000, description="rows not to count")
    restore: list[int] = Field(default=[], max_length=1_000, description="rows to count again")
    interests: list[InterestIn] = Field(default=[], max_length=100)


def profile_document(services: Services, user_id: str, limit: int) -> dict[str, Any]:
    """Interests with the events they rest on, attributes, and what the shopper chose."""
    live = services.live.get(user_id)
    stored = live.stored
    chosen = {} if stored is None else {(o.attribute, o.value): o.choice for o in stored.interests}
    interests = _interests(services, live, chosen)
    interests.sort(key=lambda one: (one["choice"] != "pinned", -one["share"], one["value"]))
    return {
        "user_id": user_id,
        "known": live.is_known,
        "personalised": live.is_personalised,
        "n_events": live.state.n_rows,
        "n_ignored": len(live.ignored | live.forgotten),
        "attributes": dict(live.state.attributes),
        "interests": interests[:limit],
        "declined": [services.products.card(num) for num in sorted(live.declined)],
        "model_version": services.engine.model_version,
    }


def change_profile(services: Services, user_id: str, change: ProfileChange) -> dict[str, Any]:
    """Change it; what comes back is the profile that the next answer rests on."""
    live, shoppers = services.live.get(user_id), services.storage.shoppers
    for row in (*change.ignore, *change.restore):
        if not 0 <= row < live.state.n_rows:
            raise InputError(
                "a row is named that this history does not have.",
                value=row,
                hint="Rows are those of /api/user/{user}/history.",
            )
    for one in change.interests:
        if one.choice is not None and not _is_interest(services, one.attribute, one.value):
            raise InputError(
                "there is no such category or brand.",
                value=one.value,
                hint="Take attribute and value of an interest in /api/profile/{user}.",
            )
    if change.personalised is not None:
        shoppers.personalise(user_id, change.personalised)
    if change.ignore:
        services.live.ignore_rows(user_id, change.ignore)
    if change.restore:
        services.live.restore_rows(user_id, change.restore)
    for one in change.interests:
        if one.choice is None:
            shoppers.unchoose(user_id, one.attribute, one.value)
        else:
            shoppers.choose(user_id, InterestChoice(one.attribute, one.value, one.choice))
    return profile_document(services, user_id, MOST_INTERESTS)


def export_profile(services: Services, user_id: str) -> dict[str, Any]:
    """Everything that is held of a shopper: every stored row, and every learned one."""
    services.storage.impressions.flush()
    rows = services.storage.erasure.export(user_id)
    live = services.live.get(user_id)
    ids = services.engine.shop.interactions.items.ids
    learned = [
        {"item_id": ids[int(live.state.item_num[row])], **event_document(live, row)}
        for row in range(live.state.n_rows)
        if row not in live.live
    ]
    return {
        "user_id": user_id,
        "attributes": dict(live.state.attributes),
        "learned_events": learned,
        "stored": {
            name: [_readable(row) for row in found] for name, found in rows.items() if found
        },
    }


def erase_profile(services: Services, user_id: str, confirm: str, actor: str) -> dict[str, Any]:
    """Erase everything of a shopper; raises `ApiError` unless `confirm` repeats the id."""
    if confirm != user_id:
        raise ApiError(
            422,
            "not_confirmed",
            "Erasing cannot be undone, so it must be confirmed.",
            hint="Repeat the shopper's id as confirm=ID.",
        )
    services.storage.impressions.flush()
    gone = services.storage.erasure.erase(user_id)
    # The audit says that somebody was erased, and must not say who.
    services.storage.audit.add(actor, "erase shopper", services.storage.erasure.id_hash(user_id))
    return {
        "erased": gone,
        "learned": "masked in every answer from now on, and left out at the next refit",
    }


def _interests(
    services: Services, live: LiveShopper, chosen: dict[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """Every category and brand of the history, with its share of what counts."""
    state = live.state.without(live.ignored | live.undone | live.forgotten)
    past, inverse = state.distinct_items
    whole = float(state.strength.sum())
    of_label: dict[tuple[str, str], list[int]] = {}
    for attribute in _attributes(services):
        for place, item_num in enumerate(past.tolist()):
            for value in attribute.of(item_num):
                of_label.setdefault((attribute.name, value), []).append(place)
    for one in chosen:
        of_label.setdefault(one, [])
    found = []
    for (name, value), places in of_label.items():
        rows = np.flatnonzero(np.isin(inverse, places))
        counted = rows[state.counted[rows]]
        choice = chosen.get((name, value))
        if not len(counted) and choice is None:
            continue
        latest = rows[::-1][:_MOST_EVENTS].tolist()
        found.append(
            {
                "attribute": name,
                "value": value,
                "choice": choice,
                "share": round(float(state.strength[counted].sum()) / whole, 4) if whole else 0.0,
                "n_products": len({int(inverse[row]) for row in counted}),
                "n_events": len(counted),
                "because": [
                    {
                        "item_id": services.engine.shop.interactions.items.ids[
                            int(state.item_num[row])
                        ],
                        "title": services.engine.shop.catalogue.titles[int(state.item_num[row])],
                        **event_document(live, row),
                    }
                    for row in latest
                ],
            }
        )
    return found


def _attributes(services: Services) -> list[Any]:
    """What interests are told by, as in the explanations: categories, coarse to fine, and brand."""
    catalogue = services.engine.shop.catalogue
    brand = catalogue.attribute(_BRAND)
    return [*catalogue.attributes_of_category, *([] if brand is None else [brand])]


def _is_interest(services: Services, name: str, value: str) -> bool:
    return any(one.name == name and value in one.values for one in _attributes(services))


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Moments as texts."""
    return {
        name.removesuffix("_us"): iso(value) if name.endswith("_us") and value else value
        for name, value in row.items()
    }
